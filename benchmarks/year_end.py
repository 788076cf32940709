"""The year-end submission of a large school: 預檢 and build, seconds and peak memory.

``python -m benchmarks.year_end [--students 1800] [--kill]``

A school in classes of 30, each student with 6 certified outcomes and 10 experiences, every one
with a real file of its own: small, but a PDF. The rows are written at once; what is measured is the
product's own work in a process of its own: the check, then the snapshot, manifest, sheets, official
workbooks and package, until the submission is frozen.

Held at full size: no process above 512 MB, and no byte of a handed-in file read twice. With
``--kill`` the building process is killed on its way, three times, and another goes on; the last one
must freeze it.
"""

import argparse
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.harness import Side, report_note, report_value, run_side

NAME = "benchmarks.year_end"
MOST_MB = 512 * 2**20 / 10**6
OUTCOMES, EXPERIENCES, SEATS = 6, 10, 30
YEAR = 115
KILLS = (0.15, 0.4, 0.7)
"""At which parts of the measured time a building process is killed."""


def settings(home: Path) -> Any:
    from plugin.settings import Settings

    return Settings(
        env="development",
        secret_key="a secret of the benchmarks, 32 characters",
        database_url=f"sqlite:///{home}/licheng.sqlite3",
        queue_url=f"sqlite:///{home}/queue.sqlite3",
        vault_primary=home / "primary",
        vault_second=home / "second",
        staging=home / "staging",
        reports=home / "reports",
        mail_port=0,
        job_lease_seconds=2,
    )


def prepare(home: Path, students: int) -> None:
    """A school whose students have selected everything."""
    from plugin import create_app, db, tenancy

    app = create_app(settings(home))
    with app.app_context(), tenancy.across("the benchmark makes its school"):
        db.Base.metadata.create_all(db.engine())
        with db.writing() as session:
            _School(session, home, students).write()
        db.engine().dispose()


class _School:
    """Rows as the operations would have left them, written many at a time."""

    def __init__(self, session: Any, home: Path, students: int) -> None:
        from plugin import clock
        from plugin.vault import store

        self.session, self.students, self.now = session, students, clock.now()
        self.chance = random.Random(students)
        self.places = store.copies(settings(home))
        self.files = itertools.count(1)
        self.objects: list[dict[str, Any]] = []
        self.stored: list[dict[str, Any]] = []

    def add(self, model: Any, **values: Any) -> Any:
        row = model(**values)
        self.session.add(row)
        self.session.flush()
        return row

    def write(self) -> None:
        from plugin.portfolio import kinds
        from plugin.school.models import (
            Course,
            Person,
            PersonKind,
            School,
            SchoolClass,
            SchoolKind,
            Window,
            WindowKind,
        )

        now = self.now
        school = self.add(
            School, code="990001", name="青田高級中學", kind=SchoolKind.GENERAL, created_at=now
        )
        self.school_id = school.id
        self.teacher_id = self.add(
            Person, school_id=school.id, kind=PersonKind.STAFF, number="T1", name="周美玲",
            created_at=now,
        ).id  # fmt: skip
        self.add(
            Window, school_id=school.id, academic_year=YEAR, term=0, kind=WindowKind.SUBMISSION,
            opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9),
        )  # fmt: skip
        names = kinds.names()
        for n in range(0, self.students, SEATS):
            number = n // SEATS
            grade = 1 + number % 2
            placed = self.add(
                SchoolClass, school_id=school.id, academic_year=YEAR, grade=grade,
                code=f"{grade}{number:03}", name=f"{'一二'[grade - 1]}年{number + 1}班",
            )  # fmt: skip
            course = self.add(
                Course, school_id=school.id, academic_year=YEAR, term=1, number=f"C{number}",
                code=f"{YEAR - grade + 1}990001H1110101010101", name="國語文", grade=grade,
                credits=4, periods=0,
            )  # fmt: skip
            seats = range(n + 1, min(n + SEATS, self.students) + 1)
            self._class(placed.id, course.id, grade, seats, names)

    def _class(
        self, class_id: int, course_id: int, grade: int, numbers: range, names: tuple[str, ...]
    ) -> None:
        from plugin.demo.plan import national_id
        from plugin.portfolio.models import Selection, SelectionKind
        from plugin.school.models import ClassSeat, Person, PersonKind

        people = [
            Person(
                school_id=self.school_id, kind=PersonKind.STUDENT, number=f"{number:06}",
                name=f"游{'錫怡家豪思冠雅宗詩柏'[number % 10]}堃", created_at=self.now,
                national_id=national_id(self.chance), birthday="2010-03-04",
            )
            for number in numbers
        ]  # fmt: skip
        self.session.add_all(people)
        self.session.flush()
        self.session.add_all(
            ClassSeat(class_id=class_id, student_id=one.id, seat=seat)
            for seat, one in enumerate(people, 1)
        )
        chosen = [
            Selection(
                school_id=self.school_id, student_id=one.id, academic_year=YEAR, kind=kind,
                locked_at=self.now, changed_at=self.now,
            )
            for one in people
            for kind in SelectionKind
        ]  # fmt: skip
        self.session.add_all(chosen)
        self.session.flush()
        for one in chosen:
            if one.kind is SelectionKind.OUTCOME:
                self._outcomes(one, course_id, grade)
            else:
                self._experiences(one, grade, names)
        self.session.flush()
        self.session.expunge_all()

    def _outcomes(self, chosen: Any, course_id: int, grade: int) -> None:
        from plugin.portfolio.models import (
            Decision,
            Outcome,
            OutcomeState,
            SelectionItem,
            Verdict,
        )

        for n in range(OUTCOMES):
            file = self._file(chosen.student_id, "document")
            outcome = self.add(
                Outcome, school_id=self.school_id, student_id=chosen.student_id,
                course_id=course_id, academic_year=YEAR, term=1, grade=grade,
                title=f"第 {n + 1} 件學習成果：〈赤壁賦〉讀書心得與前後兩賦的比較",
                summary="讀完之後整理人物關係，寫下自己的想法。" * 3, document_file_id=file.id,
                state=OutcomeState.CERTIFIED, started_at=self.now, sent_at=self.now,
                decided_at=self.now,
            )  # fmt: skip
            self.session.add_all(
                [
                    Decision(
                        outcome_id=outcome.id, verdict=Verdict.CERTIFIED, by_id=self.teacher_id,
                        by_name="周美玲", at=self.now, course_id=course_id, title=outcome.title,
                        summary=outcome.summary, document_sha256=file.sha256,
                    ),
                    SelectionItem(
                        selection_id=chosen.id, outcome_id=outcome.id, chosen_at=self.now
                    ),
                ]
            )  # fmt: skip

    def _experiences(self, chosen: Any, grade: int, names: tuple[str, ...]) -> None:
        from plugin.portfolio.models import Experience, ExperienceState, SelectedExperience

        for n in range(EXPERIENCES):
            name = names[n % len(names)]
            details = _details(name)
            one = self.add(
                Experience, school_id=self.school_id, student_id=chosen.student_id, kind=name,
                academic_year=YEAR, term=1, grade=grade, title=f"多元表現 {n + 1}",
                details=details, summary="每週帶三位小朋友共讀繪本，學會把話說得慢而清楚。",
                document_file_id=self._file(chosen.student_id, "experience.document").id,
                state=ExperienceState.SENT, started_at=self.now, sent_at=self.now,
            )  # fmt: skip
            self.session.add(
                SelectedExperience(selection_id=chosen.id, experience_id=one.id, chosen_at=self.now)
            )

    def _file(self, owner_id: int, slot: str) -> Any:
        """A file of its own in both copies, without waiting for the disk."""
        import hashlib
        import zlib

        from plugin.vault.models import FileState, StoredFile, VaultObject

        content = _pdf() + b"%% %d\n" % next(self.files) * 20 + b"%%EOF\n"
        sha256 = hashlib.sha256(content).hexdigest()
        for place in self.places:
            path = place.path(sha256)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        stored = self.add(
            VaultObject, sha256=sha256, size=len(content), crc32=zlib.crc32(content), copies=2,
            stored_at=self.now, checked_at=self.now,
        )  # fmt: skip
        return self.add(
            StoredFile, school_id=self.school_id, owner_id=owner_id, object_id=stored.id, slot=slot,
            name="讀書心得.pdf", kind="pdf", media_type="application/pdf", size=len(content),
            sha256=sha256, state=FileState.ACCEPTED, created_at=self.now, accepted_at=self.now,
        )  # fmt: skip


def _details(name: str) -> dict[str, str]:
    """Every field of a kind in the spelling of its example, as it is stored."""
    from werkzeug.datastructures import MultiDict

    from plugin.portfolio.forms.experiences import form_class
    from plugin.portfolio.kinds import kind

    found = _DETAILS.get(name)
    if found is None:
        typed = {
            one.key: next(iter(one.codes.values))
            if one.codes is not None and not one.codes.open
            else one.example
            for one in kind(name, YEAR).fields
        }
        form = form_class(name, YEAR)(MultiDict(typed), meta={"csrf": False})
        found = _DETAILS[name] = dict(form.values().details)
    return found


_DETAILS: dict[str, dict[str, str]] = {}


def _pdf() -> bytes:
    from io import BytesIO

    import pikepdf

    if not _PDF:
        document, out = pikepdf.new(), BytesIO()
        document.add_blank_page(page_size=(200, 200))
        document.save(out, deterministic_id=True)
        _PDF.append(out.getvalue())
    return _PDF[0]


_PDF: list[bytes] = []


def work(home: Path) -> None:
    """The check and the build, in this process; says seconds, and what the package read."""
    from plugin import create_app, db, jobs, tenancy
    from plugin.actor import Actor, Role
    from plugin.portfolio.models import Submission, SubmissionState
    from plugin.portfolio.operations import checks, submission
    from plugin.school import queries

    app = create_app(settings(home))
    with app.app_context(), tenancy.across("the benchmark looks at its school"):
        clerk = Actor(school_id=1, person_id=1, name="註冊組", roles=frozenset({Role.REGISTRY}))
        made = db.reading().get(Submission, 1)
        begin = time.perf_counter()
        if made is None:
            check = checks.begin(clerk, YEAR)
            if check.job_id is not None:
                jobs.run(check.job_id)
                db._close_reads()
                check = checks.seen_by_registry(clerk, check.id)
            report_note(f"check {time.perf_counter() - begin:.1f} s, {check.totals}")
            assert queries.school(1).code == "990001"
            made = submission.begin(clerk, YEAR)
        found = _count_reads()
        begin = time.perf_counter()
        assert made.job_id is not None
        jobs.run(made.job_id)
        db._close_reads()
        made = db.reading().get_one(Submission, made.id)
        assert made.state is SubmissionState.FROZEN, (made.state, made.failure)
        report_note(
            f"build {time.perf_counter() - begin:.1f} s; {found['read']:,} bytes read of "
            f"{made.totals['bytes']:,} handed in; {in_words(made.totals)}"
        )
        assert found["read"] == made.totals["bytes"], "a file was read twice, or not at all"
        report_value(time.perf_counter() - begin)
        db.engine().dispose()


def in_words(totals: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in totals.items() if name != "bytes")


def _count_reads() -> dict[str, int]:
    """How many bytes of files in the vault are read, by whomever, until the submission is frozen;
    what the build made itself lies elsewhere."""
    from plugin.vault import store
    from reports.zipstream import Sink

    found = {"read": 0}
    copy, digest = Sink.copy, store.digest

    def counted(self: Any, source: Path, size: int, *args: Any) -> None:
        if "objects" in source.parts:
            found["read"] += size
        copy(self, source, size, *args)

    def hashed(path: Path) -> str:
        if "objects" in path.parts:
            found["read"] += path.stat().st_size
        return digest(path)

    Sink.copy, store.digest = counted, hashed  # type: ignore[method-assign]
    return found


def killed(home: Path, seconds: float) -> None:
    """A building process, killed after so long."""
    side = Side.of_module(NAME, "work", "--home", str(home))
    child = subprocess.Popen(side.argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        time.sleep(2.5)  # its lease runs out
        return
    raise SystemExit("the build was over before it was killed")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--students", type=int, default=int(os.environ.get("BENCH_STUDENTS", "1800"))
    )
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--side", choices=("work",))
    parser.add_argument("--home", type=Path)
    args = parser.parse_args()
    if args.side:
        work(args.home)
        return 0
    home = Path(tempfile.mkdtemp(prefix="year-end-"))
    try:
        prepare(home, args.students)
        rows = args.students * (OUTCOMES + EXPERIENCES)
        print(f"year end: {args.students:,} students, {rows:,} records", flush=True)
        again = home.with_name(home.name + "-again")
        if args.kill:
            shutil.copytree(home, again)
        run = run_side(Side.of_module(NAME, "work", "--home", str(home)), timeout=3600)
        print(f"  {asdict(run)}")
        if args.kill:
            for part in KILLS:
                killed(again, run.wall * part)
            run_side(Side.of_module(NAME, "work", "--home", str(again)), timeout=3600)
            print("  killed three times, and frozen all the same")
        if run.rss > MOST_MB:
            print(f"  missed: {run.rss:.0f} MB, at most {MOST_MB:.0f}", file=sys.stderr)
            return 1
        return 0
    finally:
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(home.with_name(home.name + "-again"), ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())

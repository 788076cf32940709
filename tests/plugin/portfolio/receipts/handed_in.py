"""A frozen submission with rows of two students, made directly: how it is built is tested where it
is built."""

from __future__ import annotations

import hashlib
import io
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from plugin import clock, db, tenancy
from plugin.actor import Actor
from plugin.portfolio.models import (
    CentralImport,
    Experience,
    Outcome,
    ReceiptSheet,
    SelectionKind,
    Submission,
    SubmissionRow,
    SubmissionState,
)
from plugin.portfolio.operations.receipts import central, sheets
from plugin.portfolio.packages import RECEIPT_SLOT
from plugin.school.models import Person, Window, WindowKind
from plugin.vault import operations as vault
from plugin.vault.models import StoredFile
from tests.factories import actor_of, enrol, make_student, make_window
from tests.plugin.portfolio import experience_world
from tests.plugin.portfolio.receipts.packing import PASSWORD
from tests.plugin.portfolio.world import World, make_world, mp3

YEAR = 115
IDS = ("A123456789", "B223456789")


@dataclass
class Handed:
    """`world.student` has two outcomes and an experience, `other` one outcome."""

    world: World
    other: Person
    outcomes: list[Outcome]
    experiences: list[Experience]
    submission: Submission

    @property
    def pupil(self) -> Actor:
        return self.world.pupil

    @property
    def mate(self) -> Actor:
        return actor_of(self.other)

    @property
    def clerk(self) -> Actor:
        return self.world.clerk

    def sheet(self, student: Person | None = None, *, current: bool = True) -> ReceiptSheet:
        who = student or self.world.student
        query = sa.select(ReceiptSheet).where(
            ReceiptSheet.student_id == who.id, ReceiptSheet.current.is_(current)
        )
        return db.reading().scalars(query.execution_options(populate_existing=True)).one()

    def rows(self, student: Person | None = None) -> list[SubmissionRow]:
        who = student or self.world.student
        query = sa.select(SubmissionRow).where(
            SubmissionRow.student_id == who.id,
            SubmissionRow.submission_id == self.submission.id,
        )
        return list(db.reading().scalars(query.order_by(SubmissionRow.sequence)))

    def again(self, **changes: Any) -> Submission:
        """The next version; `changes` of the cells of the first row."""
        self.submission = submit(
            self.world, self.outcomes, self.experiences, self.submission.version + 1, changes
        )
        return self.submission

    def bring(self, content: bytes, name: str = "receipt.zip", password: str = PASSWORD) -> Any:
        """Upload a package of the central side and have it read."""
        path = Path(db.engine().url.database or "/tmp/x").with_suffix(f".{secrets.token_hex(4)}")
        path = Path("/tmp") / path.name
        path.write_bytes(content)
        try:
            file = vault.deposit(
                self.clerk, path, slot=RECEIPT_SLOT, name=name, media_type="application/zip",
                kind=name.rpartition(".")[2],
            )  # fmt: skip
        finally:
            path.unlink()
        made = central.begin(self.clerk, self.submission.id, file.id, password)
        return db.reading().get_one(CentralImport, made.id, populate_existing=True)

    def central_record(self, row: SubmissionRow, **changes: Any) -> dict[str, Any]:
        """What the central side might say of an item."""
        cells = row.cells
        said = {
            "身分證號": IDS[row.student_id != self.world.student.id],
            "科目名稱" if cells.get("course_name") else "名稱": cells.get("course_name")
            or cells["title"],
            "成果簡述": cells["summary"],
            "收訖狀態": "收訖",
        }
        return said | changes

    def md5(self, row: SubmissionRow, slot: str = "document") -> str:
        from plugin.vault import queries as vault_queries

        file = db.reading().get_one(StoredFile, row.cells[slot]["id"])
        content = vault_queries.path(file.sha256, file.size).read_bytes()
        return hashlib.md5(content, usedforsecurity=False).hexdigest()

    def window(self, **delta: float) -> Window:
        """Let the window of confirmation close so long from now."""
        with db.writing() as session:
            found = session.scalars(
                sa.select(Window).where(
                    Window.school_id == self.world.school.id, Window.kind == WindowKind.RECEIPT
                )
            ).one()
            found.closes_at = clock.now() + timedelta(**delta)
            session.flush()
            return found


def handed(*, window: bool = True) -> Handed:
    world = make_world()
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    if window:
        make_window(world.school, WindowKind.RECEIPT)
    first = world.certified(
        title="讀書心得", summary="心得一",
        media_file_id=world.file(mp3(), "media", name="朗讀.mp3"),
        document_file_id=world.file(name="心得.pdf"),
    )  # fmt: skip
    second = world.certified(title="專題", summary="專題摘要")
    experience = experience_world.sent(world, "work", summary="校慶放映")
    other = make_student(
        world.school, world.school_class, 2, national_id=IDS[1], birthday="2009-12-01"
    )
    enrol(other, world.course)
    pupil, world.student = world.student, other
    third = world.certified(title="另一位的心得", summary="心得三")
    world.student = pupil
    outcomes, experiences = [first, second, third], [experience]
    return Handed(world, other, outcomes, experiences, submit(world, outcomes, experiences))


def submit(
    world: World,
    outcomes: list[Outcome],
    experiences: list[Experience],
    version: int = 1,
    changes: dict[str, Any] | None = None,
) -> Submission:
    people = {
        one.id: one
        for one in db.reading().scalars(
            sa.select(Person).where(Person.id.in_({row.student_id for row in outcomes}))
        )
    }
    with db.writing() as session:
        made = Submission(
            school_id=world.school.id, academic_year=YEAR, version=version,
            number=f"115-{world.school.code}-O-{version:02}", state=SubmissionState.FROZEN,
            totals=dict.fromkeys(["rows", "students", "classes", "files", "bytes"], 4),
            made_by_name="承辦人", made_at=clock.now(), frozen_at=clock.now(),
            token=f"of-the-test-{world.school.id}-{version}",
        )  # fmt: skip
        session.add(made)
        session.flush()
        everything: list[Any] = [*outcomes, *experiences]
        for sequence, one in enumerate(everything, 1):
            student = people[one.student_id]
            cells = _cells(session, world, one, student) | (changes or {} if sequence == 1 else {})
            is_outcome = isinstance(one, Outcome)
            session.add(
                SubmissionRow(
                    submission_id=made.id, sequence=sequence, student_id=student.id,
                    record_kind=SelectionKind.OUTCOME if is_outcome else SelectionKind.EXPERIENCE,
                    kind="" if is_outcome else one.kind,
                    outcome_id=one.id if is_outcome else None,
                    experience_id=None if is_outcome else one.id,
                    cells=cells, national_id=student.national_id, birthday=student.birthday,
                    digest=hashlib.sha256(repr(sorted(cells.items())).encode()).hexdigest(),
                )
            )  # fmt: skip
    with tenancy.within(world.school.id):
        sheets.open_sheets(made.id)
    return made


def _cells(session: Any, world: World, one: Any, student: Person) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "class_code": world.school_class.code, "class_name": world.school_class.name,
        "grade": 1, "seat": 1 if student.id == world.student.id else 2,
        "student_number": student.number, "student_name": student.name, "academic_year": YEAR,
        "term": one.term, "title": one.title, "summary": one.summary, "ai_note": one.ai_note,
    }  # fmt: skip
    if isinstance(one, Outcome):
        cells |= {
            "course_name": world.course.name, "course_code": world.course.code,
            "certified_by": world.teacher.name,
        }  # fmt: skip
    else:
        cells |= {"kind": one.kind, "kind_name": "作品成果", "details": one.details, "link": ""}
    for slot in ("document", "media"):
        file_id = getattr(one, f"{slot}_file_id")
        file = session.get(StoredFile, file_id) if file_id else None
        cells[slot] = file and {
            "id": file.id, "name": file.name, "kind": file.kind, "size": file.size,
            "sha256": file.sha256, "path": f"files/{student.number}/{one.id}-{slot}.{file.kind}",
        }  # fmt: skip
    return cells


def stream(content: bytes) -> io.BytesIO:
    return io.BytesIO(content)

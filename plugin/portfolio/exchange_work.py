"""The background work of exchange: building a package, looking at one, taking one."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from plugin import clock, db, jobs, retention, uploads
from plugin.errors import Refusal
from plugin.portfolio.models import ExchangeIn, ExchangeOut, InState, OutState
from plugin.portfolio.operations.exchange import incoming, outgoing, taking
from plugin.portfolio.operations.exchange.arrivals import Here, judge
from plugin.portfolio.operations.exchange.arriving_posts import PostsHere, judge_post
from plugin.portfolio.operations.exchange.taking import Ready, ReadyPost
from plugin.portfolio.operations.intake import EXPERIENCE_SLOTS, SLOTS, Slot
from plugin.portfolio.packages import MAX_BYTES, masked, refused
from plugin.portfolio.queries.exchange import content
from plugin.school import rules, terms
from plugin.school.models import Person, PersonKind, School
from plugin.settings import Settings
from plugin.trail.chain import record
from plugin.uploads import FILE_CAP
from plugin.vault import check
from plugin.vault import operations as vault
from plugin.vault import queries as vault_queries
from plugin.vault.models import StoredFile
from reports.exchange import layout, write_exchange
from reports.exchange_read import Fault, Found, FoundFile, FoundItem, read_package
from reports.lockedzip import Limits, LockedZip, PackageRefused

LIMITS = Limits(files=20_000, file_bytes=FILE_CAP, all_bytes=2 * MAX_BYTES)
CHUNK = 500


@jobs.handles(outgoing.BUILD)
def build(run: jobs.Run) -> dict[str, Any]:
    """Gather, write, deposit, tell."""
    made = db.reading().get_one(ExchangeOut, int(run.args["exchange_out_id"]))
    if made.state is not OutState.BUILDING:
        return {}
    folder = _folder(f"exchange-{made.id}")
    try:
        school = db.reading().get_one(School, made.school_id)
        students = outgoing.students_of(made.id)
        for some in _some(content.file_ids(students)):
            vault.know_md5(some)
            run.progress(0, 0, "md5")
        total = _bytes(content.file_ids(students))
        target = outgoing.place(folder, made)
        totals = write_exchange(
            target,
            made.base_name,
            content.students(school, students, made.unit_code),
            made.password,
            lambda done: run.progress(min(done, total), total, "write"),
        )
        file = vault.deposit(
            run.actor, target, slot="exchange.out", name=target.name,
            media_type="application/zip", kind="zip",
        )  # fmt: skip
        outgoing.finish(run.actor, made.id, file, totals)
    except Refusal as refusal:
        outgoing.fail(run.actor, made.id, refusal.message)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return totals


@jobs.handles(incoming.CHECK)
def look(run: jobs.Run) -> dict[str, Any]:
    """Read a package to its end and say what it would bring."""
    found = db.reading().get_one(ExchangeIn, int(run.args["exchange_in_id"]))
    if found.state is not InState.CHECKING:
        return {}
    try:
        with _opened(found) as package:
            read = read_package(package, lambda done, total: run.progress(done, total, "check"))
            preview, totals = _Preview(run, found, package, read).made()
    except PackageRefused as error:
        refusal = refused(error)
        incoming.refuse(run.actor, found.id, f"{refusal.message}{refusal.remedy}")
        raise refusal from error
    except Refusal as refusal:
        incoming.refuse(run.actor, found.id, f"{refusal.message}{refusal.remedy}")
        raise
    incoming.looked_at(run.actor, found.id, read.origin_code, preview, totals)
    return {"students": totals["students"]}


@jobs.handles(incoming.TAKE)
def take(run: jobs.Run) -> dict[str, Any]:
    """Put the files into the vault, then enter everything in one transaction."""
    found = db.reading().get_one(ExchangeIn, int(run.args["exchange_in_id"]))
    if found.state is not InState.TAKING:
        return {}
    folder = _folder(f"exchange-in-{found.id}")
    try:
        with _opened(found) as package:
            read = read_package(package, lambda done, total: run.progress(done, 2 * total, "check"))
            putting = _Putting(run, found, package, read, folder)
            ready = list(putting.all())
        taking.take_all(run.actor, found.id, ready, putting.posts)
    except PackageRefused as error:
        refusal = refused(error)
        incoming.refuse(run.actor, found.id, f"{refusal.message}{refusal.remedy}")
        raise refusal from error
    except Refusal as refusal:
        incoming.refuse(run.actor, found.id, f"{refusal.message}{refusal.remedy}")
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"records": len(ready) + len(putting.posts)}


class _Preview:
    """What a package would bring: by student, with the faults of each cell."""

    def __init__(self, run: jobs.Run, found: ExchangeIn, package: LockedZip, read: Found) -> None:
        self.run, self.found, self.package, self.read = run, found, package, read
        counted = (
            "students", "unknown", "new", "known", "faults", "outcomes", "experiences", "posts",
            "files",
        )  # fmt: skip
        self.totals = dict.fromkeys(counted, 0)

    def made(self) -> tuple[dict[str, Any], dict[str, int]]:
        people = students_by_id(self.run, self.found.school_id)
        folder = _folder(f"exchange-look-{self.found.id}")
        try:
            students = [
                self._student(one, people.get(one.national_id), folder)
                for one in self.read.students
            ]
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        loose = [_fault(one) for one in self.read.faults if not one.national_id]
        self.totals["students"] = len(students)
        self.totals["faults"] += len(loose)
        return {"students": students, "faults": loose}, self.totals

    def _student(self, one: Any, person: tuple[int, str, str] | None, folder: Path) -> Any:
        said = self.read.faults
        faults = [_fault(fault) for fault in said if fault.national_id == one.national_id]
        here = Here(person[0]) if person else None
        items = []
        for item in one.items:
            taken, wrong = judge(item, self.read.origin_code)
            faults += [vars(fault) for fault in wrong]
            if person:
                faults += list(self._files(item, folder))
            known = taken is not None and here is not None and here.knows(taken)
            self.totals["known" if known else "new"] += 1
            self.totals["experiences" if item.kind else "outcomes"] += 1
            self.totals["files"] += len(item.files)
            items.append(
                {
                    "kind": item.kind,
                    "place": item.place,
                    "title": taken.title if taken else "",
                    "year": item.record["year"],
                    "term": item.record["term"],
                    "certified": bool(taken and taken.certified),
                    "known": known,
                    "files": [file.name for file in item.files],
                }
            )
        posts = list(self._posts(one, PostsHere(person[0]) if person else None, faults))
        self.totals["unknown"] += person is None
        self.totals["faults"] += len(faults)
        return {
            "person_id": person[0] if person else None,
            "number": person[1] if person else "",
            "name": person[2] if person else one.basic["name"],
            "national_id": one.national_id,
            "items": items,
            "posts": posts,
            "faults": faults,
        }

    def _posts(
        self, one: Any, here: PostsHere | None, faults: list[dict[str, str]]
    ) -> Iterator[dict[str, Any]]:
        """Each post of a student, and whether it is here already."""
        for place, said in _placed(one.posts):
            taken, wrong = judge_post(said, place, self.read.origin_code)
            faults += [vars(fault) for fault in wrong]
            known = taken is not None and here is not None and here.knows(taken)
            self.totals["known" if known else "new"] += 1
            self.totals["posts"] += 1
            yield {**said, "known": known}

    def _files(self, item: FoundItem, folder: Path) -> Iterator[dict[str, str]]:
        """Each file as the vault would judge it."""
        for slot, rule, file in _slots(item):
            path = folder / uuid.uuid4().hex
            self.package.copy(file.path, path)
            try:
                check.inspect(path, file.size, max_bytes=_limit(self.found, rule), kinds=rule.kinds)
            except Refusal as refusal:
                words = f"{refusal.message}"
                yield {"place": item.place, "cell": slot, "value": file.name, "message": words}
            finally:
                path.unlink()


class _Putting:
    """The files of every new record, put into the vault one after the other."""

    def __init__(
        self, run: jobs.Run, found: ExchangeIn, package: LockedZip, read: Found, folder: Path
    ) -> None:
        self.run, self.found, self.package, self.read = run, found, package, read
        self.folder = folder
        self.posts: list[ReadyPost] = []
        """The new posts, once `all` has come to its end."""

    def all(self) -> Iterator[Ready]:
        """:raises Refusal: what was well at the preview is so no more."""
        people = students_by_id(self.run, self.found.school_id)
        total = len(self.read.students)
        if self.read.faults:
            raise _changed()
        for done, student in enumerate(self.read.students):
            person = people.get(student.national_id)
            if person is None:
                raise _changed()
            here = Here(person[0])
            for item in student.items:
                taken, wrong = judge(item, self.read.origin_code)
                if taken is None or wrong:
                    raise _changed()
                if not here.knows(taken):
                    yield Ready(person[0], taken, dict(self._files(person[0], item)))
            self.posts += self._posts(person[0], student)
            self.run.progress(total + done + 1, 2 * total, "files")

    def _posts(self, student_id: int, student: Any) -> Iterator[ReadyPost]:
        here = PostsHere(student_id)
        for place, said in _placed(student.posts):
            taken, _wrong = judge_post(said, place, self.read.origin_code)
            if taken is None:
                raise _changed()
            if not here.knows(taken):
                yield ReadyPost(student_id, taken)

    def _files(self, student_id: int, item: FoundItem) -> Iterator[tuple[str, int]]:
        for slot, rule, file in _slots(item):
            there = taking.waiting_file(student_id, file.sha256, rule.stored_as, self.found.made_at)
            yield slot, there or self._put(student_id, rule, file)

    def _put(self, student_id: int, rule: Slot, file: FoundFile) -> int:
        path = self.folder / uuid.uuid4().hex
        self.package.copy(file.path, path)
        with path.open("rb") as stream:
            staged = uploads.stage(stream, file.name)
        path.unlink()
        try:
            return vault.accept(
                self.run.actor,
                staged,
                owner_id=student_id,
                slot=rule.stored_as,
                max_bytes=_limit(self.found, rule),
                kinds=rule.kinds,
                expires_at=clock.now() + retention.row("exchange_part").period,
            ).id
        finally:
            staged.discard()


def students_by_id(run: jobs.Run, school_id: int) -> dict[str, tuple[int, str, str]]:
    """National ID → (id, number, name) of the school's students; reading them leaves a line."""
    query = sa.select(Person.id, Person.number, Person.name, Person.national_id).where(
        Person.school_id == school_id,
        Person.kind == PersonKind.STUDENT,
        Person.active,
        Person.national_id.is_not(None),
    )
    found: dict[str, tuple[int, str, str]] = {}
    rows = db.reading().execute(query.execution_options(yield_per=CHUNK))
    for person_id, number, name, national_id in rows:
        if national_id:
            found[national_id.strip().upper()] = (person_id, number, name)
    with db.writing():
        record(run.actor, "person.read_ids", "school", school_id, job=run.job_id)
    return found


def preview_of(found: ExchangeIn) -> dict[str, Any]:
    """What the pages show; empty while nothing is known."""
    return json.loads(found.preview) if found.preview else {"students": [], "faults": []}


def _slots(item: FoundItem) -> Iterator[tuple[str, Slot, FoundFile]]:
    rules_of = EXPERIENCE_SLOTS if item.kind else SLOTS
    for slot, file in (("document", item.document), ("media", item.media)):
        if file is not None:
            yield slot, rules_of[slot], file


def _placed(posts: Any) -> Iterator[tuple[str, dict[str, str]]]:
    title = layout().posts_title
    return ((f"{title} {number}", dict(said)) for number, said in enumerate(posts, 1))


def _limit(found: ExchangeIn, slot: Slot) -> int:
    year = terms.term_of(clock.today()).academic_year
    return rules.number(found.school_id, slot.rule, year)


def _fault(one: Fault) -> dict[str, str]:
    words = {
        "not_there": _("壓縮檔裡沒有這個檔案。"),
        "md5": _("檔案的 MD5 與紀錄不符，內容已被更動或損壞。"),
        "path": _("檔案連結不在這位學生的資料夾裡。"),
        "no_id": _("沒有身分證號，不知道是哪位學生。"),
        "twice": _("同一位學生在檔案裡出現兩次。"),
    }
    value = one.value.replace(one.national_id, masked(one.national_id)) if one.national_id else ""
    return {
        "place": one.place, "cell": one.cell, "value": value, "message": words[one.reason],
    }  # fmt: skip


def _changed() -> Refusal:
    return Refusal(_("預覽之後資料有變動，沒有匯入任何紀錄。"), remedy=_("請重新檢查後再匯入。"))


def _opened(found: ExchangeIn) -> LockedZip:
    file = db.reading().get_one(StoredFile, found.file_id)
    path = vault_queries.path(file.sha256, file.size)
    return LockedZip(path, found.password or "", LIMITS)


def _bytes(file_ids: list[int]) -> int:
    return sum(file.size for some in _some(file_ids) for file in vault_queries.files(some).values())


def _some(ids: list[int]) -> Iterator[list[int]]:
    for begin in range(0, len(ids), CHUNK):
        yield ids[begin : begin + CHUNK]


def _folder(name: str) -> Path:
    """A folder of this work's own, empty."""
    settings: Settings = current_app.extensions["licheng.settings"]
    folder = settings.reports / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder

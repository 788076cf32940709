"""Reads of the 預檢: the newest, its faults by page, and what may be filtered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import sqlalchemy as sa

from plugin import db
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.checking.table import FAULTS, FaultKind
from plugin.portfolio.models import (
    CheckState,
    Experience,
    Outcome,
    SelectionKind,
    SubmissionCheck,
    SubmissionFault,
)
from plugin.school.batches import Batch
from plugin.school.models import Person, SchoolClass

CHUNK = 500


@dataclass(frozen=True)
class Line:
    """One fault with whose it is and of what."""

    fault: SubmissionFault
    student: Person
    class_name: str
    title: str
    course_id: int | None

    @property
    def kind(self) -> FaultKind:
        """Words, rule, remedy."""
        return FAULTS[self.fault.code]

    @property
    def cell(self) -> str:
        """The column it is about."""
        return self.kind.cell_of(self.fault.detail)

    @property
    def said(self) -> str:
        """What is wrong."""
        return self.kind.say(self.fault.detail)


@dataclass(frozen=True)
class Asked:
    """What the list of faults is narrowed to; None: everything."""

    class_id: int | None = None
    record_kind: SelectionKind | None = None
    code: str | None = None
    blocks: bool | None = None

    def all_of(self) -> Asked:
        """Without any narrowing."""
        return replace(self, class_id=None, record_kind=None, code=None, blocks=None)


def running(school_id: int, academic_year: int, batch: Batch) -> SubmissionCheck | None:
    """The one that is being done."""
    found = newest(school_id, academic_year, batch)
    return found if found is not None and found.state is CheckState.RUNNING else None


def newest(school_id: int, academic_year: int, batch: Batch) -> SubmissionCheck | None:
    """The last that was begun."""
    query = sa.select(SubmissionCheck).where(
        SubmissionCheck.school_id == school_id,
        SubmissionCheck.academic_year == academic_year,
        SubmissionCheck.batch == batch,
    )
    return db.reading().scalar(query.order_by(SubmissionCheck.id.desc()).limit(1))


def faults(
    check_id: int, asked: Asked, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Line]:
    """The faults of a check in the order of the manifest."""
    query = _lines(check_id, asked)
    if (begin := row_id(after)) is not None:
        query = query.where(SubmissionFault.sequence > begin)
    rows = db.reading().execute(query.limit(limit + 1)).all()
    return Page.cut([_line(row) for row in rows], limit, lambda one: one.fault.sequence)


def all_faults(check_id: int, asked: Asked) -> Iterator[Line]:
    """Every fault, a chunk at a time."""
    after: str | None = None
    while True:
        page = faults(check_id, asked, after=after, limit=CHUNK)
        yield from page.items
        if page.next is None:
            return
        after = page.next


def fault(check_id: int, fault_id: int) -> Line | None:
    """One fault of a check."""
    query = _lines(check_id, Asked()).where(SubmissionFault.id == fault_id)
    row = db.reading().execute(query).one_or_none()
    return _line(row) if row else None


def figures(check_id: int, kind: SelectionKind) -> dict[str, int]:
    """How many faults one kind of records has, `errors` and `warnings`, of those that were kept."""
    query = (
        sa.select(SubmissionFault.blocks, sa.func.count())
        .where(SubmissionFault.check_id == check_id, SubmissionFault.record_kind == kind)
        .group_by(SubmissionFault.blocks)
    )
    counts = {row[0]: row[1] for row in db.reading().execute(query)}
    return {"errors": counts.get(True, 0), "warnings": counts.get(False, 0)}


def by_code(check_id: int, kinds: Collection[SelectionKind]) -> list[tuple[str, int]]:
    """How often each fault of these records comes, the most frequent first."""
    query = (
        sa.select(SubmissionFault.code, sa.func.count())
        .where(SubmissionFault.check_id == check_id, SubmissionFault.record_kind.in_(kinds))
        .group_by(SubmissionFault.code)
        .order_by(sa.func.count().desc(), SubmissionFault.code)
    )
    return [(code, n) for code, n in db.reading().execute(query)]


def by_class(check_id: int, kinds: Collection[SelectionKind]) -> list[tuple[int, str, int]]:
    """The classes with faults of these records: id, name, how many."""
    query = (
        sa.select(SchoolClass.id, SchoolClass.name, sa.func.count())
        .select_from(SubmissionFault)
        .join(SchoolClass, SchoolClass.id == SubmissionFault.class_id)
        .where(SubmissionFault.check_id == check_id, SubmissionFault.record_kind.in_(kinds))
        .group_by(SchoolClass.id, SchoolClass.name, SchoolClass.grade, SchoolClass.code)
        .order_by(SchoolClass.grade, SchoolClass.code)
    )
    return [(class_id, name, n) for class_id, name, n in db.reading().execute(query)]


def _lines(check_id: int, asked: Asked) -> sa.Select[SubmissionFault, Person, str, str, int | None]:
    query = (
        sa.select(
            SubmissionFault,
            Person,
            SchoolClass.name,
            sa.func.coalesce(Outcome.title, Experience.title, ""),
            Outcome.course_id,
        )
        .join(Person, Person.id == SubmissionFault.student_id)
        .outerjoin(SchoolClass, SchoolClass.id == SubmissionFault.class_id)
        .outerjoin(Outcome, Outcome.id == SubmissionFault.outcome_id)
        .outerjoin(Experience, Experience.id == SubmissionFault.experience_id)
        .where(SubmissionFault.check_id == check_id)
        .order_by(SubmissionFault.sequence)
        .options(
            sa.orm.defer(Person.national_id, raiseload=True),
            sa.orm.defer(Person.birthday, raiseload=True),
        )
    )
    if asked.class_id is not None:
        query = query.where(SubmissionFault.class_id == asked.class_id)
    if asked.record_kind is not None:
        query = query.where(SubmissionFault.record_kind == asked.record_kind)
    if asked.code is not None:
        query = query.where(SubmissionFault.code == asked.code)
    if asked.blocks is not None:
        query = query.where(SubmissionFault.blocks.is_(asked.blocks))
    return query


def _line(row: sa.Row[SubmissionFault, Person, str, str, int | None]) -> Line:
    fault, student, class_name, title, course_id = row
    return Line(fault, student, class_name or "", title, course_id)

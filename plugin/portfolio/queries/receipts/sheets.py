"""Sheets: a student's own with everything said about them, and how far a school is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import (
    CentralImport,
    CentralItem,
    CentralState,
    ReceiptAnswer,
    ReceiptSheet,
    ReceiptStatement,
    SheetState,
    StatementKind,
    Submission,
    SubmissionRow,
)
from plugin.portfolio.queries.receipts.disputes import open_of_sheets
from plugin.school import queries as school_queries
from plugin.school.models import ClassSeat, Person, SchoolClass
from plugin.school.terms import term_of

FILES = ("document", "media")
UNSEATED = 0
"""Stands for the class of students who had none."""


@dataclass(frozen=True)
class Line:
    """One item of a sheet.

    :param received: the central side has the item and all its files; None: nothing is known yet.
    :param lacking: names of files that it has not, where it has the rest.
    :param note: the central side's own words.
    """

    row: SubmissionRow
    received: bool | None = None
    lacking: tuple[str, ...] = ()
    note: str = ""

    @property
    def files(self) -> list[dict[str, Any]]:
        """The files there are, as they were handed in."""
        return [self.row.cells[slot] for slot in FILES if self.row.cells.get(slot)]

    @property
    def group(self) -> str:
        """Course of an outcome, kind of an experience."""
        return str(self.row.cells.get("course_name") or self.row.cells.get("kind_name") or "")


@dataclass(frozen=True)
class Said:
    """A statement with its answer; `open` while nobody has answered."""

    statement: ReceiptStatement
    answer: ReceiptAnswer | None
    item: str
    open: bool


@dataclass(frozen=True)
class Sheet:
    """A student's sheet with everything about it."""

    sheet: ReceiptSheet
    submission: Submission
    lines: list[Line] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    strays: list[CentralItem] = field(default_factory=list)
    """What the central side has of this student beyond what was handed in."""
    central: CentralImport | None = None

    @property
    def missing(self) -> list[Line]:
        """Items that the central side has not, or not wholly."""
        return [one for one in self.lines if one.received is False]

    @property
    def disputed(self) -> set[int | None]:
        """Row ids (None: the whole) with an open dispute."""
        return {one.statement.row_id for one in self.said if one.open}


def of_student(student_id: int, *, school_id: int) -> list[Sheet]:
    """Every sheet of a student whose page it is, newest first; seven queries."""
    query = (
        sa.select(ReceiptSheet, Submission)
        .join(Submission, Submission.id == ReceiptSheet.submission_id)
        .where(ReceiptSheet.student_id == student_id, ReceiptSheet.school_id == school_id)
        .order_by(ReceiptSheet.current.desc(), ReceiptSheet.id.desc())
    )
    return _whole([(sheet, made) for sheet, made in db.reading().execute(query)])


def whole(sheet: ReceiptSheet) -> Sheet:
    """One sheet that the actor has been found allowed to see."""
    submission = db.reading().get_one(Submission, sheet.submission_id)
    return _whole([(sheet, submission)])[0]


def of_whole_class(school_class: SchoolClass) -> list[Sheet]:
    """Every current sheet of a class, by seat; seven queries."""
    query = (
        sa.select(ReceiptSheet, Submission)
        .join(Submission, Submission.id == ReceiptSheet.submission_id)
        .where(
            ReceiptSheet.school_id == school_class.school_id,
            ReceiptSheet.academic_year == school_class.academic_year,
            ReceiptSheet.class_id == school_class.id,
            ReceiptSheet.current.is_(True),
        )
        .order_by(ReceiptSheet.seat, ReceiptSheet.id)
    )
    return _whole([(sheet, made) for sheet, made in db.reading().execute(query)])


def _whole(pairs: list[tuple[ReceiptSheet, Submission]]) -> list[Sheet]:
    if not pairs:
        return []
    session = db.reading()
    sheets = [sheet for sheet, _made in pairs]
    submissions = [made.id for _sheet, made in pairs]
    students = {sheet.student_id for sheet in sheets}
    rows = session.scalars(
        sa.select(SubmissionRow)
        .where(SubmissionRow.submission_id.in_(submissions), SubmissionRow.student_id.in_(students))
        .options(
            defer(SubmissionRow.national_id, raiseload=True),
            defer(SubmissionRow.birthday, raiseload=True),
        )
        .order_by(SubmissionRow.sequence)
    ).all()
    titles = {row.id: str(row.cells["title"]) for row in rows}
    said = _said([one.id for one in sheets], titles)
    central = newest_imports(submissions)
    items = session.scalars(
        sa.select(CentralItem)
        .where(
            CentralItem.import_id.in_([one.id for one in central.values()]),
            CentralItem.student_id.in_(students),
        )
        .order_by(CentralItem.sequence)
    ).all()
    rows_of: dict[tuple[int, int], list[SubmissionRow]] = defaultdict(list)
    for row in rows:
        rows_of[row.submission_id, row.student_id].append(row)
    items_of: dict[tuple[int, int | None], list[CentralItem]] = defaultdict(list)
    for item in items:
        items_of[item.import_id, item.student_id].append(item)
    found = []
    for sheet, made in pairs:
        one = central.get(made.id)
        mine = items_of[one.id, sheet.student_id] if one is not None else []
        lines = [
            line_of(row, mine if one is not None else None)
            for row in rows_of[made.id, sheet.student_id]
        ]
        strays = [item for item in mine if item.row_id is None]
        found.append(Sheet(sheet, made, lines, said.get(sheet.id, []), strays, one))
    return found


def newest_imports(submission_ids: Collection[int]) -> dict[int, CentralImport]:
    """The receipt package that holds for each submission."""
    query = sa.select(CentralImport).where(
        CentralImport.submission_id.in_(submission_ids),
        CentralImport.state == CentralState.DONE,
        CentralImport.superseded_at.is_(None),
    )
    rows = db.reading().scalars(query.order_by(CentralImport.id))
    return {one.submission_id: one for one in rows}


def line_of(row: SubmissionRow, items: list[CentralItem] | None) -> Line:
    """An item beside what the central side says of it; None: nothing is known yet."""
    if items is None:
        return Line(row)
    mine = [one for one in items if one.row_id == row.id]
    has = {slot for slot in FILES if row.cells.get(slot)}
    got: set[str] = set()
    for one in mine:
        if one.accepted:
            got |= set(one.slots.split()) if one.slots else has
    accepted = any(one.accepted for one in mine)
    lacking = tuple(
        str(row.cells[slot]["name"]) for slot in FILES if slot in has - got and accepted
    )
    note = "、".join(dict.fromkeys(one.note for one in mine if one.note))
    return Line(row, accepted and not lacking, lacking, note)


def _said(sheet_ids: list[int], titles: dict[int, str]) -> dict[int, list[Said]]:
    query = (
        sa.select(ReceiptStatement, ReceiptAnswer)
        .outerjoin(ReceiptAnswer, ReceiptAnswer.statement_id == ReceiptStatement.id)
        .where(ReceiptStatement.sheet_id.in_(sheet_ids))
        .order_by(ReceiptStatement.id.desc())
    )
    waiting = {one.id for one in open_of_sheets(sheet_ids)}
    found: dict[int, list[Said]] = {}
    for statement, answer in db.reading().execute(query):
        item = titles.get(statement.row_id or 0, "")
        found.setdefault(statement.sheet_id, []).append(
            Said(statement, answer, item, statement.id in waiting)
        )
    return found


@dataclass(frozen=True)
class ClassFigures:
    """How far one class is."""

    class_id: int
    name: str
    counts: dict[SheetState, int]
    missing: int
    """Students of whom the central side lacks something."""

    @property
    def students(self) -> int:
        """With a sheet."""
        return sum(self.counts.values())

    @property
    def confirmed_percent(self) -> int:
        """How many of them have confirmed."""
        done = self.counts.get(SheetState.CONFIRMED, 0)
        return 100 * done // self.students if self.students else 0


def by_class(actor: Actor, academic_year: int) -> list[ClassFigures]:
    """The classes whose figures the actor may see, from the current sheets; three queries."""
    allowed = _classes(actor, academic_year)
    where = _current(actor, academic_year)
    if allowed is not None:
        where.append(ReceiptSheet.class_id.in_([one.id for one in allowed]))
    grouped = (
        sa.select(ReceiptSheet.class_id, ReceiptSheet.state, sa.func.count())
        .where(*where)
        .group_by(ReceiptSheet.class_id, ReceiptSheet.state)
    )
    session = db.reading()
    counts: dict[int, dict[SheetState, int]] = {}
    for class_id, state, n in session.execute(grouped):
        counts.setdefault(class_id or UNSEATED, {})[state] = n
    lacking = (
        sa.select(ReceiptSheet.class_id, sa.func.count())
        .where(*where, ReceiptSheet.received < ReceiptSheet.items)
        .group_by(ReceiptSheet.class_id)
    )
    missing = {class_id or UNSEATED: n for class_id, n in session.execute(lacking)}
    assert actor.school_id is not None
    classes = allowed
    if classes is None:
        classes = school_queries.classes(actor.school_id, academic_year)
    found = [
        ClassFigures(one.id, one.name, counts[one.id], missing.get(one.id, 0))
        for one in classes
        if one.id in counts
    ]
    if UNSEATED in counts and allowed is None:
        found.append(ClassFigures(UNSEATED, "", counts[UNSEATED], missing.get(UNSEATED, 0)))
    return found


@dataclass(frozen=True)
class StudentLine:
    """One student's sheet in a list."""

    sheet: ReceiptSheet
    name: str
    number: str


def of_class(
    actor: Actor,
    academic_year: int,
    class_id: int,
    *,
    unconfirmed: bool = False,
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[StudentLine] | None:
    """The current sheets of a class; None for a class that the actor may not see."""
    allowed = _classes(actor, academic_year)
    if allowed is not None and class_id not in {one.id for one in allowed}:
        return None
    query = (
        sa.select(ReceiptSheet, Person.name, Person.number)
        .join(Person, Person.id == ReceiptSheet.student_id)
        .where(
            *_current(actor, academic_year),
            ReceiptSheet.class_id == class_id if class_id else ReceiptSheet.class_id.is_(None),
        )
    )
    if unconfirmed:
        query = query.where(ReceiptSheet.state != SheetState.CONFIRMED)
    seat, _, last = (after or "").partition("-")
    begin, begin_id = row_id(seat), row_id(last)
    if begin is not None and begin_id is not None:
        query = query.where(
            sa.or_(
                ReceiptSheet.seat > begin,
                sa.and_(ReceiptSheet.seat == begin, ReceiptSheet.id > begin_id),
            )
        )
    rows = (
        db.reading()
        .execute(query.order_by(ReceiptSheet.seat, ReceiptSheet.id).limit(limit + 1))
        .all()
    )
    found = [StudentLine(*row) for row in rows]
    return Page.cut(found, limit, lambda one: f"{one.sheet.seat}-{one.sheet.id}")


def unconfirmed_students(school_id: int, academic_year: int) -> Iterator[int]:
    """Who has a current sheet and has not confirmed it: whom a reminder reaches."""
    query = (
        sa.select(ReceiptSheet.student_id)
        .where(
            ReceiptSheet.school_id == school_id,
            ReceiptSheet.academic_year == academic_year,
            ReceiptSheet.current,
            ReceiptSheet.state != SheetState.CONFIRMED,
        )
        .distinct()
    )
    yield from db.reading().scalars(query)


def waiting_sheets(actor: Actor) -> list[ReceiptSheet]:
    """The student's own current sheets that are not confirmed."""
    query = sa.select(ReceiptSheet).where(
        ReceiptSheet.student_id == actor.person_id,
        ReceiptSheet.current,
        ReceiptSheet.state != SheetState.CONFIRMED,
    )
    return list(db.reading().scalars(query.order_by(ReceiptSheet.id.desc())))


def may_read(actor: Actor, student_id: int) -> Person | None:
    """The student, if the actor is the registry, a parent, or their homeroom teacher this year:
    who was it once has handed the class on, with what its students have handed in."""
    assert actor.school_id is not None
    student = school_queries.person(actor.school_id, student_id)
    if student is None:
        return None
    if actor.has(Role.REGISTRY) or (actor.has(Role.PARENT) and student_id in actor.child_ids):
        return student
    if not actor.has(Role.HOMEROOM) or actor.person_id is None:
        return None
    mine = (
        sa.select(ClassSeat.id)
        .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .where(
            ClassSeat.student_id == student_id,
            SchoolClass.academic_year == term_of(clock.today()).academic_year,
            SchoolClass.homeroom_teacher_id == actor.person_id,
        )
    )
    return student if db.reading().scalar(mine.limit(1)) is not None else None


def last_statement_kind(sheet_id: int) -> StatementKind | None:
    """The newest thing said of a sheet."""
    query = sa.select(ReceiptStatement.kind).where(ReceiptStatement.sheet_id == sheet_id)
    return db.reading().scalar(query.order_by(ReceiptStatement.id.desc()).limit(1))


def _current(actor: Actor, academic_year: int) -> list[sa.ColumnElement[bool]]:
    return [
        ReceiptSheet.school_id == actor.school_id,
        ReceiptSheet.academic_year == academic_year,
        ReceiptSheet.current.is_(True),
    ]


def _classes(actor: Actor, academic_year: int) -> list[SchoolClass] | None:
    """The classes of a homeroom teacher; None for the registry, who sees all."""
    assert actor.school_id is not None
    if actor.has(Role.REGISTRY):
        return None
    assert actor.person_id is not None
    return school_queries.homeroom_classes(actor.school_id, actor.person_id, academic_year)

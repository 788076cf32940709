"""The rows of a term's official workbooks, in the order of classes, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

import sqlalchemy as sa

from plugin import db
from plugin.actor import Actor
from plugin.portfolio import record_kinds, scoring
from plugin.portfolio.models import BasicRecord, CourseRecord, OfficerPost, TermWorkbook
from plugin.school import queries as school_queries
from plugin.school import rules
from plugin.school.models import Person
from plugin.school.queries import Placement
from plugin.school.terms import Term
from reports.roster import RosterBook, RosterSheet

CHUNK = 500
THIRD_YEAR = 3
NONE = "-1"
"""A score or flag that is not there (central-rosters §6)."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """A line of a sheet as the records say it now.

    :ivar record_id: of the basic data, the post or the course record.
    :ivar placed: where the student sits in that year; None for whoever has no class in it.
    :ivar cells: by column key, without the opening columns, which are the student's.
    """

    record_id: int
    student: Person
    placed: Placement | None
    cells: Row


@dataclass(frozen=True)
class Scope:
    """Whose rows a workbook holds.

    :param batch: of a book that goes by batches, `ordinary` is all but the third year.
    """

    school_id: int
    term: Term
    batch: str = "ordinary"
    by_grade: bool = False

    def holds(self, grade: int) -> bool:
        """Whether a student of that grade belongs into it."""
        if not self.by_grade:
            return True
        return (grade == THIRD_YEAR) == (self.batch != "ordinary")


def scope_of(made: TermWorkbook, roster: RosterBook) -> Scope:
    """Whose rows a workbook holds; a book with several numbers 名冊別 goes by grade."""
    term = Term(made.academic_year, made.term)
    return Scope(made.school_id, term, made.batch, by_grade=len(roster.numbers) > 1)


def rows(scope: Scope, sheet: RosterSheet) -> Iterator[Line]:
    """The lines of a sheet, by student number."""
    if sheet.key == "posts":
        return _posts(scope)
    if sheet.key in {"students", "borrowing"}:
        return _basics(scope, sheet)
    return _records(scope, sheet)


def workbooks(actor: Actor, term: Term, keys: Sequence[str]) -> list[TermWorkbook]:
    """The workbooks of a term that were made or begun, newest first; the last fifty."""
    query = (
        sa.select(TermWorkbook)
        .where(
            TermWorkbook.school_id == actor.school_id,
            TermWorkbook.academic_year == term.academic_year,
            TermWorkbook.term == term.term,
            TermWorkbook.book.in_(keys),
        )
        .order_by(TermWorkbook.id.desc())
        .limit(50)
    )
    return list(db.reading().scalars(query))


def last_numbers(actor: Actor) -> dict[tuple[str, str], str]:
    """名冊別 as it was given last, by (book, batch)."""
    query = (
        sa.select(TermWorkbook.book, TermWorkbook.batch, TermWorkbook.number)
        .where(TermWorkbook.school_id == actor.school_id)
        .order_by(TermWorkbook.id.desc())
        .limit(200)
    )
    found: dict[tuple[str, str], str] = {}
    for book, batch, number in db.reading().execute(query):
        found.setdefault((book, batch), number)
    return found


def _posts(scope: Scope) -> Iterator[Line]:
    query = (
        sa.select(OfficerPost, Person)
        .join(Person, Person.id == OfficerPost.student_id)
        .where(
            OfficerPost.school_id == scope.school_id,
            OfficerPost.academic_year == scope.term.academic_year,
            OfficerPost.term == scope.term.term,
            OfficerPost.removed_at.is_(None),
        )
        .order_by(Person.number, OfficerPost.starts_on, OfficerPost.id)
    )
    for chunk in _chunks(query):
        placed = _placed(chunk, scope.term)
        for post, student in chunk:
            seat = placed.get(student.id)
            if not scope.holds(seat.grade if seat else 0):
                continue
            cells = {
                "unit": post.unit,
                "starts_on": post.starts_on,
                "ends_on": post.ends_on,
                "duty": post.duty,
                "level": post.level.value,
            }
            yield Line(post.id, student, seat, cells)


def _basics(scope: Scope, sheet: RosterSheet) -> Iterator[Line]:
    query = (
        sa.select(BasicRecord, Person)
        .join(Person, Person.id == BasicRecord.student_id)
        .where(
            BasicRecord.school_id == scope.school_id,
            BasicRecord.academic_year == scope.term.academic_year,
            BasicRecord.term == scope.term.term,
        )
        .order_by(Person.number)
    )
    keys = [one.key for one in sheet.columns[2:]]
    for chunk in _chunks(query):
        placed = _placed(chunk, scope.term)
        for basic, student in chunk:
            if sheet.key == "borrowing" and not basic.details.get("lent_school"):
                continue
            cells = {key: _basic_cell(basic, key) for key in keys}
            yield Line(basic.id, student, placed.get(student.id), cells)


def _basic_cell(basic: BasicRecord, key: str) -> Any:
    if key in {"lent_from", "lent_until"}:
        text = basic.details.get(key, "")
        return date.fromisoformat(text) if text else None
    if hasattr(BasicRecord, key):
        return getattr(basic, key)
    return basic.details.get(key, "")


def _records(scope: Scope, sheet: RosterSheet) -> Iterator[Line]:
    kind = next(one for one in record_kinds.kinds() if one.book and one.sheet == sheet.key)
    query = (
        sa.select(CourseRecord, Person)
        .join(Person, Person.id == CourseRecord.student_id)
        .where(
            CourseRecord.school_id == scope.school_id,
            CourseRecord.academic_year == scope.term.academic_year,
            CourseRecord.term == scope.term.term,
            CourseRecord.kind == kind.key,
            CourseRecord.removed_at.is_(None),
        )
        .order_by(Person.number, CourseRecord.code, CourseRecord.id)
    )
    year = scope.term.academic_year
    mark = rules.number(scope.school_id, scoring.PASS_MARK, year)
    capped = rules.value(scope.school_id, scoring.RETAKE_CAPPED, year).value is True
    for chunk in _chunks(query):
        now, then = _placed(chunk, scope.term), _placed(chunk, scope.term.next())
        for one, student in chunk:
            if not scoring.counts(one):
                continue
            cells = _cells(one, mark, capped=capped)
            own = {c.key: _text(c.format, cells.get(c.key)) for c in kind.columns}
            closing = _closing(student, now.get(student.id), then.get(student.id))
            yield Line(one.id, student, now.get(student.id), own | closing)


def _cells(one: CourseRecord, mark: int, *, capped: bool) -> Mapping[str, Any]:
    """A record's columns as they are handed in: what the pass mark decides is written out."""
    cells: dict[str, Any] = dict(record_kinds.cells(one))
    standing = scoring.standing(one, mark, capped=capped)
    cells["score"] = standing.handed
    for score, flag in (
        ("score", "passed"),
        ("makeup_score", "makeup_passed"),
        ("again_score", "again_passed"),
        ("year_score", "year_passed"),
    ):
        if flag in cells:
            cells[flag] = scoring.passes(cells.get(score), cells[flag], standing.mark)
    return cells


def _text(form: str, value: Any) -> Any:
    """A score or flag that is not there is -1; the rest is the workbook's to write."""
    if form == "flag":
        return NONE if value is None else ("1" if value else "0")
    if form == "score":
        return NONE if value is None else value
    return value


def _closing(student: Person, now: Placement | None, then: Placement | None) -> Row:
    return {
        "data_key": "",
        "note_name": student.name,
        "note_class": now.class_name if now else "",
        "note_seat": now.seat if now else "",
        "note_number": student.number,
        "next_class": then.class_name if then else "",
        "next_seat": then.seat if then else "",
        "next_number": student.number if then else "",
    }


def _placed(chunk: Sequence[Any], term: Term) -> dict[int, Placement]:
    return school_queries.class_of([student.id for _row, student in chunk], term.academic_year)


def _chunks(query: Any) -> Iterator[list[Any]]:
    rows = iter(db.reading().execute(query.execution_options(yield_per=CHUNK)))
    while chunk := list(islice(rows, CHUNK)):
        yield chunk

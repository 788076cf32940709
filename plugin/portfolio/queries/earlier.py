"""Reads of what an earlier system handed in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from plugin import db
from plugin.actor import Actor, Role
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio import kinds
from plugin.portfolio.models import EarlierRecord, SelectionKind
from plugin.school.course_queries import like_text
from plugin.school.models import Course, Person
from reports.roster import book

FILES = (("document_link", "document_md5"), ("media_link", "media_md5"))
BOOKS = {SelectionKind.OUTCOME: "outcomes", SelectionKind.EXPERIENCE: "experiences"}


@dataclass(frozen=True)
class MissingFile:
    """A file that the book names and this system has not.

    :ivar name: the last part of its link, if that is a file's name; the whole link, or a last part
        that is a token, may open the file in the earlier system and is not shown.
    :ivar md5: as the book has it; "" = not told. Neither size nor another sum stands in a book.
    """

    name: str
    md5: str


@dataclass(frozen=True)
class Line:
    """One kept row."""

    record: EarlierRecord
    student: Person
    course: Course | None
    sheet: str
    title: str
    files: tuple[MissingFile, ...]


def kinds_of(actor: Actor) -> list[SelectionKind]:
    """What the actor's office looks after."""
    if actor.has(Role.REGISTRY):
        return list(SelectionKind)
    return [SelectionKind.EXPERIENCE] if actor.has(Role.STUDENT_AFFAIRS) else []


def years(actor: Actor) -> list[int]:
    """Years of which something is kept, newest first."""
    query = sa.select(EarlierRecord.academic_year).where(
        EarlierRecord.school_id == actor.school_id,
        EarlierRecord.record_kind.in_(kinds_of(actor)),
    )
    return sorted(db.reading().scalars(query.distinct()), reverse=True)


def page(
    actor: Actor,
    *,
    year: int | None = None,
    kind: str = "",
    text: str = "",
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Line]:
    """The school's, newest first; of a student by number or name."""
    wanted = [one for one in kinds_of(actor) if kind in {"", one}]
    query = _rows().where(
        EarlierRecord.school_id == actor.school_id, EarlierRecord.record_kind.in_(wanted)
    )
    if year is not None:
        query = query.where(EarlierRecord.academic_year == year)
    if plain := text.strip():
        like = like_text(plain)
        query = query.where(
            sa.or_(
                Person.number.like(f"{like}%", escape="\\"),
                Person.name.like(f"%{like}%", escape="\\"),
            )
        )
    return _page(query, after, limit)


def mine(actor: Actor, *, after: str | None = None, limit: int = PAGE_SIZE) -> Page[Line]:
    """A student's own, newest first."""
    return _page(_rows().where(*_own(actor)), after, limit)


def count(actor: Actor) -> int:
    """How many are a student's own."""
    return db.reading().scalar(sa.select(sa.func.count(EarlierRecord.id)).where(*_own(actor))) or 0


def _own(actor: Actor) -> Sequence[sa.ColumnElement[bool]]:
    return (
        EarlierRecord.school_id == actor.school_id,
        EarlierRecord.student_id == actor.person_id,
    )


def _rows() -> sa.Select[EarlierRecord, Person, Course]:
    return (
        sa.select(EarlierRecord, Person, Course)
        .join(Person, Person.id == EarlierRecord.student_id)
        .outerjoin(Course, Course.id == EarlierRecord.course_id)
    )


def _page(
    query: sa.Select[EarlierRecord, Person, Course], after: str | None, limit: int
) -> Page[Line]:
    if (last := row_id(after)) is not None:
        query = query.where(EarlierRecord.id < last)
    rows = db.reading().execute(query.order_by(EarlierRecord.id.desc()).limit(limit + 1)).all()
    lines = [_line(record, student, course) for record, student, course in rows]
    return Page.cut(lines, limit, lambda one: one.record.id)


def _line(record: EarlierRecord, student: Person, course: Course | None) -> Line:
    outcome = record.record_kind is SelectionKind.OUTCOME
    cells = record.cells
    title = cells.get("subject", "") if outcome else kinds.latest(record.sheet).title_of(cells)
    return Line(record, student, course, _sheet(record), title, tuple(_files(cells)))


def _sheet(record: EarlierRecord) -> str:
    sheets = book(BOOKS[record.record_kind]).sheets
    return next((one.name for one in sheets if one.key == record.sheet), record.sheet)


def _files(cells: dict[str, str]) -> list[MissingFile]:
    return [
        MissingFile(_name(text), cells.get(md5, ""))
        for link, md5 in FILES
        if (text := cells.get(link))
    ]


def _name(link: str) -> str:
    last = link.split("?", maxsplit=1)[0].rstrip("/").rsplit("/", 1)[-1]
    return last if re.fullmatch(r".{1,120}\.[0-9A-Za-z]{2,5}", last) else ""

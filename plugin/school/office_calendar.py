"""The school's own table of office days, when it has one; and its history for the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.actor import Actor
from plugin.errors import NotFound
from plugin.paging import PAGE_SIZE, Page
from plugin.school.calendar_models import OfficeCalendar
from plugin.school.models import Person
from plugin.school.office_days import Table

CACHE = "office_calendars"


@dataclass(frozen=True)
class Difference:
    """A day on which two tables disagree.

    :param rests: what the table that was brought in says.
    """

    day: date
    rests: bool
    remark: str


@dataclass(frozen=True)
class Brought:
    """A table of the history, and who brought it."""

    calendar: OfficeCalendar
    by: str
    holds: bool


def table_of(school_id: int) -> Table:
    """Office days as they hold for a school: its own years, the law's holidays otherwise.

    Read once a session, and again after every change.
    """
    session = db.reading()
    cache: dict[int, Table] = session.info.setdefault(CACHE, {})
    if school_id not in cache:
        query = sa.select(OfficeCalendar.year, OfficeCalendar.rests).where(
            OfficeCalendar.school_id == school_id, *_taken()
        )
        found = session.execute(query.order_by(OfficeCalendar.id))
        years: dict[int, list[str]] = {one.year: one.rests for one in found}  # the newest is last
        days = frozenset(date.fromisoformat(one) for rests in years.values() for one in rests)
        cache[school_id] = Table(frozenset(years), days)
    return cache[school_id]


def held(school_id: int, years: Iterable[int]) -> dict[int, OfficeCalendar]:
    """The table that holds of each of some years, where the school has one."""
    query = sa.select(OfficeCalendar).where(
        OfficeCalendar.school_id == school_id, OfficeCalendar.year.in_(list(years)), *_taken()
    )
    return {one.year: one for one in db.reading().scalars(query.order_by(OfficeCalendar.id))}


def history(school_id: int, *, before: int | None = None, limit: int = PAGE_SIZE) -> Page[Brought]:
    """What was brought in, newest first, also what was taken back."""
    newest = (
        sa.select(sa.func.max(OfficeCalendar.id))
        .where(OfficeCalendar.school_id == school_id, *_taken())
        .group_by(OfficeCalendar.year)
    )
    query = (
        sa.select(OfficeCalendar, Person.name, OfficeCalendar.id.in_(newest))
        .outerjoin(Person, Person.id == OfficeCalendar.made_by_id)
        .where(OfficeCalendar.school_id == school_id, OfficeCalendar.taken_at.is_not(None))
    )
    if before is not None:
        query = query.where(OfficeCalendar.id < before)
    rows = db.reading().execute(query.order_by(OfficeCalendar.id.desc()).limit(limit + 1))
    found = [Brought(one, name or "", bool(holds)) for one, name, holds in rows]
    return Page.cut(found, limit, lambda one: one.calendar.id)


def proposal(actor: Actor, calendar_id: int) -> OfficeCalendar:
    """A table that this person brought in, taken or not.

    :raises NotFound: somebody else's proposal, another school's, or none.
    """
    found = db.reading().get(OfficeCalendar, calendar_id)
    if found is None or found.school_id != actor.school_id:
        raise missing()
    if found.taken_at is None and found.made_by_id != actor.person_id:
        raise missing()
    return found


def differences(calendar: OfficeCalendar, other: Table) -> list[Difference]:
    """The days of the table's year on which it says something else than `other`."""
    rests = {date.fromisoformat(one) for one in calendar.rests}
    days = (date.fromordinal(one) for one in range(_first(calendar), _first(calendar, 1)))
    return [
        Difference(day, day in rests, calendar.remarks.get(day.isoformat(), ""))
        for day in days
        if (day in rests) != other.rest(day)
    ]


def missing() -> NotFound:
    """As if it were not there."""
    return NotFound(_("找不到這份辦公日曆表。"))


def _first(calendar: OfficeCalendar, later: int = 0) -> int:
    return date(calendar.year + later, 1, 1).toordinal()


def _taken() -> tuple[sa.ColumnElement[bool], ...]:
    return OfficeCalendar.taken_at.is_not(None), OfficeCalendar.ended_at.is_(None)

"""Reads for the pages of the calendar: changes, the year plan, working group, briefings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.errors import NotFound
from plugin.paging import PAGE_SIZE, Page
from plugin.school import windows
from plugin.school.calendar_models import (
    Briefing,
    BriefingGuest,
    CalendarChange,
    GroupMeeting,
    GroupSeat,
    PlanItem,
)
from plugin.school.models import Course, Person, WindowKind
from plugin.school.year_plan import Planned

Row = TypeVar("Row", PlanItem, GroupSeat, GroupMeeting, Briefing)


@dataclass(frozen=True)
class Moved:
    """What a change did to one window; None where it was not set."""

    title: str
    before: tuple[datetime, datetime] | None
    after: tuple[datetime, datetime] | None


@dataclass(frozen=True)
class Change:
    """A change of a year's windows as a page tells it."""

    id: int
    year: int
    at: datetime
    by: str
    moved: tuple[Moved, ...]


def last_change(school_id: int, academic_year: int) -> Change | None:
    """The last change of a year that was not undone."""
    query = (
        sa.select(CalendarChange)
        .where(
            CalendarChange.school_id == school_id,
            CalendarChange.academic_year == academic_year,
            CalendarChange.undone_at.is_(None),
        )
        .order_by(CalendarChange.id.desc())
        .limit(1)
    )
    found = db.reading().scalar(query)
    return _told(found) if found is not None else None


def change(school_id: int, change_id: int) -> Change:
    """One change of this school.

    :raises NotFound: none here.
    """
    found = db.reading().get(CalendarChange, change_id)
    if found is None or found.school_id != school_id:
        raise NotFound(_("找不到這次變更。"), remedy=_("請由作業期程頁重新選擇。"))
    return _told(found)


def plan_items(school_id: int, academic_year: int) -> list[PlanItem]:
    """The work of a year besides its windows, in order."""
    query = sa.select(PlanItem).where(
        PlanItem.school_id == school_id, PlanItem.academic_year == academic_year
    )
    return list(db.reading().scalars(query.order_by(PlanItem.starts_on, PlanItem.id)))


def seats(school_id: int, academic_year: int) -> list[GroupSeat]:
    """The seats of the working group in a year."""
    query = sa.select(GroupSeat).where(
        GroupSeat.school_id == school_id, GroupSeat.academic_year == academic_year
    )
    return list(db.reading().scalars(query.order_by(GroupSeat.place, GroupSeat.id)))


def meetings(
    school_id: int, *, after: int | None = None, limit: int = PAGE_SIZE
) -> Page[GroupMeeting]:
    """The meetings of the working group, newest first."""
    query = sa.select(GroupMeeting).where(GroupMeeting.school_id == school_id)
    if after is not None:
        query = query.where(GroupMeeting.id < after)
    rows = db.reading().scalars(query.order_by(GroupMeeting.id.desc()).limit(limit + 1)).all()
    return Page.cut(rows, limit, lambda one: one.id)


def briefings(
    school_id: int, *, after: int | None = None, limit: int = PAGE_SIZE
) -> Page[tuple[Briefing, int, int]]:
    """Briefings, newest first, with how many are expected and how many came."""
    query = sa.select(Briefing).where(Briefing.school_id == school_id)
    if after is not None:
        query = query.where(Briefing.id < after)
    rows = db.reading().scalars(query.order_by(Briefing.id.desc()).limit(limit + 1)).all()
    counts = _counts([one.id for one in rows])
    told = [(one, *counts.get(one.id, (0, 0))) for one in rows]
    return Page.cut(told, limit, lambda line: line[0].id)


def guests(
    briefing_id: int, *, after: str = "", limit: int = 500
) -> Page[tuple[BriefingGuest, Person]]:
    """Who is expected at a briefing, by number."""
    query = (
        sa.select(BriefingGuest, Person)
        .join(Person, Person.id == BriefingGuest.person_id)
        .where(BriefingGuest.briefing_id == briefing_id, Person.number > after)
        .order_by(Person.number)
        .limit(limit + 1)
    )
    rows = [(guest, person) for guest, person in db.reading().execute(query)]
    return Page.cut(rows, limit, lambda line: line[1].number)


def attendance(briefing_id: int) -> tuple[int, int]:
    """How many are expected, how many came."""
    return _counts([briefing_id]).get(briefing_id, (0, 0))


def course_by_number(school_id: int, academic_year: int, number: str) -> Course | None:
    """A course of a year by the school's own number."""
    query = sa.select(Course).where(
        Course.school_id == school_id,
        Course.academic_year == academic_year,
        Course.number == number,
    )
    return db.reading().scalar(query.limit(1))


def own(table: type[Row], school_id: int, row_id: int) -> Row:
    """A row of this school.

    :raises NotFound: none here.
    """
    found = db.reading().get(table, row_id)
    if found is None or found.school_id != school_id:
        raise NotFound(_("找不到這筆資料。"), remedy=_("請回到清單重新選擇。"))
    return found


def _counts(briefing_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    query = (
        sa.select(
            BriefingGuest.briefing_id,
            sa.func.count(),
            sa.func.sum(sa.case((BriefingGuest.came, 1), else_=0)),
        )
        .where(BriefingGuest.briefing_id.in_(list(briefing_ids)))
        .group_by(BriefingGuest.briefing_id)
    )
    return {one: (total, int(came or 0)) for one, total, came in db.reading().execute(query)}


def _told(found: CalendarChange) -> Change:
    after = {tuple(row[:3]): row[3:] for row in found.after}
    moved = []
    for row in found.before:
        kind, term, grade = row[:3]
        known = Planned(WindowKind(kind), term, grade, found.made_at, found.made_at)
        moved.append(
            Moved(
                windows.title(known) + _term(known), _times(row[3:]), _times(after[tuple(row[:3])])
            )
        )
    return Change(found.id, found.academic_year, found.made_at, found.made_by_name, tuple(moved))


def _term(one: Planned) -> str:
    return "" if one.kind in windows.YEARLY else _("，第 %(n)s 學期", n=one.term)


def _times(pair: list[str | None]) -> tuple[datetime, datetime] | None:
    if pair[0] is None or pair[1] is None:
        return None
    return datetime.fromisoformat(pair[0]), datetime.fromisoformat(pair[1])

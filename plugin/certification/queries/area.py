"""Reads for the public area: texts, and what may be said of a case to whoever knows its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.areas import NEWEST_FIRST
from plugin.certification.clocks import APPLICANTS
from plugin.certification.models import (
    Announcement,
    CaseClock,
    CaseEvent,
    CaseKind,
    CaseState,
    Category,
    CertificationCase,
    Correction,
    CorrectionItem,
)
from plugin.errors import NotFound
from plugin.ids import row_id
from plugin.paging import Page
from plugin.school import queries as school
from plugin.school.course_queries import like_text
from plugin.school.models import Person, PersonKind, SchoolKind
from plugin.school.policy import is_system

SHOWN = 20
"""Texts on one page."""
_EVENTS = 100


@dataclass(frozen=True)
class Due:
    """Until when the applicant has to do something."""

    kind: str
    on: date
    noon: bool


@dataclass(frozen=True)
class Status:
    """A case as the public page tells of it: no name, no address, no answers."""

    number: str
    kind: CaseKind
    category: Category
    state: CaseState
    confirmed_at: datetime | None
    steps: tuple[CaseEvent, ...]
    dues: tuple[Due, ...]
    corrections: tuple[str, ...]
    """What the open request for correction asks, item by item."""


def shown(
    school_id: int, area: str, text: str = "", after: str | None = None
) -> Page[Announcement]:
    """The texts of an area that are shown today, newest first or as they were written."""
    query = _visible(school_id).where(Announcement.area == area)
    return _page(_found(query, text), after, newest=area in NEWEST_FIRST)


def announcement(school_id: int, announcement_id: int) -> Announcement:
    """One text as the public sees it.

    :raises NotFound: none, or not shown today.
    """
    found = db.reading().scalar(_visible(school_id).where(Announcement.id == announcement_id))
    if found is None:
        raise NotFound(_("找不到這則內容，可能已經下架。"))
    return found


def written(
    school_id: int, area: str = "", text: str = "", after: str | None = None
) -> Page[Announcement]:
    """Every text of the office, ended ones too, the newest first: for whoever keeps them."""
    query = sa.select(Announcement).where(Announcement.school_id == school_id)
    if area:
        query = query.where(Announcement.area == area)
    return _page(_found(query, text), after, newest=True)


def own(school_id: int, announcement_id: int) -> Announcement:
    """One text of the office, shown or not.

    :raises NotFound: not of this office.
    """
    found = db.reading().get(Announcement, announcement_id)
    if found is None or found.school_id != school_id:
        raise NotFound(_("找不到這則內容。"))
    return found


def require_office(actor: Actor) -> int:
    """The office whose pages the actor keeps; the installation itself may begin them.

    :raises NotFound: none, or the tenant issues no certificates.
    """
    allowed = policy.keepers(actor) or is_system(actor)
    policy.require(allowed, _("找不到這個頁面。"))
    office = school.school(actor.school_id or 0)
    policy.require(office.kind is SchoolKind.ISSUING_OFFICE, _("找不到這個頁面。"))
    return office.id


def handled(actor: Actor, case_id: int) -> CertificationCase:
    """A case that the actor's office handles.

    :raises NotFound: none, or not theirs.
    """
    case = db.reading().get(CertificationCase, case_id)
    if case is None or not policy.handles(actor, case):
        raise NotFound(_("找不到這件申請案。"))
    return case


def by_code(case: CertificationCase) -> bool:
    """Whether its applicant comes in by a code mailed to them, not through a launch."""
    person = db.reading().get(Person, case.applicant_id)
    return person is not None and person.kind is PersonKind.APPLICANT


def status(school_id: int, case_id: int) -> Status:
    """What a case's number and ID together may be told.

    :raises NotFound: no such case.
    """
    session = db.reading()
    case = session.get(CertificationCase, case_id)
    if case is None or case.school_id != school_id:
        raise NotFound(_("找不到這件申請案。"))
    steps = sa.select(CaseEvent).where(CaseEvent.case_id == case.id)
    running = sa.select(CaseClock).where(
        CaseClock.case_id == case.id,
        CaseClock.ended_at.is_(None),
        CaseClock.kind.in_([str(one) for one in APPLICANTS]),
    )
    asked = (
        sa.select(CorrectionItem.words)
        .join(Correction, Correction.id == CorrectionItem.correction_id)
        .where(Correction.case_id == case.id, Correction.ended_at.is_(None))
        .order_by(CorrectionItem.id)
    )
    return Status(
        case.number,
        case.kind,
        case.category,
        case.state,
        case.confirmed_at,
        tuple(session.scalars(steps.order_by(CaseEvent.id.desc()).limit(_EVENTS))),
        tuple(
            Due(one.kind, one.due_on, one.noon)
            for one in session.scalars(running.order_by(CaseClock.due_on, CaseClock.id))
        ),
        tuple(session.scalars(asked)),
    )


def _visible(school_id: int) -> sa.Select[Announcement]:
    today = clock.today()
    return sa.select(Announcement).where(
        Announcement.school_id == school_id,
        Announcement.shown_on <= today,
        sa.or_(Announcement.ended_on.is_(None), Announcement.ended_on > today),
    )


def _found(query: sa.Select[Announcement], text: str) -> sa.Select[Announcement]:
    text = text.strip()[:60]
    if not text:
        return query
    like = f"%{like_text(text)}%"
    return query.where(
        sa.or_(
            Announcement.title.like(like, escape="\\"), Announcement.body.like(like, escape="\\")
        )
    )


def _page(query: sa.Select[Announcement], after: str | None, *, newest: bool) -> Page[Announcement]:
    """By day and number, or by number alone; the key of a page says both."""
    if newest:
        on, _dash, number = (after or "").rpartition("_")
        if (begin := row_id(number)) is not None and (day := _day(on)) is not None:
            query = query.where(
                sa.or_(
                    Announcement.shown_on < day,
                    sa.and_(Announcement.shown_on == day, Announcement.id < begin),
                )
            )
        query = query.order_by(Announcement.shown_on.desc(), Announcement.id.desc())
    else:
        if (begin := row_id(after)) is not None:
            query = query.where(Announcement.id > begin)
        query = query.order_by(Announcement.id)
    rows = db.reading().scalars(query.limit(SHOWN + 1)).all()
    return Page.cut(rows, SHOWN, lambda one: f"{one.shown_on}_{one.id}" if newest else one.id)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

"""Cases and the meetings that decide on them: what may be put on an agenda, what was resolved."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.actor import Actor
from plugin.certification import basis, completeness, policy
from plugin.certification.models import (
    Assignment,
    CaseKind,
    CaseState,
    CertificationCase,
    Meeting,
    MeetingItem,
    Mode,
    Oral,
    Score,
)
from plugin.certification.queries import review, standing
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page

BEFORE = (CaseState.REVIEW, CaseState.ORAL)
"""States in which a case may come before a meeting."""
MOST_TO_DO = 5
"""Lines of the desk."""


@dataclass(frozen=True)
class Candidate:
    """A case that may be put on an agenda. :param lacks: what is missing before it
    could be certified."""

    case: CertificationCase
    lacks: tuple[str, ...]


def candidates(
    actor: Actor, text: str = "", after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Candidate]:
    """Cases under review that stand on no open meeting's agenda: those whose sheets are complete
    first, then the oldest."""
    rank = _rank(actor.school_id or 0)
    query = (
        sa.select(CertificationCase, rank)
        .where(
            CertificationCase.school_id == actor.school_id,
            CertificationCase.mode == Mode.OFFICE,
            CertificationCase.state.in_(BEFORE),
            CertificationCase.applicant_id != actor.person_id,
            ~on_open_agenda(),
        )
        .order_by(rank, CertificationCase.id)
        .limit(limit + 1)
    )
    if text:
        query = query.where(CertificationCase.number.contains(text, autoescape=True))
    place, _between, last = (after or "").partition("_")
    known = row_id(last)
    if known is not None and place in {"0", "1"}:
        begin = int(place)
        query = query.where((rank > begin) | ((rank == begin) & (CertificationCase.id > known)))
    rows = [(row[0], row[1]) for row in db.reading().execute(query)]
    page = Page.cut(rows, limit, lambda one: f"{one[1]}_{one[0].id}")
    at = standing.of([case for case, _rank in page.items])
    return Page(
        tuple(
            Candidate(case, tuple(basis.lacking(case, at[case.id], committee=True)))
            for case, _rank in page.items
        ),
        page.next,
    )


def of_case(actor: Actor, case: CertificationCase) -> list[tuple[Meeting, MeetingItem]]:
    """The meetings that had or have a case before them, the newest first.

    :raises NotFound: not the office's, or one's own: what is resolved is told by its letter.
    """
    policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
    query = (
        sa.select(Meeting, MeetingItem)
        .join(MeetingItem, MeetingItem.meeting_id == Meeting.id)
        .where(MeetingItem.case_id == case.id, Meeting.school_id == case.school_id)
    )
    return [(row[0], row[1]) for row in db.reading().execute(query.order_by(Meeting.id.desc()))]


def to_arrange(actor: Actor) -> list[CertificationCase]:
    """Cases for which a meeting has resolved a demonstration or examination that is not arranged
    yet; the oldest resolution first."""
    arranged = sa.exists().where(
        Oral.case_id == MeetingItem.case_id, Oral.made_at >= MeetingItem.done_at
    )
    query = (
        sa.select(CertificationCase)
        .join(MeetingItem, MeetingItem.case_id == CertificationCase.id)
        .where(
            CertificationCase.school_id == actor.school_id,
            CertificationCase.applicant_id != actor.person_id,
            CertificationCase.state == CaseState.REVIEW,
            MeetingItem.resolution == "oral",
            MeetingItem.done_at.is_not(None),
            ~arranged.correlate(MeetingItem),
        )
        .order_by(MeetingItem.done_at, MeetingItem.id)
        .limit(MOST_TO_DO)
    )
    return list(db.reading().scalars(query))


def on_open_agenda() -> sa.ColumnElement[bool]:
    """Whether a case stands on the agenda of a meeting that is not closed."""
    return (
        sa.exists()
        .where(
            MeetingItem.case_id == CertificationCase.id,
            Meeting.id == MeetingItem.meeting_id,
            Meeting.closed_at.is_(None),
        )
        .correlate(CertificationCase)
    )


def correctable(case: CertificationCase) -> dict[str, str]:
    """Fields and documents of which the committee can ask a correction: name → label."""
    return completeness.labels(case) if case.state is CaseState.REVIEW else {}


def _rank(school_id: int) -> sa.ColumnElement[int]:
    """0: the sheets are there, or none are wanted; 1: they are not."""
    current = (Assignment.case_id == CertificationCase.id, Assignment.ended_at.is_(None))
    asked = sa.select(sa.func.count(Assignment.id)).where(*current)
    given = (
        sa.select(sa.func.count(Score.assignment_id))
        .join(Assignment, Assignment.id == Score.assignment_id)
        .where(*current, Score.handed_in_at.is_not(None))
    )
    n_asked = asked.correlate(CertificationCase).scalar_subquery()
    n_given = given.correlate(CertificationCase).scalar_subquery()
    complete = (n_given >= review.least(school_id)) & (n_given == n_asked)
    return sa.case((CertificationCase.kind == CaseKind.RENEWAL, 0), (complete, 0), else_=1)

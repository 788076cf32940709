"""Meetings of the committee, as the office sees them: lists, agenda, who withdraws.

An agenda is read with the same few statements, however long it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.actor import Actor
from plugin.certification import basis, policy, resolutions
from plugin.certification.models import (
    Assignment,
    CertificationCase,
    Meeting,
    MeetingItem,
    MeetingMember,
    ReviewerProfile,
)
from plugin.certification.outlook import CONFLICTS
from plugin.certification.queries import review, standing
from plugin.certification.queries.standing import Standing
from plugin.errors import NotFound
from plugin.ids import row_id
from plugin.jobs import Job
from plugin.paging import PAGE_SIZE, Page
from plugin.school.models import Person
from plugin.vault.models import StoredFile


@dataclass(frozen=True)
class Listed:
    """A meeting of the list, with how many cases it has and how many have a resolution."""

    meeting: Meeting
    cases: int
    resolved: int


@dataclass(frozen=True)
class Member:
    """A reviewer who was present."""

    person_id: int
    name: str
    profile: ReviewerProfile | None = None


@dataclass(frozen=True)
class Withdrawn:
    """A member who takes no part in a case 迴避. :param why: in words; :param known: not only
    said at the meeting."""

    person_id: int
    name: str
    why: str
    known: bool


@dataclass(frozen=True)
class Line:
    """A case on the agenda.

    :param counted: who was present and has not withdrawn. :param lacks: what is missing before it
        could be certified. :param obstacle: why its resolution cannot be carried out as things
        are. :param own: the actor's own case: they see that it is there, and nothing else of it.
    """

    item: MeetingItem
    case: CertificationCase
    own: bool = False
    at: Standing = field(default_factory=Standing)
    lacks: tuple[str, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()
    counted: int = 0
    obstacle: str = ""

    @property
    def whole(self) -> bool:
        """The resolution is made, with all that it needs."""
        one = self.item
        return not resolutions.unfinished(one.resolution, one.words, one.items)

    @property
    def departs(self) -> bool:
        """It is not what the reviewers agreed on."""
        return resolutions.departs(self.at, self.item.resolution)


def listed(actor: Actor, after: str | None = None, limit: int = PAGE_SIZE) -> Page[Listed]:
    """The office's meetings, the newest first."""
    query = _counted(actor).order_by(Meeting.id.desc()).limit(limit + 1)
    known = row_id(after)
    if known is not None:
        query = query.where(Meeting.id < known)
    rows = [Listed(*row) for row in db.reading().execute(query)]
    return Page.cut(rows, limit, lambda one: one.meeting.id)


def unfinished(actor: Actor, limit: int = PAGE_SIZE) -> list[Listed]:
    """The office's meetings that are not over, or whose minutes are not made: the next first.

    :raises NotFound: not one of an office.
    """
    policy.require(policy.office(actor), missing().message)
    query = _counted(actor).where(Meeting.closed_at.is_(None) | Meeting.minutes_file_id.is_(None))
    rows = db.reading().execute(query.order_by(Meeting.held_on, Meeting.id).limit(limit))
    return [Listed(*row) for row in rows]


def _counted(actor: Actor) -> sa.Select[Meeting, int, int]:
    n = sa.func.count(MeetingItem.id)
    made = sa.func.count(sa.case((MeetingItem.resolution != "", MeetingItem.id)))
    return (
        sa.select(Meeting, n, made)
        .outerjoin(MeetingItem, MeetingItem.meeting_id == Meeting.id)
        .where(Meeting.school_id == actor.school_id)
        .group_by(Meeting.id)
    )


def open_count(actor: Actor) -> int:
    """How many meetings are not closed."""
    query = sa.select(sa.func.count(Meeting.id)).where(
        Meeting.school_id == actor.school_id, Meeting.closed_at.is_(None)
    )
    return db.reading().scalar(query) or 0


def seen(actor: Actor, meeting_id: int) -> Meeting:
    """A meeting of the actor's office.

    :raises NotFound: another's, or none.
    """
    meeting = db.reading().get(Meeting, meeting_id)
    if meeting is None or meeting.school_id != actor.school_id or not policy.office(actor):
        raise missing()
    return meeting


def item_seen(actor: Actor, item_id: int) -> tuple[Meeting, Line]:
    """A case on an agenda of the actor's office, with its meeting.

    :raises NotFound: another office's, one's own case, or none.
    """
    item = db.reading().get(MeetingItem, item_id)
    if item is None:
        raise missing()
    meeting = seen(actor, item.meeting_id)
    case = db.reading().get_one(CertificationCase, item.case_id)
    policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
    (line,) = lines(actor, meeting, [(item, case)])
    return meeting, line


def missing() -> NotFound:
    """The same words, whatever is not there."""
    return NotFound(_("找不到這場會議。"))


def agenda(actor: Actor, meeting: Meeting) -> list[Line]:
    """Every case of a meeting in its order, with what is known of it."""
    query = (
        sa.select(MeetingItem, CertificationCase)
        .join(CertificationCase, CertificationCase.id == MeetingItem.case_id)
        .where(MeetingItem.meeting_id == meeting.id)
        .order_by(MeetingItem.position, MeetingItem.id)
    )
    return lines(actor, meeting, [(row[0], row[1]) for row in db.reading().execute(query)])


def lines(
    actor: Actor, meeting: Meeting, rows: Sequence[tuple[MeetingItem, CertificationCase]]
) -> list[Line]:
    """Cases of a meeting with what is known of them."""
    some = members(meeting)
    apart = withdrawals(some, rows, settled=meeting.closing_at is not None)
    cases = [case for _item, case in rows]
    at = standing.of(cases, {one: [who.person_id for who in apart[one]] for one in apart})
    n = len(some) + len(guests(meeting))
    found = []
    for item, case in rows:
        if case.applicant_id == actor.person_id:
            found.append(Line(item, case, own=True))
            continue
        counted = n - len(apart[case.id])
        found.append(
            Line(
                item,
                case,
                at=at[case.id],
                lacks=tuple(basis.lacking(case, at[case.id], committee=True)),
                withdrawn=apart[case.id],
                counted=counted,
                obstacle=resolutions.obstacle(
                    case, at[case.id], item.resolution, item.words, counted
                )
                if item.resolution
                else "",
            )
        )
    return found


def members(meeting: Meeting) -> list[Member]:
    """The reviewers who were present."""
    query = (
        sa.select(Person.id, Person.name, ReviewerProfile)
        .join(MeetingMember, MeetingMember.person_id == Person.id)
        .outerjoin(ReviewerProfile, ReviewerProfile.person_id == Person.id)
        .where(MeetingMember.meeting_id == meeting.id)
        .order_by(Person.number, Person.id)
    )
    return [Member(*row) for row in db.reading().execute(query)]


def guests(meeting: Meeting) -> list[str]:
    """Names of those present who are no reviewers here."""
    return [one for one in meeting.present.splitlines() if one]


def withdrawals(
    some: Sequence[Member],
    rows: Sequence[tuple[MeetingItem, CertificationCase]],
    *,
    settled: bool = False,
) -> dict[int, tuple[Withdrawn, ...]]:
    """Case → who of those present takes no part in it: what was declared of it, at the meeting or
    before, and what is known (the same school, a co-author, the applicant).

    :param settled: since the closing, whoever had withdrawn by then and nobody else.
    """
    declared = _declared([case.id for _item, case in rows], [one.person_id for one in some])
    found: dict[int, tuple[Withdrawn, ...]] = {}
    for item, case in rows:
        apart = []
        for one in some:
            if settled and one.person_id not in item.withdrawn:
                continue
            why = declared.get((case.id, one.person_id), "")
            if one.person_id == case.applicant_id:
                why = "other"
            why = why or review.known_conflict(case, one.profile)
            if why:
                apart.append(Withdrawn(one.person_id, one.name, str(CONFLICTS[why]), True))
            elif one.person_id in item.withdrawn:
                apart.append(Withdrawn(one.person_id, one.name, _("會議中聲明"), False))
        found[case.id] = tuple(apart)
    return found


def _declared(
    case_ids: Collection[int], person_ids: Collection[int]
) -> Mapping[tuple[int, int], str]:
    if not case_ids or not person_ids:
        return {}
    query = sa.select(Assignment.case_id, Assignment.reviewer_id, Assignment.conflict).where(
        Assignment.case_id.in_(case_ids),
        Assignment.reviewer_id.in_(person_ids),
        Assignment.conflict != "",
    )
    return {(row[0], row[1]): row[2] for row in db.reading().execute(query)}


def job_of(meeting: Meeting) -> Job | None:
    """The work of its closing."""
    return db.reading().get(Job, meeting.job_id) if meeting.job_id is not None else None


def minutes_of(meeting: Meeting) -> StoredFile | None:
    """The minutes, once they are made."""
    found = meeting.minutes_file_id
    return db.reading().get(StoredFile, found) if found is not None else None

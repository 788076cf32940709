"""Reviewers: what is known of them, who gets a case, what they declare before it opens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.said import day_said
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.certification import policy
from plugin.certification.clocks import Clock
from plugin.certification.models import (
    Assignment,
    CaseClock,
    CertificationCase,
    ReviewerProfile,
    Score,
)
from plugin.certification.operations import kernel
from plugin.certification.outlook import CONFLICTS, Stand
from plugin.certification.queries import review as queries
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.school import office_days
from plugin.school import queries as schools
from plugin.school.office_calendar import table_of
from plugin.trail import chain
from plugin.trail.notify import notify
from plugin.vault import operations as vault

GIVEN_DAYS = 14
"""Days for a sheet when the office names none; less when the period of the review ends before."""
LONGEST = 90
REMIND_AGAIN = timedelta(days=1)
"""Between two notices about the same sheet."""
WORDS = 500
NAMES = 2000


def set_profile(
    actor: Actor,
    person_id: int,
    *,
    organisation: str,
    organisation_code: str = "",
    co_authors: str = "",
    expertise: str = "",
) -> ReviewerProfile:
    """Keep what must be known of a reviewer; the office does, or the reviewer.

    :raises NotFound: nobody who holds the role here, or not this person's business.
    :raises InvalidInput: no school of service, too much.
    """
    policy.require(
        policy.office(actor) or (policy.reviewers(actor) and actor.person_id == person_id),
        _("找不到這位審查委員。"),
    )
    names = "\n".join(filter(None, (" ".join(one.split()) for one in co_authors.splitlines())))
    organisation = organisation.strip()
    if not organisation:
        fault = _("請填寫服務學校或機關。")
        raise InvalidInput(fault, fields={"organisation": fault})
    if len(organisation) > 120 or len(names) > NAMES or len(expertise) > 200:
        raise InvalidInput(_("填寫的內容太長，請縮短。"))
    with db.writing() as session:
        assert actor.school_id is not None
        queries.reviewer(actor.school_id, person_id)
        row = session.get(ReviewerProfile, person_id)
        if row is None:
            row = ReviewerProfile(person_id=person_id, school_id=actor.school_id)
            session.add(row)
        row.organisation, row.organisation_code = organisation, organisation_code
        row.co_authors, row.expertise = names, expertise.strip()
        row.changed_at = clock.now()
        session.flush()
        chain.record(actor, "certification.reviewer.profile", "person", person_id)
        return row


def assign(
    actor: Actor, case_id: int, person_ids: Iterable[int], due_on: date | None = None
) -> list[Assignment]:
    """Give a case to reviewers; together with those it has they are as many as the rule asks.

    While the sheets differ, whoever is asked further is the second opinion.

    :param due_on: None: in two weeks, and before the period of the review ends.
    :raises InvalidInput: nobody, too few, a day that is no day to come, somebody with a conflict.
    :raises NotFound: not the office's case, or nobody such.
    :raises Conflict: it is not under review, or they have it already.
    """
    wanted = list(dict.fromkeys(person_ids))
    with db.writing() as session:
        case = _handled(session, actor, case_id)
        if not queries.under_review(case):
            raise Conflict(_("案件目前不在委員審查階段，不能指派審查委員。"))
        due = _due(session, case, due_on)
        known = {one.person.id: one for one in queries.candidates(case)}
        if not wanted:
            raise InvalidInput(_("請至少選一位審查委員。"), fields={"reviewers": ""})
        for person_id in wanted:
            one = known.get(person_id)
            if one is None:
                raise Conflict(_("所選的委員已經指派，或不是審查委員。"))
            if one.profile is None:
                raise InvalidInput(
                    _("%(name)s還沒有登錄服務學校，無法檢查迴避。", name=one.person.name),
                    remedy=_("請先填寫審查委員資料。"),
                )
            if one.conflict:
                why = CONFLICTS[one.conflict]
                raise InvalidInput(_("%(name)s應迴避：%(why)s。", name=one.person.name, why=why))
        standing = list(session.scalars(_active(case.id)))
        least = queries.least(case.school_id)
        if len(standing) + len(wanted) < least:
            fault = _("每件至少要有 %(n)s 位審查委員。", n=least)
            raise InvalidInput(fault, rule="case.reviewers.min", fields={"reviewers": fault})
        split = queries.outlook_of(case).stand is Stand.SPLIT
        made = [_give(session, actor, case, one, due, split) for one in wanted]
        _tell_reviewers(case, wanted, due)
        return made


def take_away(actor: Actor, assignment_id: int, words: str) -> Assignment:
    """Take a case from a reviewer, with the reason; a sheet that was begun counts no more.

    :raises InvalidInput: no reason. :raises NotFound: not the office's.
    :raises Conflict: ended, or the case is not under review.
    """
    words = reason(words)
    with db.writing() as session:
        row, case = held_assignment(session, actor, assignment_id)
        policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
        if row.ended_at is not None:
            raise Conflict(_("這項指派已經結束。"))
        if not queries.under_review(case):
            raise Conflict(_("案件目前不在委員審查階段，不能取消指派。"))
        row.ended_at, row.ended_words = clock.now(), words
        session.flush()
        _shut(actor, case)
        chain.record(
            actor, "certification.review.take_away", "certification_case", case.id,
            assignment=row.id,
        )  # fmt: skip
        notify(
            [row.reviewer_id],
            _("一件認證審查案件已取消指派"),
            _("案件編號 %(number)s 已不需要您審查。", number=case.number) + "\n\n" + words,
            "/certification/reviews",
            school_id=case.school_id,
            mail=True,
        )
        return row


def remind(actor: Actor, assignment_id: int) -> Assignment:
    """Remind a reviewer of the sheet that is not handed in; once in a while only.

    :raises NotFound: not the office's. :raises Conflict: ended, handed in, the applicant is
        correcting, or reminded a short time ago.
    """
    with db.writing() as session:
        row, case = held_assignment(session, actor, assignment_id)
        policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
        score = session.get(Score, row.id)
        if row.ended_at is not None or (score is not None and score.handed_in_at is not None):
            raise Conflict(_("審查表已經交回，或指派已經結束，不必提醒。"))
        if case.state not in queries.UNDER_REVIEW:
            raise Conflict(_("案件目前不在委員審查階段，不能提醒委員。"))
        last = max(filter(None, (row.reminded_at, row.assigned_at)))
        if clock.now() < last + REMIND_AGAIN:
            raise Conflict(_("一天內已經通知過這位委員。"), remedy=_("請明天再提醒。"))
        row.reminded_at = clock.now()
        session.flush()
        chain.record(
            actor, "certification.review.remind", "certification_case", case.id,
            assignment=row.id,
        )  # fmt: skip
        notify(
            [row.reviewer_id],
            _("請交回環境教育人員認證的審查意見"),
            _(
                "案件編號 %(number)s 的審查表還沒有交回，期限是%(due)s。",
                number=case.number,
                due=day_said(row.due_on, weekday=True),
            ),
            f"/certification/reviews/{row.id}",
            school_id=case.school_id,
            mail=True,
        )
        return row


def declare(actor: Actor, assignment_id: int, conflict: str, words: str = "") -> Assignment:
    """Say whether anything stands against reviewing a case, before it opens; also later, when
    something turns up. A conflict ends the assignment and the office is told.

    :param conflict: a key of `CONFLICTS`; "" = there is none.
    :raises InvalidInput: no such conflict, or "other" without words.
    :raises NotFound: not one's own. :raises Conflict: the review is over, or handed in already.
    """
    words = words.strip()
    if conflict and conflict not in CONFLICTS:
        raise InvalidInput(_("沒有這個選項。"), fields={"conflict": _("請從列出的選項選一個。")})
    if (conflict == "other" and not words) or len(words) > WORDS:
        fault = _("請說明利害關係（%(n)s 字以內）。", n=WORDS)
        raise InvalidInput(fault, fields={"words": fault})
    with db.writing() as session:
        row, case = held_assignment(session, actor, assignment_id)
        found = queries.own(actor, row.id)
        if not queries.under_review(case) or found.handed_in:
            raise Conflict(_("審查已經結束或已交回，不能再聲明。"))
        # Whatever is declared, the same school is known from the profile and the application.
        known = queries.known_conflict(case, queries.profile(case.school_id, row.reviewer_id))
        row.declared_at, row.conflict, row.conflict_words = (
            clock.now(), conflict or known, words
        )  # fmt: skip
        if row.conflict:
            row.ended_at = clock.now()
        session.flush()
        chain.record(
            actor, "certification.review.declare", "certification_case", case.id,
            assignment=row.id, conflict=row.conflict,
        )  # fmt: skip
        if row.conflict:
            _shut(actor, case)
            _tell_office(case)
        return row


def held_assignment(
    session: Session, actor: Actor, assignment_id: int
) -> tuple[Assignment, CertificationCase]:
    """An assignment of the actor's office with its case, both held; relation is asked by callers.

    :raises NotFound: none such here.
    """
    found = session.get(Assignment, assignment_id)
    if found is None:
        raise NotFound(_("找不到這件審查案件。"))
    case = kernel.held(session, actor.school_id, found.case_id)
    row = session.scalars(
        sa.select(Assignment)
        .where(Assignment.id == assignment_id)
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    ).one()
    return row, case


def reason(words: str) -> str:
    """:raises InvalidInput: nothing, or too much."""
    words = words.strip()
    if not 1 <= len(words) <= WORDS:
        fault = _("請填寫理由（%(n)s 字以內）。", n=WORDS)
        raise InvalidInput(fault, fields={"words": fault})
    return words


def usual_due(case: CertificationCase) -> date:
    """The day that a sheet is due when the office names none."""
    return _due(db.reading(), case, None)


def _give(
    session: Session, actor: Actor, case: CertificationCase, person_id: int, due: date, tie: bool
) -> Assignment:
    """A new assignment, or one that was taken away and is given again."""
    row = session.scalar(
        sa.select(Assignment).where(
            Assignment.case_id == case.id, Assignment.reviewer_id == person_id
        )
    )
    if row is None:
        row = Assignment(case_id=case.id, reviewer_id=person_id)
        session.add(row)
    row.tie_breaker, row.due_on, row.assigned_at = tie, due, clock.now()
    row.assigned_by_id, row.declared_at, row.ended_at = actor.person_id, None, None
    row.ended_words = row.reminded_at = None
    session.flush()
    chain.record(
        actor, "certification.review.assign", "certification_case", case.id,
        assignment=row.id, second_opinion=tie,
    )  # fmt: skip
    return row


def _shut(actor: Actor, case: CertificationCase) -> None:
    """Links to the case's files that somebody's pages hold open nothing any more; the pages of
    those who may still see it bring new ones."""
    vault.end_links(actor, queries.file_ids(case))


def _active(case_id: int) -> sa.Select[int]:
    return sa.select(Assignment.id).where(
        Assignment.case_id == case_id, Assignment.ended_at.is_(None)
    )


def _due(session: Session, case: CertificationCase, asked: date | None) -> date:
    """:raises InvalidInput: no day to come, or too far away."""
    today = clock.today()
    if asked is not None:
        if not today < asked <= today + timedelta(days=LONGEST):
            fault = _("請填明天以後、%(n)s 天以內的日期。", n=LONGEST)
            raise InvalidInput(fault, fields={"due_on": fault})
        return asked
    usual = office_days.moved(today + timedelta(days=GIVEN_DAYS), table_of(case.school_id)).on
    ends = session.scalar(
        sa.select(CaseClock.due_on).where(
            CaseClock.case_id == case.id,
            CaseClock.kind == Clock.REVIEW.value,
            CaseClock.ended_at.is_(None),
        )
    )
    return min(usual, ends) if ends is not None and ends > today else usual


def _handled(session: Session, actor: Actor, case_id: int) -> CertificationCase:
    case = kernel.held(session, actor.school_id, case_id)
    policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
    return case


def _tell_reviewers(case: CertificationCase, person_ids: list[int], due: date) -> None:
    notify(
        person_ids,
        _("請審查一件環境教育人員認證案件"),
        _(
            "案件編號 %(number)s，請於%(due)s前交回審查意見。開啟案件前請先聲明有無應迴避的情形。",
            number=case.number,
            due=day_said(due, weekday=True),
        ),
        "/certification/reviews",
        school_id=case.school_id,
        mail=True,
    )


def _tell_office(case: CertificationCase) -> None:
    people = schools.people_holding(case.school_id, Role.ISSUING_OFFICE, clock.today())
    notify(
        [one.id for one in people],
        _("一位審查委員聲明應迴避"),
        _("案件編號 %(number)s 的一位審查委員應迴避，請另行指派。", number=case.number),
        f"/certification/office/{case.id}/review",
        school_id=case.school_id,
        mail=True,
    )

"""The one place where a case changes its state: rule, policy, history, audit, clocks, mail.

Every operation that moves a case calls `happen` inside its `with db.writing()`; nothing else
writes `CertificationCase.state`.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import notices, policy
from plugin.certification.models import (
    CaseCounter,
    CaseEvent,
    CaseState,
    CertificationCase,
    Mode,
)
from plugin.certification.operations import clocks, letters
from plugin.certification.policy import MAY, OFFICE_ONLY, SCHOOL_ONLY, Who
from plugin.certification.states import CaseLife
from plugin.errors import Conflict, NotAllowed, NotFound
from plugin.inserting import insert_new
from plugin.trail import chain
from plugin.trail.states import follow

_ASIDE = {CaseState.CORRECTION, CaseState.ORAL}
_ENDS = {
    CaseState.CERTIFIED,
    CaseState.REFUSED,
    CaseState.WITHDRAWN,
    CaseState.REVOKED,
    CaseState.ANNULLED,
}


def held(session: Session, school_id: int | None, case_id: int) -> CertificationCase:
    """The case, held against every other change until the transaction ends.

    :raises NotFound: no such case in this school.
    """
    case = session.scalar(
        sa.select(CertificationCase)
        .where(CertificationCase.id == case_id, CertificationCase.school_id == school_id)
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    )
    if case is None:
        raise NotFound(_("找不到這件申請案。"))
    return case


def happen(
    session: Session,
    actor: Actor,
    case: CertificationCase,
    event: str,
    *,
    words: str = "",
    by: Who | None = None,
    tell: bool = True,
    fact: date | None = None,
    **detail: object,
) -> CaseEvent:
    """Let `event` of `states.CaseLife` happen to a held case.

    :param words: what the applicant is told: comments, reasons; part of the mail.
    :param by: `Who.CLOCK` or `Who.BANK` when no person's relation is asked; the caller has asked
        the policy of its own (scheduled work, an import of the office).
    :param tell: mail the applicant; False when the caller writes a letter of its own.
    :param fact: the day from which the clock that begins with it counts (the day of payment);
        None: today.
    :param detail: for the audit line; ids, codes and dates, no personal data.
    :raises NotFound: the case does not exist for this person.
    :raises NotAllowed: it does, but this is not theirs to do.
    :raises Conflict: it cannot follow the present state.
    """
    relations = frozenset({by}) if by is not None else policy.stands(actor, case)
    if not relations:
        raise NotFound(_("找不到這件申請案。"))
    if not relations & MAY[event]:
        raise NotAllowed(_("您不能對這件申請案進行此項作業。"))
    if (event in SCHOOL_ONLY and case.mode is not Mode.SCHOOL) or (
        event in OFFICE_ONLY and case.mode is not Mode.OFFICE
    ):
        raise Conflict(_("這件申請案的辦理方式不適用此項作業。"))
    now, before = clock.now(), case.state
    case.state = follow(CaseLife, before, event, returns_to=case.returns_to)
    if case.state is not before:  # an appointment that is changed leads back to where it did
        case.returns_to = before if case.state in _ASIDE else None
    if event in {"confirm", "make_ready"}:
        case.confirmed_at = now
    if case.state in _ENDS:
        case.decided_at = now
    elif event == "revive":
        case.decided_at, case.fee_lapsed, case.refusal = None, False, ""
    step = CaseEvent(
        case_id=case.id,
        event=event,
        from_state=before,
        to_state=case.state,
        words=words,
        actor_id=actor.person_id,
        at=now,
    )
    session.add(step)
    session.flush()
    clocks.after(session, case, event, fact)
    chain.record(
        actor,
        f"certification.{event}",
        "certification_case",
        case.id,
        from_state=before,
        to_state=case.state,
        **detail,
    )
    if tell:
        notices.moved(case, step)
    letters.follow(session, actor, case, step)
    return step


def next_number(session: Session, school_id: int, series: str, year: int) -> int:
    """The next number of a series, without gaps: given back when the transaction is not committed.

    :param series: `case`, `certificate`, `fee`.
    :param year: ROC year.
    """
    row = session.scalar(_counter(school_id, series, year))
    if row is None:
        # Two first ones of a year: the second waits at the unique key and then counts on.
        new = {"school_id": school_id, "series": series, "year": year, "last": 0}
        insert_new(session, CaseCounter, [new])
        row = session.scalar(_counter(school_id, series, year))
        assert row is not None
    row.last += 1
    session.flush()
    return row.last


def _counter(school_id: int, series: str, year: int) -> sa.Select[CaseCounter]:
    return (
        sa.select(CaseCounter)
        .where(
            CaseCounter.school_id == school_id,
            CaseCounter.series == series,
            CaseCounter.year == year,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )

"""Clocks of a case: begun, paused, ended with its events. Called by the kernel alone, except for
`begin_until`, `count_from` and `act`'s callers."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugin import clock
from plugin.certification.clocks import BEGINS, LENGTHS, RUNS_IN, Clock
from plugin.certification.models import CaseClock, CaseState, CertificationCase, Correction
from plugin.school import office_days, rules
from plugin.school.office_calendar import table_of
from plugin.school.terms import term_of


def after(session: Session, case: CertificationCase, event: str, fact: date | None = None) -> None:
    """End, pause, resume and begin what `event` ends, pauses, resumes and begins.

    :param fact: the day from which the clock that begins counts; None: today.
    """
    today = clock.today()
    pauses = _flag(case, "case.correction_pauses", today)
    for one in running(session, case.id):
        kind = Clock(one.kind)
        if case.state in RUNS_IN[kind]:
            _resume(case, one, today)
        elif _waits(case, kind):
            if pauses and one.paused_on is None:
                one.paused_on = today
        else:
            one.ended_at = clock.now()
    begins = BEGINS.get(event)
    if begins is not None and begins is not Clock.CORRECTION:
        begin(session, case, begins, fact or today)
    session.flush()


def begin(session: Session, case: CertificationCase, kind: Clock, fact: date) -> CaseClock:
    """Start a period of the length that the rules say, from the day of a fact.

    :param fact: not counted itself; for `Clock.REVIEW` the day of payment.
    """
    length = LENGTHS[kind]
    count = rules.number(case.school_id, length.rule, term_of(fact).academic_year)
    ends = length.ends(fact, count, table_of(case.school_id))
    return _keep(session, case, kind, fact, ends)


def count_from(case: CertificationCase, one: CaseClock, fact: date) -> None:
    """Let a running clock count from another day: the fact was dated wrongly at first."""
    length = LENGTHS[Clock(one.kind)]
    count = rules.number(case.school_id, length.rule, term_of(fact).academic_year)
    ends = length.ends(fact, count, table_of(case.school_id))
    one.starts_on, one.due_on, one.noon = fact, ends.on, ends.noon


def begin_until(session: Session, case: CertificationCase, correction: Correction) -> CaseClock:
    """The clock of a correction: until the day that the request names, moved from a rest day."""
    ends = office_days.moved(correction.due_on, table_of(case.school_id))
    return _keep(session, case, Clock.CORRECTION, clock.today(), ends)


def running(session: Session, case_id: int) -> list[CaseClock]:
    """The clocks of a case that have not ended, the paused ones too."""
    query = sa.select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.ended_at.is_(None))
    return list(session.scalars(query.order_by(CaseClock.id)))


def _keep(
    session: Session, case: CertificationCase, kind: Clock, fact: date, ends: office_days.Ends
) -> CaseClock:
    row = CaseClock(
        school_id=case.school_id,
        case_id=case.id,
        kind=kind,
        starts_on=fact,
        due_on=ends.on,
        noon=ends.noon,
    )
    session.add(row)
    session.flush()
    return row


def _waits(case: CertificationCase, kind: Clock) -> bool:
    """Whether the case comes back to where this clock runs, after a correction."""
    return case.state is CaseState.CORRECTION and case.returns_to in RUNS_IN[kind]


def _resume(case: CertificationCase, one: CaseClock, today: date) -> None:
    """Go on after a pause: as many days later as it stood still."""
    if one.paused_on is None:
        return
    later = one.due_on + timedelta(days=(today - one.paused_on).days)
    ends = office_days.moved(later, table_of(case.school_id))
    one.due_on, one.noon, one.paused_on = ends.on, ends.noon, None


def _flag(case: CertificationCase, rule: str, today: date) -> bool:
    return bool(rules.value(case.school_id, rule, term_of(today).academic_year).value)

"""When a clock of a case ends, when somebody is warned of it, and how much is left: to ask, not to
change. Used by the scheduled work and by the pages alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask_babel import lazy_gettext as _l

from plugin import clock
from plugin.certification.clocks import APPLICANTS, Clock
from plugin.certification.models import CaseClock
from plugin.clock import TAIPEI
from plugin.school import rules
from plugin.school.office_days import OfficeDays
from plugin.school.terms import term_of

WARN, GRACE = "case.warn_days", "case.bank_grace_days"
MORNING = time(8)
"""When a day's warnings go out."""
NOON = time(12)

LABELS = {
    Clock.PROCEDURAL: _l("程序審查期限"),
    Clock.CORRECTION: _l("補正期限"),
    Clock.FEE: _l("繳費期限"),
    Clock.REVIEW: _l("完成認證期限"),
}


def ends_at(one: CaseClock) -> datetime:
    """The first moment that is too late: noon of the last day, or the midnight after it."""
    if one.noon:
        return datetime.combine(one.due_on, NOON, TAIPEI)
    return datetime.combine(one.due_on + timedelta(days=1), time.min, TAIPEI)


def grace_days(one: CaseClock) -> int:
    """Days for which the lapse of a fee waits for the bank's file (SPEC §2, Processing)."""
    if one.kind != Clock.FEE:
        return 0
    return rules.number(one.school_id, GRACE, term_of(one.due_on).academic_year)


def acts_at(one: CaseClock) -> datetime:
    """When its lapse is acted on."""
    return ends_at(one) + timedelta(days=grace_days(one))


def lapsed(one: CaseClock) -> bool:
    """Whether its lapse is to be acted on now; a paused clock never lapses."""
    return one.ended_at is None and one.paused_on is None and clock.now() >= acts_at(one)


def warning_due(one: CaseClock) -> bool:
    """Whether somebody has to be warned now.

    Of several mornings that were missed only the last is made up for, and none once it is over.
    """
    if one.ended_at is not None or one.paused_on is not None or clock.now() >= ends_at(one):
        return False
    mornings = (
        datetime.combine(one.due_on - timedelta(days=days), MORNING, TAIPEI)
        for days in _warn_days(one.school_id, one.due_on)
    )
    reached = max((one for one in mornings if one <= clock.now()), default=None)
    return reached is not None and (one.warned_at is None or one.warned_at < reached)


def horizon(school_id: int) -> date:
    """The last day whose clocks may have to be warned of today."""
    today = clock.today()
    return today + timedelta(days=max(_warn_days(school_id, today), default=0))


def _warn_days(school_id: int, day: date) -> list[int]:
    found = rules.value(school_id, WARN, term_of(day).academic_year).value
    return found if isinstance(found, list) else []


@dataclass(frozen=True)
class Left:
    """A clock as a page shows it.

    :param days: calendar days until the last day; negative: since.
    :param office_days: days of them on which people work, the last day counted.
    :param paused: it stands still during a correction.
    :param tone: `bad` when it is over, `wait` when a warning has gone out or would, else `calm`.
    """

    kind: Clock
    due_on: date
    noon: bool
    days: int
    office_days: int
    paused: bool
    over: bool
    tone: str

    @property
    def label(self) -> str:
        return str(LABELS[self.kind])

    @property
    def applicants(self) -> bool:
        """The applicant has to act, not the office."""
        return self.kind in APPLICANTS


def left(one: CaseClock, table: OfficeDays) -> Left:
    """How much is left of a clock that has not ended."""
    today = clock.today()
    days = (one.due_on - today).days
    working = sum(not table.rest(today + timedelta(days=n)) for n in range(1, days + 1))
    over = one.paused_on is None and clock.now() >= ends_at(one)
    near = days <= max(_warn_days(one.school_id, one.due_on), default=0)
    tone = "calm" if one.paused_on else "bad" if over else "wait" if near else "calm"
    return Left(
        Clock(one.kind), one.due_on, one.noon, days, working, one.paused_on is not None, over, tone
    )

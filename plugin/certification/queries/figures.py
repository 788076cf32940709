"""The office's figures: what was received in a year, what became of it, how long it took.

Everything is counted by the database: two statements, whose answers do not grow with the cases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification.models import CaseState, Category, CertificationCase, Path
from plugin.clock import TAIPEI
from plugin.school.terms import ROC

MONTHS = range(1, 13)
PASSED, REFUSED, WITHDRAWN, OPEN = "passed", "refused", "withdrawn", "open"
OUTCOMES = (PASSED, REFUSED, WITHDRAWN, OPEN)
_OUTCOME = {
    CaseState.CERTIFIED: PASSED,
    CaseState.REVOKED: PASSED,  # they were certified; what became of the certificate is another
    CaseState.ANNULLED: PASSED,
    CaseState.REFUSED: REFUSED,
    CaseState.WITHDRAWN: WITHDRAWN,
}
_TIMED = (CaseState.CERTIFIED, CaseState.REFUSED)
"""Decided, and not changed since: `decided_at` is the day of the decision."""
SPANS = (30, 60, 90, 120)
"""Days up to which the table of durations counts together."""

Tally = Mapping[str, int]
"""Outcome → cases."""


@dataclass(frozen=True)
class Figures:
    """Of the cases received in one year (ROC).

    :param days: days from the receipt to the decision → cases.
    """

    year: int
    by_month: Mapping[int, Tally]
    by_category: Mapping[Category, Tally]
    by_path: Mapping[Path, Tally]
    total: Tally
    days: Mapping[int, int]

    @property
    def received(self) -> int:
        return sum(self.total.values())

    @property
    def decided(self) -> int:
        """Cases of which it is known how long they took."""
        return sum(self.days.values())

    @property
    def median(self) -> int | None:
        """Half of the decided cases took no longer."""
        return self.within(50)

    def within(self, percent: int) -> int | None:
        """The days within which so many of a hundred were decided; None when none was."""
        needed = -(-self.decided * percent // 100)
        seen = 0
        for days in sorted(self.days):
            seen += self.days[days]
            if seen >= needed:
                return days
        return None

    @property
    def spans(self) -> list[tuple[int | None, int]]:
        """(up to so many days, cases); the last has no end."""
        found, below = [], 0
        for most in SPANS:
            n = sum(cases for days, cases in self.days.items() if below <= days <= most)
            found.append((most, n))
            below = most + 1
        return [*found, (None, self.decided - sum(n for _most, n in found))]


def of_year(actor: Actor, year: int) -> Figures:
    """The figures of a ROC year; two statements."""
    assert actor.school_id is not None
    month = _month(year)
    keys = (month, CertificationCase.category, CertificationCase.path, CertificationCase.state)
    counted = db.reading().execute(
        sa.select(*keys, sa.func.count()).where(*_received(actor.school_id, year)).group_by(*keys)
    )
    rows = [(*key, _OUTCOME.get(state, OPEN), n) for *key, state, n in counted]
    return Figures(
        year,
        _tally(rows, MONTHS, lambda row: row[0]),
        _tally(rows, Category, lambda row: row[1]),
        _tally(rows, Path, lambda row: row[2]),
        _sum(rows),
        _days(actor.school_id, year),
    )


def years(actor: Actor) -> list[int]:
    """ROC years that a list offers: from this one back to the first with a case."""
    first = db.reading().scalar(
        sa.select(sa.func.min(CertificationCase.confirmed_at)).where(
            CertificationCase.school_id == actor.school_id
        )
    )
    this = clock.today().year - ROC
    begin = first.astimezone(TAIPEI).year - ROC if first is not None else this
    return list(range(this, min(begin, this) - 1, -1))


def _received(school_id: int, year: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        CertificationCase.school_id == school_id,
        CertificationCase.confirmed_at >= _first(year, 1),
        CertificationCase.confirmed_at < _first(year, 13),
    )


def _month(year: int) -> sa.ColumnElement[int]:
    """The month of receipt in Taipei."""
    confirmed = CertificationCase.confirmed_at
    return sa.case(*((confirmed < _first(year, one + 1), one) for one in MONTHS), else_=12)


def _first(year: int, month: int) -> datetime:
    """The first moment of a month; of the 13th: of the next year."""
    ahead, rest = divmod(month - 1, 12)
    return datetime(year + ROC + ahead, rest + 1, 1, tzinfo=TAIPEI).astimezone(UTC)


def _days(school_id: int, year: int) -> dict[int, int]:
    days = _day(CertificationCase.decided_at) - _day(CertificationCase.confirmed_at)
    taken = sa.cast(days, sa.Integer)
    query = (
        sa.select(taken, sa.func.count())
        .where(
            *_received(school_id, year),
            CertificationCase.state.in_(_TIMED),
            CertificationCase.decided_at.is_not(None),
        )
        .group_by(taken)
    )
    return dict(db.reading().execute(query).all())  # type: ignore[arg-type]


def _day(moment: Any) -> Any:
    """The day in Taipei, of which days can be subtracted; moments are stored in UTC, and Taipei has
    no summer time."""
    if db.engine().name == "sqlite":
        return sa.func.julianday(sa.func.date(moment, "+8 hours"))
    plain = sa.type_coerce(moment, sa.DateTime)
    return sa.func.date(plain + sa.literal(timedelta(hours=8), sa.Interval))


def _tally(
    rows: Iterable[tuple[Any, ...]],
    keys: Iterable[Any],
    key: Callable[[tuple[Any, ...]], Hashable],
) -> dict[Any, Tally]:
    grouped: dict[Any, list[tuple[Any, ...]]] = {one: [] for one in keys}
    for row in rows:
        grouped[key(row)].append(row)
    return {one: _sum(some) for one, some in grouped.items()}


def _sum(rows: Iterable[tuple[Any, ...]]) -> Tally:
    found: Counter[str] = Counter(dict.fromkeys(OUTCOMES, 0))
    for *_key, outcome, n in rows:
        found[outcome] += n
    return dict(found)

"""Office days 上班日 and legal periods (行政程序法 §48), as every room counts them.

Whether a day is an office day says the school's own table, for the years that it holds; otherwise
the public holidays of Taiwan (package `holidays`) and the weekend.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol

import holidays

SATURDAY, SUNDAY = 5, 6
_LONGEST_REST = 60
"""Days; no table can be believed that has a longer rest."""


class OfficeDays(Protocol):
    """Whether people work on a day."""

    def rest(self, day: date) -> bool:
        """A Saturday, Sunday, holiday or other rest day."""


@dataclass(frozen=True)
class Table:
    """Office days by a table of the years it holds, beyond them by law.

    :param years: the years (AD) of which the table says every day.
    :param rests: the days of those years on which nobody works.
    """

    years: Collection[int] = ()
    rests: Collection[date] = ()

    def rest(self, day: date) -> bool:
        """A Saturday, Sunday, holiday or other rest day."""
        if day.year in self.years:
            return day in self.rests
        return day.weekday() >= SATURDAY or day in _public(day.year)


@dataclass(frozen=True)
class Ends:
    """The end of a period.

    :param noon: it ends at noon of that day, because it was moved from a Saturday.
    """

    on: date
    noon: bool = False


def after_days(fact: date, days: int, table: OfficeDays) -> Ends:
    """The last day of a period of `days`; the day of the fact is not counted (§48 II)."""
    return moved(fact + timedelta(days=days), table)


def after_months(fact: date, months: int, table: OfficeDays) -> Ends:
    """The last day of a period of `months` that begins on the day after the fact: the day before
    the corresponding day, or the last day of the month when there is none (§48 III)."""
    begins = fact + timedelta(days=1)
    month = begins.month - 1 + months
    year, month = begins.year + month // 12, month % 12 + 1
    try:
        last = date(year, month, begins.day) - timedelta(days=1)
    except ValueError:
        last = _month_end(year, month)
    return moved(last, table)


def moved(last: date, table: OfficeDays) -> Ends:
    """The end of a period whose last day is `last`, moved when nobody works then (§48 IV).

    :raises ValueError: the table knows no office day for two months.
    """
    if not table.rest(last):
        return Ends(last)
    saturday = last.weekday() == SATURDAY
    day = last
    while table.rest(day):
        day += timedelta(days=1)
        if (day - last).days > _LONGEST_REST:
            raise ValueError(f"no office day after {last}")
    # A Saturday's period ends on Monday morning; when that Monday is a holiday itself, the
    # holiday moves the end to the whole of the next office day.
    return Ends(day, noon=saturday and (day - last).days == 2)


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


@lru_cache(maxsize=32)
def _public(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("TW", years=year))

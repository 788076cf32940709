"""The calendar behind the readers: ROC and academic years, weeks from Monday, ends of months."""

from __future__ import annotations

from calendar import monthrange
from datetime import MAXYEAR, MINYEAR, date, timedelta

from plugin.assistant.understanding.numerals import integer

ROC = 1911
"""ROC year 1 is AD 1912."""
_LAST_ROC = 200


def day(year: int, month: int, number: int) -> date | None:
    """That day, or None where the calendar has none."""
    try:
        return date(year, month, number)
    except ValueError:
        return None


def year_of(words: str) -> int | None:
    """The AD year that a written year means: 115, 一一五 and 一百一十五 are ROC, 2026 is AD."""
    number = integer(words)
    if number is None:
        return None
    if 1 <= number <= _LAST_ROC:
        return number + ROC
    return number if 1900 <= number <= 2199 else None


def roc_of(words: str) -> int | None:
    """The same as a ROC year."""
    year = year_of(words)
    return year - ROC if year and year > ROC else None


def academic_year(today: date) -> int:
    """The AD year in which the academic year of `today` began."""
    return today.year if today.month >= 8 else today.year - 1


def in_academic_year(month: int, number: int, today: date) -> date | None:
    """Month and day without a year: within the academic year of `today` (labels, 12)."""
    first = academic_year(today)
    return day(first if month >= 8 else first + 1, month, number)


def shift(today: date, days: int) -> date | None:
    """So many days on (or back); None beyond the calendar."""
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return None


def months_on(today: date, months: int) -> date | None:
    """The same day so many months on, or the last day of a shorter month."""
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        return None
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def month_start(year: int, month: int) -> date | None:
    """The first of a month; `month` may run over the year's ends."""
    years, month = divmod(month - 1, 12)
    return day(year + years, month + 1, 1)


def month_end(year: int, month: int) -> date | None:
    """The last of a month; `month` may run over the year's ends."""
    first = month_start(year, month)
    return first and first.replace(day=monthrange(first.year, first.month)[1])


def in_week(today: date, weeks: int, weekday: int) -> date | None:
    """Monday is 0; `weeks` from the week of `today`."""
    return shift(today, weeks * 7 + weekday - today.weekday())


def on_or_after(first: date, weekday: int) -> date | None:
    """The first such weekday from `first` on."""
    return shift(first, (weekday - first.weekday()) % 7)

"""Dates as people in Taiwan write them, in the calendar of the Republic (民國, year − 1911)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")
ROC_OFFSET = 1911
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("一", "二", "三", "四", "五", "六", "日")

_WORDS = re.compile(
    r"^(?:中華)?(?:民國)?(?P<year>\d{1,4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})[日號]?$"
)
_PARTS = re.compile(
    r"^(?:民國)?(?P<year>\d{1,4})(?P<sep>[/.\-])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})$"
)
_DIGITS = re.compile(r"^(?:民國)?(?P<year>\d{2,4})(?P<month>\d{2})(?P<day>\d{2})$")


class DateNotUnderstood(ValueError):
    """The text is not a date that we can read without guessing."""

    code = "date.not_understood"


def parse_date(text: str) -> date:
    """Read 民國115年11月30日, 115/11/30, 1151130, 2026-11-30 and their close relatives.

    A year of four digits is AD, a shorter one counts from the founding of the Republic.
    Full-width digits and white space are accepted.

    Raises:
        DateNotUnderstood: another form, or a day that the calendar does not have.
    """
    bare = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    found = _WORDS.match(bare) or _PARTS.match(bare) or _DIGITS.match(bare)
    if found is None:
        raise DateNotUnderstood(text)
    year = int(found["year"])
    if len(found["year"]) < 4:
        year += ROC_OFFSET
    elif "民國" in bare:
        raise DateNotUnderstood(text)  # 民國2026年: no such year; AD was meant, or a slip
    try:
        return date(year, int(found["month"]), int(found["day"]))
    except ValueError as error:
        raise DateNotUnderstood(text) from error


def roc_day(day: date, *, weekday: bool = False) -> str:
    """民國115年11月30日, with （星期一） when asked. Years before 1912 are written in AD."""
    tail = f"（星期{WEEKDAYS[day.weekday()]}）" if weekday else ""
    if day.year <= ROC_OFFSET:
        return f"西元{day.year}年{day.month}月{day.day}日{tail}"
    return f"民國{day.year - ROC_OFFSET}年{day.month}月{day.day}日{tail}"


def roc_moment(moment: datetime) -> str:
    """民國115年11月30日（星期一）17:00, in Taipei.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    local = moment.astimezone(TAIPEI)
    return f"{roc_day(local.date(), weekday=True)}{local:%H:%M}"


def english_moment(moment: datetime) -> str:
    """Mon 30 Nov 2026, 17:00, in Taipei. Raises ValueError without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return f"{english_day(moment.astimezone(TAIPEI).date())}, {moment.astimezone(TAIPEI):%H:%M}"


def english_day(day: date) -> str:
    """Mon 30 Nov 2026, without asking the process locale."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"

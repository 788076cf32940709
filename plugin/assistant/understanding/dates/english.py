"""The same in English: tomorrow, next Friday, Nov 30, in three days, end of the month."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from plugin.assistant.understanding.numerals import ENGLISH, small

from .days import (
    day,
    in_academic_year,
    in_week,
    month_end,
    month_start,
    months_on,
    on_or_after,
    shift,
)
from .found import Found

_B = r"(?<![0-9a-z./-])"
_E = r"(?![0-9a-z])"
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NUMBER = r"(\d{1,2})(?:st|nd|rd|th)?"
_FULL = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAY = (
    r"(mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?)"
)
_MONTH_DAY = re.compile(rf"{_B}{_MONTH} ?{_NUMBER}{_E}(?!:\d)(?:,? ?((?:19|20)\d\d){_E})?")
_DAY_MONTH = re.compile(
    rf"{_B}(?:the )?{_NUMBER}(?: of)?[ -]?{_MONTH}{_E}(?:[, -]{{1,2}}((?:19|20)\d\d){_E})?"
)
_DAY_RANGE = re.compile(
    rf"{_B}{_NUMBER} ?(?:-|~|to|until|through) ?{_NUMBER} {_MONTH}{_E}(?:,? ((?:19|20)\d\d){_E})?"
)
_NAMED = {
    "today": 0, "tonight": 0, "tomorrow": 1, "tmr": 1, "yesterday": -1, "the day after tomorrow": 2,
    "day after tomorrow": 2, "the day before yesterday": -2, "day before yesterday": -2,
    "this morning": 0, "this afternoon": 0, "this evening": 0, "last night": -1,
}  # fmt: skip
_DAYS = re.compile(
    rf"{_B}((?:the )?day (?:after tomorrow|before yesterday)|today|"
    rf"tonight|tomorrow|tmr|yesterday|this (?:morning|afternoon|evening)|last night){_E}"
)
_RELATIVE_WEEKDAY = re.compile(rf"{_B}(next|this|last|coming) {_WEEKDAY}{_E}")
_BARE_WEEKDAY = re.compile(
    rf"{_B}(?<!every )(?:({'|'.join(_FULL)})|(?<=on )({_WEEKDAY[1:-1]})"
    rf"|(?<=by )({_WEEKDAY[1:-1]}))(?!s){_E}"
)
_AMOUNT = rf"(\d{{1,3}}|{'|'.join(ENGLISH)}|an?)"
_UNIT = r"(day|week|month|year)s?"
_LATER = re.compile(
    rf"{_B}(?:(in|within) (?:the next )?{_AMOUNT} {_UNIT}(?:['’] time)?{_E}"
    rf"|{_AMOUNT} {_UNIT} (later|from now|from today|ago){_E})"
)
_EDGE = re.compile(
    rf"{_B}(?:the )?(end|beginning|start|middle) of (?:(?:the |(this) |(next) |(last) )?month"
    rf"|{_MONTH}(?: ((?:19|20)\d\d))?){_E}"
    rf"|{_B}(month[ -]end){_E}"
)
_OF_MONTH = re.compile(rf"{_B}(?:the )?{_NUMBER} of (this|next|last) month{_E}")
_STRETCH = re.compile(rf"{_B}(this|next|last) (week|month){_E}")
_STEP = {"this": 0, "coming": 0, "next": 1, "last": -1}


def read(text: str, today: date) -> Iterator[Found]:
    """Every English day; `text` is folded, hence in small letters."""
    for m in _MONTH_DAY.finditer(text):
        yield _one(m, _dated(m[1], m[2], m[3], today), "ymd" if m[3] else "md")
    for m in _DAY_MONTH.finditer(text):
        yield _one(m, _dated(m[2], m[1], m[3], today), "ymd" if m[3] else "md")
    for m in _DAY_RANGE.finditer(text):
        yield from _day_range(m, today)
    for m in _DAYS.finditer(text):
        yield _one(m, shift(today, _NAMED[m[1]]), "relative")
    yield from _weekdays(text, today)
    yield from _later(text, today)
    yield from _months(text, today)


def _one(m: re.Match[str], value: date | None, form: str, other: date | None = None) -> Found:
    if value is None:
        return Found(*m.span(), "", "nothing")
    alternatives = (value, other) if other and other != value else ()
    return Found(*m.span(), "", "date", value, alternatives=alternatives, form=form)


def _month(words: str) -> int:
    return _MONTHS.index(words[:3]) + 1


def _dated(month: str, number: str, year: str | None, today: date) -> date | None:
    if year:
        return day(int(year), _month(month), int(number))
    return in_academic_year(_month(month), int(number), today)


def _day_range(m: re.Match[str], today: date) -> Iterator[Found]:
    first, last = (_dated(m[3], m[n], m[4], today) for n in (1, 2))
    if not first or not last or last < first:
        return
    parts = (
        Found(*m.span(1), "", "date", first, form="md"),
        Found(m.start(2), m.end(), "", "date", last, form="md"),
    )
    yield Found(*m.span(), "", "range", first, last, parts=parts)


def _weekdays(text: str, today: date) -> Iterator[Found]:
    for m in _RELATIVE_WEEKDAY.finditer(text):
        number, weeks = _weekday(m[2]), _STEP[m[1]]
        if m[1] == "coming":
            yield _one(m, on_or_after(today, number), "weekday")
            continue
        other = None
        if today.weekday() == 6 and number != 6:
            other = in_week(today, weeks + 1, number)
        elif today.weekday() == 0 and weeks == 1 and number != 0:
            other = in_week(today, 0, number)
        yield _one(m, in_week(today, weeks, number), "weekday", other)
    for m in _BARE_WEEKDAY.finditer(text):
        value = on_or_after(today, _weekday(m[1] or m[2] or m[3]))
        yield _one(m, value, "bare", shift(today, 7) if value == today else None)


def _weekday(words: str) -> int:
    return next(i for i, full in enumerate(_FULL) if full.startswith(words[:3]))


def _later(text: str, today: date) -> Iterator[Found]:
    for m in _LATER.finditer(text):
        number, unit = small(m[2] or m[4]), m[3] or m[5]
        if number is None:
            continue
        number = -number if m[6] == "ago" else number
        if unit in {"month", "year"}:
            value = months_on(today, number * (12 if unit == "year" else 1))
        else:
            value = shift(today, number * (7 if unit == "week" else 1))
        yield _one(m, value, "within" if m[1] == "within" else "relative")


def _months(text: str, today: date) -> Iterator[Found]:
    for m in _EDGE.finditer(text):
        year, month = today.year, today.month + (1 if m[3] else -1 if m[4] else 0)
        if m[5]:
            month = _month(m[5])
            first = in_academic_year(month, 1, today)
            year = int(m[6]) if m[6] else first.year if first else year
        if m[7] or m[1] == "end":
            yield _one(m, month_end(year, month), "ymd")
            continue
        start = month_start(year, month)
        yield _one(m, start and start.replace(day=15 if m[1] == "middle" else 1), "ymd")
    for m in _OF_MONTH.finditer(text):
        start = month_start(today.year, today.month + _STEP[m[2]])
        yield _one(m, start and day(start.year, start.month, int(m[1])), "ymd")
    for m in _STRETCH.finditer(text):
        step = _STEP[m[1]]
        if m[2] == "week":
            first, last = in_week(today, step, 0), in_week(today, step, 6)
        else:
            month = today.month + step
            first, last = month_start(today.year, month), month_end(today.year, month)
        if first and last:
            yield Found(*m.span(), "", "period", first, last)

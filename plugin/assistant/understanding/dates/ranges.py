"""Two ends that make a range (9/1–10/31, 自…至…, 11/3到7), days counted from one (11/30前三天)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from plugin.assistant.understanding.numerals import integer

from .days import day, on_or_after
from .found import Found
from .patterns import AFTERTHOUGHT, CLOCK, CN, SMALL, S, weekday
from .relative import moved

_SEPARATOR = re.compile(
    rf"{AFTERTHOUGHT}(?:開始|起)?[,，、]?{S}"
    rf"(?:直?到|至|迄|-{{1,2}}|~|(?:to|until|till|through)(?= )){S}(?:{CLOCK})?{S}"
)
_AND = re.compile(r"(?: and |和|與|跟)")
_BLANK = re.compile(r" {1,2}")
_BETWEEN = re.compile(r"(?:between|介於) ?$")
_PARTIAL_DATE = re.compile(r"(\d{1,2})[./](\d{1,2})(?![0-9a-z])")
_PARTIAL_DAY = re.compile(
    rf"({SMALL})(?:{S}[日號]|(?:st|nd|rd|th)?"
    rf"(?![0-9a-z{CN}:/月.點時年]| {{0,2}}[個週天位人件份%題分名筆項]))"
)
_PARTIAL_WEEKDAY = re.compile(r"([一二三四五六日天])(?![月日號天個週年點件份位人0-9])")
_SHIFTED = re.compile(
    rf"{S}(?:之|以)?([前後]){S}(?:的)?(\d{{1,2}}|[{CN}兩半]{{1,2}}){S}(天|日|個?週|個?星期|個?禮拜|個月)(?!之?內)"
)
_DAYS_OF_MONTH = re.compile(
    rf"(?<![0-9{CN}/.:月-])({SMALL}){S}(?:到|至|~|-){S}({SMALL}){S}[號日](?!同學|內|間)"
)


def join(text: str, founds: Sequence[Found], today: date) -> list[Found]:
    """Ranges and moved days in place of the days they are made of; `founds` in order of place."""
    done: list[Found] = []
    rest = list(founds)
    while rest:
        first = _shifted(text, rest.pop(0))
        while rest and rest[0].start < first.end:
            rest.pop(0)
        joined = _range(text, first, rest, today) if first.kind in {"date", "period"} else None
        if joined is None:
            done.append(first)
            continue
        while rest and rest[0].start < joined.end:
            rest.pop(0)
        done.append(joined)
    return done


def days_of_month(text: str, today: date) -> list[Found]:
    """3到7號: both ends in one month, the first without its own 號."""
    found = []
    for m in _DAYS_OF_MONTH.finditer(text):
        first, last = integer(m[1]), integer(m[2])
        if not first or not last or not first < last <= 31:
            continue
        a, b = day(today.year, today.month, first), day(today.year, today.month, last)
        if a and b:
            parts = (
                Found(*m.span(1), "", "date", a, form="d"),
                Found(m.start(2), m.end(), "", "date", b, form="d"),
            )
            found.append(Found(*m.span(), "", "range", a, b, parts=parts))
    return found


def _shifted(text: str, found: Found) -> Found:
    m = _SHIFTED.match(text, found.end)
    if m is None or found.kind != "date" or not isinstance(found.value, date):
        return found
    if found.form in {"relative", "within"}:
        return found
    value = moved(found.value, m[2], m[3], -1 if m[1] == "前" else 1)
    if value is None:
        return found
    return Found(found.start, m.end(), "", "date", value, form="relative")


def _range(text: str, first: Found, rest: list[Found], today: date) -> Found | None:
    if not isinstance(first.value, date):
        return None
    separator = _SEPARATOR.match(text, first.end)
    if separator is None and _BETWEEN.search(text, max(0, first.start - 10), first.start):
        separator = _AND.match(text, first.end)
    if separator is None:
        separator = _side_by_side(text, first, rest)
    if separator is None:
        return None
    at = separator.end()
    last: Found | None
    following = next((f for f in rest if f.start == at), None)
    if following is not None and following.kind == "date":
        last = _fitted(first, _shifted(text, following))
    elif following is not None and following.kind == "period":
        last = replace(following, kind="date", value=following.until, until=None)
    else:
        last = _partial(text, at, first)
    if last is None or not isinstance(last.value, date):
        return None
    begin = _begin(first, last)
    if not isinstance(begin.value, date) or last.value < begin.value:
        return None
    return Found(first.start, last.end, "", "range", begin.value, last.value, parts=(begin, last))


def _side_by_side(text: str, first: Found, rest: list[Found]) -> re.Match[str] | None:
    """10/5 10/9 with nothing but a blank between, as in a table; three of them are a list."""
    close = [f for f in rest[:2] if f.form == first.form and f.start - first.end < 30]
    if first.form not in {"md", "ymd"} or not close:
        return None
    if len(close) > 1 and not text[close[0].end : close[1].start].strip(" ,、"):
        return None
    blank = _BLANK.match(text, first.end)
    return blank if blank and blank.end() == close[0].start else None


def _begin(first: Found, last: Found) -> Found:
    """The first day; it takes the year from an end that has one (9/1到114/10/31)."""
    if first.kind == "period":
        first = replace(first, kind="date", until=None)
    a, b = first.value, last.value
    if (
        first.form != "md"
        or last.form != "ymd"
        or not isinstance(a, date)
        or not isinstance(b, date)
    ):
        return first
    if a <= b and (b - a).days <= 366:
        return first
    same = day(b.year, a.month, a.day)
    if same and same > b:
        same = day(b.year - 1, a.month, a.day)
    return replace(first, value=same) if same else first


def _fitted(first: Found, last: Found) -> Found:
    """The end read after its beginning: its month, its year, the week it lies in."""
    a, b = first.value, last.value
    if not isinstance(a, date) or not isinstance(b, date):
        return last
    if last.form == "d" and first.form in {"md", "ymd", "d"}:
        return replace(last, value=day(a.year, a.month, b.day), alternatives=_same(first, b.day))
    if last.form == "md":
        year = a.year if first.form == "ymd" else b.year
        same = day(year, b.month, b.day)
        if same and same < a:
            same = day(year + 1, b.month, b.day)
        return replace(last, value=same) if same else last
    if last.form == "bare":
        return replace(last, value=on_or_after(a, b.weekday()), alternatives=())
    return last


def _same(first: Found, number: int) -> tuple[date, ...]:
    days = [day(a.year, a.month, number) for a in first.alternatives]
    return tuple(d for d in days if d)


def _partial(text: str, at: int, first: Found) -> Found | None:
    """An end that is only a day (11/3到7), month and day (115.9.1-9.30) or weekday (週一到五)."""
    a = first.value
    if not isinstance(a, date):
        return None
    if first.form in {"weekday", "bare"}:
        if m := _PARTIAL_WEEKDAY.match(text, at):
            value = on_or_after(a, weekday(m[1]))
            return Found(*m.span(), "", "date", value, form="weekday")
        return None
    if first.form == "ymd" and (m := _PARTIAL_DATE.match(text, at)):
        end = Found(*m.span(), "", "date", day(a.year, int(m[1]), int(m[2])), form="md")
        return _fitted(first, end)
    if first.form in {"md", "ymd"} and (m := _PARTIAL_DAY.match(text, at)):
        number = integer(m[1])
        value = day(a.year, a.month, number) if number else None
        return Found(*m.span(), "", "date", value, form="d") if value else None
    return None

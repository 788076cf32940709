"""Days counted from today: 明天, 三天後, 下週五, 月底, and the stretches 下個月, 上半年.

Weeks begin on Monday (labels, 12). 下週五 said on a Sunday or a Monday is asked back: half of the
people count from Sunday then. A bare 週五 is the coming one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from plugin.assistant.understanding.numerals import integer

from .days import day, in_week, month_end, month_start, months_on, on_or_after, shift, year_of
from .found import Found
from .patterns import AFTER_WEEKDAY, CN, SMALL, WEEKDAY, S, weekday

_NAMED = {
    "大後天": 3, "大後日": 3, "大前天": -3, "今天": 0, "今日": 0, "今晚": 0, "今早": 0, "本日": 0,
    "即日": 0, "即刻": 0, "明天": 1, "明日": 1, "明早": 1, "明晚": 1, "後天": 2, "後日": 2,
    "昨天": -1, "昨日": -1, "昨晚": -1, "前天": -2, "前日": -2, "今": 0, "明": 1, "昨": -1,
}  # fmt: skip
_DAYS = re.compile(
    r"大[後前][天日]|今[天日晚早]|本日|即[日刻](?=起)|今(?=起)|明[天日早晚]|(?<![以之])後天(?!天)|後日"
    r"|昨[天日晚]|(?<![以之])前天(?!天)|前日|[今明昨] ?\(\d{1,2}\) ?日"
)
_AMOUNT = rf"(?:\d{{1,3}}|[{CN}兩百]{{1,4}}|半)"
_SPAN = rf"({_AMOUNT}){S}(天|日|個?週|個?星期|個?禮拜|個半?月|年)"
_LATER = re.compile(
    rf"(?<![0-9{CN}第./前近去月年百])(?:再過|過)?{S}{_SPAN}{S}"
    r"((?:之|以)?(?:後(?!天|面|續|補|來)|前(?!往|面|後|天))|(?:之|以)?內)"
)
_PAST = re.compile(rf"(?:最近|過去|近)(?:的)?{S}{_SPAN}")
_WEEKDAY = re.compile(
    rf"(這|本|此|當|上{{1,2}}|下{{1,2}})(?:一)?(?:個)?{S}(?:週|星期|禮拜){S}([{WEEKDAY}])(?![0-9月])"
)
_BARE = re.compile(
    rf"(?<![這本此當上下每隔個逢])(?:週{S}([一二三四五六日])|(?:星期|禮拜){S}([{WEEKDAY}]))(?![0-9月])"
    r"(?!.{0,2}(?:老師|同學|主任|校長|組長))"
)
_MONTH = re.compile(
    rf"(這|本|當|上{{1,2}}|下{{1,2}}|次)(?:一)?(?:個)?{S}月(?:的)?{S}"
    rf"(底|末|初|中(?![間心考文旬])|({SMALL}){S}[號日]){AFTER_WEEKDAY}"
)
_YEAR = rf"(?:(今|明|去|前|後|本)年|(\d{{2,4}}|[{CN}]{{3,4}}){S}年)"
_NAMED_YEAR = {"今": 0, "本": 0, "明": 1, "後": 2, "去": -1, "前": -2}
_MONTH_EDGE = re.compile(
    rf"(?<![0-9{CN}])(?:{_YEAR}(?:的)?{S})?({SMALL}){S}月(?:份)?(?:的)?{S}(?:月)?"
    rf"(底|末|初|中(?![間心考文旬]))"
)
_YEAR_DAY = re.compile(
    rf"(?:(今|明|去|前|後|本)年)(?:的)?{S}({SMALL}){S}(?:月{S}({SMALL})(?:{S}[日號])?|/{S}(\d{{1,2}})(?![0-9])){AFTER_WEEKDAY}"
)
_BARE_EDGE = re.compile(
    rf"(?<![0-9{CN}個本這上下當每次期滿歲])月(底|末(?!考)|初|中(?![間心考文旬]))"
)
_YEAR_EDGE = re.compile(rf"(?<![0-9學每{CN}])(?:{_YEAR}|年)(?:的)?(底|初)")
_HALF = re.compile(rf"(?:{_YEAR}(?:度)?(?:的)?{S})?([上下])半年")
_QUARTER = re.compile(rf"(?:{_YEAR}(?:度)?(?:的)?{S})?第{S}([一二三四1-4]){S}季")
_WEEK = re.compile(
    rf"(這|本|上{{1,2}}|下{{1,2}})(?:一)?(?:個)?{S}"
    rf"(?:週(?!記|會|報|刊|期|遭|邊|[{WEEKDAY}])|(?:星期|禮拜)(?! ?[{WEEKDAY}]))(末)?"
)
_WEEKEND = re.compile(r"(?<![這本上下每])週末")
_WHOLE_MONTH = re.compile(
    rf"(這|本|上{{1,2}}|下{{1,2}})(?:一)?個{S}月(?!{S}[底末初中{CN}0-9])|(?<![以之])([上下本])月(?!{S}[底末初中{CN}0-9考])"
    rf"|(?<![0-9{CN}])(?:{_YEAR}(?:的)?{S})?({SMALL}){S}月(?:份|(?!{S}[底末初天{CN}0-9]))"
)


def read(text: str, today: date) -> Iterator[Found]:
    """Every day and stretch that is counted from `today`."""
    for reader in (_days, _later, _weekdays, _months, _edges, _stretches):
        yield from reader(text, today)


def _one(m: re.Match[str], value: date | None, form: str, *others: date | None) -> Found:
    if value is None:
        return Found(*m.span(), "", "nothing")
    alternatives = (value, *(o for o in others if o and o != value))
    return Found(
        *m.span(), "", "date", value, form=form,
        alternatives=alternatives if len(alternatives) > 1 else (),
    )  # fmt: skip


def _stretch(m: re.Match[str], first: date | None, last: date | None) -> Iterator[Found]:
    if first and last:
        yield Found(*m.span(), "", "period", first, last)


def _offset(words: str) -> int:
    """這 0, 下 1, 下下 2, 上 -1; 次 (次月) is the next."""
    if words == "次":
        return 1
    return words.count("下") - words.count("上")


def _anchor(named: str | None, written: str | None, today: date) -> int | None:
    """The AD year that an expression names; this year where it names none."""
    if named:
        return today.year + _NAMED_YEAR[named]
    return year_of(written) if written else today.year


def _days(text: str, today: date) -> Iterator[Found]:
    for m in _DAYS.finditer(text):
        words = m[0].split("(")[0].strip()
        yield _one(m, shift(today, _NAMED[words]), "relative")


def _length(amount: str, unit: str) -> tuple[int, int] | None:
    """(days, months) of an amount of time."""
    number = 0 if amount == "半" else integer(amount)
    if number is None or (number == 0 and amount != "半"):
        return None
    if unit == "個半月":
        return number * 30 + 15, 0
    if unit in {"個月", "年"}:
        months = 12 if unit == "年" else 1
        if amount == "半":
            return (15, 0) if months == 1 else (0, 6)
        return 0, number * months
    if amount == "半":
        return None
    return number * (1 if unit in {"天", "日"} else 7), 0


def moved(today: date, amount: str, unit: str, sign: int) -> date | None:
    """`today` moved on (or back) by an amount of time."""
    length = _length(amount, unit)
    if length is None:
        return None
    days, months = length
    return months_on(today, sign * months) if months else shift(today, sign * days)


def _later(text: str, today: date) -> Iterator[Found]:
    for m in _LATER.finditer(text):
        amount, unit, way = m[1], m[2], m[3]
        number = integer(amount) or 0
        if unit == "日" and number <= 31 and ("前" in way or way in {"以後", "之後"}):
            continue  # 廿三日前, 15日以後: the day of the month
        value = moved(today, amount, unit, -1 if "前" in way else 1)
        if value is None:
            continue
        other = None
        if unit == "日" and way == "後" and 10 < number <= 31:
            other = day(today.year, today.month, number)
        yield _one(m, value, "within" if "內" in way else "relative", other)
    for m in _PAST.finditer(text):
        first = moved(today, m[1], m[2], -1)
        yield from _stretch(m, first, today)


def _weekdays(text: str, today: date) -> Iterator[Found]:
    for m in _WEEKDAY.finditer(text):
        weeks, number = _offset(m[1]), weekday(m[2])
        value = in_week(today, weeks, number)
        other = None
        if today.weekday() == 6 and number != 6:
            other = in_week(today, weeks + 1, number)
        elif today.weekday() == 0 and weeks == 1 and number != 0:
            other = in_week(today, 0, number)
        yield _one(m, value, "weekday", other)
    for m in _BARE.finditer(text):
        value = on_or_after(today, weekday(m[1] or m[2]))
        yield _one(m, value, "bare", shift(today, 7) if value == today else None)


def _months(text: str, today: date) -> Iterator[Found]:
    for m in _MONTH.finditer(text):
        there = today.month + _offset(m[1])
        yield _one(m, _in_month(today.year, there, m[2], m[3]), "ymd")
    for m in _MONTH_EDGE.finditer(text):
        month = integer(m[3])
        year = _anchor(m[1], m[2], today)
        if not month or month > 12 or not year:
            continue
        if not (m[1] or m[2]):
            year = _school_year(month, today)
        yield _one(m, _in_month(year, month, m[4], None), "ymd")
    for m in _YEAR_DAY.finditer(text):
        month, number = integer(m[2]), integer(m[3] or m[4])
        named = _anchor(m[1], None, today)
        yield _one(m, day(named, month, number) if named and month and number else None, "ymd")


def _school_year(month: int, today: date) -> int:
    first = today.year if today.month >= 8 else today.year - 1
    return first if month >= 8 else first + 1


def _in_month(year: int, month: int, words: str, number: str | None) -> date | None:
    first = month_start(year, month)
    if first is None:
        return None
    if number:
        return day(first.year, first.month, integer(number) or 0)
    if words in {"底", "末"}:
        return month_end(first.year, first.month)
    return first.replace(day=15) if words == "中" else first


def _edges(text: str, today: date) -> Iterator[Found]:
    for m in _BARE_EDGE.finditer(text):
        here = _in_month(today.year, today.month, m[1], None)
        there = _in_month(today.year, today.month + 1, m[1], None)
        if here and here < today:
            yield _one(m, there, "ymd", here)
        else:
            yield _one(m, here, "ymd")
    for m in _YEAR_EDGE.finditer(text):
        year = _anchor(m[1], m[2], today)
        if not year:
            continue
        if m[3] == "底":
            yield _one(m, day(year, 12, 31), "ymd")
        else:
            bare = not (m[1] or m[2])
            yield _one(m, day(year + 1 if bare else year, 1, 1), "ymd")


def _stretches(text: str, today: date) -> Iterator[Found]:
    for m in _HALF.finditer(text):
        if year := _anchor(m[1], m[2], today):
            first = 1 if m[3] == "上" else 7
            yield from _stretch(m, month_start(year, first), month_end(year, first + 5))
    for m in _QUARTER.finditer(text):
        if year := _anchor(m[1], m[2], today):
            last = (weekday(m[3]) + 1) * 3
            yield from _stretch(m, month_start(year, last - 2), month_end(year, last))
    yield from _weeks(text, today)
    yield from _whole_months(text, today)


def _weeks(text: str, today: date) -> Iterator[Found]:
    for m in _WEEK.finditer(text):
        weeks = _offset(m[1])
        monday = in_week(today, weeks, 5 if m[2] else 0)
        yield from _stretch(m, monday, in_week(today, weeks, 6))
    for m in _WEEKEND.finditer(text):
        yield from _stretch(m, in_week(today, 0, 5), in_week(today, 0, 6))


def _whole_months(text: str, today: date) -> Iterator[Found]:
    for m in _WHOLE_MONTH.finditer(text):
        year: int | None = today.year
        number: int | None = today.month + _offset(m[1] or m[2] or "")
        if m[5]:
            number = integer(m[5])
            if not number or number > 12:
                continue
            named = m[3] or m[4]
            year = _anchor(m[3], m[4], today) if named else _school_year(number, today)
        if year and number is not None:
            yield from _stretch(m, month_start(year, number), month_end(year, number))

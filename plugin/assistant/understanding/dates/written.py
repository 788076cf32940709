"""Days written out: 民國 in every spelling, AD, month and day, the day of the month.

Source: the table of expressions in the notes (3.4); month and day without a year by the label
convention 12; 5/6 is always month and day; 88.3.21 is a ROC year, being no month.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from plugin.assistant.understanding.numerals import integer

from .days import ROC, day, in_academic_year, month_start, months_on, year_of
from .found import Found
from .patterns import AFTER_WEEKDAY, CN, EDGE, SMALL, S, weekday

_ERA = rf"(?:中華民國|民國|民|西元|公元|roc){S}"
_YEAR = rf"(?:\d{{1,4}}|[{CN}百]{{1,8}}|元)"
_LONG = re.compile(
    rf"(?<![0-9{CN}])({_ERA})?({_YEAR}){S}年{S}({SMALL}){S}月{S}({SMALL})(?:{S}[日號])?{AFTER_WEEKDAY}"
)
_SEPARATED = re.compile(
    rf"{EDGE}({_ERA})?(\d{{1,4}})({S}[/.-]{S})(\d{{1,2}})\3(\d{{1,2}})(?![0-9a-su-z])(?!t\D)(?![./]\d)(?!\3\d)"
    rf"(?:{S}[日號])?{AFTER_WEEKDAY}"
)
_MONTH_FIRST = re.compile(
    rf"{EDGE}(\d{{1,2}})([/.-])(\d{{1,2}})\2(\d{{4}})(?![0-9a-z])(?![./-]\d){AFTER_WEEKDAY}"
)
_SURNAMES = (
    "王李張陳林黃吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周週葉蘇莊呂何蕭羅潘簡朱鍾彭詹胡施沈盧梁趙顏柯翁魏孫戴"
)
"""Digits run into a name are a student's number (1130512王小明); 1151105頒的 is a day."""
_SOLID = re.compile(
    rf"(?<![0-9a-z./_$])(?:(?<!-)|(?<=\d{{7}}-))({_ERA})?(\d{{6,8}})(?![0-9a-z_])"
    r"(?![./]\d)(?!-\d(?!\d{6}))"
    rf"(?! ?(?:[元塊圓人份件]|號|同學))(?![{_SURNAMES}])"
)
_MONTH_DAY = re.compile(
    rf"(?<![0-9{CN}])({SMALL}){S}月{S}({SMALL})"
    rf"(?:{S}[日號]|(?![0-9{CN}])(?! {{0,2}}[件份個人次筆位篇小分元天張場題成%年月週]))"
    rf"{AFTER_WEEKDAY}"
)
_SLASH = re.compile(
    rf"{EDGE}(\d{{1,2}}){S}/{S}(\d{{1,2}})(?![0-9a-z])(?! ?[/.]\d)(?!%)"
    rf"(?! {{0,2}}(?:題|年|班|分(?!科|享)|份"
    rf"|件|篇|人|筆|頁|項|次|倍|圈|張|場|堂|公[里尺分斤克頃]|杯|以上|學分))"
    rf"(?:{S}[日號])?{AFTER_WEEKDAY}"
)
_DOTTED = re.compile(
    rf"(?<![0-9a-z./-])(\d{{1,2}})[.-](\d{{1,2}})(?![0-9a-z])(?![./-]\d)"
    rf"(?={S}(?:以前|之前|前(?!\d|[三十])|截止|止|起))"
)
_DAY = re.compile(
    rf"(?<![0-9{CN}月第./:-])(?<!座號)(?<!座位)(?<!編號)(?<![共達滿計逾續])(?<!為期)({SMALL}){S}"
    rf"(?:號(?!同學|學生|選手|[樓室館櫃楼碼機線車門])"
    rf"|日(?!本|常|語|文|記|報|誌|內|夜|以內|之內|[間期研活營課遊志團])){AFTER_WEEKDAY}"
)
_SAID = re.compile(r" {0,2}(?:以前|之前|前|起|以後|之後|到|至|截止|止|交|開)")


def read(text: str, today: date) -> Iterator[Found]:
    """Every day that is written out; what cannot be (2月30日) is handed on as nothing."""
    yield from _long(text)
    yield from _separated(text, today)
    yield from _month_day(text, today)
    yield from _day(text, today)


def _made(
    match: re.Match[str], value: date | None, form: str, others: tuple[date, ...] = ()
) -> Found:
    start, end = match.span()
    if value is None:
        return Found(start, end, "", "nothing")
    in_brackets = re.search(r"\([^)]{0,5}([一二三四五六日天]) ?\)$", match[0])
    if in_brackets and not others and weekday(in_brackets[1]) != value.weekday():
        near = [value.fromordinal(value.toordinal() + n) for n in (-3, -2, -1, 1, 2, 3)]
        others = (value, *(d for d in near if d.weekday() == weekday(in_brackets[1])))
    return Found(start, end, "", "date", value, alternatives=others, form=form)


def _year(era: str | None, words: str) -> int | None:
    if words == "元":
        return 1 + ROC if era and "民" in era else None
    number = integer(words)
    if era and era.strip() in {"西元", "公元"}:
        return number if number and number >= 1000 else None
    return year_of(words)


def _long(text: str) -> Iterator[Found]:
    for m in _LONG.finditer(text):
        year, month, number = _year(m[1], m[2]), integer(m[3]), integer(m[4])
        value = day(year, month, number) if year and month and number else None
        yield _made(m, value, "ymd")


def _separated(text: str, today: date) -> Iterator[Found]:
    for m in _SEPARATED.finditer(text):
        if "-" in m[3] and text[: m.start()].endswith("-"):
            continue
        month, number = int(m[4]), int(m[5])
        year, others = _year(m[1], m[2]), ()
        if not m[1] and len(m[2].lstrip("0")) < 3 and not m[2].startswith("0"):
            yield from _two_digits(m, today)
            continue
        yield _made(m, day(year, month, number) if year else None, "ymd", others)
    for m in _MONTH_FIRST.finditer(text):
        year, month, number = int(m[4]), int(m[1]), int(m[3])
        value = day(year, month, number) or day(year, number, month)
        yield _made(m, value if year >= 1900 else None, "ymd")
    for m in _SOLID.finditer(text):
        digits = m[2]
        if len(digits) == 6 and not m[1]:
            continue
        year = _year(m[1], digits[:-4])
        value = day(year, int(digits[-4:-2]), int(digits[-2:])) if year else None
        if value or m[1]:
            yield _made(m, value, "ymd")


def _two_digits(m: re.Match[str], today: date) -> Iterator[Found]:
    """88.3.21 and 26/11/30: a ROC year, but of today's AD century where that is this very time."""
    first, second, third = int(m[2]), int(m[4]), int(m[5])
    if first <= 12:  # a month: 11/30/26, or a version such as 2.3.1
        value = day(2000 + third, first, second) if "/" in m[3] and third > 12 else None
        yield _made(m, value, "ymd")
        return
    roc, ad = day(first + ROC, second, third), day(2000 + first, second, third)
    if roc and ad and abs(ad.year - today.year) <= 5:
        yield _made(m, ad, "ymd", (ad, roc))
    else:
        yield _made(m, roc, "ymd")


def _month_day(text: str, today: date) -> Iterator[Found]:
    for pattern in (_MONTH_DAY, _SLASH, _DOTTED):
        for m in pattern.finditer(text):
            month, number = integer(m[1]), integer(m[2])
            value = in_academic_year(month, number, today) if month and number else None
            yield _made(m, value, "md")


def _day(text: str, today: date) -> Iterator[Found]:
    """The 20th: of this month; one that is over is asked back, it may be next month's."""
    for m in _DAY.finditer(text):
        number = integer(m[1])
        if not number or number > 31:
            continue
        if (
            len(m[1]) == 1
            and not m[1].isdigit()
            and "日" in m[0]
            and not _SAID.match(text, m.end())
        ):
            continue  # 一日志工, 三日的行程: a length of time
        here = day(today.year, today.month, number)
        first = month_start(today.year, today.month)
        after = first and months_on(first, 1)
        there = day(after.year, after.month, number) if after else None
        if here and here < today and there:
            yield _made(m, here, "d", (here, there))
        elif here or there:
            yield _made(m, here or there, "d")

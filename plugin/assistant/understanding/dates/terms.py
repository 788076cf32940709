"""Academic years, terms and calendar years: 115學年度第1學期, 114下, 上學期, 115年度.

學年度 runs from August, 年度 from January: the two are kept apart as kinds. Year and term of
one expression are two Founds. 上學期 means term 1 and 上個學期 the term before this one; 這學期 is
today's and no value (labels, 11 and 13).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from .days import ROC, academic_year, roc_of
from .found import Found
from .patterns import CN, S

_TERM_WORDS = {"上": "1", "下": "2", "一": "1", "二": "2", "1": "1", "2": "2"}
_YEAR = rf"(?:\d{{2,4}}|[{CN}百]{{2,8}})"
_HALF = (
    r"[上下](?!午|週|周|課(?!程)|傳|載|次|個|禮|星|月|線|學(?!期)"
    r"|班|車|面|述|列|一|去|來|架|市|路|任|限|榜|手|台|臺|網|級|定|降|旬)"
)
_TERM_NEXT = r" ?的? ?(?:[上下]學期|第 ?[一二12] ?學期)"
_ACADEMIC = re.compile(
    rf"(?<![0-9a-z{CN}./-])(?:\d{{4}} ?- ?)?(?:中華民國|民國|西元)?{S}({_YEAR}){S}"
    rf"(?:學年(?!制)|年度?(?={_TERM_NEXT}))"
)
_SPAN_AD = re.compile(
    r"(?<![0-9a-z./-])(20\d\d) ?[-/] ?(?:20)?(\d\d) ?(?:學年度?|academic year|school year)"
)
_SHORT = re.compile(rf"(?<![0-9a-z./-])(9\d|1[0-4]\d) ?({_HALF})(?:學期)?")
_CODE = re.compile(r"(?<![0-9a-z./$-])(1[01]\d)([12])(?=學期|$|[,，、。 的])(?! ?[元塊件份個人])")
_ROC = r"(10[5-9]|11\d)"
_COUNTED = (
    r"(?:hours|students|people|pupils|teachers|items|files|points|cases|dollars|seats|ntd?)"
    r"(?![a-z])"
)
_BARE = re.compile(
    rf"(?:(?<=for )|(?<=of )|(?<=from ))(1[01]\d)"
    rf"(?=$|[,，.?!]|,? (?!{_COUNTED}))"
    rf"|(?<=[^0-9數率量分額費值成是為填改到用收給共] ){_ROC}(?=$|[,，。、?!])"
    rf"|(?:(?<![a-z])(?:the|my|our|this|these|all|show|export|download|submit|make|print) |^){_ROC}"
    rf"(?= (?!{_COUNTED})[a-z])"
    r"|(?<![0-9a-z./$-])(1[01]\d)(?= ?(?:勾|修課|多元|課程|名冊|入學|(?:first|second) semester))"
)
_DASHED = re.compile(
    r"(?<![0-9a-z.-])(?<!\d/)(9\d|1[0-4]\d) ?(?:-|\() ?([12])\)?(?![0-9a-z(]"
    r"|[.-][0-9a-z]|/\d| ?[件份個人次筆位頁題月日號班點:])"
)
_AFTER_YEAR = re.compile(rf"(?<=學年)(?:度)?(?:的)?{S}({_HALF})(?!學期)")
_NUMBERED = re.compile(
    rf"第{S}([一二12]){S}個?學期|(?<=度){S}([12]){S}學期|(?<=\d-)([12])(?={S}學期)"
)
_WORD = re.compile(r"([上下])學期(?!間)")
_GRADE = re.compile(rf"[高國][一二三1-3](?:年級)?({_HALF})(?:學期)?")
_OTHER = re.compile(
    rf"(?:(上|下)(?:一)?個?|(前)一?個?){S}學期(?!間)"
    r"|(?<![a-z])(?:last|previous|next) (?:semester|term)(?![a-z])"
)
_OTHER_YEAR = re.compile(r"(?:([去上前明下])(?:一)?(?:個)?)學年度?")
_CALENDAR = re.compile(
    rf"(?<![0-9{CN}百])(?:(中華民國|民國|西元|公元){S})?({_YEAR}|元){S}年(?:度)?(?!{_TERM_NEXT})(?!級|班"
    r"|前|後|內|來|代|制|資|以|之|間)"
)
_NAMED_YEAR = re.compile(r"(?<![0-9])([今去明])年(?:度)?")
_ENGLISH_TERM = re.compile(
    r"(?<![a-z])(?:(first|1st|fall|autumn)|(second|2nd|spring)) (?:semester|term)(?![a-z])"
    r"|(?<![a-z])(?:semester|term) (?:([1])|([2])|(one)|(two))(?![0-9a-z])"
)
_ENGLISH_YEAR = re.compile(
    r"(?<![a-z])(?:academic year|school year|ay) ?(\d{2,4})(?![0-9-])"
    r"|(?<![0-9a-z])(\d{2,4}) (?:academic|school) year"
)
_BOTH = re.compile(r"上下學期|上、下學期")


def read(text: str, today: date) -> Iterator[Found]:
    """Years and terms; the span of an academic year is its number only."""
    for m in _BOTH.finditer(text):
        yield Found(*m.span(), "", "nothing")
    yield from _years(text)
    yield from _terms(text)
    yield from _near(text, today)


def _years(text: str) -> Iterator[Found]:
    for m in _SPAN_AD.finditer(text):
        if (int(m[1]) + 1) % 100 == int(m[2]):
            yield Found(m.start(), m.end(), "", "year", int(m[1]) - ROC)
    for m in (*_ACADEMIC.finditer(text), *_ENGLISH_YEAR.finditer(text)):
        group = 1 if m[1] else 2
        if (year := roc_of(m[group])) and year >= 50:
            yield Found(*m.span(group), "", "year", year)
    for m in (*_SHORT.finditer(text), *_DASHED.finditer(text), *_CODE.finditer(text)):
        yield Found(*m.span(1), "", "year", int(m[1]))
        yield Found(m.start(2), max(m.end(), m.end(2)), "", "term", _TERM_WORDS[m[2]])
    for m in _CALENDAR.finditer(text):
        if not m[1] and (m[2] == "元" or (len(m[2]) < 3 and not m[0].endswith("度"))):
            continue  # 三年, 10 年: a length of time
        year = 1 if m[2] == "元" else roc_of(m[2])
        if year:
            yield Found(*m.span(), "", "calendar_year", year)


def _terms(text: str) -> Iterator[Found]:
    for m in _AFTER_YEAR.finditer(text):
        yield Found(*m.span(1), "", "term", _TERM_WORDS[m[1]])
    for m in _NUMBERED.finditer(text):
        yield Found(*m.span(), "", "term", _TERM_WORDS[m[1] or m[2] or m[3]])
    for m in _WORD.finditer(text):
        yield Found(*m.span(), "", "term", _TERM_WORDS[m[1]])
    for m in _GRADE.finditer(text):
        yield Found(m.start(1), m.end(), "", "term", _TERM_WORDS[m[1]])
    for m in _ENGLISH_TERM.finditer(text):
        yield Found(*m.span(), "", "term", "1" if m[1] or m[3] or m[5] else "2")
    for m in _BARE.finditer(text):
        yield Found(*m.span(m.lastindex or 0), "", "year", int(m[m.lastindex or 0]))


def _near(text: str, today: date) -> Iterator[Found]:
    """上個學期, 上學年度, 去年: counted from today."""
    year = academic_year(today)
    for m in _OTHER.finditer(text):
        if m[0].replace(" ", "") in {"上學期", "下學期"}:
            continue
        # the terms alternate: the one before and the one after have the same number
        yield Found(*m.span(), "", "term", "1" if 2 <= today.month <= 7 else "2")
    for m in _OTHER_YEAR.finditer(text):
        step = -2 if m[1] == "前" else -1 if m[1] in "去上" else 1
        yield Found(*m.span(), "", "year", year - ROC + step)
    for m in _NAMED_YEAR.finditer(text):
        step = {"今": 0, "去": -1, "明": 1}[m[1]]
        yield Found(*m.span(), "", "calendar_year", today.year - ROC + step)


def period(founds: Iterable[Found], today: date) -> tuple[date, date] | None:
    """The days that the year and the term among `founds` span; None where there is neither.

    115學年度第1學期 is 2026-08-01 to 2027-01-31, 115年度 is January to December of 2026; a term
    without a year is of today's academic year.
    """
    values = {f.kind: f.value for f in reversed(list(founds))}
    term = values.get("term")
    if term is None and "year" not in values:
        calendar = values.get("calendar_year")
        if not isinstance(calendar, int):
            return None
        return date(calendar + ROC, 1, 1), date(calendar + ROC, 12, 31)
    written = values.get("year")
    year = written + ROC if isinstance(written, int) else academic_year(today)
    first = date(year + 1, 2, 1) if term == "2" else date(year, 8, 1)
    last = date(year + 1, 1, 31) if term == "1" else date(year + 1, 7, 31)
    return first, last

"""The academic year as a picture: a row for each kind of work, a bar for each of its windows, the
terms, their ceremonies and today.

Positions are percentages of the width, so that bars shrink on a phone and letters do not. Colours
are chosen by the template; nothing is said by colour alone: each row has its name, each bar its
dates in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from flask_babel import gettext as _

from plugin.clock import TAIPEI
from plugin.school import windows
from plugin.school.concerns import ceremony_day
from plugin.school.models import WindowKind
from plugin.school.terms import Term

ROW = 36
"""Height of a row in pixels: a line of words and its bars."""
TOP = 46
"""Height of the lines of terms and months."""
LONGEST = 24
"""Months the picture may reach; what lies beyond is cut."""

TONES = {
    WindowKind.BASIC_DATA: "records",
    WindowKind.POSTS: "records",
    WindowKind.COURSE_RECORDS: "records",
    WindowKind.COUNSELLING: "records",
    WindowKind.OUTCOME_UPLOAD: "students",
    WindowKind.EXPERIENCE_UPLOAD: "students",
    WindowKind.CERTIFICATION: "teachers",
    WindowKind.SELECTION: "students",
    WindowKind.SUBMISSION: "school",
    WindowKind.RECEIPT: "students",
}
"""Whose work it is."""


class Shown(Protocol):
    """A window, set or only planned."""

    @property
    def kind(self) -> WindowKind: ...
    @property
    def term(self) -> int: ...
    @property
    def grade(self) -> int: ...
    @property
    def opens_at(self) -> datetime: ...
    @property
    def closes_at(self) -> datetime: ...


class Work(Protocol):
    """A piece of work of the year plan."""

    @property
    def title(self) -> str: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...


@dataclass(frozen=True)
class Bar:
    """One span: where it stands in its row."""

    x: float
    width: float
    tone: str


@dataclass(frozen=True)
class Row:
    """One line of the picture: its words, its bars, and how far down it stands."""

    label: str
    dates: str
    bars: tuple[Bar, ...]
    y: int


@dataclass(frozen=True)
class Mark:
    """A place on the line of the year: a month, a term, a ceremony."""

    label: str
    x: float
    width: float = 0.0


@dataclass(frozen=True)
class Timeline:
    """Everything the picture holds; `today` is None outside of it."""

    rows: tuple[Row, ...]
    months: tuple[Mark, ...]
    terms: tuple[Mark, ...]
    ceremonies: tuple[Mark, ...]
    today: float | None
    height: int


@dataclass(frozen=True)
class _Scale:
    first: datetime
    last: datetime

    def place(self, moment: datetime) -> float:
        part = (moment - self.first) / (self.last - self.first)
        return round(min(max(part, 0.0), 1.0) * 100, 2)

    def bar(self, start: datetime, end: datetime, tone: str) -> Bar:
        x = min(self.place(start), 99.2)
        return Bar(x, max(round(self.place(end) - x, 2), 0.8), tone)


def draw(
    school_id: int, year: int, shown: Iterable[Shown], now: datetime, work: Sequence[Work] = ()
) -> Timeline:
    """Lay out the windows of an academic year, and the other work of its plan below them.

    The picture begins in August and ends in July, or later where something ends later.
    """
    rows = sorted(shown, key=lambda one: (one.grade, one.term, one.opens_at))
    scale = _scale(year, rows, work)
    lines: list[Row] = []
    for kind in WindowKind:
        for grade in sorted({one.grade for one in rows if one.kind is kind}):
            mine = [one for one in rows if (one.kind, one.grade) == (kind, grade)]
            words = str(windows.LABELS[kind])
            if grade:
                words += _("（%(text)s）", text=windows.grade_words(grade))
            bars = tuple(scale.bar(one.opens_at, one.closes_at, TONES[kind]) for one in mine)
            dates = [_dates(one.opens_at, one.closes_at) for one in mine]
            lines.append(Row(words, _("、").join(dates), bars, TOP + len(lines) * ROW))
    for one in sorted(work, key=lambda item: (item.starts_on, item.title)):
        start, end = _midnight(one.starts_on), _midnight(one.ends_on + timedelta(days=1))
        dates = [_dates(start, _midnight(one.ends_on))]
        bars = (scale.bar(start, end, "other"),)
        lines.append(Row(one.title, dates[0], bars, TOP + len(lines) * ROW))
    return Timeline(
        rows=tuple(lines),
        months=tuple(_months(scale)),
        terms=tuple(_terms(year, scale)),
        ceremonies=tuple(
            Mark(_("休業式"), scale.place(_midnight(ceremony_day(school_id, Term(year, number)))))
            for number in (1, 2)
        ),
        today=scale.place(now) if scale.first <= now < scale.last else None,
        height=TOP + len(lines) * ROW + 8,
    )


def _scale(year: int, rows: Sequence[Shown], work: Sequence[Work]) -> _Scale:
    whole = Term(year, 0)
    first = _midnight(whole.first_day)
    last = _midnight(whole.last_day + timedelta(days=1))
    ends = [one.closes_at for one in rows] + [_midnight(one.ends_on) for one in work]
    latest = max([last - timedelta(seconds=1), *ends]).astimezone(TAIPEI)
    months = (latest.year - first.year) * 12 + latest.month - first.month + 1
    return _Scale(first, _later(first, min(months, LONGEST)))


def _months(scale: _Scale) -> list[Mark]:
    found, at = [], scale.first
    while at < scale.last:
        found.append(Mark(str(at.month), scale.place(at)))
        at = _later(at, 1)
    return found


def _terms(year: int, scale: _Scale) -> list[Mark]:
    found = []
    for number in (1, 2):
        term = Term(year, number)
        x = scale.place(_midnight(term.first_day))
        end = scale.place(_midnight(term.last_day + timedelta(days=1)))
        found.append(Mark(_("第 %(n)s 學期", n=number), x, round(end - x, 2)))
    return found


def _dates(start: datetime, end: datetime) -> str:
    """11/2–2/5, as it stands beside the name."""
    first, last = start.astimezone(TAIPEI), end.astimezone(TAIPEI)
    return f"{first.month}/{first.day}–{last.month}/{last.day}"


def _later(moment: datetime, months: int) -> datetime:
    """The first day of a month some months on."""
    total = moment.year * 12 + moment.month - 1 + months
    return moment.replace(year=total // 12, month=total % 12 + 1, day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TAIPEI)

"""The academic year as a picture: a bar for each window, August to July, and today.

Positions are percentages of the width, so that bars shrink on a phone and letters do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from plugin.clock import TAIPEI
from plugin.school.models import Window
from plugin.school.terms import Term

ROW = 34
"""Height of a row in pixels: a line of words and its bar."""
TOP = 26
"""Height of the line of months."""


@dataclass(frozen=True)
class Bar:
    """One window: where it stands in the picture."""

    window: Window
    x: float
    width: float
    y: int

    @property
    def label_at(self) -> float:
        """Where its words stand: from the bar's begin, or up to its end in the later half."""
        return round(self.x + self.width, 2) if self.label_ends else self.x

    @property
    def label_ends(self) -> bool:
        """Whether the words end at `label_at`, so that they stay inside on a phone."""
        return self.x + self.width > 50


@dataclass(frozen=True)
class Month:
    """A month's line: number and place."""

    number: int
    x: float


@dataclass(frozen=True)
class Timeline:
    """Everything the picture holds; `today` is None outside of the year."""

    bars: tuple[Bar, ...]
    months: tuple[Month, ...]
    today: float | None
    height: int


def draw(year: int, windows: list[Window], now: datetime) -> Timeline:
    """Lay out the windows of an academic year."""
    term = Term(year, 0)
    first, total = term.first_day, (term.last_day - term.first_day).days + 1

    def place(moment: datetime) -> float:
        local = moment.astimezone(TAIPEI)
        days = (local.date() - first).days + (local.hour * 60 + local.minute) / 1440
        return round(min(max(days / total, 0.0), 1.0) * 100, 2)

    bars = []
    for number, window in enumerate(windows):
        start, end = place(window.opens_at), place(window.closes_at)
        bars.append(Bar(window, start, max(round(end - start, 2), 0.8), TOP + number * ROW))
    today = now.astimezone(TAIPEI).date()
    return Timeline(
        bars=tuple(bars),
        months=tuple(_months(first, total)),
        today=place(now) if first <= today <= term.last_day else None,
        height=TOP + len(windows) * ROW + 4,
    )


def _months(first: date, total: int) -> list[Month]:
    found = []
    for step in range(12):
        month = (first.month - 1 + step) % 12 + 1
        year = first.year + (0 if month >= first.month else 1)
        found.append(Month(month, round((date(year, month, 1) - first).days / total * 100, 2)))
    return found

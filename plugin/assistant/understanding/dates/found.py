"""What the date reader hands back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Kind = Literal[
    "date", "range", "period", "term", "year", "calendar_year", "needs_calendar", "nothing"
]
"""What was found.

- `date`: one day, in `value`.
- `range`: from `value` to `until`, its two ends in `parts`, each a `date` with its own words.
- `period`: a stretch that one expression names (下個月, 上半年, 10月): `value` to `until`.
- `term`: '1' or '2'; `year`: the academic year (學年度) as ROC year; two Founds for 114下.
- `calendar_year`: a year from January (115年, 115年度, 去年) as ROC year.
- `needs_calendar`: a day only the school's calendar knows (期末考後一週); `value` is None.
- `nothing`: reads like a date and is none (class, score, number); never handed out.
"""


@dataclass(frozen=True)
class Found:
    """One expression of time in a text; `start` and `end` are offsets into the text as given."""

    start: int
    end: int
    text: str
    kind: Kind
    value: date | int | str | None = None
    until: date | None = None
    alternatives: tuple[date, ...] = ()
    """Every reading, `value` first, where one should ask back; empty where it is clear."""
    parts: tuple[Found, ...] = ()
    form: str = field(default="", compare=False)
    """How a day is written (ymd, md, d, weekday, …): what the end of a range may take over."""

    @property
    def ambiguous(self) -> bool:
        """Whether one should ask which day is meant."""
        return bool(self.alternatives) or any(p.ambiguous for p in self.parts)

    @property
    def iso(self) -> str | None:
        """The day as a slot carries it."""
        return self.value.isoformat() if isinstance(self.value, date) else None

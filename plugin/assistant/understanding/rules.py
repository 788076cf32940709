"""What the readers by rule find in a sentence, laid flat for the tagger and the slots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from plugin.assistant.understanding import dates, numbers
from plugin.assistant.understanding.dates import Found

TIMES = frozenset({"date", "date_from", "date_to", "term", "academic_year"})
"""Slots whose value only the date reader can tell."""


@dataclass(frozen=True)
class Seen:
    """Words that a reader understood.

    :param kind: the slot that a time fills by the words around it, or `period`, `calendar_year`,
        `needs_calendar`; or `number` with its kind.
    :param value: ISO date, '1' | '2', or a number; None where the words alone have none.
    """

    start: int
    end: int
    kind: str
    value: object
    last: str | None = None
    """The last day of a stretch of time, ISO."""

    @property
    def time(self) -> bool:
        return not self.kind.startswith("number")


def seen(text: str, today: date) -> list[Seen]:
    """All times, a range as its two ends, and the numbers that are no part of one; in order."""
    found = []
    taken: set[int] = set()
    for one in dates.find(text, today):
        parts = dates.slots(text, one) or ((one.kind, one),)
        found += [_time(kind, part) for kind, part in parts]
        taken.update(range(one.start, one.end))
    for number in numbers.find(text):
        if taken.isdisjoint(range(number.start, number.end)):
            kind = f"number {number.kind}"
            found.append(Seen(number.start, number.end, kind, number.value))
    return sorted(found, key=lambda one: one.start)


def _time(kind: str, part: Found) -> Seen:
    value: object = part.iso or part.value
    last = part.until.isoformat() if part.until else None
    return Seen(part.start, part.end, kind, str(value) if kind == "term" else value, last)

"""The reader of dates as people in Taiwan write and say them (SPEC section 5; notes, 3.4).

`find` gives every expression of time in a sentence, `slots` the slots it fills, `period` the days
of a term. Weeks begin on Monday; month and day without a year lie in the academic year of today.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from plugin.assistant.understanding.folding import fold

from . import english, events, guards, ranges, relative, terms, written
from .found import Found, Kind
from .roles import Role, role, slots
from .terms import period

__all__ = ["Found", "Kind", "Role", "find", "period", "role", "slots"]

_READERS = (
    guards.read,
    written.read,
    relative.read,
    english.read,
    terms.read,
    events.read,
    ranges.days_of_month,
)


def find(text: str, today: date) -> list[Found]:
    """Every expression of time in `text`, in order of place, none over another.

    Where two readings overlap the longer is kept. Offsets are those of `text` as given; beyond
    `folding.LONGEST` characters nothing is read. Never raises.
    """
    folded = fold(text)
    chosen = _longest(found for reader in _READERS for found in reader(folded, today))
    joined = (f for f in ranges.join(folded, chosen, today) if f.kind != "nothing")
    return [_quoted(text, _settled(folded, f)) for f in joined]


def _longest(founds: Iterable[Found]) -> list[Found]:
    kept: list[Found] = []
    taken: set[int] = set()
    for found in sorted(founds, key=lambda f: (f.start - f.end, f.start)):
        places = range(found.start, found.end)
        if taken.isdisjoint(places):
            kept.append(found)
            taken.update(places)
    return sorted(kept, key=lambda f: f.start)


def _settled(folded: str, found: Found) -> Found:
    """5號前, said on the 18th, is next month's: nobody sets a deadline that is over."""
    if found.form != "d" or not found.alternatives or role(folded, found) != "date_to":
        return found
    return replace(found, value=found.alternatives[-1], alternatives=())


def _quoted(text: str, found: Found) -> Found:
    """With the words of the text as given, in its parts too; blanks at the ends are not its own."""
    words = text[found.start : found.end]
    start = found.start + len(words) - len(words.lstrip())
    end = start + len(words.strip())
    parts = tuple(_quoted(text, part) for part in found.parts)
    return replace(found, start=start, end=end, text=text[start:end], parts=parts)

"""Where in the person's sentence the words of a proposal stand; what stands nowhere is dropped.

A proposal can so only point at words, as the tagger does; what they are worth say our own readers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from plugin.assistant.language_model.answer import Value
from plugin.assistant.language_model.masking import Masked
from plugin.assistant.understanding.marked import Mark
from plugin.assistant.understanding.normal import normal
from plugin.assistant.understanding.rules import TIMES, Seen, seen
from plugin.assistant.understanding.slots import DATES, NUMBERS


def marks(
    text: str,
    masked: Masked,
    arguments: Mapping[str, Value],
    allowed: Collection[str],
    today: date,
) -> list[Mark]:
    """Marks for read_slots: known slots only, each on words of its own.

    :param masked: of the text, to put hidden words back.
    """
    plain, known = normal(text), seen(text, today)
    found: list[Mark] = []
    for slot, value in arguments.items():
        if slot not in allowed:
            continue
        if isinstance(value, list):
            if slot != "items":
                continue
            several = value
        else:
            several = [value]
        for one in several:
            words = masked.restore(one) if isinstance(one, str) else one
            place = _by_worth(slot, words, known, found) or _by_words(words, plain, found)
            if place is not None:
                found.append(Mark(slot, *place))
    return sorted(found, key=lambda mark: mark.start)


def _by_worth(
    slot: str, value: str | int, known: Sequence[Seen], taken: Sequence[Mark]
) -> tuple[int, int] | None:
    """Words that our readers read as just this date, term or number."""
    told = str(value).strip()
    for one in known:
        if slot in TIMES:
            kinds = DATES if slot in DATES else {slot, "calendar_year"}
            fits = one.time and (one.kind in kinds or (slot in DATES and one.kind == "period"))
        else:
            fits = not one.time and slot in NUMBERS | {"items"}
        if fits and told in {str(one.value), one.last} and _free(one.start, one.end, taken):
            return one.start, one.end
    return None


def _by_words(value: str | int, plain: str, taken: Sequence[Mark]) -> tuple[int, int] | None:
    words = normal(str(value)).strip()
    at = plain.find(words) if words else -1
    while at >= 0:
        if _free(at, at + len(words), taken):
            return at, at + len(words)
        at = plain.find(words, at + 1)
    return None


def _free(start: int, end: int, taken: Sequence[Mark]) -> bool:
    return all(end <= one.start or one.end <= start for one in taken)

"""Slots of a sentence: what the rules found and what the tagger marked, by the conventions
(notes/chat-labels.md, 11 to 18).

The tagger says which words belong to which slot; what a date, a term or a number is worth says the
reader by rule. Slots that no training sentence of the intent has are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from plugin.assistant.understanding.intents import OUT_OF_SCOPE
from plugin.assistant.understanding.marked import Mark
from plugin.assistant.understanding.normal import normal
from plugin.assistant.understanding.numerals import small
from plugin.assistant.understanding.reading import Span
from plugin.assistant.understanding.rules import TIMES, Seen, seen
from plugin.assistant.understanding.shapes import HEADS, TAILS, counts, longer, of_shape, shaped

DATES = frozenset({"date", "date_from", "date_to"})
NUMBERS = frozenset({"count", "value"})
FREE = frozenset({"title", "summary", "reason", "keyword"})
"""Words inside these are not labelled again (16, 17)."""

_EDGES = " \t\"'.,!?;:~、《》()-"
_DENIED = re.compile(r"(?:不是|不要|(?<![a-z])not) ?$")
_ORDINAL = re.compile(
    r"^(?:第)?([\d〇零一二兩三四五六七八九十廿百]+)(?:件|個|項|筆|份|篇|號|則|張)?$"
)
_ENGLISH_ORDINALS = {
    word: number
    for number, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
        ],
        start=1,
    )
}
_FIGURE = re.compile(r"(\d+(?:\.\d+)?)(千|萬|億|k)?")
_TIMES = {"千": 1000, "k": 1000, "萬": 10_000, "億": 100_000_000}


def read_slots(
    text: str, intent: str, marks: Iterable[Mark], today: date, allowed: frozenset[str]
) -> tuple[dict[str, object], tuple[Span, ...]]:
    """The slots of a sentence and the words they come from.

    :param allowed: slots that the intent may have.
    """
    if intent == OUT_OF_SCOPE:
        return {}, ()
    plain = normal(text)
    known = seen(text, today)
    spans: list[Span] = []
    for mark in marks:
        if mark.slot in allowed:
            spans += [
                one
                for one in _span(text, plain, mark, known, free=intent == "window.set")
                if one.slot in allowed
            ]
    spans = [part for one in spans for part in _parted(text, plain, one, allowed)]
    spans = [one for one in spans if not any(_within(one, other) for other in spans)]
    spans += _untagged(text, plain, known, spans, allowed, always="." in intent)
    spans += _by_shape(text, plain, known, spans, allowed)
    spans = _once(sorted(spans, key=lambda span: span.start))
    return _values(spans), tuple(spans)


def _span(text: str, plain: str, mark: Mark, known: Sequence[Seen], *, free: bool) -> list[Span]:
    slot, start, end = mark.slot, mark.start, mark.end
    if slot in TIMES:
        return _time(text, mark, known, free=free)
    start, end = trimmed(slot, plain, *longer(slot, text, plain, start, end))
    if start >= end:
        return []
    slot = of_shape(slot, plain, start, end)
    if slot == "indicator" and (further := counts(plain, end)):
        slot, end = "measure", further
    value: object = text[start:end]
    if slot in NUMBERS and plain[:start].rstrip().endswith("指標"):
        return [Span("indicator", text[start:end], start, end, text[start:end])]
    if slot in NUMBERS:
        for one in known:
            if not one.time and one.start < end and start < one.end:
                start, end, value = one.start, one.end, _whole(one.value)
                break
        else:
            value = number(plain[start:end])
        if value is None:
            return []
    elif slot == "items":
        value = ordinal(plain[start:end], text[start:end])
    return [Span(slot, text[start:end], start, end, value)]


_QUOTED = re.compile(r"[\"《]?([^\"《》]{2,40})[\"》](?:[這那][件份個篇])?")


def _parted(text: str, plain: str, one: Span, allowed: frozenset[str]) -> list[Span]:
    """「標題」參考資料沒附: a reason that begins with a quotation is a title and a reason."""
    found = _QUOTED.match(plain, one.start, one.end) if one.slot == "reason" else None
    if not found or "title" not in allowed or found.end() == one.end:
        return [one]
    (first, last), at = found.span(1), found.end()
    title, reason = text[first:last], text[at : one.end]
    return [
        Span("title", title, first, last, title),
        Span("reason", reason, at, one.end, reason),
    ]


def _within(one: Span, other: Span) -> bool:
    """Whether a value is part of a longer one, as 101 is of Prompt Engineering 101."""
    inside = other.start <= one.start and one.end <= other.end
    return inside and one.end - one.start < other.end - other.start


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def trimmed(slot: str, plain: str, start: int, end: int) -> tuple[int, int]:
    """The mark without signs and without words that are no part of a value."""
    while True:
        before = start, end
        while start < end and plain[start] in _EDGES:
            start += 1
        while start < end and plain[end - 1] in _EDGES and not _needed(plain, start, end):
            end -= 1
        words = plain[start:end]
        if slot in HEADS and (found := HEADS[slot].match(words)) and found.end() < len(words):
            start += found.end()
        if slot in TAILS and (found := TAILS[slot].search(words)) and found.start() > 0:
            end -= len(words) - found.start()
        if before == (start, end):
            return start, end


def _needed(plain: str, start: int, end: int) -> bool:
    """A closing bracket whose opening one stands within stays."""
    return plain[end - 1] == ")" and "(" in plain[start : end - 1]


def _time(text: str, mark: Mark, known: Sequence[Seen], *, free: bool) -> list[Span]:
    """What the date reader says about marked words; nothing when it says nothing.

    前, 到 and 止 make date_to, 從 and 起 date_from, whatever the tagger thinks (12).

    :param free: a day without such a word may be date_to too: 上傳改12/19.
    """
    for one in known:
        if not one.time or one.start >= mark.end or mark.start >= one.end:
            continue
        value, slot = one.value, mark.slot
        if slot in DATES:
            alone = one.kind == "date" and slot == "date_to" and not free
            if one.kind in {"date_from", "date_to"} or alone:
                slot = one.kind
            fits = one.kind in DATES or one.kind == "period"
            if one.kind == "period" and mark.slot == "date_to":
                value = one.last
        elif mark.slot == "academic_year":
            fits = one.kind in {"academic_year", "calendar_year"}
        else:
            fits = one.kind == "term"
        if fits and value is not None:
            return [Span(slot, text[one.start : one.end], one.start, one.end, value)]
    return []


def _untagged(
    text: str,
    plain: str,
    known: Sequence[Seen],
    spans: Sequence[Span],
    allowed: frozenset[str],
    *,
    always: bool,
) -> list[Span]:
    """Times by rule that the tagger left out, unless they stand within other words.

    :param always: a job of its own may state any time, also where no training sentence does.
    """
    taken = [(span.start, span.end) for span in spans]
    filled = {span.slot for span in spans}
    found = []
    for one in known:
        if one.kind not in TIMES or one.value is None or one.kind in filled:
            continue
        if _DENIED.search(plain, 0, one.start):
            continue
        if any(start < one.end and one.start < end for start, end in taken):
            continue
        if always or one.kind in allowed or (one.kind in DATES and allowed & DATES):
            words = text[one.start : one.end]
            found.append(Span(one.kind, words, one.start, one.end, one.value))
    return found


def _by_shape(
    text: str,
    plain: str,
    known: Sequence[Seen],
    spans: Sequence[Span],
    allowed: frozenset[str],
) -> list[Span]:
    """Classes, case numbers and amounts that nobody needs to have seen before."""
    free = allowed - {span.slot for span in spans}
    found: list[Span] = []

    def add(slot: str, start: int, end: int, value: object) -> None:
        if slot in free and all(end <= one.start or one.end <= start for one in [*spans, *found]):
            found.append(Span(slot, text[start:end], start, end, value))

    times = [one for one in known if one.time]
    for slot, start, end, value in shaped(text, plain):
        if slot == "academic_year" or all(end <= t.start or t.end <= start for t in times):
            add(slot, start, end, value)
    for one in known:
        bar = plain[one.end - 1] == "成"  # 達八成, 少三成: a bar or a change, no figure
        if one.kind == "number value" and isinstance(one.value, int) and not bar:
            add("value", one.start, one.end, one.value)
    return found


def _once(spans: Sequence[Span]) -> list[Span]:
    """Each slot once (the longest words win for free text), items as often as they come."""
    kept: list[Span] = []
    for span in spans:
        at = next((i for i, one in enumerate(kept) if one.slot == span.slot), None)
        if span.slot == "items" or at is None:
            kept.append(span)
        elif span.slot in FREE and len(span.text) > len(kept[at].text):
            kept[at] = span
    return kept


def _values(spans: Sequence[Span]) -> dict[str, object]:
    values: dict[str, object] = {}
    items = [span.value for span in spans if span.slot == "items"]
    for span in spans:
        values[span.slot] = items if span.slot == "items" else span.value
    return values


def number(words: str) -> int | None:
    """The whole number that the words say; None when they say none."""
    words = re.sub(r"[ ,]", "", words).strip("元塊件份個張項篇人位名小時節分筆次則支$%")
    found = _FIGURE.fullmatch(words)
    if found:
        figure = float(found[1]) * _TIMES.get(found[2] or "", 1)
        return int(figure) if figure == int(figure) else None
    return small(words)


def ordinal(plain: str, words: str) -> object:
    """第三件 as 3; a name as it is written."""
    found = _ORDINAL.fullmatch(plain)
    if found and (value := number(found[1])) is not None:
        return value
    english = re.fullmatch(r"(?:the )?(\w+)(?: one)?|(\d+)(?:st|nd|rd|th)", plain)
    if english and (english[1] in _ENGLISH_ORDINALS):
        return _ENGLISH_ORDINALS[english[1]]
    if english and english[2]:
        return int(english[2])
    return words


def seen_slots(
    marked: Iterable[tuple[str, Iterable[Mark]]],
) -> Mapping[str, frozenset[str]]:
    """Which slots the sentences of each intent have: (intent, marks) pairs → intent → slots."""
    found: dict[str, set[str]] = {}
    for intent, marks in marked:
        found.setdefault(intent, set()).update(mark.slot for mark in marks)
    return {intent: frozenset(slots) for intent, slots in found.items()}

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

DATES = frozenset({"date", "date_from", "date_to"})
NUMBERS = frozenset({"count", "value"})
FREE = frozenset({"title", "summary", "reason", "keyword"})
"""Words inside these are not labelled again (16, 17)."""

_EDGES = " \t\"'.,!?;:~、《》()-"
_TAILS = {
    "teacher": re.compile(r"(?:老師|教師|同學|先生|小姐)$"),
    "student": re.compile(r"(?:同學|學生)$"),
    "course": re.compile(r"(?:這門課|那門課|這門|那門|(?<=[^選修])課程?)$"),
    "category": re.compile(r"類$"),
    "indicator": re.compile(r"(?<=.)指標$"),
    "summary": re.compile(r"(?:謝謝|謝啦|感謝|拜託|麻煩了)$"),
    "title": re.compile(r"(?:謝謝|謝啦|感謝|拜託|麻煩了)$"),
}
_HEADS = {
    "teacher": re.compile(r"^(?:ms|mrs?|teacher)\.? +"),
    "reason": re.compile(r"^(?:因為|由於|理由是|原因是|理由[:,]|原因[:,]|because )"),
    "summary": re.compile(r"^(?:簡述|內容)(?:是|為)?[:, ]*"),
    "title": re.compile(r"^(?:標題|題目|名稱)(?:是|為|叫)?[:, ]*"),
}
_SHAPES = {
    "class_name": re.compile(
        r"[高國]?[一二三]年[一二三四五六七八九十\d]{1,2}班|[高國]?[一二三]年[忠孝仁愛信義和平甲乙丙丁]班?"
        r"|(?<![\d/.-])(?!11[3-6])[1-3][0-2]\d(?=班|的|[^\d/.\-件個元人小時號年%]|$)"
        r"|(?<![年高])[一二三][忠孝仁愛信義甲乙丙丁](?=班|的|$)"
    ),
    "case_no": re.compile(r"ee-?\d{2,3}-?\d{3,}|(?<![a-z\d])[a-z]\d{6,}"),
}
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
            spans += _span(text, plain, mark, known)
    spans += _untagged(text, known, spans, allowed, always="." in intent)
    spans += _by_shape(text, plain, known, spans, allowed)
    spans = _once(sorted(spans, key=lambda span: span.start))
    return _values(spans), tuple(spans)


def _span(text: str, plain: str, mark: Mark, known: Sequence[Seen]) -> list[Span]:
    slot, start, end = mark.slot, mark.start, mark.end
    if slot in TIMES:
        return _time(text, mark, known)
    start, end = trimmed(slot, plain, start, end)
    if start >= end:
        return []
    value: object = text[start:end]
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
        if slot in _HEADS and (found := _HEADS[slot].match(words)) and found.end() < len(words):
            start += found.end()
        if slot in _TAILS and (found := _TAILS[slot].search(words)) and found.start() > 0:
            end -= len(words) - found.start()
        if before == (start, end):
            return start, end


def _needed(plain: str, start: int, end: int) -> bool:
    """A closing bracket whose opening one stands within stays."""
    return plain[end - 1] == ")" and "(" in plain[start : end - 1]


def _time(text: str, mark: Mark, known: Sequence[Seen]) -> list[Span]:
    """What the date reader says about marked words; nothing when it says nothing."""
    for one in known:
        if not one.time or one.start >= mark.end or mark.start >= one.end:
            continue
        value = one.value
        if mark.slot in DATES:
            fits = one.kind in DATES or one.kind == "period"
            if one.kind == "period" and mark.slot == "date_to":
                value = one.last
        elif mark.slot == "academic_year":
            fits = one.kind in {"academic_year", "calendar_year"}
        else:
            fits = one.kind == "term"
        if fits and value is not None:
            return [Span(mark.slot, text[one.start : one.end], one.start, one.end, value)]
    return []


def _untagged(
    text: str,
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
    found = []
    for one in known:
        if one.kind not in TIMES or one.value is None:
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
    for slot, pattern in _SHAPES.items():
        for match in pattern.finditer(plain):
            if all(match.end() <= one.start or one.end <= match.start() for one in times):
                add(slot, *match.span(), text[match.start() : match.end()])
    for one in known:
        if one.kind == "number value" and isinstance(one.value, int):
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


def seen_slots(marked: Iterable[tuple[str, Iterable[Mark]]]) -> Mapping[str, frozenset[str]]:
    """Which slots the sentences of each intent have: (intent, marks) pairs → intent → slots."""
    found: dict[str, set[str]] = {}
    for intent, marks in marked:
        found.setdefault(intent, set()).update(mark.slot for mark in marks)
    return {intent: frozenset(slots) for intent, slots in found.items()}

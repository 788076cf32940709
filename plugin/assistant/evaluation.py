"""How well sentences are understood: labelled sentences in, misses and four figures out.

The command's format is SPEC section 5; slots are compared after both sides went through the
product's own names (`understanding.names`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import yaml

from plugin.assistant.understanding.intents import OUT_OF_SCOPE, intents, role_of
from plugin.assistant.understanding.marked import SLOTS
from plugin.assistant.understanding.names import same
from plugin.assistant.understanding.reading import Understanding

Read = Callable[..., Understanding]
Pair = tuple[str, object]
TOP = 3


class BadFile(Exception):
    """The file of labelled sentences cannot be used; the message says which entry and why."""

    code = "EVALUATION_FILE_BAD"


@dataclass(frozen=True)
class Labelled:
    """A sentence, who says it, and what it means."""

    text: str
    role: str
    intent: str
    slots: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Miss:
    """A sentence whose intent or slots were read otherwise.

    :param lost, wrong: pairs that were expected and not found, and found and not expected.
    """

    labelled: Labelled
    intent: str
    confidence: float
    lost: tuple[Pair, ...] = ()
    wrong: tuple[Pair, ...] = ()

    @property
    def of_intent(self) -> bool:
        return self.intent != self.labelled.intent


@dataclass(frozen=True)
class Result:
    """What an evaluation found."""

    sentences: int
    right: int
    in_top: int
    slots_right: int
    slots_wrong: int
    slots_lost: int
    outside: int
    outside_right: int
    refused: int
    milliseconds: tuple[float, ...]
    misses: tuple[Miss, ...]

    @property
    def accuracy(self) -> float:
        return _share(self.right, self.sentences)

    @property
    def top(self) -> float:
        """How often the right intent is among the first three readings."""
        return _share(self.in_top, self.sentences)

    @property
    def slot_f1(self) -> float:
        """Micro-F1 over (slot, value) pairs."""
        return _share(
            2 * self.slots_right, 2 * self.slots_right + self.slots_wrong + self.slots_lost
        )

    @property
    def outside_recall(self) -> float:
        """Share of the sentences out of scope that were refused."""
        return _share(self.outside_right, self.outside)

    @property
    def false_refusals(self) -> float:
        """Share of the sentences within scope that were refused."""
        within = self.sentences - self.outside
        return self.refused / within if within else 0.0

    @property
    def p95(self) -> float:
        """Milliseconds within which 95 of 100 sentences were read."""
        ordered = sorted(self.milliseconds)
        return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)] if ordered else 0.0

    def lines(self) -> list[str]:
        """The last four lines of the command."""
        return [
            f"intent accuracy: {self.accuracy:.3f}",
            f"slot F1: {self.slot_f1:.3f}",
            f"out-of-scope recall: {self.outside_recall:.3f}",
            f"p95 ms: {self.p95:.1f}",
        ]


def _share(part: float, whole: float) -> float:
    """Nothing to find and nothing found is perfect."""
    return part / whole if whole else 1.0


def read_file(path: Path) -> list[Labelled]:
    """The labelled sentences of a YAML list of {role, text, intent, slots}.

    Raises:
        BadFile: not there, not YAML, no list, an entry without what it needs, an unknown intent,
            slot or role.
    """
    try:
        entries = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise BadFile(f"{path}: not YAML: {error}") from error
    if not isinstance(entries, list) or not entries:
        raise BadFile(f"{path}: a list of {{role, text, intent, slots}} is expected")
    return [_entry(path, number, entry) for number, entry in enumerate(entries, start=1)]


def _entry(path: Path, number: int, entry: object) -> Labelled:
    where = f"{path}: entry {number}"
    if not isinstance(entry, dict):
        raise BadFile(f"{where}: {{role, text, intent, slots}} is expected")
    if missing := [key for key in ("role", "text", "intent") if entry.get(key) is None]:
        raise BadFile(f"{where}: has no {', '.join(missing)}")
    if entry["intent"] not in intents():
        raise BadFile(f"{where}: no intent is called {entry['intent']!r}")
    role = role_of(str(entry["role"]))
    if role is None:
        raise BadFile(f"{where}: no role is called {entry['role']!r}")
    slots = entry.get("slots") or {}
    if not isinstance(slots, dict):
        raise BadFile(f"{where}: slots are a mapping of slot to value")
    if unknown := [key for key in slots if key not in SLOTS]:
        raise BadFile(f"{where}: no slot is called {unknown[0]!r}")
    return Labelled(str(entry["text"]), role, str(entry["intent"]), slots)


def pairs(slots: Mapping[str, object]) -> set[Pair]:
    """(slot, value) pairs as they are compared; each element of a list is a pair."""
    found: set[Pair] = set()
    for slot, value in slots.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            found.add((slot, same(slot, _plain(slot, one))))
    return found


def _plain(slot: str, value: object) -> object:
    """YAML reads dates and numbers by itself; here they are as slots carry them."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if slot in {"count", "value", "academic_year", "items"} and isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() else value
    if slot in {"count", "value", "academic_year", "items"}:
        return value
    return value if isinstance(value, str) else str(value)


def evaluate(sentences: Iterable[Labelled], read: Read, today: date) -> Result:
    """Read every sentence and compare."""
    right = in_top = slots_right = slots_wrong = slots_lost = 0
    outside = outside_right = refused = 0
    misses: list[Miss] = []
    took: list[float] = []
    for one in sentences:
        began = time.perf_counter()
        found = read(one.text, role=one.role, today=today)
        took.append((time.perf_counter() - began) * 1000)
        intent = found.intent
        expected, got = pairs(one.slots), pairs(found.slots)
        right += intent == one.intent
        first = [reading.intent for reading in found.readings[:TOP]]
        in_top += one.intent in first or intent == one.intent
        slots_right += len(expected & got)
        slots_wrong += len(got - expected)
        slots_lost += len(expected - got)
        if one.intent == OUT_OF_SCOPE:
            outside += 1
            outside_right += intent == OUT_OF_SCOPE
        else:
            refused += intent == OUT_OF_SCOPE
        if intent != one.intent or expected != got:
            misses.append(
                Miss(
                    one,
                    intent,
                    found.readings[0].confidence,
                    _ordered(expected - got),
                    _ordered(got - expected),
                )
            )
    return Result(
        len(took), right, in_top, slots_right, slots_wrong, slots_lost,
        outside, outside_right, refused, tuple(took), tuple(misses),
    )  # fmt: skip


def _ordered(found: set[Pair]) -> tuple[Pair, ...]:
    return tuple(sorted(found, key=lambda pair: (pair[0], str(pair[1]))))


def told(misses: Sequence[Miss]) -> Iterable[str]:
    """One line a miss: expected and found."""
    for miss in misses:
        said = f"[{miss.labelled.role}] {miss.labelled.text}"
        if miss.of_intent:
            yield (
                f"intent  {said}  expected {miss.labelled.intent}  found {miss.intent}"
                f" ({miss.confidence:.2f})"
            )
        if miss.lost or miss.wrong:
            yield f"slots   {said}  expected {_words(miss.lost)}  found {_words(miss.wrong)}"


def _words(found: Sequence[Pair]) -> str:
    return ", ".join(f"{slot}={value}" for slot, value in found) or "nothing"


def as_json(result: Result) -> dict[str, object]:
    """Everything for `--json`."""
    return {
        "sentences": result.sentences,
        "intent_accuracy": round(result.accuracy, 4),
        "top_3": round(result.top, 4),
        "slot_f1": round(result.slot_f1, 4),
        "out_of_scope_recall": round(result.outside_recall, 4),
        "false_refusals": round(result.false_refusals, 4),
        "p95_ms": round(result.p95, 2),
        "misses": [
            {
                "role": miss.labelled.role,
                "text": miss.labelled.text,
                "intent": {"expected": miss.labelled.intent, "found": miss.intent},
                "confidence": round(miss.confidence, 3),
                "slots": {"lost": miss.lost, "wrong": miss.wrong},
            }
            for miss in result.misses
        ],
    }

"""Marked sentences: the training data, one YAML file an intent (sentences/<intent>.yaml).

Keys are roles or `anyone`; each value is a literal block, one sentence a line; the words that fill
a slot are marked `<slot words>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from plugin.assistant.understanding.intents import ANYONE, intents, roles
from plugin.assistant.understanding.reading import UnderstandingError

FOLDER = Path(__file__).resolve().parent / "sentences"
SLOTS = frozenset(
    [
        "course",
        "student",
        "class_name",
        "teacher",
        "title",
        "summary",
        "date",
        "date_from",
        "date_to",
        "academic_year",
        "term",
        "category",
        "item_kind",
        "items",
        "reason",
        "count",
        "audience",
        "case_no",
        "keyword",
        "place",
        "unit",
        "indicator",
        "measure",
        "value",
        "period",
        "role",
        "window",
    ]
)
_MARK = re.compile(r"<(\w+) ([^<>]+)>")


@dataclass(frozen=True)
class Mark:
    """Marked words: which slot they fill and where they stand in the plain text."""

    slot: str
    start: int
    end: int


@dataclass(frozen=True)
class Marked:
    """One sentence without its marks, who says it (a role or `anyone`) and what it means."""

    intent: str
    role: str
    text: str
    marks: tuple[Mark, ...] = ()

    def words(self, mark: Mark) -> str:
        """The marked words."""
        return self.text[mark.start : mark.end]


def parse(line: str, intent: str, role: str) -> Marked:
    """Read one marked line.

    Raises:
        UnderstandingError: a mark that is not closed, or names no slot.
    """
    plain, marks, at, length = [], [], 0, 0
    for found in _MARK.finditer(line):
        slot, words = found.groups()
        if slot not in SLOTS:
            raise UnderstandingError(f"{intent}: no slot is called {slot!r}: {line}")
        before = line[at : found.start()]
        length += len(before)
        marks.append(Mark(slot, length, length + len(words)))
        plain += [before, words]
        length += len(words)
        at = found.end()
    plain.append(line[at:])
    text = "".join(plain)
    if "<" in text or ">" in text:
        raise UnderstandingError(f"{intent}: a mark is not closed: {line}")
    return Marked(intent, role, text, tuple(marks))


def read_file(path: Path) -> Iterator[Marked]:
    """The sentences of one file.

    Raises:
        UnderstandingError: not YAML, or an unknown intent, role or slot.
    """
    intent = path.stem
    if intent not in intents():
        raise UnderstandingError(f"{path.name}: no intent is called {intent!r}")
    try:
        blocks = yaml.safe_load(path.read_text("utf-8")) or {}
    except yaml.YAMLError as error:
        raise UnderstandingError(f"{path.name}: not YAML: {error}") from error
    for role, block in blocks.items():
        if role != ANYONE and role not in roles():
            raise UnderstandingError(f"{path.name}: no role is called {role!r}")
        for line in str(block).splitlines():
            if line.strip():
                yield parse(line.strip(), intent, role)


def read_all(folder: Path = FOLDER) -> list[Marked]:
    """Every sentence, each once, in a fixed order.

    Raises:
        UnderstandingError: see `read_file`.
    """
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        for one in read_file(path):
            found[(one.intent, one.role, one.text)] = one
    return list(found.values())

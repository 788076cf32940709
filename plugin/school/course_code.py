"""The 23-character course code 課程代碼, read part by part (central-rosters §5).

The table is data (`course_codes.yaml`). Only parts whose list is closed make a code wrong by their
value; elsewhere a value that is not in the table is simply not explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from flask_babel import gettext as _

LENGTH = 23

_FORMS = {
    "digits": (lambda text: text.isascii() and text.isdigit(), "digits"),
    "letter": (lambda text: text.isascii() and text.isalpha() and text.isupper(), "letter"),
    "mixed": (
        lambda text: text.isascii() and text.isalnum() and text == text.upper(),
        "mixed",
    ),
}


@dataclass(frozen=True)
class Part:
    """One part of the code.

    :ivar first: position of its first character, counted from 1.
    :ivar text: the characters that stand there.
    :ivar meaning: in words, or "" when the table does not know.
    :ivar inferred: the meaning is deduced; no source states it.
    :ivar fault: what is wrong with it; "" when nothing is.
    """

    name: str
    title: str
    first: int
    text: str
    meaning: str
    inferred: bool
    fault: str

    @property
    def last(self) -> int:
        """Position of its last character."""
        return self.first + len(self.text) - 1


@dataclass(frozen=True)
class CourseCode:
    """A code of the right length, in its parts."""

    text: str
    parts: tuple[Part, ...]

    def __getitem__(self, name: str) -> str:
        return next(part.text for part in self.parts if part.name == name)

    @property
    def faults(self) -> list[Part]:
        """The parts that cannot stand."""
        return [part for part in self.parts if part.fault]

    @property
    def plan(self) -> str:
        """Characters 1–16: the course plan 課程規劃表 it belongs to."""
        return self.text[:16]

    @property
    def hands_in(self) -> bool:
        """Whether a course of this code may hand in grades and outcomes: group activities (class
        8) and flexible time (class 9) only with attribute D, which gives credits."""
        return self["category"] not in {"8", "9"} or self["attribute"] == "D"


def read(code: str) -> CourseCode | None:
    """The parts of a code; None when it has not 23 characters.

    Lower case and the spaces around are forgiven, as people paste them.
    """
    text = code.strip().upper()
    if len(text) != LENGTH:
        return None
    return CourseCode(text, tuple(_part(row, text) for row in _table()))


def wrong(code: str) -> str:
    """What is wrong with a code, in one sentence; "" when it can be handed in as it is."""
    found = read(code)
    if found is None:
        return _("課程代碼應為 23 碼，目前是 %(n)s 碼。", n=len(code.strip()))
    for part in found.faults:
        return _(
            "第 %(where)s 碼「%(text)s」（%(title)s）%(fault)s",
            where=_where(part),
            text=part.text,
            title=part.title,
            fault=part.fault,
        )
    return ""


def _part(row: dict[str, Any], text: str) -> Part:
    start = row["first"] - 1
    found = text[start : start + row["length"]]
    known, guessed = row.get("values", {}), row.get("inferred", {})
    meaning = known.get(found) or guessed.get(found, "")
    fits, form = _FORMS[row["form"]]
    fault = ""
    if not fits(found):
        fault = {
            "digits": _("應為數字。"),
            "letter": _("應為一個英文字母。"),
            "mixed": _("只能是數字與英文字母。"),
        }[form]
    elif row.get("closed") and found not in known:
        fault = _("不在代碼表內。")
    return Part(row["name"], row["title"], row["first"], found, meaning, found in guessed, fault)


def _where(part: Part) -> str:
    return str(part.first) if part.first == part.last else f"{part.first}–{part.last}"


@lru_cache
def _table() -> tuple[dict[str, Any], ...]:
    """:raises ValueError: the parts do not cover the code without gap or overlap."""
    file = Path(__file__).with_name("course_codes.yaml")
    rows: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["parts"]
    covered = [n for row in rows for n in range(row["first"], row["first"] + row["length"])]
    if covered != list(range(1, LENGTH + 1)):
        raise ValueError("course_codes.yaml: the parts do not cover 23 characters")
    return tuple(rows)

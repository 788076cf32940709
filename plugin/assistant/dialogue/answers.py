"""What is typed → the posted words of one field, as its kind reads them.

Nothing is believed here: whatever comes out is validated by the form like a post.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from forms.definition import FieldDefinition
from forms.said import day_said
from plugin.assistant import matching
from plugin.assistant.dialogue import commands
from plugin.assistant.understanding import dates, numbers

SHOWN_OPTIONS = 8
"""Readings that are offered; a longer list is no question any more."""


@dataclass(frozen=True)
class Read:
    """What words say about one field.

    :param words: posted words; None: they say nothing about it.
    :param options: (label, posted words) when they may mean several things.
    """

    words: tuple[str, ...] | None = None
    options: tuple[tuple[str, str], ...] = ()


NOTHING = Read()


def read(field: FieldDefinition, text: str, today: date) -> Read:
    """Read an answer to `field` out of `text`."""
    reader = _READERS.get(field.kind)
    return reader(field, text, today) if reader else Read((text,))


def from_slot(field: FieldDefinition, value: Any, today: date) -> Read:
    """Read an answer out of an understood slot: words, a number, an ISO date, a list."""
    if isinstance(value, (list, tuple)):
        return _several(field, value)
    if field.kind == "date" and _is_iso(str(value)):
        return Read((str(value),))
    if field.kind in {"number"}:
        return Read((str(value),))
    return read(field, str(value), today)


NAMED = frozenset({"choice", "choices"})
"""Kinds of fields whose answers have names."""


def named_in(field: FieldDefinition, words: str) -> Read:
    """An answer by a choice's own name, wherever it stands in a sentence."""
    if field.kind not in NAMED:
        return NOTHING
    found = matching.standing_in(words, field.choices).values
    if not found:
        return NOTHING
    if field.kind == "choices" or len(found) == 1:
        return Read(found)
    labels = dict(field.choices)
    return Read(options=tuple((labels[one], one) for one in found[:SHOWN_OPTIONS]))


def _choice(field: FieldDefinition, text: str, _today: date) -> Read:
    place = matching.place(text, len(field.choices))
    if place is not None:
        named = matching.find(text, field.choices).values
        if not named or len(named) > 1:  # "3" may be a label, too
            return Read((field.choices[place][0],))
    found = matching.find(text, field.choices)
    if found.sure is not None:
        return Read((found.sure,))
    labels = dict(field.choices)
    return Read(options=tuple((labels[one], one) for one in found.values[:SHOWN_OPTIONS]))


_ALL = {"全部", "全都", "都要", "全選", "all", "everything", "all of them"}
_BETWEEN = re.compile(r"[、,，;；\n]|和|跟|與|及|還有|以及|\band\b")


def _choices(field: FieldDefinition, text: str, _today: date) -> Read:
    if text.strip().lower() in _ALL:
        return Read(tuple(value for value, _label in field.choices))
    said = matching.plain(text)
    for value, label in field.choices:
        if matching.plain(label) == said:
            return Read((value,))
    parts = [one for one in _BETWEEN.split(text) if one.strip()]
    if len(parts) > 1 and any(_choice(field, one, date.min) != NOTHING for one in parts):
        return _several(field, parts)  # all of them or none: what is not found must not get lost
    whole = matching.find(text, field.choices)
    return Read((whole.sure,)) if whole.sure is not None else _several(field, parts)


def _several(field: FieldDefinition, names: Sequence[Any]) -> Read:
    if field.kind == "choice":
        return _pointed(field, names[0]) if len(names) == 1 else NOTHING
    found: list[str] = []
    for name in names:
        one = _pointed(field, name)
        if one.words is None:
            return one
        found += [value for value in one.words if value not in found]
    return Read(tuple(found)) if found else NOTHING


def _pointed(field: FieldDefinition, name: Any) -> Read:
    """A choice by its place, when a number was understood as one, or by its name."""
    if not isinstance(name, int):
        return _choice(field, str(name), date.min)
    return Read((field.choices[name - 1][0],)) if 0 < name <= len(field.choices) else NOTHING


def _date(_field: FieldDefinition, text: str, today: date) -> Read:
    days: list[date] = []
    for one in dates.find(text, today):
        if one.kind == "date" and isinstance(one.value, date):
            days += [day for day in one.alternatives or (one.value,) if day not in days]
    if not days:
        return NOTHING
    if len(days) > 1:
        return Read(options=tuple((day_said(day, weekday=True), day.isoformat()) for day in days))
    return Read((days[0].isoformat(),))


def _number(_field: FieldDefinition, text: str, _today: date) -> Read:
    found = numbers.find(text)
    if not found:
        return NOTHING
    if len({one.value for one in found}) > 1:
        return Read(options=tuple((one.text, _told(one.value)) for one in found))
    return Read((_told(found[0].value),))


def _told(value: int | Decimal) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else str(value)


_PAUSES = re.compile(r"^(?:嗯|喔|哦|啊|呃|那|我|先|都)+|(?:了|吧|喔|啦|謝謝)+$")
_YES = {
    "是",
    "有",
    "對",
    "好",
    "要",
    "同意",
    "可以",
    "確認",
    "沒錯",
    "yes",
    "y",
    "ok",
    "true",
    "agree",
    "我同意",
}
_NO = {"否", "沒有", "不是", "不要", "不同意", "不", "不用", "no", "n", "false"}


def _tick(_field: FieldDefinition, text: str, _today: date) -> Read:
    said = text.strip().lower().rstrip("。.!！")
    command = commands.command(text)
    if said in _YES or command == "confirm":
        return Read(("y",))
    said = _PAUSES.sub("", said)
    return Read(()) if said in _NO or command == "deny" else NOTHING


def _file(_field: FieldDefinition, _text: str, _today: date) -> Read:
    return NOTHING  # a file is handed over, never typed


def _is_iso(words: str) -> bool:
    try:
        date.fromisoformat(words)
    except ValueError:
        return False
    return True


_READERS: Mapping[str, Any] = {
    "choice": _choice,
    "choices": _choices,
    "date": _date,
    "number": _number,
    "tick": _tick,
    "file": _file,
}

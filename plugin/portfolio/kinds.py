"""The ten kinds of experience 多元表現 and their fields, as data (`kinds.yaml`).

The roster's columns, the form of each kind and what may be handed in all come from here; a set
holds from its academic year on (central-rosters.md §3.7, §4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from flask_babel import LazyString

from forms.i18n import is_english

DATA = Path(__file__).with_name("kinds.yaml")

TYPES = ("text", "date", "int", "decimal", "code")
DOCUMENT = "document"
"""`Kind.proof`: a proof document must be there."""
ANY = "any"
"""`Kind.proof`: document, audio-video file or link."""

Value = str | int | Decimal | date
"""What a roster cell is made from."""


@dataclass(frozen=True)
class Words:
    """The same words in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if self.en and is_english() else self.zh

    @property
    def lazy(self) -> Any:
        """A string that is made when a page is."""
        return LazyString(lambda: str(self))


@dataclass(frozen=True)
class CodeTable:
    """A code table of the roster.

    :param values: code → words; empty: the list is not published, `form` is all that is known.
    """

    name: str
    confidence: str
    values: Mapping[str, Words]
    form: str = ""

    @property
    def open(self) -> bool:
        """Whether any code of the right form may stand there."""
        return not self.values


@dataclass(frozen=True)
class Field:
    """One field of a kind, in the order of the roster.

    :param column: the roster's heading; "" for what stays in the school.
    :param type: one of `TYPES`.
    :param required: the form asks for it before it can be sent.
    :param demanded: how sure we are that it is required (`confidence` is about the column).
    :param not_before: key of the date that this one may not precede.
    """

    key: str
    column: str
    label: Words
    type: str
    required: bool = False
    demanded: str = ""
    confidence: str = "single"
    help: Words = field(default_factory=lambda: Words("", ""))
    example: str = ""
    most: int = 0
    places: int = 0
    low: int | None = None
    high: int | None = None
    codes: CodeTable | None = None
    not_before: str = ""

    def read(self, text: str) -> Value | None:
        """The value of what is stored; None where nothing is, or nothing readable."""
        if not text:
            return None
        try:
            if self.type == "date":
                return date.fromisoformat(text)
            if self.type == "int":
                return int(text)
            if self.type == "decimal":
                return Decimal(text)
        except (ValueError, ArithmeticError):
            return None
        return text


@dataclass(frozen=True)
class Kind:
    """One kind of experience: a sheet of the roster and a form.

    :param fields: its own fields, without the summary.
    :param summary_at: how many of the roster's own columns stand before 內容簡述.
    :param title: keys of the fields that name a record, the best first.
    :param proof: `DOCUMENT` or `ANY`.
    """

    key: str
    sheet: str
    name: Words
    help: Words
    fields: tuple[Field, ...]
    summary_at: int
    title: tuple[str, ...]
    proof: str
    proof_confidence: str
    from_year: int

    def field(self, key: str) -> Field:
        """:raises KeyError: the kind has no such field."""
        for one in self.fields:
            if one.key == key:
                return one
        raise KeyError(key)

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """(key, heading) of the roster's own columns in order, 內容簡述 among them."""
        found = [(one.key, one.column) for one in self.fields if one.column]
        found.insert(self.summary_at, ("summary", SUMMARY_COLUMN))
        return tuple(found)

    def title_of(self, details: Mapping[str, str]) -> str:
        """What a record is called in lists; "" while nothing of it is there."""
        return "・".join(details[key] for key in self.title if details.get(key))


SUMMARY_COLUMN = "內容簡述"


class UnknownKind(KeyError):
    """There is no such kind of experience."""

    code = "UNKNOWN_KIND"


def kinds(academic_year: int) -> tuple[Kind, ...]:
    """The kinds as they hold in an academic year, in the order of the roster."""
    found: dict[str, Kind] = {}
    for from_year, some in _sets():
        if from_year <= academic_year or not found:
            found.update({one.key: one for one in some})
    return tuple(found.values())


def kind(key: str, academic_year: int) -> Kind:
    """One kind as it holds in an academic year.

    :raises UnknownKind: none of that name.
    """
    for one in kinds(academic_year):
        if one.key == key:
            return one
    raise UnknownKind(key)


def names() -> tuple[str, ...]:
    """The names of all kinds that any year has had; they stand in links and rows for years."""
    return tuple(dict.fromkeys(one.key for _year, some in _sets() for one in some))


def latest(key: str) -> Kind:
    """A kind as its newest set has it.

    :raises UnknownKind: none of that name.
    """
    return kind(key, max(from_year for from_year, _some in _sets()))


@lru_cache(maxsize=1)
def _sets() -> tuple[tuple[int, tuple[Kind, ...]], ...]:
    """:raises ValueError: the data contradict themselves."""
    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    tables = {name: _table(name, row) for name, row in data["codes"].items()}
    return tuple(
        (one["from_year"], tuple(_kind(row, tables, one["from_year"]) for row in one["kinds"]))
        for one in sorted(data["sets"], key=lambda one: one["from_year"])
    )


def _table(name: str, row: Mapping[str, Any]) -> CodeTable:
    values = {str(code): _words(words) for code, words in row.get("values", {}).items()}
    form = row.get("form", "")
    if bool(values) == bool(form):
        raise ValueError(f"kinds.yaml: {name} needs values, or the form of a code")
    re.compile(form)
    return CodeTable(name, row["confidence"], values, form)


def _kind(row: Mapping[str, Any], tables: Mapping[str, CodeTable], from_year: int) -> Kind:
    rows = row["fields"]
    at = [one["key"] for one in rows if one.get("column") or one["type"] == "summary"]
    fields = tuple(_field(one, tables) for one in rows if one["type"] != "summary")
    known = {one.key for one in fields}
    wanted = {*row["title"], *(one.not_before for one in fields if one.not_before)}
    if len(known) != len(fields) or not wanted <= known or "summary" not in at:
        raise ValueError(f"kinds.yaml: {row['key']}: {sorted(wanted - known)}")
    return Kind(
        key=row["key"],
        sheet=row["sheet"],
        name=_words(row["name"]),
        help=_words(row["help"]),
        fields=fields,
        summary_at=at.index("summary"),
        title=tuple(row["title"]),
        proof=row["proof"]["demands"],
        proof_confidence=row["proof"]["confidence"],
        from_year=from_year,
    )


def _field(row: Mapping[str, Any], tables: Mapping[str, CodeTable]) -> Field:
    if row["type"] not in TYPES or (row["type"] == "code") != ("codes" in row):
        raise ValueError(f"kinds.yaml: {row['key']}: {row['type']}")
    return Field(
        key=row["key"],
        column=row.get("column", ""),
        label=_words(row["label"]),
        type=row["type"],
        required=row.get("required", False),
        demanded=row.get("demanded", row["confidence"]) if row.get("required") else "",
        confidence=row["confidence"],
        help=_words(row.get("help", {"zh": "", "en": ""})),
        example=str(row.get("example", "")),
        most=row.get("max", 0),
        places=row.get("places", 0),
        low=row.get("low"),
        high=row.get("high"),
        codes=tables[row["codes"]] if "codes" in row else None,
        not_before=row.get("not_before", ""),
    )


def _words(row: Mapping[str, str]) -> Words:
    return Words(row["zh"], row["en"])

"""Kinds of course records 修課紀錄 and the columns of their sheets, as data.

The columns are those of the official workbooks (`reports.roster`); `record_kinds.yaml` adds the
words and code tables. Form, grid, import and workbook all read a record by these columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from flask_babel import gettext as _

from plugin.portfolio.kinds import Words
from plugin.portfolio.models import CourseRecord
from plugin.portfolio.record_values import Code, Value, text_of, value_of
from reports.roster import book

DATA = Path(__file__).with_name("record_kinds.yaml")

REGULAR = {False: "regular", True: "night_regular"}
"""The kind that a teacher enters; of the night division if True."""

ATTRIBUTES = frozenset(
    ("code", "subject", "grade", "credits", "score", "passed", "makeup_score", "makeup_passed",
     "counted", "note")
)  # fmt: skip
"""Columns that are columns of `CourseRecord`; the others stand in its `details` as text."""

MOST_POINTS = {"subject": 100, "note": 500}


class UnknownRecordKind(KeyError):
    """There is no such kind of course record."""

    code = "UNKNOWN_RECORD_KIND"


@dataclass(frozen=True)
class Column:
    """One column of a kind, in the order of the sheet.

    :param title: the roster's heading, which forms and templates use as well.
    :param format: code, text, number, score, flag.
    """

    key: str
    title: str
    format: str
    required: bool
    codes: Code | None = None

    def read(self, text: str) -> tuple[Value, str]:
        """The value of what was typed, and what is wrong with it ("" when nothing is)."""
        value, fault = value_of(self.format, self.key, text, self.codes)
        if not fault and value is None and self.required:
            fault = _("請填寫「%(label)s」。", label=self.title)
        most = MOST_POINTS.get(self.key, 40)
        if not fault and isinstance(value, str) and len(value) > most:
            fault = _("「%(label)s」最多 %(most)s 字。", label=self.title, most=most)
        return value, fault


@dataclass(frozen=True)
class RecordKind:
    """One kind of course record.

    :param capped: a passed score is handed in as at most the pass mark.
    :param periods: counts periods 節數 instead of credits (night division).
    :param outcomes: the sheet of the yearly book of outcomes for the outcomes of such a course.
    """

    key: str
    name: Words
    book: str
    sheet: str
    columns: tuple[Column, ...]
    capped: bool = False
    periods: bool = False
    outcomes: str = "regular"

    @property
    def own(self) -> tuple[Column, ...]:
        """The columns that stand in `details`."""
        return tuple(one for one in self.columns if one.key not in ATTRIBUTES)

    def column(self, key: str) -> Column | None:
        """The column of that key, if the kind has it."""
        return next((one for one in self.columns if one.key == key), None)

    def read(self, texts: Mapping[str, str]) -> tuple[dict[str, Value], dict[str, str]]:
        """Typed texts by column key → values and faults by column key."""
        values: dict[str, Value] = {}
        faults: dict[str, str] = {}
        for one in self.columns:
            values[one.key], fault = one.read(texts.get(one.key, "") or "")
            if fault:
                faults[one.key] = fault
        return values, faults


def kinds() -> tuple[RecordKind, ...]:
    """Every kind, in the order of the books."""
    return tuple(_kinds().values())


def kind(key: str) -> RecordKind:
    """:raises UnknownRecordKind: none of that name."""
    try:
        return _kinds()[key]
    except KeyError:
        raise UnknownRecordKind(key) from None


def code_table(name: str) -> Code:
    """A code table of the records or of basic data.

    :raises KeyError: none of that name.
    """
    data = _data()
    return _code(data["codes"].get(name) or data["basic"][name])


def subject_key(of: RecordKind, values: Mapping[str, Any], term: int) -> str:
    """What is recorded once a term: the course (code, else name), its grade, its own term."""
    course = str(values.get("code") or values["subject"])
    year, own_term = values.get("due_year") or "", values.get("due_term") or term
    return f"{course}|{values['grade']}|{year}|{own_term}"[:160]


def details_of(of: RecordKind, values: Mapping[str, Value]) -> dict[str, str]:
    """The kind's own columns as they are stored."""
    return {
        one.key: text_of(one.format, value)
        for one in of.own
        if (value := values.get(one.key)) is not None
    }


def cells(record: CourseRecord) -> dict[str, Value]:
    """Every column of a record by key, as values."""
    of = kind(record.kind)
    found: dict[str, Value] = {}
    for one in of.columns:
        if one.key in ATTRIBUTES:
            found[one.key] = getattr(record, one.key)
        else:
            found[one.key] = one.read(record.details.get(one.key, ""))[0]
    return found


def typed(record: CourseRecord) -> dict[str, str]:
    """Every column of a record as a form shows it."""
    found = cells(record)
    return {one.key: text_of(one.format, found[one.key]) for one in kind(record.kind).columns}


def periods_of(record: CourseRecord) -> tuple[int, int]:
    """The periods of both terms, of a make-up examination of the night division."""
    first, second = (
        int(record.details.get(key) or 0) for key in ("periods_first", "periods_second")
    )
    return first, second


def decimal(record: CourseRecord, key: str) -> Decimal | None:
    """A score that stands in `details`."""
    text = record.details.get(key, "")
    return Decimal(text) if text else None


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def _kinds() -> dict[str, RecordKind]:
    data = _data()
    optional = set(data["optional"])
    found = {}
    for key, row in data["kinds"].items():
        rows: list[tuple[str, str, str]]
        if row["book"]:
            sheet = next(one for one in book(row["book"]).sheets if one.key == row["sheet"])
            closing = 8
            rows = [(c.key, c.title, c.format) for c in sheet.columns[2:-closing]]
        else:
            rows = [(c["key"], c["title"], c["format"]) for c in data[key]]
        columns = tuple(
            Column(
                name,
                title,
                form,
                required=name not in optional,
                codes=_code(data["codes"][name]) if name in data["codes"] else None,
            )
            for name, title, form in rows
        )
        words = Words(row["name"]["zh"], row["name"]["en"])
        found[key] = RecordKind(
            key,
            words,
            row["book"],
            row["sheet"],
            columns,
            row.get("capped", False),
            row.get("periods", False),
            row.get("outcomes", "regular"),
        )
    return found


def _code(row: Mapping[str, Any]) -> Code:
    return Code({str(k): str(v) for k, v in row["values"].items()}, row.get("open", False))


__all__ = [
    "Code",
    "Column",
    "RecordKind",
    "UnknownRecordKind",
    "cells",
    "code_table",
    "decimal",
    "details_of",
    "kind",
    "kinds",
    "periods_of",
    "subject_key",
    "typed",
]

"""The sheets of the two yearly books as sheets that can be brought in; made from the same
definition that writes them (`reports.roster`; central-rosters §3.6, §3.7)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from flask_babel import gettext as _

from forms.dates import DateNotUnderstood, parse_date
from plugin.portfolio import kinds
from plugin.portfolio.models import SelectionKind
from plugin.portfolio.outcome_sheets import REGULAR
from plugin.school.importing import Column, Sheet, Value
from plugin.school.importing.files import clean
from reports.roster import RosterColumn, RosterSheet, book, roster_text
from reports.sheets import workbook_text

BOOKS = {
    SelectionKind.OUTCOME: ("outcomes", "outcomes_night"),
    SelectionKind.EXPERIENCE: ("experiences",),
}
"""The books of a kind; the sheets of the first are those of all."""
PERSON = ("national_id", "birthday")
LINKS = ("document_link", "media_link")
SUMS = ("document_md5", "media_md5")
PLACE = "nth"
ALSO: Mapping[str, tuple[str, ...]] = {
    "document_link": ("課程學習成果文件檔案連結", "作品成果連結"),
    "media_link": ("課程學習成果影音檔案連結",),
    "flexible.class": ("彈性學習時間類別(種類)代碼",),
    "flexible.course": ("內容(開設名稱)",),
}
"""Other headings of a column (of a sheet) in the sources."""
CHANGEABLE = {*PERSON, "grade", "credits", "method", "summary"}
"""Of an outcome: may be put right by a later book; all else tells one row from another."""
MOST = 1000
"""Characters of a cell."""


@dataclass(frozen=True)
class BookSheet:
    """One data sheet of a yearly book."""

    record_kind: SelectionKind
    roster: RosterSheet

    @property
    def kind(self) -> str:
        """What the importing knows it by."""
        return f"handed.{self.record_kind}.{self.roster.key}"

    @property
    def row_kind(self) -> str:
        """`SubmissionRow.kind` of its rows."""
        return "" if self.roster.key == REGULAR else self.roster.key

    @cached_property
    def identity(self) -> tuple[str, ...]:
        """The columns that tell rows of a student apart, without those of the files."""
        keys = [one.key for one in self.roster.columns if one.key not in (*PERSON, *LINKS)]
        if self.record_kind is SelectionKind.OUTCOME:
            return tuple(one for one in keys if one not in CHANGEABLE)
        return tuple(one for one in keys if one in kinds.latest(self.roster.key).title)

    @cached_property
    def sheet(self) -> Sheet:
        """What is read; its titles are those of the day school, the night division's are known."""
        columns = [self._column(one) for one in self.roster.columns]
        return Sheet(
            title=self.roster.name,
            columns=(*columns, *_sums(), Column(PLACE, "同項目第幾件", _place)),
            key=("national_id", *self.identity, *LINKS, PLACE),
            told_by=frozenset({"summary"}),
        )

    @cached_property
    def compared(self) -> tuple[str, ...]:
        """The columns that the book has by its definition."""
        return tuple(one.key for one in self.roster.columns)

    def values(self, cells: Mapping[str, Any]) -> dict[str, Value]:
        """A row as it would be written into the book → what is read of that."""
        found: dict[str, Value] = {}
        for one in self.roster.columns:
            text = clean(workbook_text(roster_text(cells.get(one.key), one.format)))
            if text:
                value, fault = self.sheet.by_key[one.key].read(text)
                found[one.key] = text if fault else value
            else:
                found[one.key] = None
        return found

    def cells(self, values: Mapping[str, Value]) -> dict[str, str]:
        """What is kept of a row: text as the book has it, without the person."""
        formats = {one.key: one.format for one in self.roster.columns}
        return {
            key: roster_text(value, formats.get(key, "text"))  # type: ignore[arg-type]
            for key, value in values.items()
            if value is not None and key in (*formats, *SUMS) and key not in PERSON
        }

    def _column(self, one: RosterColumn) -> Column:
        also = (*ALSO.get(one.key, ()), *ALSO.get(f"{self.roster.key}.{one.key}", ()))
        return Column(
            one.key,
            one.title,
            _READ.get(one.format, _text),
            required=one.key in PERSON,
            secret=one.key in PERSON,
            also=(*also, *_night_titles(self.record_kind, self.roster.key, one)),
        )


@lru_cache(maxsize=1)
def book_sheets() -> tuple[BookSheet, ...]:
    """Every sheet of both books, in their order."""
    return tuple(
        BookSheet(kind, sheet) for kind, keys in BOOKS.items() for sheet in book(keys[0]).sheets
    )


def batch_of(number: str) -> str:
    """Which batch a cover's 名冊別 tells; "" for none that we know (central-rosters §2)."""
    for keys in BOOKS.values():
        for key in keys:
            for batch, known in book(key).numbers.items():
                if known == number:
                    return batch
    return ""


def _night_titles(kind: SelectionKind, key: str, one: RosterColumn) -> tuple[str, ...]:
    """How books of other schools of the same kind head the column."""
    return tuple(
        column.title
        for name in BOOKS[kind][1:]
        for sheet in book(name).sheets
        if sheet.key == key
        for column in sheet.columns
        if column.key == one.key and column.title != one.title
    )


def _sums() -> tuple[Column, ...]:
    """In later systems' books beside the links (central-rosters §7)."""
    return (
        Column("document_md5", "文件檔案MD5", _md5, also=("證明文件MD5", "作品成果MD5")),
        Column("media_md5", "影音檔案MD5", _md5),
    )


def _text(text: str) -> tuple[Value, str]:
    if len(text) > MOST:
        return None, _("超過 %(most)s 字。", most=MOST)
    return text, ""


def _id(text: str) -> tuple[Value, str]:
    return text.upper(), ""


def _day(text: str) -> tuple[Value, str]:
    """What is no day stays as it is: compared it is a difference, and it is never kept
    (`unreadable`). A fault here would hide the row from the comparison."""
    try:
        return parse_date(text), ""
    except DateNotUnderstood:
        return text, ""


def _number(text: str) -> tuple[Value, str]:
    """The same of a number."""
    plain = unicodedata.normalize("NFKC", text)
    return (f"{Decimal(plain).normalize():f}" if _NUMBER.fullmatch(plain) else text), ""


def unreadable(form: str, value: Value) -> str:
    """Why a value of a column of that format cannot be kept; "" = it can.

    :param form: `RosterColumn.format`.
    """
    if value is None:
        return ""
    if form == "roc7" and not isinstance(value, date):
        return _("看不懂這個日期，請寫成 115/11/30 或 1151130。")
    if form == "number" and not _NUMBER.fullmatch(str(value)):
        return _("請填數字。")
    return ""


def _md5(text: str) -> tuple[Value, str]:
    if not re.fullmatch(r"[0-9A-Fa-f]{32}", text):
        return None, _("MD5 應為 32 個十六進位字元。")
    return text.lower(), ""


def _place(text: str) -> tuple[Value, str]:
    return None, ""  # counted (`bring`), never read


_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")
_READ = {"id": _id, "roc7": _day, "number": _number}

"""A bank's file as rows: a workbook or a text with separators, in UTF-8, UTF-16 or Big5.

Rows are read one by one; of a workbook the reader holds one sheet, whose size is asked before.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from pathlib import Path

from flask_babel import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from plugin.certification.bank import columns as columns_of
from plugin.certification.bank import values
from plugin.certification.bank.columns import HEADINGS_WITHIN, INCOMING, Columns
from plugin.school.importing import files
from plugin.school.importing.errors import FileUnreadable
from plugin.school.importing.tables import heading, text_of

MAX_BYTES = 16 * 1024 * 1024
MAX_ROWS = 100_000
"""Of one file; an office has some thousands in a year."""
_TOTALS = ("合計", "總計", "小計", "總筆數", "總金額")
_MARKS = ",;\t|"
_BAD_SHARE = 0.02
"""Of the characters; a text of which more is not Big5 is something else."""

Line = tuple[int, Sequence[str]]


@dataclass(frozen=True)
class BankRow:
    """Money that came in.

    :param digest: the same for the same row in whatever file it comes again.
    """

    number: int
    day: date
    amount: int
    reference: str
    payer: str
    memo: str
    digest: str


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be understood, and why; None: it is of no money that came in."""

    number: int
    fault: str | None


@dataclass(frozen=True)
class Head:
    """The beginning of a file: headings, and the columns as far as they can be told."""

    lines: tuple[Line, ...]
    columns: Columns

    def headings(self, header: int) -> Sequence[str]:
        """The cells of a row; of row 0 (no headings) as many empty ones as the widest has."""
        if header == 0:
            return [""] * max((len(cells) for _number, cells in self.lines), default=0)
        return next((cells for number, cells in self.lines if number == header), [])


def head(path: Path) -> Head:
    """Look at the beginning of a file.

    :raises FileUnreadable: it cannot be read; what to do about it.
    """
    first = tuple(islice(((n, cells) for n, cells in lines(path) if any(cells)), HEADINGS_WITHIN))
    if not first:
        raise FileUnreadable(_("這個檔案裡沒有資料。"), remedy=_("請確認檔案內容後重新上傳。"))
    return Head(first, columns_of.guess(first))


def count(path: Path) -> int:
    """Rows of a file, for the bar that tells how far the work is."""
    return sum(1 for _line in lines(path))


def rows(path: Path, columns: Columns) -> Iterator[BankRow | BadRow]:
    """Every row below the headings, in order.

    :raises FileUnreadable: it cannot be read, or the columns are not there.
    """
    seen: Counter[bytes] = Counter()
    places = None if columns.header else columns.indexes(head(path).headings(0))
    for number, cells in lines(path):
        if number < columns.header:
            continue
        if places is None:
            places = columns.indexes(cells)
            if not set(columns_of.REQUIRED) <= places.keys():
                raise FileUnreadable(
                    _("檔案裡找不到入帳日或金額的欄。"), remedy=_("請重新選擇欄位。")
                )
            continue
        if any(cells):
            yield _row(number, cells, places, columns, seen)


def _row(
    number: int,
    cells: Sequence[str],
    places: dict[str, int],
    columns: Columns,
    seen: Counter[bytes],
) -> BankRow | BadRow:
    def cell(role: str) -> str:
        place = places.get(role)
        return _clean(cells[place]) if place is not None and place < len(cells) else ""

    mark = heading(cell("mark"))
    if "mark" in places and mark not in INCOMING:
        return BadRow(number, None)
    if any(one.strip().startswith(_TOTALS) for one in cells if one):
        return BadRow(number, None)
    try:
        amount = values.amount(cell("amount"), columns.sign)
        if amount is None:
            return BadRow(number, None)
        day = values.day(cell("day"), columns.style)
    except values.Unreadable as error:
        return BadRow(number, str(error))
    facts = (
        day.isoformat(),
        amount,
        *("".join(cell(role).split()) for role in ("reference", "payer", "memo", "serial")),
    )
    base = hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).digest()
    # Two people may pay alike on one day; with a number of its own a row is there once.
    seen[base] += 0 if cell("serial") else 1
    digest = hashlib.sha256(base + str(seen[base]).encode()).hexdigest()
    return BankRow(number, day, amount, cell("reference"), cell("payer"), cell("memo"), digest)


def _clean(text: str) -> str:
    """A cell without controls; characters of private use stay: names are told apart by them."""
    plain = "".join(" " if unicodedata.category(one) == "Cc" else one for one in text).strip()
    return plain.removeprefix("'").strip()


def lines(path: Path) -> Iterator[Line]:
    """Row numbers and cells as texts, from the first row.

    :raises FileUnreadable: not a file that rows can be read from, or far too long.
    """
    found = _sheet(path) if _workbook(path) else _text(path)
    for number, cells in found:
        if number > MAX_ROWS:
            raise FileUnreadable(
                _("資料超過 %(most)s 列。", most=f"{MAX_ROWS:,}"),
                remedy=_("請分成幾個檔案匯入。"),
            )
        yield number, cells


def _workbook(path: Path) -> bool:
    """:raises FileUnreadable: empty, too large, or an old workbook."""
    if path.stat().st_size > MAX_BYTES:
        raise FileUnreadable(
            _("檔案超過 %(most)s MB。", most=MAX_BYTES // 1024 // 1024),
            remedy=_("請分成幾個檔案匯入，或移除檔案內的圖片。"),
        )
    with path.open("rb") as stream:
        first = stream.read(4)
    if first.startswith((b"PK", b"\xd0\xcf\x11\xe0")) or not first:
        if files.format_of(path, path.name) is not files.Format.WORKBOOK:
            raise FileUnreadable(
                _("這不是銀行的 XLSX 或 CSV 檔。"), remedy=_("請由網路銀行重新下載後上傳。")
            )
        return True
    return False


def _sheet(path: Path) -> Iterator[Line]:
    """The first sheet that has anything in it."""
    files.ask_workbook(path)
    try:
        book = CalamineWorkbook.from_path(path)
        sheets = (book.get_sheet_by_name(one) for one in book.sheet_names)
        sheet = next((one for one in sheets if one.start is not None), None)
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise FileUnreadable(
            _("這個活頁簿無法讀取，可能已損毀或有密碼。"),
            remedy=_("請用 Excel 開啟後另存成新的 XLSX 檔再上傳。"),
        ) from error
    if sheet is None or sheet.start is None:
        return
    blank = [""] * sheet.start[1]
    for number, cells in enumerate(sheet.iter_rows(), 1):
        yield number, [*blank, *map(text_of, cells)]


def _text(path: Path) -> Iterator[Line]:
    encoding, errors = _encoding(path)
    with path.open(encoding=encoding, errors=errors, newline="") as stream:
        first = list(islice(stream, HEADINGS_WITHIN))
        mark = max(_MARKS, key="".join(first).count)
        whole: Iterable[str] = (one.replace("\x00", "") for one in chain(first, stream))
        try:
            yield from enumerate(csv.reader(whole, delimiter=mark), 1)
        except csv.Error as error:
            raise FileUnreadable(
                _("CSV 的引號或分隔符號有誤，讀不下去。"),
                remedy=_("請用 Excel 開啟，另存成「CSV UTF-8（逗號分隔）」後再上傳。"),
            ) from error


def _encoding(path: Path) -> tuple[str, str]:
    """Encoding, and what is done with what is not of it: a bank's own characters in Big5, for
    names that Big5 lacks, stay unknown instead of making the whole file unreadable."""
    try:
        return files.encoding_of(path), "strict"
    except FileUnreadable:
        text = path.read_bytes()
        plain = text.decode("cp950", "replace")
        if b"\x00" in text or text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise
        if plain.count("\ufffd") > max(3, len(plain) * _BAD_SHARE):
            raise
        return "cp950", "replace"

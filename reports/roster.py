"""The official workbooks for the central database, drawn from the definitions in ``data/``.

A workbook is a cover sheet and data sheets with one header row; every cell is text.
"""

import datetime
import decimal
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import xlsxwriter
import yaml

from reports.atomic import atomic_file
from reports.errors import UnknownBook
from reports.manifest.words import TAIPEI
from reports.sheets import text_workbook, workbook_text

DATA = Path(__file__).resolve().parent / "data"
BATCHES = ("ordinary", "third_year_first", "third_year_second")
Value = str | int | float | decimal.Decimal | datetime.date | None


@dataclass(frozen=True)
class RosterColumn:
    """``key`` of the value in a row, the official heading, format, and how sure we are of it."""

    key: str
    title: str
    format: str
    confidence: str


@dataclass(frozen=True)
class RosterSheet:
    """One data sheet; ``order_confidence`` is about its place among the sheets."""

    key: str
    name: str
    columns: tuple[RosterColumn, ...]
    order_confidence: str


@dataclass(frozen=True)
class RosterBook:
    """One official workbook; ``numbers`` are the 名冊別 by batch."""

    key: str
    name: str
    cover_name: str
    cover_columns: tuple[str, ...]
    cover_term: str
    numbers: Mapping[str, str]
    sheets: tuple[RosterSheet, ...]


@lru_cache(maxsize=1)
def _definitions() -> dict[str, dict]:
    """By book key, the whole file in which the book is defined."""
    files = sorted(DATA.glob("*_books.yaml"))
    read = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    return {key: data for data in read for key in data["books"]}


def books() -> tuple[str, ...]:
    """The keys of the books that are defined."""
    return tuple(_definitions())


def book(key: str, file_columns: str = "after_summary") -> RosterBook:
    """One book with its columns.

    ``file_columns`` says where the inferred file columns stand: ``after_summary``,
    ``before_summary`` or ``none`` (a school's setting).  In the book of experiences their place
    is known: they close every sheet.  Raises UnknownBook.
    """
    try:
        data = _definitions()[key]
        order = {"after_summary": 1, "before_summary": 0, "none": -1}[file_columns]
    except KeyError as error:
        raise UnknownBook(f"沒有這種名冊或設定：{error.args[0]}") from None
    entry = data["books"][key]
    at_end = data.get("closing_place") == "end"
    sheets = []
    for name in entry["sheets"]:
        sheet = data["sheets"][name]
        columns = [*data["opening"], *sheet["columns"]]
        if at_end:
            columns += data["closing"]
        elif order >= 0:
            at = len(columns) - 1 + order
            columns[at:at] = data["closing"]
        sheets.append(
            RosterSheet(
                name,
                sheet["name"],
                tuple(
                    RosterColumn(
                        column["key"],
                        column["title"].format(unit=entry.get("unit", "")),
                        column["format"],
                        column["confidence"],
                    )
                    for column in columns
                ),
                sheet["order_confidence"],
            )
        )
    cover = data["cover"]
    return RosterBook(
        key,
        entry["name"],
        cover["name"],
        tuple(cover["columns"]),
        entry["cover_term"],
        entry["number"],
        tuple(sheets),
    )


def roster_text(value: Value, kind: str) -> str:
    """A cell: dates as seven ROC digits, IDs in upper case, numbers without a trailing .0."""
    if value is None:
        return ""
    if isinstance(value, datetime.date):
        return f"{value.year - 1911:03}{value.month:02}{value.day:02}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, decimal.Decimal):
        return f"{value.normalize():f}"
    text = str(value)
    return text.strip().upper() if kind == "id" else text


def write_roster(
    roster: RosterBook,
    target: Path | str | BinaryIO,
    *,
    school_code: str,
    academic_year: int,
    made_at: datetime.datetime,
    rows: Mapping[str, Iterable[Mapping[str, Value]]],
    batch: str = "ordinary",
) -> dict[str, int]:
    """Write the workbook; returns the number of rows by sheet key.

    ``rows`` maps sheet keys to rows by column key; sheets without rows stay with their header.
    Raises UnknownBook for a batch, a sheet or a column that the book does not have, OSError.
    """
    if batch not in roster.numbers:
        raise UnknownBook(f"沒有這個梯次：{batch}")
    if unknown := set(rows) - {sheet.key for sheet in roster.sheets}:
        raise UnknownBook(f"「{roster.name}」沒有這些工作表：{'、'.join(sorted(unknown))}")
    place = atomic_file(Path(target)) if isinstance(target, str | Path) else nullcontext(target)
    beside = Path(target).parent if isinstance(target, str | Path) else None
    counts: dict[str, int] = {}
    with place as out, text_workbook(out, beside) as workbook:
        made = made_at.astimezone(TAIPEI).replace(tzinfo=None)
        workbook.set_properties({"title": roster.name, "created": made})
        text = workbook.add_format({"num_format": "@"})
        cover = (school_code, f"{academic_year:03}", roster.cover_term, roster.numbers[batch])
        _sheet(workbook, roster.cover_name, roster.cover_columns, [cover], text)
        for sheet in roster.sheets:
            counts[sheet.key] = _sheet(
                workbook,
                sheet.name,
                [column.title for column in sheet.columns],
                (_line(sheet, row) for row in rows.get(sheet.key, ())),
                text,
            )
    return counts


def _line(sheet: RosterSheet, row: Mapping[str, Value]) -> list[str]:
    if unknown := set(row) - {column.key for column in sheet.columns}:
        raise UnknownBook(f"「{sheet.name}」沒有這些欄位：{'、'.join(sorted(unknown))}")
    return [roster_text(row.get(column.key), column.format) for column in sheet.columns]


def _sheet(
    workbook: xlsxwriter.Workbook,
    name: str,
    header: Sequence[str],
    lines: Iterable[Sequence[str]],
    text,
) -> int:
    sheet = workbook.add_worksheet(name)
    for index, title in enumerate(header):
        sheet.set_column(index, index, max(10, 2.2 * len(title)), text)
    for index, title in enumerate(header):
        sheet.write_string(0, index, title, text)
    sheet.freeze_panes(1, 0)
    count = 0
    for count, line in enumerate(lines, 1):
        for index, value in enumerate(line):
            sheet.write_string(count, index, workbook_text(value), text)
    return count

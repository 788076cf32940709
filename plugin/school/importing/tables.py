"""Sheets as tables: which kind a sheet is, which column is which, and its rows as texts."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from plugin.school.importing import files
from plugin.school.importing.definition import Importable, importable, importables
from plugin.school.importing.errors import FileUnreadable
from plugin.school.terms import Term

NOTE = "※"
"""A row whose first cell begins so is an explanation and is passed over."""
HEADINGS_WITHIN = 10
"""Rows in which the headings are looked for: schools like a title above."""


@dataclass(frozen=True)
class RawRow:
    """A row as texts by column key; empty cells are left out.

    :ivar active: False when the source says that it is to be deleted.
    :ivar left_out: why the row is passed over; "" for most.
    :ivar places: column key → where it stands, if that is not in the table's own row.
    """

    number: int
    cells: Mapping[str, str]
    active: bool = True
    left_out: str = ""
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """One sheet of one kind.

    :ivar letters: column key → letters of its column.
    :ivar rows: makes the rows, from the first, each time it is called.
    :ivar partial: it holds only what changed, so it is never a complete list.
    """

    kind: str
    title: str
    letters: Mapping[str, str]
    rows: Callable[[], Iterator[RawRow]]
    partial: bool = False

    def cell(self, row: RawRow, key: str) -> str:
        """C17."""
        if key in row.places:
            return row.places[key]
        return f"{self.letters.get(key, '')}{row.number}"


@dataclass(frozen=True)
class Source:
    """What a file holds.

    :ivar term: for which term it says it is (a cover sheet).
    :ivar passed: sheets that nobody knows, which are left out.
    :ivar number: 名冊別 of the cover, "" where it tells none.
    """

    tables: Sequence[Table]
    term: Term | None = None
    passed: Sequence[str] = ()
    number: str = ""


Lines = Callable[[], Iterator[tuple[int, Sequence[str]]]]
"""(row number, cells) from the first row."""


def letters(index: int) -> str:
    """Letters of a column, 0 = A.

    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    found = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        found = chr(65 + rest) + found
    return found


def heading(text: str) -> str:
    """A heading for comparing: no spaces, marks of required columns, brackets' width or case."""
    plain = files.clean(text).casefold().translate(_SAME)
    return "".join(plain.split()).rstrip("*")


_SAME = str.maketrans({"（": "(", "）": ")", "　": None, "＊": "*", "/": None, "／": None})


def named(known: Importable, cells: Sequence[str]) -> dict[str, int]:
    """Column key → index of the cell that is its heading."""
    places: dict[str, int] = {}
    for index, text in enumerate(cells):
        places.setdefault(heading(text), index)
    found = {}
    for column in known.sheet.columns:
        for title in (column.title, *column.also, column.key):
            if heading(title) in places:
                found[column.key] = places[heading(title)]
                break
    return found


def table_of(title: str, lines: Lines, kinds: Sequence[str] = ()) -> Table:
    """The table that a sheet is: of the kind that is said, or of the one its headings fit best.

    :param kinds: those that its name or the person says; of several that fit alike, the first.
    :raises FileUnreadable: no headings, or required columns are missing.
    """
    wanted = [importable(one) for one in kinds] or list(importables())
    best: tuple[int, int, Importable, int, dict[str, int]] | None = None
    tie = False
    for number, cells in _first(lines):
        for known in wanted:
            places = named(known, cells)
            if len(wanted) > 1 and known.sheet.told_by and not places.keys() & known.sheet.told_by:
                continue
            lacking = sum(one.required and one.key not in places for one in known.sheet.columns)
            score = (-lacking, len(places))
            if places and (best is None or score > best[:2]):
                best, tie = (*score, known, number, places), False
            elif best is not None and score == best[:2] and known.kind != best[2].kind:
                tie = not kinds
    if best is None:
        raise FileUnreadable(
            _("「%(title)s」找不到欄名。", title=title),
            remedy=_("第一列要是欄名，請下載範本對照。"),
        )
    _lacking, _count, known, number, places = best
    missing = [one for one in known.sheet.columns if one.required and one.key not in places]
    if tie or (missing and not kinds):
        raise FileUnreadable(
            _("看不出「%(title)s」是哪一種資料。", title=title),
            remedy=_("請在上傳時選擇「資料種類」，或把工作表命名為範本上的名稱。"),
        )
    if missing:
        raise FileUnreadable(
            _(
                "「%(title)s」缺少必要的欄：%(columns)s。",
                title=title,
                columns=_("、").join(one.title for one in missing),
            ),
            remedy=_("請補上這些欄，欄名要和範本相同；欄的順序不拘。"),
        )
    return Table(
        known.kind,
        title,
        {key: letters(index) for key, index in places.items()},
        lambda: _rows(lines, number, places),
    )


def _first(lines: Lines) -> Iterator[tuple[int, Sequence[str]]]:
    for number, cells in lines():
        if number > HEADINGS_WITHIN:
            return
        if any(cells):
            yield number, cells


def _rows(lines: Lines, after: int, places: Mapping[str, int]) -> Iterator[RawRow]:
    for number, cells in lines():
        if number <= after or not any(cells):
            continue
        if number > files.MAX_ROWS + HEADINGS_WITHIN:
            raise FileUnreadable(
                _("資料超過 %(most)s 列。", most=f"{files.MAX_ROWS:,}"),
                remedy=_("請分成幾個檔案匯入。"),
            )
        if files.clean(next(one for one in cells if one)).startswith(NOTE):
            continue
        found = {}
        for key, index in places.items():
            if index < len(cells) and (text := files.clean(cells[index])):
                found[key] = text
        if found:
            yield RawRow(number, found)


def csv_lines(open_: Callable[[], io.TextIOBase | Any]) -> Lines:
    """The rows of a CSV; commas, semicolons or tabs, as the first lines show."""

    def lines() -> Iterator[tuple[int, Sequence[str]]]:
        with open_() as stream:
            first = list(islice(stream, HEADINGS_WITHIN))
            mark = max(",;\t", key="".join(first).count)
            try:
                yield from enumerate(csv.reader(_again(first, stream), delimiter=mark), 1)
            except csv.Error as error:
                raise FileUnreadable(
                    _("CSV 的引號或分隔符號有誤，讀不下去。"),
                    remedy=_("請用 Excel 開啟，另存成「CSV UTF-8（逗號分隔）」後再上傳。"),
                ) from error

    return lines


def _again(first: Iterable[str], rest: Iterable[str]) -> Iterator[str]:
    for line in chain(first, rest):
        yield line.replace("\x00", "")


def csv_source(path: Path, name: str, kind: str) -> Source:
    """A CSV file as one table."""
    encoding = files.encoding_of(path)
    title = Path(name).stem
    kinds = [kind] if kind else _called(title)
    return Source(
        [table_of(title, csv_lines(lambda: path.open(encoding=encoding, newline="")), kinds)]
    )


def workbook_source(path: Path, school_code: str, kind: str) -> Source:
    """A workbook: its sheets by their names; of a book with one sheet also by its headings.

    :raises FileUnreadable: no sheet that anybody knows, or a cover of another school.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    files.ask_workbook(path)
    try:
        book = CalamineWorkbook.from_path(path)
        sheets = [one for one in book.sheet_names if book.get_sheet_by_name(one).start]
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise FileUnreadable(
            _("這個活頁簿無法讀取，可能已損毀或有密碼。"),
            remedy=_("請用 Excel 開啟後另存成新的 XLSX 檔再上傳。"),
        ) from error
    tables, passed, term, number = [], [], None, ""
    told = [one for one in sheets if heading(one) not in _ASIDE]
    for title in told:
        if heading(title).endswith("封面"):
            term, number = _cover(_sheet_lines(book, title), school_code)
            continue
        known = [one for one in _called(title) if kind in {"", one}]
        if known:
            tables.append(table_of(title, _sheet_lines(book, title), known))
        else:
            passed.append(title)
    if not tables and len(passed) == 1:
        tables.append(table_of(passed[0], _sheet_lines(book, passed.pop()), [kind] if kind else []))
    if not tables:
        raise FileUnreadable(
            _("這個活頁簿裡沒有認得的工作表。"),
            remedy=_("工作表要用範本上的名稱，例如「學生」「修課」；請下載範本對照。"),
        )
    return Source(tables, term, passed, number)


_ASIDE = {"填寫說明"}


def _called(title: str) -> list[str]:
    """The kinds of sheets that have that name, in their order: a school's own list and a roster
    may have the same."""
    wanted, found = heading(title), []
    for known in importables():
        names = (known.kind, *map(heading, (known.sheet.title, *known.sheet.also)))
        if wanted in names:
            found.append(known.kind)
    return found


def _sheet_lines(book: Any, title: str) -> Lines:
    def lines() -> Iterator[tuple[int, Sequence[str]]]:
        sheet = book.get_sheet_by_name(title)
        if sheet.start is None:
            return
        blank = [""] * sheet.start[1]
        for number, cells in enumerate(sheet.iter_rows(), 1):
            yield number, [*blank, *map(text_of, cells)]

    return lines


def text_of(value: Any) -> str:
    """A workbook's value as it would be typed; whole numbers without a fraction.

    >>> text_of(1150101.0), text_of(date(2026, 9, 1)), text_of(True)
    ('1150101', '2026-09-01', '1')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return str(value)


def _cover(lines: Lines, school_code: str) -> tuple[Term | None, str]:
    """The term that an official cover sheet tells (central-rosters §1), 0 = the whole year; and
    its 名冊別 (§2).

    :raises FileUnreadable: another school's.
    """
    rows = [(number, cells) for number, cells in _first(lines)]
    if len(rows) < 2:
        return None, ""
    found = dict(zip((heading(one) for one in rows[0][1]), rows[1][1], strict=False))
    code = files.clean(found.get("學校代碼", "")).upper()
    if code and code != school_code:
        raise FileUnreadable(
            _("這份名冊是學校代碼 %(theirs)s 的，貴校是 %(ours)s。", theirs=code, ours=school_code),
            remedy=_("請確認選對檔案；封面的學校代碼要是貴校的 6 碼代碼。"),
        )
    number = files.clean(found.get("名冊別", ""))
    year, term = found.get("學年度", ""), found.get("學期", "")
    if year.isdigit() and term in {"0", "1", "2"}:
        return Term(int(year), int(term)), number
    return None, number

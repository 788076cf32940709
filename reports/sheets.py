"""The manifest's rows as a workbook and as CSV.

Workbook: identifiers, dates and codes are text cells, so 0920301 keeps its zero, and no text ever
becomes a formula or a link.  CSV: UTF-8 with a byte order mark, RFC 4180.

A spreadsheet program runs a CSV cell that begins with ``= + - @`` (or a tab or return before
them) as a formula.  :func:`csv_text` therefore puts an apostrophe before such a text, and also
before a text that already begins with an apostrophe; :func:`csv_original` takes one away.  So the
file is safe to open and nothing is lost: a reader strips exactly one leading apostrophe.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import xlsxwriter

from reports.atomic import atomic_file
from reports.manifest.model import Manifest, ManifestRow
from reports.manifest.words import TAIPEI, period, roc_date

LIMIT = 32_767
"""Characters a workbook cell can hold."""
CUT = "…（過長，以下略）"
"""Ends a text that a workbook cell cannot hold; the CSV has it whole."""
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class SheetColumn:
    """Heading, width in characters of the default font, and whether the cell is a number."""

    title: str
    width: float
    number: bool = False


COLUMNS = (
    SheetColumn("類別", 12),
    SheetColumn("班級", 12),
    SheetColumn("座號", 6),
    SheetColumn("學號", 12),
    SheetColumn("姓名", 14),
    SheetColumn("課程／類別名稱", 26),
    SheetColumn("課程代碼", 26),
    SheetColumn("名稱", 36),
    SheetColumn("檔名", 36),
    SheetColumn("檔案類型", 9),
    SheetColumn("檔案大小（位元組）", 17, number=True),
    SheetColumn("SHA-256", 68),
    SheetColumn("認證教師／佐證", 15),
    SheetColumn("日期", 11),
)


def manifest_values(manifest: Manifest) -> Iterator[tuple[str | int | None, ...]]:
    """The rows of a manifest in the order of COLUMNS, classes in order, outcomes first."""
    for block in manifest.classes:
        for kind, rows in (("課程學習成果", block.outcomes), ("多元表現", block.experiences)):
            for row in rows:
                yield _values(kind, row)


def _values(kind: str, row: ManifestRow) -> tuple[str | int | None, ...]:
    return (
        kind,
        row.class_name,
        row.seat,
        row.student_number,
        row.student_name,
        row.course,
        row.course_code,
        row.title,
        row.file_name,
        row.file_type,
        row.size,
        row.sha256,
        row.certified_by,
        roc_date(row.date),
    )


def workbook_text(text: str) -> str:
    """What a workbook can hold: no lone surrogate, no XML-forbidden control, a length.

    Forbidden characters become U+FFFD, so the place stays visible; a cut says that it is one.
    """
    clean = "".join(
        char if (char >= " " and not "\ud800" <= char <= "\udfff") or char in "\t\n\r" else "\ufffd"
        for char in text
    )
    clean = clean.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    return clean if len(clean) <= LIMIT else clean[: LIMIT - len(CUT)] + CUT


def write_manifest_xlsx(manifest: Manifest, target: Path | str | BinaryIO) -> int:
    """Write the rows as a workbook; returns how many.

    The header is frozen and filtered; the same input gives the same bytes.  A path is written
    whole or not at all.  Raises OSError.
    """
    with _place(target) as out, text_workbook(out) as book:
        title = f"{manifest.title} {manifest.number}"
        made = manifest.made_at.astimezone(TAIPEI).replace(tzinfo=None)
        book.set_properties(
            {
                "title": workbook_text(title),
                "subject": period(manifest.academic_year, manifest.term, manifest.batch),
                "company": workbook_text(manifest.school_name),
                "author": workbook_text(manifest.made_by),
                "created": made,
            }
        )
        sheet = book.add_worksheet("提交名冊")
        head = book.add_format(
            {"bold": True, "font_color": "#FFFFFF", "bg_color": "#0B5A4A", "valign": "vcenter"}
        )
        text = book.add_format({"num_format": "@", "valign": "top"})
        number = book.add_format({"num_format": "#,##0", "valign": "top"})
        for index, column in enumerate(COLUMNS):
            sheet.set_column(index, index, column.width, number if column.number else text)
        for index, column in enumerate(COLUMNS):
            sheet.write_string(0, index, column.title, head)
        sheet.freeze_panes(1, 5)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C第 &P 頁，共 &N 頁")
        count = 0
        for values in manifest_values(manifest):
            count += 1
            for index, value in enumerate(values):
                if value is None or value == "":
                    continue
                if isinstance(value, int):
                    sheet.write_number(count, index, value, number)
                else:
                    sheet.write_string(count, index, workbook_text(value), text)
        sheet.autofilter(0, 0, count, len(COLUMNS) - 1)
    return count


@contextmanager
def text_workbook(out: BinaryIO, beside: Path | None = None) -> Iterator[xlsxwriter.Workbook]:
    """A workbook that keeps one row in memory and takes text for text; written when all went well.

    Its temporary files are gone afterwards in any case.  ``beside``: the folder in which they lie
    meanwhile, so that whoever clears up there after a killed process finds them.
    """
    with tempfile.TemporaryDirectory(dir=beside) as room:
        book = xlsxwriter.Workbook(
            out,
            {
                "constant_memory": True,
                "tmpdir": room,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        try:
            yield book
        except BaseException:
            for sheet in book.worksheets():
                sheet.row_data_fh.close()
            raise
        book.close()


def csv_text(value: str | int | None) -> str:
    """One cell, safe to open in a spreadsheet program; :func:`csv_original` undoes it."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    return f"'{value}" if value.lstrip(" ").startswith(RISKY) else value


def csv_original(cell: str) -> str:
    """What :func:`csv_text` was given."""
    return cell[1:] if cell.startswith("'") else cell


def write_manifest_csv(manifest: Manifest, target: Path | str | BinaryIO) -> int:
    """Write the rows as CSV (UTF-8 BOM, CRLF, minimal quotes); returns how many.

    Lone surrogates become U+FFFD.  A path is written whole or not at all.  Raises OSError.
    """
    with _place(target) as out:
        return write_csv(out, [column.title for column in COLUMNS], manifest_values(manifest))


def write_csv(
    out: BinaryIO, header: Iterable[str], rows: Iterable[Iterable[str | int | None]]
) -> int:
    """Any table as CSV to a binary stream; returns the number of rows."""
    wrapper = io.TextIOWrapper(out, encoding="utf-8", errors="replace", newline="")
    wrapper.write("\ufeff")
    writer = csv.writer(wrapper, lineterminator="\r\n")
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow([csv_text(value) for value in row])
        count += 1
    wrapper.flush()
    wrapper.detach()
    return count


def _place(target: Path | str | BinaryIO):
    return atomic_file(Path(target)) if isinstance(target, str | Path) else nullcontext(target)

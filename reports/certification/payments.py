"""Payments of a period as a workbook: every row, and what they come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from reports.sheets import text_workbook, workbook_text


@dataclass(frozen=True)
class PaymentRow:
    """One payment."""

    paid_on: date
    amount: int
    reference: str
    payer: str
    kind: str
    case: str
    refund: int | None
    refunded_on: date | None
    refund_note: str
    note: str


@dataclass(frozen=True)
class PaymentWords:
    """Headings in the reader's language; `columns` in the order of the sheet."""

    sheet: str
    totals: str
    kind: str
    count: str
    amount: str
    refunded: str
    to_refund: str
    all: str
    columns: Sequence[str]


WIDTHS = (12, 11, 16, 16, 16, 16, 11, 12, 32, 32)


def write_payments(
    out: BinaryIO, title: str, rows: Sequence[PaymentRow], words: PaymentWords
) -> None:
    """Write the rows and a sheet of totals. Texts stay texts, whatever they look like."""
    with text_workbook(out) as book:
        bold = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": "#0B5A4A"})
        text = book.add_format({"num_format": "@", "valign": "top"})
        number = book.add_format({"num_format": "#,##0", "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"})
        sheet = book.add_worksheet(words.sheet)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 1)
        sheet.freeze_panes(2, 1)
        for index, width in enumerate(WIDTHS):
            sheet.set_column(index, index, width)
        sheet.write_string(0, 0, workbook_text(title), bold)
        for index, name in enumerate(words.columns):
            sheet.write_string(1, index, workbook_text(name), head)
        for line, row in enumerate(rows, 2):
            sheet.write_datetime(line, 0, row.paid_on, day)
            sheet.write_number(line, 1, row.amount, number)
            for index, said in ((2, row.reference), (3, row.payer), (4, row.kind), (5, row.case)):
                sheet.write_string(line, index, workbook_text(said), text)
            if row.refund is not None:
                sheet.write_number(line, 6, row.refund, number)
            if row.refunded_on is not None:
                sheet.write_datetime(line, 7, row.refunded_on, day)
            sheet.write_string(line, 8, workbook_text(row.refund_note), text)
            sheet.write_string(line, 9, workbook_text(row.note), text)
        totals = book.add_worksheet(words.totals)
        totals.set_column(0, 0, 24)
        totals.set_column(1, 2, 14)
        totals.set_paper(9)
        totals.write_string(0, 0, workbook_text(title), bold)
        for index, name in enumerate((words.kind, words.count, words.amount)):
            totals.write_string(1, index, workbook_text(name), head)
        for line, (name, count, amount) in enumerate(_totals(rows, words), 2):
            totals.write_string(line, 0, workbook_text(name), text)
            totals.write_number(line, 1, count, number)
            totals.write_number(line, 2, amount, number)


def _totals(rows: Sequence[PaymentRow], words: PaymentWords) -> list[tuple[str, int, int]]:
    """Each kind, everything, and what went or is to go back."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        kinds[row.kind].append(row.amount)
    gone = [row.refund for row in rows if row.refund is not None and row.refunded_on is not None]
    due = [row.refund for row in rows if row.refund is not None and row.refunded_on is None]
    return [
        *((kind, len(some), sum(some)) for kind, some in kinds.items()),
        (words.all, len(rows), sum(row.amount for row in rows)),
        (words.refunded, len(gone), sum(gone)),
        (words.to_refund, len(due), sum(due)),
    ]

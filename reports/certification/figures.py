"""The office's figures as a workbook: a sheet for each table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from reports.sheets import text_workbook, workbook_text

LONGEST_NAME = 31
"""Letters of a sheet's name."""


@dataclass(frozen=True)
class FigureTable:
    """One table: each row's name and its numbers; None is left empty."""

    name: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int | None]]]


def write_figures(out: BinaryIO, title: str, tables: Sequence[FigureTable]) -> None:
    """Write the tables; the first row of each sheet is the title, the second the headings."""
    with text_workbook(out) as book:
        bold = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": "#0B5A4A"})
        text = book.add_format({"num_format": "@"})
        number = book.add_format({"num_format": "#,##0"})
        for table in tables:
            sheet = book.add_worksheet(table.name[:LONGEST_NAME])
            sheet.set_column(0, 0, 28, text)
            sheet.set_column(1, max(len(table.columns) - 1, 1), 12, number)
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.freeze_panes(2, 1)
            sheet.write_string(0, 0, workbook_text(f"{title}－{table.name}"), bold)
            for index, name in enumerate(table.columns):
                sheet.write_string(1, index, workbook_text(name), head)
            for line, (name, values) in enumerate(table.rows, 2):
                sheet.write_string(line, 0, workbook_text(name), text)
                for index, value in enumerate(values, 1):
                    if value is not None:
                        sheet.write_number(line, index, value, number)

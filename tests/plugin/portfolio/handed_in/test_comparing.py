"""What this school handed in, read back: each sheet, each column."""

from __future__ import annotations

from typing import Any

import openpyxl
import pytest
from flask import Flask
from openpyxl.utils import get_column_letter

from plugin import db
from plugin.portfolio.models import EarlierRecord, Submission, SubmissionFileKind
from plugin.school.importing.models import ImportState
from tests.plugin.portfolio.academic.school import Records
from tests.plugin.portfolio.handed_in.world import (
    BOOKS,
    altered,
    clerk_of,
    content_of,
    data_sheets,
    make_all,
)
from tests.plugin.school.importing.world import Registry, counts, faults, told

SHEETS = {SubmissionFileKind.WORKBOOK: 6, SubmissionFileKind.EXPERIENCES: 10}


@pytest.fixture
def all_of(app: Flask) -> tuple[Records, Submission]:
    return make_all()


def read(clerk: Registry, content: bytes) -> Any:
    return clerk.upload(content, "名冊.xlsx")


def test_our_own_books_read_back_the_same_on_every_sheet(
    all_of: tuple[Records, Submission],
) -> None:
    school, made = all_of
    clerk = clerk_of(school)
    for kind in BOOKS:
        one = read(clerk, content_of(made, kind))
        assert told(one) == []
        assert one.state is ImportState.UNCHANGED, one.message
        assert len(one.counts) == SHEETS[kind]
        assert {(row["rows"], row["same"]) for row in one.counts.values()} == {(1, 1)}
    assert db.reading().query(EarlierRecord).count() == 0


@pytest.mark.parametrize("kind", BOOKS)
def test_each_changed_cell_is_named(
    all_of: tuple[Records, Submission], kind: SubmissionFileKind
) -> None:
    """Every cell of every sheet, but for the person's ID, one change for each upload of a book
    that has a change on all its sheets."""
    school, made = all_of
    clerk, content = clerk_of(school), content_of(made, kind)
    widest = max(len(heads) for _name, heads in data_sheets(content))
    for column in range(2, widest + 1):
        expected = set()

        def change(book: openpyxl.Workbook, column: int = column, expected: set = expected) -> None:
            for sheet in book.worksheets[1:]:
                title = sheet.cell(1, column).value
                if title is None:
                    continue
                cell = sheet.cell(2, column)
                cell.value = "別的"
                expected.add((sheet.title, f"{get_column_letter(column)}2", title))

        one = read(clerk, altered(content, change))
        assert one.state is ImportState.FAULTY, (one.message, one.counts)
        assert {(row.sheet, row.cell, row.column) for row in faults(one)} == expected
        assert all(made.number in row.reason for row in faults(one))


def test_an_emptied_cell_a_lost_row_and_a_row_too_many(all_of: tuple[Records, Submission]) -> None:
    school, made = all_of
    clerk, content = clerk_of(school), content_of(made, SubmissionFileKind.WORKBOOK)

    def change(book: openpyxl.Workbook) -> None:
        regular, retake = book["學期課程學習成果"], book["重修課程學習成果"]
        heads = [cell.value for cell in regular[1]]
        regular.cell(2, heads.index("成果簡述") + 1).value = None
        retake.append([cell.value for cell in retake[2]])
        book["重讀課程學習成果"].delete_rows(2)
        book.remove(book["借讀課程學習成果"])

    one = read(clerk, altered(content, change))
    found = {(row.sheet, row.row, row.column): row.reason for row in faults(one)}
    assert set(found) >= {("學期課程學習成果", 2, "成果簡述"), ("重修課程學習成果", 3, "")}
    assert "國語文" in found["學期課程學習成果", 2, "成果簡述"]
    assert "沒有這一列" in found["重修課程學習成果", 3, ""]
    missing = [row for row in faults(one) if row.row == 0]
    assert len(missing) == 2
    assert any("重讀英文" in row.reason for row in missing)
    assert any("缺少工作表「借讀課程學習成果」" in row.reason for row in missing)
    assert counts(one)["same"] == 3


def test_a_row_of_somebody_else_is_told(all_of: tuple[Records, Submission]) -> None:
    school, made = all_of
    content = content_of(made, SubmissionFileKind.EXPERIENCES)
    clerk = clerk_of(school)

    def change(book: openpyxl.Workbook) -> None:
        book["服務學習紀錄"]["A2"] = "Z199999999"

    one = read(clerk, altered(content, change))
    found = {(row.sheet, row.cell): row.reason for row in faults(one) if row.row}
    assert found[("服務學習紀錄", "A2")] == "找不到這位學生。"
    assert len(found) == 1

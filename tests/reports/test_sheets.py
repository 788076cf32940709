"""Workbook, CSV and official roster, read by other programs."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from reports.errors import UnknownBook
from reports.manifest import ClassBlock
from reports.roster import book, books, roster_text, write_roster
from reports.sheets import (
    COLUMNS,
    CUT,
    LIMIT,
    csv_original,
    csv_text,
    write_manifest_csv,
    write_manifest_xlsx,
)
from tests.reports.samples import MADE_AT, RARE, experience, manifest, row


def blocks() -> list[ClassBlock]:
    return [
        ClassBlock(
            "高二忠班",
            [
                row(student_name=RARE),
                row(title="=HYPERLINK(1)", file_name="https://example.edu.tw/a"),
                row(title="+1", size=None, file_name=""),
            ],
            [experience(title="12345", date=None)],
        )
    ]


def read(path, sheet=0) -> list[list]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(sheet).to_python()


def test_the_workbook_keeps_text_as_text(tmp_path):
    path = tmp_path / "m.xlsx"
    assert write_manifest_xlsx(manifest(blocks()), path) == 4
    rows = read(path)
    assert rows[0] == [column.title for column in COLUMNS]
    assert rows[1][3] == "0920301"
    assert rows[1][4] == RARE
    assert rows[1][10] == 1_572_864
    assert rows[1][11] == "0123456789abcdef" * 4
    assert rows[1][13] == "114.11.03"
    assert rows[2][7] == "=HYPERLINK(1)"
    assert rows[4][0] == "多元表現"
    assert rows[4][7] == "12345"
    sheet = openpyxl.load_workbook(path).active
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n"}
    assert not sheet._hyperlinks
    assert sheet["D2"].number_format == "@"
    assert sheet.freeze_panes == "F2"
    assert sheet.auto_filter.ref == "A1:N5"
    assert sheet.column_dimensions["H"].width > 30


def test_the_workbook_is_the_same_twice():
    one, two = io.BytesIO(), io.BytesIO()
    write_manifest_xlsx(manifest(blocks()), one)
    write_manifest_xlsx(manifest(blocks()), two)
    assert one.getvalue() == two.getvalue()


def test_a_text_no_cell_can_hold_says_that_it_was_cut(tmp_path):
    path = tmp_path / "m.xlsx"
    block = ClassBlock("班", [row(title="字" * 40_000, file_name="a\x00b\ud800c")])
    write_manifest_xlsx(manifest([block]), path)
    cells = read(path)[1]
    assert len(cells[7]) == LIMIT
    assert cells[7].endswith(CUT)
    assert cells[8] == "a\ufffdb\ufffdc"


def test_csv_is_rfc_4180_with_a_mark_and_runs_nothing(tmp_path):
    path = tmp_path / "m.csv"
    assert write_manifest_csv(manifest(blocks()), path) == 4
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == 5
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[2][7] == "'=HYPERLINK(1)"
    assert rows[3][7] == "'+1"
    assert csv_original(rows[2][7]) == "=HYPERLINK(1)"
    assert rows[1][3] == "0920301"


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_csv_cells_are_safe_and_lossless(text):
    cell = csv_text(text)
    assert csv_original(cell) == text
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_a_fault_in_the_rows_leaves_no_workbook(tmp_path):
    def rows():
        yield row()
        raise LookupError("gone")

    for write in (write_manifest_xlsx, write_manifest_csv):
        with pytest.raises(LookupError):
            write(manifest([ClassBlock("班", rows())]), tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_the_official_workbook(tmp_path):
    path = tmp_path / "r.xlsx"
    line = {
        "national_id": "a123456789",
        "birthday": date(2008, 9, 1),
        "taken_term": 1,
        "course_code": "112000B00H1110101103120",
        "subject": "物理",
        "grade": 2,
        "credits": 2.0,
        "summary": "=簡述",
        "document_link": "data/成果/1.pdf",
    }
    counts = write_roster(
        book("outcomes"),
        path,
        school_code="000B00",
        academic_year=114,
        made_at=MADE_AT,
        rows={"regular": [line]},
        batch="third_year_first",
    )
    assert counts["regular"] == 1
    opened = CalamineWorkbook.from_path(str(path))
    assert opened.sheet_names == [
        "封面",
        "學期課程學習成果",
        "補修課程學習成果",
        "重修課程學習成果",
        "重讀課程學習成果",
        "轉學轉科課程學習成果",
        "借讀課程學習成果",
    ]
    assert read(path) == [["學校代碼", "學年度", "學期", "名冊別"], ["000B00", "114", "0", "36"]]
    header, cells = read(path, 1)
    assert header == [
        "身分證號",
        "出生日期",
        "實際修課學期",
        "課程代碼",
        "科目名稱",
        "開課年級",
        "修課學分",
        "成果簡述",
        "文件連結",
        "影音連結",
    ]
    assert cells[:9] == [
        "A123456789",
        "0970901",
        "1",
        "112000B00H1110101103120",
        "物理",
        "2",
        "2",
        "=簡述",
        "data/成果/1.pdf",
    ]
    kinds = {c.data_type for c in openpyxl.load_workbook(path)["學期課程學習成果"][2]}
    assert kinds <= {"s", "n"}
    assert openpyxl.load_workbook(path)["學期課程學習成果"]["B2"].value == "0970901"


def test_night_division_counts_periods_and_file_columns_can_move():
    night = book("outcomes_night", file_columns="before_summary")
    assert [sheet.key for sheet in night.sheets] == ["regular", "transfer", "borrowed"]
    titles = [column.title for column in night.sheets[0].columns]
    assert "修課節數" in titles
    assert titles[-3:] == ["文件連結", "影音連結", "成果簡述"]
    assert "文件連結" not in [c.title for c in book("outcomes", "none").sheets[0].columns]
    inferred = {c.title for s in night.sheets for c in s.columns if c.confidence == "inferred"}
    assert inferred == {"文件連結", "影音連結"}
    assert set(books()) >= {"outcomes", "outcomes_night", "experiences"}


def test_what_a_book_does_not_have_is_refused(tmp_path):
    def write(**changes):
        common = {"school_code": "1", "academic_year": 114, "made_at": MADE_AT, "rows": {}}
        write_roster(book("outcomes"), tmp_path / "r.xlsx", **(common | changes))

    for changes in (
        {"batch": "fourth"},
        {"rows": {"club": []}},
        {"rows": {"regular": [{"colour": "green"}]}},
    ):
        with pytest.raises(UnknownBook):
            write(**changes)
    with pytest.raises(UnknownBook):
        book("nothing")
    assert list(tmp_path.iterdir()) == []


def test_roster_dates_have_seven_digits():
    assert roster_text(date(2003, 1, 2), "roc7") == "0920102"
    assert roster_text(None, "text") == ""
    assert roster_text(1.5, "number") == "1.5"

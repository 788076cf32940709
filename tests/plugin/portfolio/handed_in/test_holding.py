"""Books of years before this system: kept row by row, taken back, brought again, told when bad."""

from __future__ import annotations

from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db
from plugin.portfolio.models import (
    EarlierRecord,
    Experience,
    Outcome,
    SelectionKind,
    Submission,
    SubmissionFileKind,
)
from plugin.school.importing.models import ImportState
from plugin.vault.models import StoredFile
from tests.factories import make_course
from tests.plugin.portfolio.academic.school import Records
from tests.plugin.portfolio.handed_in.world import (
    BOOKS,
    EARLIER,
    clerk_of,
    code_of,
    content_of,
    earlier,
    make_all,
)
from tests.plugin.school.importing.world import Registry, counts, everything, faults, told

OUTCOMES, EXPERIENCES = BOOKS


@pytest.fixture
def all_of(app: Flask) -> tuple[Records, Submission]:
    return make_all()


def kept(kind: SelectionKind) -> dict[str, EarlierRecord]:
    db._close_reads()
    query = sa.select(EarlierRecord).where(EarlierRecord.record_kind == kind)
    return {one.sheet: one for one in db.reading().scalars(query)}


def brought(clerk: Registry, content: bytes) -> Any:
    one = clerk.upload(content, "名冊.xlsx")
    assert told(one) == []
    assert one.state is ImportState.READY, one.message
    one = clerk.apply(one)
    assert one.state is ImportState.APPLIED, one.message
    return one


def test_every_sheet_is_kept_and_taken_back(all_of: tuple[Records, Submission]) -> None:
    school, made = all_of
    clerk = clerk_of(school)
    world = school.world
    course = make_course(
        world.school, code=code_of(world.school, 0), academic_year=EARLIER, teacher=world.teacher
    )
    before = everything(Outcome, Experience, EarlierRecord)
    books = [earlier(content_of(made, kind)) for kind in BOOKS]
    brought(clerk, books[0])
    second = brought(clerk, books[1])
    outcomes, experiences = kept(SelectionKind.OUTCOME), kept(SelectionKind.EXPERIENCE)
    assert (len(outcomes), len(experiences)) == (6, 10)
    regular = outcomes["regular"]
    assert regular.course_id == course.id
    assert (regular.academic_year, regular.student_id) == (EARLIER, world.student.id)
    assert regular.cells["summary"] == "國語文"
    assert regular.cells["document_link"].endswith("-document.pdf")
    assert not {"national_id", "birthday"} & regular.cells.keys()
    assert experiences["service"].cells["start_on"] == "1150905"
    assert experiences["service"].cells["external_link"] == "https://example.org/v"
    # the school's own outcomes and experiences are what they were
    assert everything(Outcome, Experience) == {
        key: before[key] for key in ("outcome", "experience")
    }
    again = [clerk.upload(book, "名冊.xlsx") for book in books]
    assert [one.state for one in again] == [ImportState.UNCHANGED] * 2
    assert [counts(one)["same"] for one in again] == [6, 10]
    assert clerk.undo(second).state is ImportState.UNDONE
    assert kept(SelectionKind.EXPERIENCE) == {}
    assert len(kept(SelectionKind.OUTCOME)) == 6


def test_a_kept_row_is_no_file_and_can_not_be_handed_in(all_of: tuple[Records, Submission]) -> None:
    """Nothing of it is stored, chosen or counted: there is no way from it into a submission."""
    school, made = all_of
    stored = everything(StoredFile)
    book = earlier(content_of(made, OUTCOMES))
    one = brought(clerk_of(school), book)
    fresh = [
        row for row in everything(StoredFile)["stored_file"] if row not in stored["stored_file"]
    ]
    assert len(fresh) == 1, "the workbook itself and nothing else"
    assert one.file_id
    refer = {
        table.name
        for table in db.Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "earlier_record"
    }
    assert refer == set()
    files = {key.column.table.name for key in EarlierRecord.__table__.foreign_keys}
    assert "stored_file" not in files


def test_a_corrected_book_puts_right_what_is_kept(all_of: tuple[Records, Submission]) -> None:
    school, made = all_of
    clerk = clerk_of(school)
    content = content_of(made, OUTCOMES)
    brought(clerk, earlier(content))

    def change(book: openpyxl.Workbook) -> None:
        sheet = book["學期課程學習成果"]
        heads = [cell.value for cell in sheet[1]]
        sheet.cell(2, heads.index("成果簡述") + 1).value = "更正後"

    one = brought(clerk, earlier(content, change))
    assert (counts(one)["changed"], counts(one)["new"], counts(one)["same"]) == (1, 0, 5)
    assert kept(SelectionKind.OUTCOME)["regular"].cells["summary"] == "更正後"
    assert clerk.undo(one).state is ImportState.UNDONE
    assert kept(SelectionKind.OUTCOME)["regular"].cells["summary"] == "國語文"


BAD = [
    (OUTCOMES, "學期課程學習成果", "身分證號", "Z199999999", "找不到這位學生"),
    (OUTCOMES, "學期課程學習成果", "出生日期", "0990305", "出生日期不同"),
    (OUTCOMES, "學期課程學習成果", "出生日期", None, "沒有填"),
    (OUTCOMES, "學期課程學習成果", "實際修課學期", "3", "請填 1、2"),
    (OUTCOMES, "學期課程學習成果", "課程代碼", "114X", "23 碼"),
    (OUTCOMES, "補修課程學習成果", "科目名稱", None, "沒有填"),
    (OUTCOMES, "補修課程學習成果", "應修課學年度", "去年", "請填"),
    (OUTCOMES, "重修課程學習成果", "原修課開課年級", "九", "請填"),
    (OUTCOMES, "重讀課程學習成果", "修課學分", "兩", "請填數字"),
    (OUTCOMES, "轉學轉科課程學習成果", "原修課學校代碼", "12", "請填"),
    (OUTCOMES, "借讀課程學習成果", "成果簡述", "字" * 101, "超過 100 字"),
    (EXPERIENCES, "幹部經歷暨事蹟紀錄", "幹部等級", "8", "沒有代碼"),
    (EXPERIENCES, "競賽參與紀錄", "競賽名稱", None, ""),
    (EXPERIENCES, "檢定證照紀錄", "取得證照日期", "昨天", "看不懂"),
    (EXPERIENCES, "服務學習紀錄", "結束日期", "1130101", "早於"),
    (EXPERIENCES, "服務學習紀錄", "時數", "很多", "請填數字"),
]  # fmt: skip


@pytest.mark.parametrize("kind", BOOKS)
def test_every_bad_row_is_told_and_nothing_is_kept(
    all_of: tuple[Records, Submission], kind: SubmissionFileKind
) -> None:
    school, made = all_of
    clerk, content = clerk_of(school), content_of(made, kind)
    for _kind, title, column, value, reason in (one for one in BAD if one[0] is kind):

        def change(
            book: openpyxl.Workbook, title: str = title, column: str = column, value: Any = value
        ) -> None:
            sheet = book[title]
            heads = [cell.value for cell in sheet[1]]
            sheet.cell(2, heads.index(column) + 1).value = value

        one = clerk.upload(earlier(content, change), "名冊.xlsx")
        if not reason:  # another field still says what it was
            assert one.state is ImportState.READY, told(one)
            continue
        assert one.state is ImportState.FAULTY, (column, value)
        found = [(row.sheet, row.column, row.reason) for row in faults(one)]
        assert [row[:2] for row in found] == [(title, column)], found
        assert reason in found[0][2]
        assert faults(one)[0].cell.endswith("2")
    assert kept(SelectionKind.OUTCOME) == kept(SelectionKind.EXPERIENCE) == {}


def test_two_rows_with_the_same_file_and_another_school(all_of: tuple[Records, Submission]) -> None:
    school, made = all_of
    clerk, content = clerk_of(school), content_of(made, OUTCOMES)

    def twice(book: openpyxl.Workbook) -> None:
        sheet = book["學期課程學習成果"]
        sheet.append([cell.value for cell in sheet[2]])

    one = clerk.upload(earlier(content, twice), "名冊.xlsx")
    assert [row.column for row in faults(one)] == ["文件連結"]
    assert "第 2 列" in faults(one)[0].reason

    def foreign(book: openpyxl.Workbook) -> None:
        book["封面"]["A2"] = "190999"

    one = clerk.upload(earlier(content, foreign), "名冊.xlsx")
    assert one.state is ImportState.REFUSED
    assert "190999" in one.message


def test_rows_that_nothing_tells_apart_are_counted(all_of: tuple[Records, Submission]) -> None:
    """The oldest books have no column of files: two outcomes of one course differ by summary."""
    school, made = all_of
    clerk, content = clerk_of(school), content_of(made, OUTCOMES)

    def change(book: openpyxl.Workbook) -> None:
        for sheet in book.worksheets[1:]:
            heads = [cell.value for cell in sheet[1]]
            sheet.delete_cols(heads.index("文件連結") + 1, 2)
        regular = book["學期課程學習成果"]
        row = [cell.value for cell in regular[2]]
        regular.append([*row[:-1], "第二件"])

    book = earlier(content, change)
    brought(clerk, book)
    found = everything(EarlierRecord)["earlier_record"]
    assert len(found) == 7
    assert clerk.upload(book, "名冊.xlsx").state is ImportState.UNCHANGED


def test_the_running_year_is_this_system_s_own(all_of: tuple[Records, Submission]) -> None:
    school, made = all_of
    content = content_of(made, EXPERIENCES)

    def change(book: openpyxl.Workbook) -> None:
        book["封面"]["D2"] = "35"  # a batch that was not handed in

    one = clerk_of(school).upload(
        earlier(content, lambda book: (change(book), book["封面"].__setitem__("B2", "115"))[0]),
        "名冊.xlsx",
    )
    assert one.state is ImportState.FAULTY
    assert all("還沒有提交" in row.reason for row in faults(one))
    assert len(faults(one)) == 10

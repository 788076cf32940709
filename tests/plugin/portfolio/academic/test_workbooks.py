"""The official workbooks of a term, read back by another program, column by column."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from plugin import db, jobs
from plugin.errors import InvalidInput, NotFound
from plugin.portfolio import academic_work, record_kinds
from plugin.portfolio.models import CourseRecord, PostLevel, TermWorkbook
from plugin.portfolio.operations.academic import basics, doors, freezing, workbooks
from plugin.portfolio.operations.academic.basics import BasicInput
from plugin.school.models import SchoolClass
from plugin.settings import Settings
from plugin.vault import queries as vault_queries
from plugin.vault.models import StoredFile
from tests.plugin.portfolio.academic.school import TERM, Records
from tests.plugin.portfolio.world import make_world

OPENING = "身分證號 出生日期"
CLOSING = (
    "DataKey 備註(學生姓名) 備註(資料當學期班級) 備註(資料當學期座號) 備註(資料當學期學號) "
    "備註(資料次學期班級) 備註(資料次學期座號) 備註(資料次學期學號)"
)

# central-rosters.md §3.1–3.5, written down a second time
POSTS = {"幹部經歷紀錄": "單位名稱 開始日期 結束日期 擔任職務 幹部等級"}
STUDENTS = {
    "學生資料": (
        "性別代碼 群別代碼 科班學程別代碼 部別代碼 班別 年級 班級名稱 座號 特殊身分別 原住民族別 "
        "原住民身分別 族語認證報考方言 報考年度 族語認證有效日期 實驗班名稱 入學方式 學籍狀態 "
        "學籍異動日期"
    ),
    "學生借讀資料": (
        "所屬學校代碼 借讀學校代碼 群別 借讀科班學程別 借讀代碼 申請開始日期 申請結束日期"
    ),
}
GRADES = {
    "學期成績": (
        "課程代碼 科目名稱 開課年級 修課學分 學期學業成績 成績及格 補考成績 補考及格 "
        "是否採計學分 質性文字描述"
    ),
    "補修成績": (
        "應修課學年度 應修課學期 課程代碼 科目名稱 開課年級 修課學分 補修成績 補修及格 補考成績 "
        "補考及格 補修方式 是否採計學分 質性文字描述"
    ),
    "轉學轉科成績": (
        "對應學年度 對應學期 課程代碼 科目名稱 對應年級 修課學分 身分別 抵免後成績 成績及格 "
        "是否採計學分 質性文字描述"
    ),
}
RETAKES = {
    "重修成績": (
        "原修課學年度 原修課學期 原修課課程代碼 原修課科目名稱 原修課開課年級 原修課修課學分 "
        "重修方式 重修成績 重修及格 質性文字描述"
    ),
    "重讀成績": (
        "課程代碼 科目名稱 開課年級 修課學分 再次修習成績 再次修習成績及格 補考成績 補考及格 "
        "重讀成績 成績及格 重讀註記 是否採計學分 質性文字描述"
    ),
}
NIGHT = {
    "學期成績": (
        "課程代碼 科目名稱 開課年級 修課節數 學期學業成績 成績及格 學年學業成績 學年及格 "
        "是否採計學時 質性文字描述"
    ),
    "補考成績": (
        "課程代碼 科目名稱 開課年級 第一學期開設修課節數 第二學期開設修課節數 第一次補考成績 "
        "第一次及格 第二次補考成績 第二次及格"
    ),
    "轉學轉科成績": (
        "對應學年度 對應學期 課程代碼 科目名稱 對應年級 修課節數 身分別 抵免後成績 成績及格 "
        "是否採計學時 質性文字描述"
    ),
}
BOOKS = {
    "students": ("學生資料名冊", STUDENTS, ""),
    "posts": ("校內幹部經歷名冊", POSTS, ""),
    "grades": ("學生成績名冊", GRADES, CLOSING),
    "retakes": ("學生重修重讀成績名冊", RETAKES, CLOSING),
    "grades_night": ("進修部(學校)學生成績名冊", NIGHT, CLOSING),
}


def path_of(made: TermWorkbook) -> Path:
    db._close_reads()
    done = db.reading().get_one(TermWorkbook, made.id)
    assert done.file_id, "the job has not finished"
    return vault_queries.objects_for_package([done.file_id])[done.file_id].path


def hand_in(school: Records, key: str, batch: str = "ordinary", number: str = "24") -> TermWorkbook:
    """As the registry does it at last: frozen, and whatever the checks say."""
    if (
        key not in {"posts", "students"}
        and doors.freeze_of(school.clerk.school_id or 0, TERM, None) is None
    ):
        freezing.freeze_term(school.clerk, TERM)
    return workbooks.begin(school.clerk, key, TERM, batch, number, override="已查明")


def make(
    school: Records, key: str, batch: str = "ordinary", number: str = "24"
) -> CalamineWorkbook:
    return CalamineWorkbook.from_path(str(path_of(hand_in(school, key, batch, number))))


def rows(opened: CalamineWorkbook, sheet: str) -> list[dict[str, Any]]:
    header, *lines = opened.get_sheet_by_name(sheet).to_python()
    return [dict(zip(header, line, strict=True)) for line in lines]


@pytest.mark.parametrize("key", BOOKS)
def test_sheets_and_columns_are_those_of_the_rosters(school: Records, key: str) -> None:
    name, sheets, closing = BOOKS[key]
    assert workbooks.book_of(key).name == name
    opened = make(school, key, number="97")
    assert opened.sheet_names == ["封面", *sheets]
    assert opened.get_sheet_by_name("封面").to_python() == [
        ["學校代碼", "學年度", "學期", "名冊別"],
        [school.world.school.code, "115", "1", "97"],
    ]
    for sheet, own in sheets.items():
        (header,) = opened.get_sheet_by_name(sheet).to_python()
        assert " ".join(header) == " ".join(filter(None, (OPENING, own, closing)))


def test_grades_cell_by_cell(school: Records) -> None:
    school.grade("88.25", "59", note="=1+1")
    opened = make(school, "grades")
    first, second = rows(opened, "學期成績")
    course = school.world.course
    assert first == {
        "身分證號": "A123456789", "出生日期": "0990304", "課程代碼": course.code,
        "科目名稱": course.name, "開課年級": "1", "修課學分": "4", "學期學業成績": "88.25",
        "成績及格": "1", "補考成績": "-1", "補考及格": "-1", "是否採計學分": "1",
        "質性文字描述": "=1+1", "DataKey": "", "備註(學生姓名)": school.world.student.name,
        "備註(資料當學期班級)": school.world.school_class.name, "備註(資料當學期座號)": "1",
        "備註(資料當學期學號)": school.world.student.number,
        "備註(資料次學期班級)": school.world.school_class.name, "備註(資料次學期座號)": "1",
        "備註(資料次學期學號)": school.world.student.number,
    }  # fmt: skip
    assert (second["身分證號"], second["學期學業成績"], second["成績及格"]) == (
        "B234567890", "59", "0",
    )  # fmt: skip


@pytest.mark.parametrize("kind", [one.key for one in record_kinds.kinds() if one.book])
def test_every_kind_comes_to_its_sheet(school: Records, kind: str) -> None:
    of = record_kinds.kind(kind)
    made = school.enter(kind, note="有進步")
    name = next(one.name for one in workbooks.book_of(of.book).sheets if one.key == of.sheet)
    opened = make(school, of.book)
    (line,) = rows(opened, name)
    said = record_kinds.typed(made)
    for column in of.columns:
        if column.format == "flag":
            continue
        wanted = said[column.key]
        if column.format == "score":
            wanted = wanted or "-1"
            if of.capped:
                wanted = "60"
        assert line[column.title] == wanted, column.title
    flags = {c.title: line[c.title] for c in of.columns if c.format == "flag"}
    assert set(flags.values()) <= {"1", "0", "-1"}
    others = [one for one in opened.sheet_names[1:] if one != name]
    assert all(rows(opened, one) == [] for one in others)


def test_what_may_not_be_handed_in_is_left_out(school: Records) -> None:
    code = school.world.course.code
    school.enter(code=code, subject="國文")
    with db.writing() as session:
        row = session.scalars(sa.select(CourseRecord)).one()
        row.code = code[:16] + "8" + code[17] + "0" + code[19:]
    assert rows(make(school, "grades"), "學期成績") == []


def test_posts_go_by_grade_and_batch(school: Records) -> None:
    school.post(level=PostLevel.CLUB, unit="天文社", duty="社長")
    ordinary = rows(make(school, "posts"), "幹部經歷紀錄")
    assert ordinary == [
        {"身分證號": "A123456789", "出生日期": "0990304", "單位名稱": "天文社",
         "開始日期": "1150901", "結束日期": "1160120", "擔任職務": "社長", "幹部等級": "3"}
    ]  # fmt: skip
    assert rows(make(school, "posts", "third_year_first", "34"), "幹部經歷紀錄") == []
    with db.writing() as session:
        session.get_one(SchoolClass, school.world.school_class.id).grade = 3
    assert rows(make(school, "posts"), "幹部經歷紀錄") == []
    assert rows(make(school, "posts", "third_year_second", "74"), "幹部經歷紀錄") == ordinary


def test_basic_data_and_who_studies_elsewhere(school: Records) -> None:
    details = {"sex": "1", "admission": "分區免試", "lent_school": "990002",
               "lent_from": "2026-09-01", "home_school": "990001"}  # fmt: skip
    values = BasicInput(
        grade=1, class_name="一年一班", seat=1, cluster="11", department="101", division="1",
        class_kind="1", details=details, changed_on=None,
    )  # fmt: skip
    basics.set_basic(school.clerk, school.world.student.id, TERM, values)
    basics.set_basic(school.clerk, school.mate.id, TERM, BasicInput(grade=1))
    opened = make(school, "students")
    one, other = rows(opened, "學生資料")
    assert (one["群別代碼"], one["班別"], one["入學方式"], one["學籍異動日期"]) == (
        "11", "1", "分區免試", "",
    )  # fmt: skip
    assert other["學籍狀態"] == "在學"
    (lent,) = rows(opened, "學生借讀資料")
    assert (lent["借讀學校代碼"], lent["申請開始日期"]) == ("990002", "1150901")


def test_every_cell_is_text(school: Records) -> None:
    school.grade("88.5", "59")
    made = hand_in(school, "grades", number="97")
    with path_of(made).open("rb") as stream:
        sheet = openpyxl.load_workbook(stream)["學期成績"]
    cells = [cell for line in sheet.iter_rows(min_row=2) for cell in line]
    assert {cell.number_format for cell in cells} == {"@"}
    assert {type(cell.value) for cell in cells} <= {str, type(None)}
    assert sheet["B2"].value == "0990304"


class TestMaking:
    def test_versions_stand_beside_each_other_in_the_vault(self, school: Records) -> None:
        one = workbooks.begin(school.clerk, "posts", TERM, "ordinary", "24")
        school.post()
        two = workbooks.begin(school.clerk, "posts", TERM, "ordinary", "24")
        assert (one.version, two.version) == (1, 2)
        assert path_of(one) != path_of(two)
        done = db.reading().get_one(TermWorkbook, two.id)
        assert done.counts == {"posts": 1}

    def test_a_worker_that_takes_over_makes_it_once(self, school: Records) -> None:
        made = workbooks.begin(school.clerk, "posts", TERM, "ordinary", "24")
        file = db.reading().get_one(TermWorkbook, made.id).file_id
        with db.writing() as session:
            session.get_one(jobs.Job, made.job_id).state = jobs.JobState.QUEUED
        jobs.run(made.job_id or 0)
        db._close_reads()
        assert db.reading().get_one(TermWorkbook, made.id).file_id == file
        slots = sa.select(StoredFile.id).where(StoredFile.slot.startswith("workbook.posts"))
        stored = db.reading().scalars(slots).all()
        assert (len(stored), stored[0]) == (4, file)

    def test_one_that_breaks_leaves_nothing_on_the_disk(
        self, school: Records, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[Path] = []

        def breaks(_actor: Any, target: Path, **_more: Any) -> None:
            seen.append(target)
            assert target.stat().st_size
            assert target.parent.stat().st_mode & 0o777 == 0o700
            raise OSError("no space left")

        monkeypatch.setattr(academic_work.vault, "deposit", breaks)
        workbooks.begin(school.clerk, "posts", TERM, "ordinary", "24")
        assert len(seen) == 1
        assert list(settings.reports.iterdir()) == []

    @pytest.mark.parametrize(
        ("key", "batch", "number"),
        [("grades", "ordinary", ""), ("grades", "third_year_first", "1"), ("posts", "x", "24"),
         ("posts", "ordinary", "二四")],
    )  # fmt: skip
    def test_what_is_no_book(self, school: Records, key: str, batch: str, number: str) -> None:
        with pytest.raises(InvalidInput):
            workbooks.begin(school.clerk, key, TERM, batch, number)

    def test_each_office_its_books(self, school: Records) -> None:
        made = workbooks.begin(school.affairs, "posts", TERM, "ordinary", "24")
        grades = workbooks.begin(school.clerk, "grades", TERM, "ordinary", "97")
        assert workbooks.seen(school.clerk, made.id).id == made.id
        for actor in (school.affairs, school.master, make_world().clerk):
            with pytest.raises(NotFound):
                workbooks.seen(actor, grades.id)
        for actor in (school.affairs, school.master, school.pupil):
            with pytest.raises(NotFound):
                workbooks.begin(actor, "retakes", TERM, "ordinary", "97")
        with pytest.raises(NotFound):
            workbooks.begin(school.clerk, "outcomes", TERM, "ordinary", "26")


def test_dates_are_seven_digits(school: Records) -> None:
    school.post(starts_on=date(2026, 8, 1))
    (line,) = rows(make(school, "posts"), "幹部經歷紀錄")
    assert line["開始日期"] == "1150801"

"""Basic data from files: the template, and the official 學生資料名冊 as it is handed in."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import event

from plugin import db
from plugin.portfolio.models import BasicRecord, CaseArea, ChangeKind
from plugin.portfolio.operations.academic import basics, cases, freezing, workbooks
from plugin.portfolio.operations.academic.basics import BasicInput
from plugin.portfolio.operations.academic.bring_basics import IMPORTABLE
from plugin.school.importing import importables, template
from plugin.school.importing.models import ImportState, SchoolImport
from plugin.school.models import Person, School, SchoolClass, Window, WindowKind
from plugin.school.terms import Term
from tests.factories import YEAR, make_class, make_school, make_student, make_window
from tests.plugin.portfolio.academic.school import TERM, Records
from tests.plugin.portfolio.academic.test_workbooks import path_of
from tests.plugin.school.importing.world import (
    Registry,
    counts,
    csv_bytes,
    everything,
    faults,
    told,
)

LENT = {
    "home_school": "110301", "lent_school": "990002", "lent_cluster": "11",
    "lent_department": "101", "lent_kind": "1", "lent_from": "2026-09-01",
    "lent_until": "2027-01-20",
}  # fmt: skip
DETAILS = {
    "sex": "2", "special": "1,4", "tribe": "阿美族", "native_kind": "1", "dialect": "南勢阿美語",
    "exam_year": "114", "exam_until": "117", "experiment": "科學實驗班", "admission": "直升入學",
}  # fmt: skip


@pytest.fixture
def registry(school: Records) -> Registry:
    return Registry(school.world.school)


@pytest.fixture
def number(school: Records) -> str:
    return school.world.student.number


def of(student: Person, term: Term = TERM) -> BasicRecord | None:
    db._close_reads()
    return db.reading().scalar(
        sa.select(BasicRecord).where(
            BasicRecord.student_id == student.id,
            BasicRecord.academic_year == term.academic_year,
            BasicRecord.term == term.term,
        )
    )


def kept(student: Person) -> BasicRecord:
    row = of(student)
    assert row is not None
    return row


def filled(school: Records, **more: Any) -> tuple[BasicInput, BasicInput]:
    """Two students with something in every column."""
    where = school.world.school_class
    one = BasicInput(
        grade=where.grade, class_code=where.code, class_name=where.name, seat=1, cluster="21",
        department="401", division="1", class_kind="9", status="休學中",
        change=ChangeKind.SUSPEND, changed_on=date(2026, 10, 5), details=DETAILS,
    )  # fmt: skip
    two = BasicInput(
        grade=where.grade, class_code=where.code, class_name=where.name, seat=2, cluster="11",
        department="101", class_kind="01", details={"sex": "1", **LENT},
    )  # fmt: skip
    basics.set_basic(school.clerk, school.world.student.id, TERM, one)
    basics.set_basic(school.clerk, school.mate.id, TERM, two)
    return one, two


class TestTemplate:
    def test_out_and_in_again(self, school: Records, registry: Registry, number: str) -> None:
        """The sheet that is offered, filled in with words and codes, is what is read."""
        book = openpyxl.load_workbook(io.BytesIO(template.workbook([IMPORTABLE])))
        sheet = book["基本資料"]
        titles = [cell.value for cell in sheet[1]]
        filled = {
            "學號": number, "姓名": school.world.student.name, "群別代碼": "21",
            "科班學程別代碼": "401", "部別代碼": "1", "班別": "日間部(一般班)", "性別代碼": "1 男",
            "特殊身分別": "1,4", "入學方式": "直升入學", "學籍異動": "轉入",
            "學籍異動日期": "115/9/1", "申請開始日期": "2026-09-01",
        }  # fmt: skip
        sheet.append([filled.get(title) for title in titles])
        sheet.append(
            [{"學號": school.mate.number, "性別代碼": "女", "班別": "4"}.get(one) for one in titles]
        )
        out = io.BytesIO()
        book.save(out)
        done = registry.apply(registry.upload(out.getvalue(), "基本資料.xlsx"))
        assert done.state is ImportState.APPLIED, told(done)
        row, where = kept(school.world.student), school.world.school_class
        # class, seat and grade are the roster's, as the form has them
        assert (row.grade, row.class_code, row.class_name, row.seat) == (
            where.grade, where.code, where.name, 1,
        )  # fmt: skip
        assert (row.cluster, row.department, row.division, row.class_kind) == (
            "21",
            "401",
            "1",
            "1",
        )
        assert (row.status, row.change, row.changed_on) == (
            "在學", ChangeKind.TRANSFER_IN, date(2026, 9, 1),
        )  # fmt: skip
        assert row.details == {
            "sex": "1", "special": "1,4", "admission": "直升入學", "lent_from": "2026-09-01",
        }  # fmt: skip
        other = kept(school.mate)
        assert (other.details, other.class_kind, other.seat) == ({"sex": "2"}, "4", 2)
        assert other.set_by_id == registry.actor.person_id

    def test_the_code_tables_stand_in_the_template(self) -> None:
        book = openpyxl.load_workbook(io.BytesIO(template.workbook([IMPORTABLE])))
        said = {row[1]: row for row in book["填寫說明"].iter_rows(values_only=True)}
        assert "1 日間部（一般班）、2 夜間部（一般班）" in said["班別"][3]
        assert said["性別代碼"][5] == "1 男、2 女"
        assert "轉科" in said["學籍異動"][5]

    def test_the_same_again_is_nothing_and_empty_cells_leave_what_is_known(
        self, school: Records, registry: Registry
    ) -> None:
        filled(school)
        before = everything(BasicRecord)
        lines = [
            ("學號", "群別代碼", "科班學程別代碼", "學籍狀態", "借讀學校代碼"),
            (school.world.student.number, "21", "401", "休學中", ""),
            (school.mate.number, "11", "", "", "990002"),
        ]
        again = registry.upload(csv_bytes(lines), "基本資料.csv")
        assert again.state is ImportState.UNCHANGED, told(again)
        assert counts(again) == {"new": 0, "changed": 0, "gone": 0, "same": 2, "faults": 0}
        lines[1] = (school.world.student.number, "22", "", "", "")
        done = registry.apply(registry.upload(csv_bytes(lines), "基本資料.csv"))
        assert counts(done, "changed", "same") == {"changed": 1, "same": 1}
        row = kept(school.world.student)
        assert (row.cluster, row.department, row.version) == ("22", "401", 2)
        registry.undo(done)
        row = kept(school.world.student)
        assert (row.cluster, row.details) == ("21", DETAILS)
        after = everything(BasicRecord)["basic_record"]
        changed = [one for one in after if one not in before["basic_record"]]
        assert len(changed) == 1  # its version and who set it last; the other row is as it was

    def test_a_new_term_goes_on_as_the_last(
        self, school: Records, registry: Registry, number: str
    ) -> None:
        filled(school)
        make_window(school.world.school, WindowKind.BASIC_DATA, term=2)
        lines = [("學號", "學期", "部別代碼"), (number, 2, "2")]
        done = registry.brought({"基本資料": lines})
        row = of(school.world.student, Term(YEAR, 2))
        assert row is not None
        assert (row.cluster, row.division, row.details["sex"], row.change) == (
            "21", "2", "2", ChangeKind.NONE,
        )  # fmt: skip
        registry.undo(done)
        assert of(school.world.student, Term(YEAR, 2)) is None
        assert kept(school.world.student).division == "1"


class TestOfficial:
    """The book that the term's builder makes, read by a school that has none of it."""

    @pytest.fixture
    def theirs(self, school: Records) -> Registry:
        """Another school with the same two students, a class of the same name, open windows."""
        other = make_school()
        room = make_class(other)
        with db.writing() as session:
            session.get_one(SchoolClass, room.id).name = school.world.school_class.name
        for seat, one in enumerate((school.world.student, school.mate), 1):
            make_student(
                other, room, seat, name=one.name,
                national_id=one.national_id, birthday=one.birthday,
            )  # fmt: skip
        make_window(other, WindowKind.BASIC_DATA)
        return Registry(other)

    def book(self, school: Records, registry: Registry) -> Any:
        path = path_of(workbooks.begin(school.clerk, "students", TERM, "ordinary", "97"))
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
        book["封面"]["A2"] = registry.school.code
        return book

    def upload(self, registry: Registry, book: Any) -> SchoolImport:
        out = io.BytesIO()
        book.save(out)
        return registry.upload(out.getvalue(), "學生資料名冊.xlsx", term=Term(YEAR, 2))

    def students(self, of: School) -> list[Person]:
        query = sa.select(Person).where(Person.school_id == of.id, Person.national_id.is_not(None))
        return sorted(db.reading().scalars(query), key=lambda one: one.national_id or "")

    def test_what_is_handed_in_can_be_brought_in(self, school: Records, theirs: Registry) -> None:
        given = filled(school)
        ours = everything(BasicRecord)["basic_record"]
        done = theirs.apply(self.upload(theirs, self.book(school, theirs)))
        assert done.state is ImportState.APPLIED, (done.message, told(done))
        assert done.term == 1, "the cover says it"
        room = db.reading().scalar(
            sa.select(SchoolClass).where(SchoolClass.school_id == theirs.school.id)
        )
        assert room is not None
        for student, values in zip(self.students(theirs.school), given, strict=True):
            row = kept(student)
            for name in BasicInput.__dataclass_fields__:
                # the book has no code of the class: the one of the class of that name
                expected = room.code if name == "class_code" else getattr(values, name)
                assert getattr(row, name) == expected, name
        again = self.upload(theirs, self.book(school, theirs))
        assert again.state is ImportState.UNCHANGED, told(again)
        assert counts(again, "same") == {"same": 3}  # two students, one of them twice: 借讀
        assert everything(BasicRecord)["basic_record"] != ours
        theirs.undo(done)
        assert everything(BasicRecord)["basic_record"] == ours, "of the other school nothing went"

    def test_who_is_nobody_is_told_with_sheet_row_and_cell(
        self, school: Records, theirs: Registry
    ) -> None:
        filled(school)
        book = self.book(school, theirs)
        book["學生資料"]["A2"] = "F131104093"
        book["學生資料"]["B3"] = "0990507"
        book["學生借讀資料"]["A2"] = "F131104093"
        made = self.upload(theirs, book)
        assert made.state is ImportState.FAULTY
        assert told(made) == [
            "學生資料 A2 F131104093: 找不到這位學生。",
            "學生資料 B3 0990507: 這位學生在名單上的出生日期不同。",
            "學生借讀資料 A2 F131104093: 找不到這位學生。",
        ]
        assert of(self.students(theirs.school)[0]) is None

    def test_a_change_that_the_book_does_not_name(self, school: Records, theirs: Registry) -> None:
        filled(school)
        book = self.book(school, theirs)
        sheet = book["學生資料"]
        heads = [cell.value for cell in sheet[1]]
        sheet.cell(2, heads.index("學籍狀態") + 1).value = "在學"
        assert "請選擇是哪一種異動" in str(told(self.upload(theirs, book)))
        sheet.cell(1, len(heads) + 1).value = "學籍異動"
        sheet.cell(2, len(heads) + 1).value = "復學"
        theirs.apply(self.upload(theirs, book))
        row = kept(self.students(theirs.school)[0])
        assert (row.status, row.change) == ("在學", ChangeKind.RESUME)

    def test_who_studies_elsewhere_must_have_basic_data(
        self, school: Records, theirs: Registry
    ) -> None:
        filled(school)
        book = self.book(school, theirs)
        book["學生資料"].delete_rows(3)
        (said,) = told(self.upload(theirs, book))
        assert said.startswith(f"學生借讀資料 A2 {school.mate.national_id}: 這位學生這個學期還沒有")

    def test_a_plain_list_of_that_name_is_still_the_students(
        self, school: Records, registry: Registry, number: str
    ) -> None:
        lines = [("學號", "姓名", "班級名稱", "年級"), (number, "王小明", "一年一班", 1)]
        made = registry.book({"學生資料": lines})
        assert list(made.counts) == ["students"]
        guessed = registry.upload(csv_bytes([("學號", "姓名"), (number, "王小明")]), "名單.csv")
        assert list(guessed.counts) == ["students"]


class TestRefused:
    def test_bad_cells_and_rows(self, school: Records, registry: Registry, number: str) -> None:
        someone = make_student(school.world.school, None, 0)  # in no class: no grade is known
        lines = [
            ("學號", "姓名", "年級", "性別代碼", "班別", "學籍異動日期", "借讀學校代碼"),
            (number, "別人", "", "", "", "", ""),
            (school.mate.number, "", "七", "3", "一般", "9月", "12345678"),
            (someone.number, "", "", "1", "", "", ""),
            ("A123456789", "", "", "1", "", "", ""),
            ("9999999", "", "", "1", "", "", ""),
        ]
        made = registry.book({"基本資料": lines})
        assert made.state is ImportState.FAULTY
        assert sorted(one.split(": ")[0] for one in told(made)) == [
            "基本資料 A5 A123456789",
            "基本資料 A6 9999999",
            "基本資料 B2 別人",
            "基本資料 C3 七",
            "基本資料 C4 None",
            "基本資料 D3 3",
            "基本資料 E3 一般",
            "基本資料 F3 9月",
            "基本資料 G3 12345678",
        ]
        said = str(told(made))
        assert "請填：1 男、2 女" in said
        assert "與第 2 列是同一位學生" in said
        assert "請填寫「年級」" in said
        assert everything(BasicRecord)["basic_record"] == []

    def test_another_schools_students_are_nobody(self, school: Records, number: str) -> None:
        filled(school)
        before = everything(BasicRecord)
        other = Registry(make_school())
        made = other.book({"基本資料": [("學號", "群別代碼"), (number, "99")]})
        assert "找不到這位學生" in str(told(made))
        assert everything(BasicRecord) == before

    def test_a_frozen_term(self, school: Records, registry: Registry, number: str) -> None:
        lines = [("學號", "群別代碼"), (number, "21")]
        ready, done = registry.book({"基本資料": lines}), registry.brought({"基本資料": lines})
        freezing.freeze_term(school.clerk, TERM)
        lines[1] = (number, "22")
        assert "已經整學期凍結" in str(told(registry.book({"基本資料": lines})))
        back = registry.undo(done)
        assert (back.state, "凍結" in back.message) == (ImportState.APPLIED, True)
        late = registry.apply(ready)
        assert late.state is ImportState.READY
        assert kept(school.world.student).cluster == "21"

    def test_frozen_between_preview_and_writing(
        self, school: Records, registry: Registry, number: str
    ) -> None:
        ready = registry.book({"基本資料": [("學號", "群別代碼"), (number, "21")]})
        freezing.freeze_term(school.clerk, TERM)
        late = registry.apply(ready)
        assert (late.state, "凍結" in late.message) == (ImportState.READY, True)
        assert of(school.world.student) is None

    def test_a_closed_window_but_for_what_was_reported(
        self, school: Records, registry: Registry, number: str
    ) -> None:
        cases.report(school.pupil, CaseArea.BASIC, TERM, "群別代碼不對。")
        with db.writing() as session:
            session.execute(sa.delete(Window).where(Window.kind == WindowKind.BASIC_DATA))
        lines = [("學號", "群別代碼"), (number, "21"), (school.mate.number, "21")]
        (said,) = faults(registry.book({"基本資料": lines}))
        assert (said.row, "尚未設定" in said.reason) == (3, True)
        registry.brought({"基本資料": lines[:2]})
        assert kept(school.world.student).cluster == "21"


def test_the_page_lists_it_by_itself(
    client: FlaskClient, registry: Registry, act_as: Callable[[Any], Any]
) -> None:
    act_as(registry.actor)
    assert "template.xlsx?kind=basics" in client.get("/school/imports/").text
    blank = client.get("/school/imports/template/basics.csv").data.decode("utf-8-sig")
    assert blank.startswith("學號,姓名,出生日期,學年度,學期,年級,班級代碼")
    asked = client.get("/school/imports/new").text
    assert 'value="basics"' in asked
    assert 'value="basics.lent"' in asked
    kinds = [one.kind for one in importables()]
    assert kinds.index("students") < kinds.index("basics") < kinds.index("basics.lent")
    assert [one.kind for one in template.offered() if one.kind.startswith("basics")] == ["basics"]


def test_more_rows_take_no_more_statements(school: Records, registry: Registry) -> None:
    room = school.world.school_class
    people = [make_student(school.world.school, room, 10 + n) for n in range(40)]
    heads = ("學號", "群別代碼", "性別代碼")

    def statements(some: list[Person], cluster: str) -> int:
        seen: list[str] = []

        def count(_c: Any, _cursor: Any, text: str, _p: Any, _x: Any, _many: bool) -> None:
            seen.append(text)

        lines = [heads, *((one.number, cluster, "1") for one in some)]
        event.listen(db.engine(), "before_cursor_execute", count)
        try:
            registry.brought({"基本資料": lines})
        finally:
            event.remove(db.engine(), "before_cursor_execute", count)
        return len(seen)

    few, many = people[:3], people[3:]
    statements(people[:1], "10")  # what is asked once an installation
    assert statements(many, "21") <= statements(few, "21")
    assert statements(many, "22") <= statements(few, "22")
    assert {kept(one).cluster for one in people} == {"22"}

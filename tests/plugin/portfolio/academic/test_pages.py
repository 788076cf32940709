"""The pages of the academic records over HTTP: what people see, what happens to what they type."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from plugin import db
from plugin.actor import Actor
from plugin.portfolio.models import (
    BasicRecord,
    CaseState,
    CourseFreeze,
    CourseRecord,
    OfficerPost,
    RecordCase,
    TermWorkbook,
)
from plugin.portfolio.operations.academic import cases
from plugin.portfolio.queries.academic import checks
from tests.factories import COURSE_CODE
from tests.plugin.portfolio.academic.school import TERM, Records, typed

ActAs = Callable[[Actor | None], Actor | None]


def post(client: FlaskClient, address: str, /, **values: Any) -> Any:
    """Send a form the way a browser does."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/inbox").text)
    assert token
    return client.post(address, data={"csrf_token": token[1], **values})


def main(page: str) -> str:
    return page.partition("<main")[2].partition("</main")[0]


def one(model: Any) -> Any:
    db._close_reads()
    return db.reading().scalars(sa.select(model)).one()


class TestGrid:
    def test_pasted_looked_at_saved(
        self, client: FlaskClient, school: Records, act_as: ActAs
    ) -> None:
        act_as(school.master)
        student, door = school.world.student, f"/academic/teaching/{school.world.course.id}"
        paste = f"學號\t姓名\t成績\t評語\n{student.number}\t{student.name}\t88.25\t認真"
        page = post(client, door, act="fill", paste=paste)
        assert page.status_code == 200
        assert f'name="score-{student.id}" value="88.25"' in page.text
        assert "尚未儲存" in page.text
        assert db.reading().scalars(sa.select(CourseRecord)).all() == []
        cells = {f"score-{student.id}": "88.25", f"note-{student.id}": "認真"}
        assert post(client, door, act="save", **cells).status_code == 302
        assert (str(one(CourseRecord).score), one(CourseRecord).note) == ("88.25", "認真")
        assert "班級成績分布" in client.get(door).text

    def test_wrong_cells_are_marked_and_kept_as_typed(
        self, client: FlaskClient, school: Records, act_as: ActAs
    ) -> None:
        act_as(school.master)
        student, door = school.world.student, f"/academic/teaching/{school.world.course.id}"
        cells = {f"score-{student.id}": "一百分", f"score-{school.mate.id}": "77"}
        page = post(client, door, act="save", **cells)
        assert page.status_code == 422
        assert f'href="#score-{student.id}"' in page.text
        assert f'id="score-{student.id}-fault"' in page.text
        assert 'value="一百分"' in page.text
        assert 'value="77"' in page.text

    def test_a_paste_of_strangers_is_said(
        self, client: FlaskClient, school: Records, act_as: ActAs
    ) -> None:
        act_as(school.master)
        door = f"/academic/teaching/{school.world.course.id}"
        page = post(client, door, act="fill", paste="7654321\t88")
        assert page.status_code == 422
        assert "沒有學號「7654321」" in page.text
        assert ">7654321\t88</textarea>" in page.text

    def test_refused_it_says_which_rule(
        self, client: FlaskClient, school: Records, act_as: ActAs
    ) -> None:
        act_as(school.master)
        student, door = school.world.student, f"/academic/teaching/{school.world.course.id}"
        cells = {f"score-{student.id}": "80", f"makeup_score-{student.id}": "70"}
        page = post(client, door, act="save", **cells)
        assert "「修課紀錄：及格分數」為 60 分，自 108 學年度起適用" in page.text

    def test_frozen_it_is_read(self, client: FlaskClient, school: Records, act_as: ActAs) -> None:
        act_as(school.clerk)
        course = school.world.course
        assert post(client, "/academic/courses/freeze", course=str(course.id)).status_code == 302
        act_as(school.master)
        door = f"/academic/teaching/{course.id}"
        assert "凍結" in main(client.get(door).text)
        assert 'name="score-' not in client.get(door).text
        cells = {f"score-{school.world.student.id}": "80"}
        assert post(client, door, act="save", **cells).status_code == 409
        act_as(school.clerk)
        thaw = f"/academic/courses/{course.id}/thaw"
        assert post(client, thaw, reason=" ").status_code == 422
        assert post(client, thaw, reason="漏登").status_code == 302
        assert one(CourseFreeze).thaw_reason == "漏登"
        assert "漏登" in client.get("/academic/courses").text


class TestOwn:
    def test_records_with_bands_credits_and_the_code_explained(
        self, client: FlaskClient, school: Records, act_as: ActAs
    ) -> None:
        school.grade("88.25", "59")
        made = school.enter("retake", score="74.5", code=COURSE_CODE)
        act_as(school.pupil)
        page = main(client.get("/academic/records").text)
        assert "累計取得學分" in page
        assert "88.25" in page
        assert "採計 60" in page
        detail = main(client.get(f"/academic/records/{made.id}").text)
        for words in ("課程代碼逐碼說明", "適用入學年度", "部定必修", "原修課學年度", "3 專班辦理"):
            assert words in detail
        regular = client.get(f"/academic/records/{made.id - 2}").text
        assert "80–89 分 1 人" in regular
        assert "50–59 分 1 人" in regular

    def test_a_report_from_the_page_to_its_answer(
        self, client: FlaskClient, school: Records, act_as: ActAs
    ) -> None:
        mine = school.post()
        act_as(school.pupil)
        door = f"/academic/mine/report?area=posts&subject={mine.id}"
        assert "一年一班 班長" in client.get(door).text
        assert post(client, door, area="posts", text="").status_code == 422
        sent = post(client, door, area="posts", text="應為副班長", page_key="k" * 32)
        assert sent.status_code == 302
        assert post(client, door, area="posts", text="應為副班長", page_key="k" * 32).location
        case = one(RecordCase)
        assert case.subject_id == mine.id
        act_as(school.affairs)
        assert "應為副班長" in client.get("/academic/cases").text
        assert f"/academic/posts/{mine.id}" in client.get(f"/academic/cases/{case.id}").text
        done = post(
            client, f"/academic/cases/{case.id}", result="corrected", answer="已更正為副班長。"
        )
        assert done.status_code == 302
        assert one(RecordCase).state is CaseState.CORRECTED
        act_as(school.pupil)
        page = main(client.get("/academic/mine").text)
        assert "已更正為副班長。" in page
        assert school.affairs.name in page

    def test_the_national_id_is_shown_in_part_and_to_oneself_alone(
        self, client: FlaskClient, school: Records, act_as: ActAs
    ) -> None:
        act_as(school.pupil)
        page = client.get("/academic/mine").text
        assert "A123•••789" in page
        assert "A123456789" not in page
        for actor in (school.parent(), school.clerk, school.homeroom()):
            act_as(actor)
            other = client.get(f"/academic/of/{school.world.student.id}").text
            assert "A123" not in other
            assert "2010-03-04" not in other

    def test_nothing_yet(self, client: FlaskClient, school: Records, act_as: ActAs) -> None:
        act_as(school.pupil)
        assert "還沒有修課紀錄" in client.get("/academic/records").text
        assert "還沒有幹部紀錄" in client.get("/academic/mine").text


class TestPosts:
    def days(self, **more: str) -> dict[str, str]:
        return {
            "term": "115-1", "level": "2", "unit": "一年一班", "starts_on": "115/9/1",
            "ends_on": "1160120", **more,
        }  # fmt: skip

    def test_one_by_one(self, client: FlaskClient, school: Records, act_as: ActAs) -> None:
        act_as(school.affairs)
        door = "/academic/posts/new"
        wrong = post(client, door, number="沒有", duty="班長", **self.days())
        assert "沒有這個學號的學生" in wrong.text
        number = school.world.student.number
        assert post(client, door, number=number, duty="班長", **self.days()).status_code == 302
        made = one(OfficerPost)
        assert (made.unit, made.duty, made.ends_on.isoformat()) == (
            "一年一班",
            "班長",
            "2027-01-20",
        )
        again = post(client, door, number=number, duty="班長", **self.days())
        assert "已經登錄過了" in again.text
        assert "班長" in client.get("/academic/posts?q=班長").text
        assert "沒有符合" in client.get("/academic/posts?q=社長").text

    def test_a_class_at_once(self, client: FlaskClient, school: Records, act_as: ActAs) -> None:
        act_as(school.affairs)
        door = f"/academic/posts/grid?class={school.world.school_class.id}"
        page = client.get(door).text
        numbers = [school.world.student.number, school.mate.number]
        assert re.findall(r'name="number" value="(\w+)"', page) == numbers
        paste = f"{numbers[1]}\t{school.mate.name}\t學藝股長"
        given = {"number": numbers, "duty": ["班長", ""], **self.days()}
        filled = post(client, door, act="fill", paste=paste, **given)
        assert 'value="學藝股長"' in filled.text
        assert 'value="班長"' in filled.text
        given["duty"] = ["班長", "學藝股長"]
        assert post(client, door, act="save", **given).status_code == 302
        duties = set(db.reading().scalars(sa.select(OfficerPost.duty)))
        assert duties == {"班長", "學藝股長"}

    def test_a_club_by_numbers_all_or_none(
        self, client: FlaskClient, school: Records, act_as: ActAs
    ) -> None:
        act_as(school.affairs)
        given = {
            "number": [school.world.student.number, "沒有這人", ""],
            "duty": ["社長", "副社長", "公關"],
            **self.days(level="3", unit="天文社"),
        }
        page = post(client, "/academic/posts/grid", act="save", **given)
        assert page.status_code == 422
        assert "沒有這個學號的學生" in page.text
        assert "學號與職務都要填寫" in page.text
        assert db.reading().scalars(sa.select(OfficerPost)).all() == []


class TestRegistry:
    def test_basic_data_of_one_student(
        self, client: FlaskClient, school: Records, act_as: ActAs
    ) -> None:
        act_as(school.clerk)
        door = f"/academic/basics/{school.world.student.id}?of=115-1"
        page = client.get(door).text
        assert f'value="{school.world.school_class.name}"' in page
        given = {"grade": "1", "seat": "1", "status": "休學", "change": "suspend", "cluster": "11",
                 "department": "101", "admission": "分區免試"}  # fmt: skip
        assert "請填寫「學籍異動日期」" in post(client, door, **given).text
        assert post(client, door, changed_on="115/10/1", **given).status_code == 302
        row = one(BasicRecord)
        assert (row.status, row.change, row.details["admission"]) == (
            "休學", "suspend", "分區免試",
        )  # fmt: skip
        act_as(school.pupil)
        assert "休學" in client.get("/academic/mine").text

    def test_a_record_of_each_kind_has_its_form(
        self, client: FlaskClient, school: Records, act_as: ActAs
    ) -> None:
        act_as(school.clerk)
        door = f"/academic/of/{school.world.student.id}/new/retake"
        bad = post(client, door, **typed("retake", score="101", subject=""))
        assert "成績不能超過 100 分" in bad.text
        assert "請填寫「原修課科目名稱」" in bad.text
        assert post(client, door, **typed("retake")).status_code == 302
        made = one(CourseRecord)
        edit = f"/academic/change/{made.id}"
        assert 'value="72.5"' in client.get(edit).text
        changed = post(client, edit, version="1", pass_mark="75", **typed("retake"))
        assert changed.status_code == 302
        assert one(CourseRecord).pass_mark == 75
        stale = post(client, edit, version="1", **typed("retake", score="80"))
        assert "已被修改" in stale.text
        assert client.get(f"/academic/of/{school.world.student.id}/new/x").status_code == 404

    def test_a_workbook_from_the_form_to_the_file(
        self, client: FlaskClient, school: Records, act_as: ActAs
    ) -> None:
        school.grade("88", "59")
        act_as(school.clerk)
        door = "/academic/workbooks?of=115-1"
        assert "請填「名冊別」" in post(client, door, book="grades:ordinary").text
        refused = post(client, door, book="grades:ordinary", number="97")
        assert "還有 2 筆修課紀錄沒有凍結" in refused.text
        post(client, "/academic/courses/freeze?of=115-1", act="term")
        begun = post(client, door, book="grades:ordinary", number="97")
        page = client.get(begun.location).text
        assert "2 列" in page
        link = re.search(r'href="(/files/[^"]+)"', page)
        assert link
        with client.get(link[1]) as answer:
            assert answer.status_code == 200
            assert "attachment" in answer.headers["Content-Disposition"]
            assert answer.data[:2] == b"PK"
        assert one(TermWorkbook).number == "97"
        assert "名冊別 97" in client.get(door).text, "the number is remembered"
        again = post(client, door, book="posts:ordinary")
        assert again.status_code == 302, "the number of posts is published"


CHECKED = {
    "zero_passed": {"score": "0", "passed": "1"},
    "below_passed": {"score": "50", "passed": "1"},
    "above_failed": {"score": "80", "passed": "0"},
    "makeup_after_pass": {"score": "80", "makeup_score": "90"},
    "no_score": {"score": ""},
}


class TestChecks:
    @pytest.mark.parametrize("key", CHECKED)
    def test_what_cannot_be_right_is_found_with_its_link(
        self, client: FlaskClient, school: Records, act_as: ActAs, key: str
    ) -> None:
        school.enter(subject="正常", score="80", code=COURSE_CODE, who=school.mate)
        made = school.enter(subject="奇怪", code=COURSE_CODE, **CHECKED[key])
        found = {one.key: one for one in checks.run(school.clerk, TERM)}
        assert [fault.record_id for fault in found[key].faults] == [made.id]
        assert [k for k, one in found.items() if one.count and k in CHECKED] == [key]
        act_as(school.clerk)
        assert f"/academic/change/{made.id}" in client.get("/academic/checks").text

    def test_a_makeup_after_a_pass_by_ones_own_mark(self, school: Records) -> None:
        school.enter(score="55", makeup_score="60", pass_mark=50)
        found = {one.key: one.count for one in checks.run(school.clerk, TERM)}
        assert found["makeup_after_pass"] == 1

    def test_an_original_year_after_the_upload(self, school: Records) -> None:
        made = school.enter("retake")
        with db.writing() as session:
            row = session.get_one(CourseRecord, made.id)
            row.details = {**row.details, "due_year": "116"}
        found = {one.key: one for one in checks.run(school.clerk, TERM)}
        assert [one.record_id for one in found["original_later"].faults] == [made.id]

    def test_basic_data_that_lack_something(self, school: Records) -> None:
        with db.writing() as session:
            session.merge(school.mate).national_id = "a123456789 "
        found = {one.key: one.count for one in checks.run(school.clerk, TERM)}
        assert (found["no_basics"], found["same_identity"]) == (2, 1)
        from plugin.portfolio.operations.academic import basics

        basics.begin_fill(school.clerk, TERM)
        found = {one.key: one.count for one in checks.run(school.clerk, TERM)}
        assert (found["no_basics"], found["no_department"]) == (0, 2)

    def test_nothing_wrong(self, client: FlaskClient, school: Records, act_as: ActAs) -> None:
        found = {one.key: one.count for one in checks.run(school.clerk, TERM)}
        assert {key for key, n in found.items() if n} == {"no_basics"}

    def test_desks_say_what_waits(
        self, client: FlaskClient, school: Records, act_as: ActAs
    ) -> None:
        from plugin.portfolio.models import CaseArea

        cases.report(school.pupil, CaseArea.BASIC, TERM, "有誤")
        act_as(school.clerk)
        assert "答覆 1 件錯誤回報" in client.get("/").text
        act_as(school.master)
        assert "登錄 1 門課程的成績" in client.get("/").text
        school.grade("80", "70")
        assert "門課程的成績" not in client.get("/").text

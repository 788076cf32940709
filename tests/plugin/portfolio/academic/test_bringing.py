"""Posts, grades and course records from files: the official workbooks and the plain templates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from plugin import db
from plugin.portfolio import record_kinds
from plugin.portfolio.models import CourseFreeze, CourseRecord, OfficerPost, PostLevel
from plugin.portfolio.operations.academic import freezing
from plugin.school.importing.models import ImportState
from tests.plugin.portfolio.academic.school import TERM, Records, typed
from tests.plugin.portfolio.academic.test_workbooks import hand_in, path_of
from tests.plugin.school.importing.world import Registry, told


@pytest.fixture
def registry(school: Records) -> Registry:
    return Registry(school.world.school)


def rows(model: Any) -> list[Any]:
    db._close_reads()
    return list(db.reading().scalars(sa.select(model).order_by(model.id)))


HEADINGS = ("學號", "單位名稱", "擔任職務", "幹部等級", "開始日期", "結束日期")


class TestPosts:
    def test_a_plain_sheet(self, school: Records, registry: Registry) -> None:
        lines = [
            HEADINGS,
            (school.world.student.number, "一年一班", "班長", "2", "115/9/1", "2027-01-20"),
            (school.mate.number, "天文社", "社長", "社團幹部", "1150901", "1160120"),
        ]
        done = registry.apply(registry.book({"幹部經歷紀錄": lines}))
        assert done.state is ImportState.APPLIED
        assert [(one.duty, one.level, one.ends_on.isoformat()) for one in rows(OfficerPost)] == [
            ("班長", PostLevel.CLASS, "2027-01-20"),
            ("社長", PostLevel.CLUB, "2027-01-20"),
        ]
        again = registry.book({"幹部經歷紀錄": lines})
        assert again.state is not ImportState.APPLIED
        lines[1] = (*lines[1][:5], "2026-12-31")
        registry.apply(registry.book({"幹部經歷紀錄": lines}))
        assert rows(OfficerPost)[0].ends_on.isoformat() == "2026-12-31"
        assert len(rows(OfficerPost)) == 2

    def test_taken_back(self, school: Records, registry: Registry) -> None:
        made = (school.world.student.number, "一年一班", "班長", "2", "115/9/1", "116/1/20")
        done = registry.apply(registry.book({"幹部經歷紀錄": [HEADINGS, made]}))
        registry.undo(done)
        assert rows(OfficerPost) == []

    def test_bad_rows_are_told_and_nothing_is_written(
        self, school: Records, registry: Registry
    ) -> None:
        number = school.world.student.number
        lines = [
            HEADINGS,
            ("9999999", "一年一班", "班長", "2", "115/9/1", "116/1/20"),
            (number, "一年一班", "班長", "4", "115/9/1", "116/1/20"),
            (number, "一年一班", "副班長", "2", "115/9/1", "115/8/1"),
        ]
        made = registry.book({"幹部經歷紀錄": lines})
        said = str(told(made))
        assert "找不到這位學生" in said
        assert "結束日期早於開始日期" in said
        assert rows(OfficerPost) == []


class TestGrades:
    def test_by_course_number(self, school: Records, registry: Registry) -> None:
        number = school.world.course.number
        lines = [
            ("學號", "課程編號", "學期學業成績", "質性文字描述"),
            (school.world.student.number, number, "88.25", "認真"),
            (school.mate.number, number, 59, ""),
        ]
        registry.apply(registry.book({"成績": lines}))
        first, second = rows(CourseRecord)
        assert (first.score, first.note, first.course_id) == (
            Decimal("88.25"), "認真", school.world.course.id,
        )  # fmt: skip
        assert (second.score, second.subject) == (59, school.world.course.name)
        lines[2] = (school.mate.number, number, "61", "")
        registry.apply(registry.book({"成績": lines}))
        assert [str(one.score) for one in rows(CourseRecord)] == ["88.25", "61"]

    def test_frozen_courses_take_nothing(self, school: Records, registry: Registry) -> None:
        freezing.freeze(school.clerk, TERM, [school.world.course.id])
        lines = [
            ("學號", "課程編號", "學期學業成績"),
            (school.world.student.number, school.world.course.number, "88"),
            (school.world.student.number, "沒有這門課", "88"),
        ]
        said = str(told(registry.book({"成績": lines})))
        assert "凍結" in said
        assert "沒有這個課程編號" in said
        assert rows(CourseRecord) == []


CODE = "115999901H1110101010101"


class TestOfficial:
    @pytest.mark.parametrize(
        "kind", [one.key for one in record_kinds.kinds() if one.book in {"grades", "retakes"}]
    )
    def test_what_is_handed_in_can_be_brought_in(
        self, school: Records, registry: Registry, kind: str
    ) -> None:
        """Our own workbook, read into a school that has lost the record."""
        code = school.world.course.code
        made = school.enter(kind, code=code, score="55.5", makeup_score="", note="有進步")
        before = record_kinds.typed(made)
        book = record_kinds.kind(kind).book
        path = path_of(hand_in(school, book, number="97"))
        with db.writing() as session:
            session.execute(sa.delete(CourseRecord))
            session.execute(sa.delete(CourseFreeze))
        one = registry.upload(path.read_bytes(), "名冊.xlsx")
        registry.apply(one)
        (back,) = rows(CourseRecord)
        after = record_kinds.typed(back)
        flags = {"passed", "makeup_passed", "again_passed"}
        assert {k: v for k, v in after.items() if k not in flags} == {
            k: v for k, v in before.items() if k not in flags
        }
        assert (back.kind, back.subject_key, back.passed) == (kind, made.subject_key, False)

    def test_wrong_cells_are_told(self, school: Records, registry: Registry) -> None:
        of = record_kinds.kind("retake")
        given = typed("retake", code=CODE[:16] + "9" + CODE[17] + "A" + CODE[19:], due_year="120")
        lines = [
            ("身分證號", *(one.title for one in of.columns)),
            ("A123456789", *(given[one.key] for one in of.columns)),
            ("A123456789", *(typed("retake", code=CODE, score="101")[c.key] for c in of.columns)),
        ]
        said = str(told(registry.book({"重修成績": lines})))
        assert "晚於登錄" in said
        assert "不能超過 100 分" in said
        assert rows(CourseRecord) == []

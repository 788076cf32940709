"""A school brought in by a workbook: previewed, written, the same again, changed, taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db
from plugin.errors import Conflict
from plugin.portfolio.models import Outcome, OutcomeState
from plugin.school.importing import operations
from plugin.school.importing.models import ImportState, SchoolImport
from plugin.school.models import (
    ClassSeat,
    Course,
    CourseTeacher,
    Enrolment,
    Guardian,
    Person,
    PersonKind,
    SchoolClass,
    TeachingKind,
)
from plugin.trail.models import AuditEvent
from tests.plugin.school.importing.world import (
    SCHOOL,
    Registry,
    changed,
    changes,
    counts,
    everything,
    faults,
    only,
    told,
)

TABLES = (Person, SchoolClass, ClassSeat, Course, CourseTeacher, Enrolment, Guardian)


@pytest.fixture
def registry(app: Flask) -> Registry:
    return Registry()


def person(number: str) -> Person:
    return db.reading().scalars(sa.select(Person).where(Person.number == number)).one()


def seats() -> dict[str, tuple[str, int]]:
    query = (
        sa.select(Person.number, SchoolClass.code, ClassSeat.seat)
        .join(ClassSeat, ClassSeat.student_id == Person.id)
        .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
    )
    return {row[0]: (row[1], row[2]) for row in db.reading().execute(query)}


class TestBringingIn:
    def test_a_whole_school(self, registry: Registry) -> None:
        one = registry.book(SCHOOL)
        assert one.state is ImportState.READY, told(one)
        assert counts(one) == {"new": 15, "changed": 0, "gone": 0, "same": 0, "faults": 0}
        before = everything(*TABLES)
        assert len(before["person"]) == 1
        one = registry.apply(one)
        assert one.state is ImportState.APPLIED, one.message
        pupil = person("1150101")
        assert (pupil.name, pupil.national_id, pupil.birthday) == (
            "王小明",
            "A123456789",
            "2010-03-04",
        )
        assert person("1150102").birthday == "2010-05-06"
        assert person("T001").email == "t001@school.example"
        assert (person("P1").kind, person("T002").kind) == (PersonKind.PARENT, PersonKind.STAFF)
        assert seats() == {"1150101": ("101", 1), "1150102": ("101", 2)}
        room = db.reading().scalars(sa.select(SchoolClass).where(SchoolClass.code == "101")).one()
        assert (room.academic_year, room.homeroom_teacher_id) == (115, person("T001").id)
        part = (
            db.reading()
            .scalars(sa.select(CourseTeacher).where(CourseTeacher.person_id == person("T002").id))
            .one()
        )
        assert (part.kind, part.ends_on) == (TeachingKind.SUBSTITUTE, date(2026, 12, 31))
        assert db.reading().scalar(sa.select(sa.func.count(Enrolment.id))) == 3
        assert db.reading().scalar(sa.select(sa.func.count(Guardian.id))) == 2
        verbs = set(db.reading().scalars(sa.select(AuditEvent.verb)))
        assert {"import.start", "import.checked", "import.apply", "import.applied"} <= verbs

    def test_the_same_again_is_nothing(self, registry: Registry) -> None:
        registry.brought(SCHOOL)
        before = everything(*TABLES)
        again = registry.book(SCHOOL)
        assert again.state is ImportState.UNCHANGED
        assert counts(again) == {"new": 0, "changed": 0, "gone": 0, "same": 15, "faults": 0}
        with pytest.raises(Conflict):
            registry.apply(again)
        assert everything(*TABLES) == before

    def test_an_empty_cell_leaves_what_is_known(self, registry: Registry) -> None:
        registry.brought(SCHOOL)
        sheets = changed(only(SCHOOL, "學生"), "學生", 1, 3, "")
        assert registry.book(sheets).state is ImportState.UNCHANGED
        assert person("1150101").national_id == "A123456789"

    def test_what_changed_is_an_update(self, registry: Registry) -> None:
        registry.brought(SCHOOL)
        sheets = changed(SCHOOL, "學生", 1, 5, "王曉明")
        sheets = changed(sheets, "課程", 1, 4, 3)
        one = registry.brought(sheets)
        assert counts(one)["changed"] == 2
        assert person("1150101").name == "王曉明"
        assert (
            db.reading().scalars(sa.select(Course.credits).where(Course.number == "CHI1")).one()
            == 3
        )

    def test_two_change_seats(self, registry: Registry) -> None:
        registry.brought(SCHOOL)
        sheets = changed(changed(only(SCHOOL, "學生"), "學生", 1, 1, 2), "學生", 2, 1, 1)
        one = registry.brought(sheets)
        assert seats() == {"1150101": ("101", 2), "1150102": ("101", 1)}
        registry.undo(one)
        assert seats() == {"1150101": ("101", 1), "1150102": ("101", 2)}

    def test_a_seat_that_somebody_else_keeps_is_a_fault(self, registry: Registry) -> None:
        registry.brought(SCHOOL)
        rows = list(SCHOOL["學生"])
        one = registry.book({"學生": [rows[0], ("101", 1, "1150199", "", "", "新同學", "")]})
        (fault,) = faults(one)
        assert (fault.cell, one.state) == ("B2", ImportState.FAULTY)
        assert "1150101" in fault.reason

    def test_one_bad_row_keeps_all_out(self, registry: Registry) -> None:
        before = everything(*TABLES)
        one = registry.book(changed(SCHOOL, "修課", 2, 1, "9999999"))
        assert one.state is ImportState.FAULTY
        with pytest.raises(Conflict):
            registry.apply(one)
        assert everything(*TABLES) == before


class TestCompleteLists:
    def shorter(self) -> dict[str, Any]:
        return {
            "學生": SCHOOL["學生"][:2],
            "修課": [SCHOOL["修課"][0], SCHOOL["修課"][1]],
        }

    def test_who_is_missing_stays_without_the_tick(self, registry: Registry) -> None:
        registry.brought(SCHOOL)
        assert registry.book(self.shorter()).state is ImportState.UNCHANGED
        assert person("1150102").active

    def test_who_is_missing_is_deactivated_and_comes_back(self, registry: Registry) -> None:
        registry.brought(SCHOOL)
        before = everything(*TABLES)
        one = registry.book(self.shorter(), complete=True)
        assert counts(one)["gone"] == 3  # one student, two enrolments
        one = registry.apply(one)
        assert not person("1150102").active
        assert db.reading().scalar(sa.select(sa.func.count()).where(Enrolment.active)) == 1
        registry.undo(one)
        assert everything(*TABLES) == before
        registry.apply(registry.book(self.shorter(), complete=True))
        back = registry.brought(SCHOOL)
        assert counts(back)["changed"] == 3
        assert everything(*TABLES) == before

    def test_teachers_with_a_role_stay(self, registry: Registry) -> None:
        registry.brought(SCHOOL)
        one = registry.book({"教師": SCHOOL["教師"][:2]}, complete=True)
        assert [row.content["values"]["number"] for row in changes(one)] == ["T002"]


class TestUndoing:
    def test_everything_is_gone_again(self, registry: Registry) -> None:
        before = everything(*TABLES)
        one = registry.undo(registry.brought(SCHOOL))
        assert (one.state, one.message) == (ImportState.UNDONE, "")
        assert everything(*TABLES) == before

    def test_changes_go_back(self, registry: Registry) -> None:
        registry.brought(SCHOOL)
        before = everything(*TABLES)
        sheets = changed(changed(SCHOOL, "學生", 1, 5, "王曉明"), "學生", 2, 0, "102")
        sheets = changed(sheets, "班級", 1, 3, "T002")
        sheets["學生"].append(["101", 2, "1150103", "", "", "張小英", ""])
        sheets["家長"].append(["P1", "王大明", "p@home.example", "1150103"])
        one = registry.brought(sheets)
        assert seats()["1150103"] == ("101", 2)
        assert registry.undo(one).state is ImportState.UNDONE
        assert everything(*TABLES) == before

    def test_only_the_last(self, registry: Registry) -> None:
        first = registry.brought(SCHOOL)
        registry.brought(changed(SCHOOL, "學生", 1, 5, "王曉明"))
        with pytest.raises(Conflict):
            registry.undo(first)

    def test_what_depends_is_said(self, registry: Registry) -> None:
        one = registry.brought(SCHOOL)
        with db.writing() as session:
            mat = session.scalars(sa.select(Course).where(Course.number == "MAT1")).one()
            session.add(Enrolment(course_id=mat.id, student_id=person("1150102").id))
        before = everything(*TABLES)
        one = registry.undo(one)
        assert one.state is ImportState.APPLIED
        assert "修課 2 筆" in one.message  # it refers to the course, and to the student
        assert everything(*TABLES) == before

    def test_work_in_a_course_holds_the_enrolment(self, registry: Registry) -> None:
        registry.brought({key: rows for key, rows in SCHOOL.items() if key != "修課"})
        one = registry.brought(only(SCHOOL, "修課"))
        course = db.reading().scalars(sa.select(Course.id).where(Course.number == "CHI1")).one()
        student = person("1150101").id
        with db.writing() as session:
            session.add(
                Outcome(
                    school_id=registry.school.id, student_id=student, course_id=course,
                    academic_year=115, term=1, title="作品", summary="", state=OutcomeState.DRAFT,
                    started_at=one.made_at,
                )
            )  # fmt: skip
        one = registry.undo(one)
        assert "課程學習成果 1 筆" in one.message

    def test_a_later_correction_by_hand_holds(self, registry: Registry) -> None:
        registry.brought(SCHOOL)
        one = registry.brought(changed(SCHOOL, "學生", 1, 5, "王曉明"))
        with db.writing() as session:
            session.get_one(Person, person("1150101").id).name = "王大明"
        one = registry.undo(one)
        assert "又有修改" in one.message
        assert person("1150101").name == "王大明"


class TestBetweenPreviewAndApplying:
    def test_what_moved_meanwhile_stops_everything(self, registry: Registry) -> None:
        registry.brought(SCHOOL)
        one = registry.book(changed(SCHOOL, "學生", 1, 5, "王曉明"))
        with db.writing() as session:
            session.get_one(Person, person("1150101").id).name = "王大明"
        one = registry.apply(one)
        assert one.state is ImportState.READY
        assert "檢查之後資料又有變動" in one.message
        assert person("1150101").name == "王大明"

    def test_a_second_worker_does_nothing(self, registry: Registry) -> None:
        one = registry.book(SCHOOL)
        registry.apply(one)
        before = everything(*TABLES)
        operations.write(registry.actor, one.id, lambda _rows: None)
        assert everything(*TABLES) == before

    def test_a_kill_half_way_leaves_nothing(self, registry: Registry) -> None:
        one = registry.book(SCHOOL)
        with db.writing() as session:
            session.get_one(SchoolImport, one.id).state = ImportState.APPLYING
        before = everything(*TABLES)
        written: list[int] = []

        def die(rows: int) -> None:
            written.append(rows)
            if len(written) == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            operations.write(registry.actor, one.id, die)
        assert everything(*TABLES) == before
        operations.write(registry.actor, one.id, written.append)
        assert len(everything(Enrolment)["enrolment"]) == 3

"""Schools, people, classes, courses: entering them, and reading them back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from plugin import db
from plugin.actor import Actor, Role, system
from plugin.errors import Conflict, InvalidInput, NotAllowed
from plugin.school import operations, queries
from plugin.school.models import ClassSeat, Course, Person, PersonKind, SchoolKind, TeachingKind
from plugin.trail import chain, events
from tests.factories import (
    COURSE_CODE,
    actor_of,
    make_class,
    make_course,
    make_school,
    make_staff,
    make_student,
    make_teacher,
)

TODAY = date(2026, 11, 20)


@pytest.fixture
def school(app: Flask) -> Any:
    return make_school()


@pytest.fixture
def registry(school: Any) -> Actor:
    return actor_of(make_staff(school, Role.REGISTRY))


class TestSchools:
    def test_a_school_is_opened_by_the_installation_and_told(self, app: Flask) -> None:
        told: list[int] = []

        def hear(_sender: Any, *, school_id: int, **_more: Any) -> None:
            told.append(school_id)

        events.school_created.connect(hear)
        made = operations.create_school(system(None), "19330a", "中崙高中", SchoolKind.GENERAL)
        assert made.code == "19330A"
        assert told == [made.id]
        assert list(chain.verify()) == []

    def test_nobody_else_opens_one(self, registry: Actor) -> None:
        with pytest.raises(NotAllowed):
            operations.create_school(registry, "193301", "中崙高中", SchoolKind.GENERAL)

    @pytest.mark.parametrize(("code", "name"), [("12345", "校"), ("12345-", "校"), ("123456", " ")])
    def test_malformed_ones_are_refused(self, app: Flask, code: str, name: str) -> None:
        with pytest.raises(InvalidInput):
            operations.create_school(system(None), code, name, SchoolKind.GENERAL)

    def test_a_code_is_given_once(self, school: Any) -> None:
        with pytest.raises(Conflict):
            operations.create_school(system(None), school.code, "校", SchoolKind.GENERAL)

    def test_the_commands(self, cli: Any) -> None:
        made = cli.invoke(args=["school", "create", "193301", "中崙高中", "general"])
        assert made.exit_code == 0, made.output
        assert "193301\t中崙高中\tgeneral" in cli.invoke(args=["school", "list"]).output
        again = cli.invoke(args=["school", "create", "193301", "中崙高中", "general"])
        assert again.exit_code == 1
        assert "193301" in again.output


class TestPeople:
    def test_personal_data_are_encrypted_at_rest(self, registry: Actor) -> None:
        made = operations.add_person(
            registry,
            PersonKind.STUDENT,
            " 1150101 ",
            "王𤧟堃",
            email="Wang@School.Example",
            national_id="a123456789",
            birthday=date(2010, 9, 1),
        )
        assert (made.number, made.email) == ("1150101", "wang@school.example")
        with db.engine().connect() as connection:
            raw = connection.exec_driver_sql("SELECT national_id, birthday FROM person").all()
        assert all("A123456789" not in str(row) and "2010" not in str(row) for row in raw)
        db._close_reads()
        kept = queries.person(made.school_id, made.id)
        assert kept is not None
        assert (kept.name, kept.national_id, kept.birthday) == (
            "王𤧟堃",
            "A123456789",
            "2010-09-01",
        )

    @pytest.mark.parametrize(
        ("number", "name"), [("", "王"), ("1", ""), ("9" * 33, "王"), ("1", "王" * 61)]
    )
    def test_incomplete_ones_are_refused(self, registry: Actor, number: str, name: str) -> None:
        with pytest.raises(InvalidInput):
            operations.add_person(registry, PersonKind.STUDENT, number, name)

    def test_names_of_thirty_characters_stand(self, registry: Actor) -> None:
        made = operations.add_person(registry, PersonKind.STUDENT, "1", "阿" * 30)
        assert made.name == "阿" * 30

    def test_search_by_number_name_and_mail(self, school: Any) -> None:
        wang = make_student(school, number="1150101", name="王小明", email="w@x.example")
        make_student(school, number="1150102", name="陳100%", email="c@x.example")
        for text in ("11501", "小明", "W@X"):
            assert wang.id in {one.id for one in queries.search_people(school.id, text).items}
        assert [one.name for one in queries.search_people(school.id, "%").items] == ["陳100%"]
        assert queries.search_people(school.id, "_").items == ()
        assert queries.search_people(school.id, "無此人").items == ()

    def test_search_pages_hold_together(self, school: Any) -> None:
        for number in range(7):
            make_student(school, number=f"S{number}")
        seen: list[str] = []
        after = None
        while True:
            page = queries.search_people(school.id, after=after, limit=3)
            seen += [one.number for one in page.items]
            if page.next is None:
                break
            after = page.next
        assert seen == [f"S{number}" for number in range(7)]

    def test_a_page_of_many_people_reads_by_the_index(self, school: Any) -> None:
        query = (
            sa.select(Person.id)
            .where(Person.school_id == school.id, Person.number > "S5")
            .order_by(Person.number)
            .limit(51)
        )
        if db.engine().dialect.name != "sqlite":
            pytest.skip("reads SQLite's query plan")
        sql = str(query.compile(db.engine(), compile_kwargs={"literal_binds": True}))
        plan = db.reading().execute(sa.text(f"EXPLAIN QUERY PLAN {sql}")).all()
        assert all("TEMP B-TREE" not in row[3] and "SEARCH" in row[3] for row in plan), plan


class TestClasses:
    def test_a_student_has_one_seat_a_year(self, school: Any, registry: Actor) -> None:
        first, second = make_class(school, code="101"), make_class(school, code="102")
        student = make_student(school)
        operations.seat_student(registry, first.id, student.id, 5)
        operations.seat_student(registry, second.id, student.id, 6)
        assert len(db.reading().scalars(sa.select(ClassSeat)).all()) == 1
        placed = queries.class_of([student.id], 115)[student.id]
        assert (placed.class_code, placed.seat, placed.grade) == ("102", 6, 1)
        assert queries.class_of([student.id], 114) == {}

    def test_a_seat_is_given_once(self, school: Any, registry: Actor) -> None:
        one = make_class(school)
        operations.seat_student(registry, one.id, make_student(school).id, 5)
        with pytest.raises(Conflict):
            operations.seat_student(registry, one.id, make_student(school).id, 5)
        with pytest.raises(InvalidInput):
            operations.seat_student(registry, one.id, make_teacher(school).id, 6)
        with pytest.raises(InvalidInput):
            operations.seat_student(registry, one.id, make_student(school).id, 0)

    def test_a_code_is_given_once_a_year(self, registry: Actor) -> None:
        operations.add_class(registry, 115, 1, "101", "一年忠班")
        operations.add_class(registry, 116, 1, "101", "一年忠班")
        with pytest.raises(Conflict):
            operations.add_class(registry, 115, 1, "101", "一年孝班")

    def test_students_stand_by_seat(self, school: Any) -> None:
        one = make_class(school)
        last = make_student(school, one, 30)
        first = make_student(school, one, 1)
        found = [(seat, who.id) for seat, who in queries.students_of_class(one.id)]
        assert found == [(1, first.id), (30, last.id)]
        assert queries.class_sizes([one.id]) == {one.id: 2}


class TestCourses:
    def test_entering_enrolling_and_assigning(self, school: Any, registry: Actor) -> None:
        course = operations.add_course(
            registry, 115, 1, "C1", "國語文", code=COURSE_CODE, grade=1, credits=4
        )
        teacher, co, student = make_teacher(school), make_teacher(school), make_student(school)
        operations.assign_teacher(registry, course.id, co.id, TeachingKind.CO)
        operations.assign_teacher(registry, course.id, teacher.id)
        operations.enrol(registry, course.id, student.id)
        operations.enrol(registry, course.id, student.id)
        assert [one.id for one in queries.courses_of_student(student.id, 115)] == [course.id]
        assert [one.id for one in queries.courses_of_teacher(teacher.id, 115, 1)] == [course.id]
        assert queries.courses_of_teacher(teacher.id, 115, 2) == []
        assert queries.courses_of_teacher(teacher.id, 114) == []
        found = queries.teachers_of([course.id])[course.id]
        assert [(one.person_id, one.kind) for one in found] == [
            (teacher.id, TeachingKind.RECORD),
            (co.id, TeachingKind.CO),
        ]
        assert queries.course_sizes([course.id]) == {course.id: 1}
        operations.enrol(registry, course.id, student.id, active=False)
        assert queries.courses_of_student(student.id, 115) == []
        assert not queries.enrolled(course.id, student.id)
        assert list(chain.verify()) == []

    def test_who_may_certify(self, school: Any) -> None:
        teacher, stranger = make_teacher(school), make_teacher(school)
        course = make_course(school, teacher=teacher)
        assert queries.may_certify(teacher.id, course.id, TODAY)
        assert not queries.may_certify(stranger.id, course.id, TODAY)
        assert not queries.may_certify(teacher.id, make_course(school).id, TODAY)

    @pytest.mark.parametrize(
        "fields",
        [
            {"term": 3},
            {"number": ""},
            {"name": " "},
            {"credits": -1},
            {"code": "115"},
        ],
    )
    def test_malformed_ones_are_refused(self, registry: Actor, fields: dict[str, Any]) -> None:
        values: dict[str, Any] = {
            "term": 1,
            "number": "C1",
            "name": "國語文",
            "code": COURSE_CODE,
            "grade": 1,
            "credits": 4,
            **fields,
        }
        term, number, name = (values.pop(key) for key in ("term", "number", "name"))
        with pytest.raises(InvalidInput):
            operations.add_course(registry, 115, term, number, name, **values)

    def test_a_number_is_given_once_a_term(self, registry: Actor) -> None:
        rest: dict[str, Any] = {"code": "", "grade": 1, "credits": 4}
        operations.add_course(registry, 115, 1, "C1", "國語文", **rest)
        operations.add_course(registry, 115, 2, "C1", "國語文", **rest)
        with pytest.raises(Conflict):
            operations.add_course(registry, 115, 1, "C1", "數學", **rest)

    @pytest.mark.parametrize(
        ("klass", "attribute", "credit", "periods", "carries"),
        [
            ("1", "1", 4, 0, True),
            ("1", "1", 0, 0, False),
            ("1", "1", 0, 3, True),  # night division: counted periods
            ("8", "0", 1, 0, False),
            ("8", "D", 1, 0, True),
            ("9", "A", 1, 0, False),
            ("9", "C", 1, 0, False),
            ("9", "D", 1, 0, True),
            ("9", "D", 0, 0, False),
            ("A", "1", 2, 0, True),
        ],
    )
    def test_which_courses_carry_outcomes(
        self, klass: str, attribute: str, credit: int, periods: int, carries: bool
    ) -> None:
        code = f"{COURSE_CODE[:16]}{klass}0{attribute}{COURSE_CODE[19:]}"
        assert len(code) == 23
        course = Course(code=code, credits=credit, periods=periods)
        assert queries.course_carries_credit(course) is carries

    def test_a_course_without_a_code_goes_by_its_credits(self) -> None:
        assert queries.course_carries_credit(Course(code="", credits=2, periods=0))

    def test_lists_ask_no_query_for_each_row(self, school: Any) -> None:
        teacher = make_teacher(school)
        ids = [make_course(school, teacher=teacher).id for _ in range(5)]
        asked: list[str] = []

        def count(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
            asked.append(statement)

        db.reading()
        event.listen(db.engine(), "before_cursor_execute", count)
        queries.teachers_of(ids)
        queries.course_sizes(ids)
        queries.courses(school.id, 115, 1)
        event.remove(db.engine(), "before_cursor_execute", count)
        assert len([one for one in asked if one.startswith("SELECT")]) == 3

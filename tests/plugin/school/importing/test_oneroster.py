"""OneRoster 1.2 CSV: tables that refer to each other, columns by name, whole and changed ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db
from plugin.school.importing.models import ImportState, PlanCourse
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
from tests.plugin.school.importing.world import (
    Registry,
    counts,
    csv_bytes,
    everything,
    faults,
    told,
    zipped,
)

CODE = "115999901H1110101010101"
Table = list[Sequence[Any]]
TABLES = ("orgs", "academicSessions", "courses", "classes", "users", "roles", "enrollments",
          "demographics", "lineItems", "results")  # fmt: skip


def tables(school_code: str) -> dict[str, Table]:
    """Two pupils, two teachers, a mother; a homeroom, a course, another school beside."""
    return {
        "orgs": [
            ("sourcedId", "status", "dateLastModified", "name", "type", "identifier"),
            ("o1", "", "", "本校", "school", school_code),
            ("o2", "", "", "別校", "school", "000002"),
        ],
        "academicSessions": [
            ("sourcedId", "status", "title", "type", "startDate", "endDate", "schoolYear"),
            ("t1", "", "115-1", "semester", "2026-08-30", "2027-01-20", "2027"),
            ("y1", "", "115", "schoolYear", "2026-08-01", "2027-07-31", "2027"),
        ],
        "courses": [
            ("sourcedId", "status", "title", "courseCode", "grades", "orgSourcedId"),
            ("c1", "", "國語文", CODE, "10", "o1"),
        ],
        "classes": [
            ("sourcedId", "status", "title", "grades", "courseSourcedId", "classCode", "classType",
             "schoolSourcedId", "termSourcedIds", "metadata.odd"),
            ("k1", "", "一年一班", "10", "", "101", "homeroom", "o1", "y1", "?"),
            ("k2", "", "國語文", "10", "c1", "CHI1", "scheduled", "o1", "t1", "?"),
            ("k3", "", "別校國文", "10", "c1", "CHI9", "scheduled", "o2", "t1", "?"),
        ],
        "users": [
            ("sourcedId", "status", "enabledUser", "username", "givenName", "familyName",
             "identifier", "email", "agentSourcedIds", "primaryOrgSourcedId"),
            ("u1", "", "true", "s1", "小明", "王", "1150101", "A@x.example", "u9", "o1"),
            ("u2", "", "true", "s2", "Amy", "Lin", "1150102", "", "", "o1"),
            ("u3", "", "true", "t1", "老師", "陳", "T001", "", "", "o1"),
            ("u4", "", "true", "t2", "老師", "林", "T002", "", "", "o1"),
            ("u9", "", "true", "p1", "媽媽", "李", "P1", "", "u1", "o1"),
            ("u7", "", "true", "z", "某", "人", "Z", "", "", "o1"),
            ("u8", "", "true", "y", "別", "校", "Y", "", "", "o2"),
        ],
        "roles": [
            ("sourcedId", "status", "userSourcedId", "roleType", "role", "orgSourcedId"),
            ("r1", "", "u1", "primary", "student", "o1"),
            ("r2", "", "u2", "primary", "student", "o1"),
            ("r3", "", "u3", "primary", "teacher", "o1"),
            ("r4", "", "u4", "primary", "teacher", "o1"),
            ("r9", "", "u9", "primary", "parent", "o1"),
            ("r8", "", "u8", "primary", "teacher", "o2"),
        ],
        "enrollments": [
            ("sourcedId", "status", "classSourcedId", "schoolSourcedId", "userSourcedId", "role",
             "primary", "beginDate", "endDate", "metadata.seatNumber"),
            ("e1", "", "k1", "o1", "u1", "student", "false", "", "", "7"),
            ("e2", "", "k1", "o1", "u3", "teacher", "true", "", "", ""),
            ("e3", "", "k2", "o1", "u1", "student", "false", "", "", ""),
            ("e4", "", "k2", "o1", "u2", "student", "false", "", "", ""),
            ("e5", "", "k2", "o1", "u3", "teacher", "true", "", "", ""),
            ("e6", "", "k2", "o1", "u4", "teacher", "false", "", "", ""),
            ("e7", "", "k3", "o2", "u8", "teacher", "true", "", "", ""),
        ],
        "demographics": [("sourcedId", "status", "birthDate", "sex"), ("u1", "", "2010-03-04", "")],
    }  # fmt: skip


def manifest(version: str = "1.2", **modes: str) -> bytes:
    rows = [("propertyName", "value"), ("manifest.version", "1.0"), ("oneroster.version", version)]
    rows += [(f"file.{name}", modes.get(name, "absent")) for name in TABLES]
    return csv_bytes(rows)


def bundle(found: dict[str, Table], mode: str = "bulk", **modes: str) -> bytes:
    said = {**dict.fromkeys(found, mode), **modes}
    files = {f"{name}.csv": csv_bytes(rows, "utf-8") for name, rows in found.items()}
    return zipped({"manifest.csv": manifest(**said), **files})


@pytest.fixture
def registry(app: Flask) -> Registry:
    made = Registry()
    with db.writing() as session:
        session.add(
            PlanCourse(
                school_id=made.school.id, code=CODE, name="國語文", credits="440000", active=True
            )
        )
    return made


def brought(registry: Registry, content: bytes, **options: Any) -> Any:
    one = registry.upload(content, "oneroster.zip", **options)
    assert one.state is ImportState.READY, (one.message, told(one))
    one = registry.apply(one)
    assert one.state is ImportState.APPLIED, one.message
    return one


def ids() -> dict[int, str]:
    return {row[0]: row[1] for row in db.reading().execute(sa.select(Person.id, Person.number))}


class TestBulk:
    def test_the_whole_of_it(self, registry: Registry) -> None:
        one = brought(registry, bundle(tables(registry.school.code)))
        people = {row.number: row for row in db.reading().scalars(sa.select(Person))}
        assert set(people) == {"REG", "1150101", "1150102", "T001", "T002", "P1"}
        assert (people["1150101"].name, people["1150102"].name) == ("王小明", "Amy Lin")
        assert (people["1150101"].email, people["1150101"].birthday) == (
            "a@x.example",
            "2010-03-04",
        )
        assert people["P1"].kind is PersonKind.PARENT
        room = db.reading().scalars(sa.select(SchoolClass)).one()
        assert (room.code, room.grade, room.academic_year) == ("101", 1, 115)
        assert room.homeroom_teacher_id == people["T001"].id
        assert db.reading().scalars(sa.select(ClassSeat)).one().seat == 7
        course = db.reading().scalars(sa.select(Course)).one()
        assert (course.number, course.code, course.term) == ("CHI1", CODE, 1)
        assert course.credits == 4, "as the plan says for the first term"
        who = {
            ids()[row.person_id]: row.kind for row in db.reading().scalars(sa.select(CourseTeacher))
        }
        assert who == {"T001": TeachingKind.RECORD, "T002": TeachingKind.CO}
        assert len(everything(Enrolment)["enrolment"]) == 2
        assert len(everything(Guardian)["guardian"]) == 1
        left_out = {reason for kind in one.counts.values() for reason in kind["left_out"]}
        assert left_out == {"不是本校的資料", "沒有角色的使用者"}

    def test_the_same_again_and_back(self, registry: Registry) -> None:
        content = bundle(tables(registry.school.code))
        before = everything(Person, SchoolClass, Course, Enrolment, CourseTeacher)
        one = brought(registry, content)
        assert registry.upload(content, "a.zip").state is ImportState.UNCHANGED
        registry.undo(one)
        assert everything(Person, SchoolClass, Course, Enrolment, CourseTeacher) == before

    def test_what_is_to_be_deleted_is_deactivated(self, registry: Registry) -> None:
        found = tables(registry.school.code)
        brought(registry, bundle(found))
        found["users"][2] = ("u2", "tobedeleted", *found["users"][2][2:])
        found["enrollments"][4] = ("e4", "tobedeleted", *found["enrollments"][4][2:])
        one = brought(registry, bundle(found))
        assert counts(one)["gone"] == 2
        assert not db.reading().scalar(sa.select(Person.active).where(Person.number == "1150102"))
        assert db.reading().scalar(sa.select(sa.func.count()).where(~Enrolment.active)) == 1

    def test_a_delta_is_never_a_complete_list(self, registry: Registry) -> None:
        found = tables(registry.school.code)
        brought(registry, bundle(found))
        found["users"] = [found["users"][0], found["users"][1]]
        small = {"users": found["users"], "roles": found["roles"], "orgs": found["orgs"]}
        one = registry.upload(bundle(small, "delta"), "a.zip", complete=True)
        assert one.state is ImportState.UNCHANGED
        one = registry.upload(bundle(small, "bulk"), "a.zip", complete=True)
        assert counts(one)["gone"] == 3

    def test_version_1_1_has_roles_in_users(self, registry: Registry) -> None:
        users = [
            ("sourcedId", "orgSourcedIds", "role", "givenName", "familyName", "identifier"),
            ("u3", "o1", "teacher", "老師", "陳", "T001"),
        ]
        content = zipped(
            {"x/manifest.csv": manifest("1.1", users="bulk"), "x/users.csv": csv_bytes(users)}
        )
        assert counts(registry.upload(content, "a.zip"))["new"] == 1


class TestFaults:
    def test_an_unknown_user_is_shown_with_its_place(self, registry: Registry) -> None:
        found = tables(registry.school.code)
        found["enrollments"].append(("e9", "", "k2", "o1", "u99", "student", "", "", "", ""))
        one = registry.upload(bundle(found), "a.zip")
        (fault,) = faults(one)
        assert (fault.sheet, fault.cell, fault.value) == ("enrollments.csv", "E9", "u99")

    def test_a_birthday_of_nonsense_is_shown_in_its_own_table(self, registry: Registry) -> None:
        found = tables(registry.school.code)
        found["demographics"][1] = ("u1", "", "2010-13-40", "")
        (fault,) = faults(registry.upload(bundle(found), "a.zip"))
        assert fault.cell == "demographics.csv C2"

    def test_a_course_without_credits(self, registry: Registry) -> None:
        found = tables(registry.school.code)
        found["courses"][1] = ("c1", "", "國語文", "", "10", "o1")
        (fault,) = faults(registry.upload(bundle(found), "a.zip"))
        assert "學分" in fault.reason

    def test_a_table_that_is_not_there(self, registry: Registry) -> None:
        one = registry.upload(zipped({"manifest.csv": manifest(users="bulk")}), "a.zip")
        assert (one.state, "users.csv" in one.message) == (ImportState.REFUSED, True)

    def test_a_version_nobody_knows(self, registry: Registry) -> None:
        one = registry.upload(zipped({"manifest.csv": manifest("2.0")}), "a.zip")
        assert (one.state, "2.0" in one.message) == (ImportState.REFUSED, True)

    def test_a_column_that_is_missing(self, registry: Registry) -> None:
        found = {"users": [("sourcedId", "givenName"), ("u1", "x")]}
        one = registry.upload(bundle(found), "a.zip")
        assert (one.state, "familyName" in one.message) == (ImportState.REFUSED, True)

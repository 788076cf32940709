"""Who was it once: each relation opens its doors while it stands, and none once it has ended.

The role stays throughout (another class, another course, another student, another child): what is
asked is the relation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.portfolio.models import CounsellorAssignment, Experience
from plugin.portfolio.operations import certification_substitutes, export
from plugin.school import queries as school_queries
from plugin.school.models import CourseTeacher, Guardian, Person, SchoolClass, WindowKind
from tests.factories import (
    YEAR,
    FrozenClock,
    actor_of,
    make_class,
    make_course,
    make_guardian,
    make_parent,
    make_rule,
    make_staff,
    make_student,
    make_teacher,
    make_window,
    seat,
)
from tests.plugin.portfolio.academic.school import Records
from tests.plugin.portfolio.consultations import make_rooms
from tests.plugin.portfolio.experience_world import sent

OPEN, CLOSED = {200, 302, 422}, {403, 404}

COMPANION = (
    "/timeline/<person>",
    "/experiences/of/<person>",
    "/experiences/of/<person>/<experience>",
    "/academic/of/<person>",
    "/academic/of/<person>/<record>",
)
TEACHING = (
    "/certification/<outcome>",
    "POST /certification/<outcome>/certify",
    "/academic/teaching/<course>",
)
DOORS: dict[str, tuple[str, ...]] = {
    "homeroom": (*COMPANION, "/handed-in/of/<person>", "/handed-in/progress/<class>"),
    "counsellor": (
        *COMPANION,
        "/counselling/students/<person>",
        "/counselling/students/<person>/print",
        "/counselling/<counselling>",
        "/counselling/<counselling>/print",
    ),
    "parent": (
        *COMPANION,
        "/handed-in/of/<person>",
        "/exports?student=<person>",
        "POST /exports?student=<person>",
        "/exports/<export>",
    ),
    "teacher": TEACHING,
    "substitute": TEACHING,
}
NAMED_IN: dict[str, tuple[str, ...]] = {
    "homeroom": ("/homeroom", "/homeroom/class.csv"),
    "counsellor": ("/counselling",),
    "parent": ("/children", "/experiences/children", "/academic/children", "/handed-in/children"),
    "teacher": ("/certification", "/academic/teaching"),
    "substitute": ("/certification", "/academic/teaching"),
}
"""Lists that name the student, class or course while the relation stands."""


@dataclass
class Scene:
    """A school in which a student has one of everything, and somebody with the relation.

    :param who: asked anew for each request, as a launch asks.
    """

    who: Callable[[], Actor]
    end: Callable[[], None]
    marks: dict[str, str]
    named: str


def homeroom(one: Records, clock_: FrozenClock) -> tuple[Person, Callable[[], None]]:
    """A year ago it was theirs; the class has gone on with somebody else."""
    staff = make_staff(one.world.school)
    make_class(one.world.school, name="一年十班", homeroom=staff)
    with db.writing() as session:
        session.get_one(SchoolClass, one.world.school_class.id).homeroom_teacher_id = staff.id

    def end() -> None:
        with db.writing() as session:
            session.get_one(SchoolClass, one.world.school_class.id).academic_year = YEAR - 1
        now = make_class(one.world.school, grade=2, homeroom=make_staff(one.world.school))
        seat(one.world.student, now, 1)

    return staff, end


def counsellor(one: Records, clock_: FrozenClock) -> tuple[Person, Callable[[], None]]:
    staff = make_staff(one.world.school, Role.COUNSELLOR)
    other = make_student(one.world.school)
    with db.writing() as session:
        for student in (one.world.student, other):
            session.add(
                CounsellorAssignment(
                    school_id=one.world.school.id, counsellor_id=staff.id, student_id=student.id,
                    starts_on=clock.today() - timedelta(days=30), made_at=clock.now(),
                )
            )  # fmt: skip

    def end() -> None:
        with db.writing() as session:
            session.execute(
                sa.update(CounsellorAssignment)
                .where(CounsellorAssignment.student_id == one.world.student.id)
                .values(ends_on=clock.today() - timedelta(days=1))
            )

    return staff, end


def parent(one: Records, clock_: FrozenClock) -> tuple[Person, Callable[[], None]]:
    found = make_parent(one.world.school, one.world.student)
    make_guardian(found, make_student(one.world.school, name="弟弟"))
    make_rule(one.world.school, "export.by_parent", True)

    def end() -> None:
        with db.writing() as session:
            session.execute(
                sa.delete(Guardian).where(
                    Guardian.parent_id == found.id, Guardian.student_id == one.world.student.id
                )
            )

    return found, end


def teacher(one: Records, clock_: FrozenClock) -> tuple[Person, Callable[[], None]]:
    make_course(one.world.school, teacher=one.world.teacher, name="選修化學")

    def end() -> None:
        with db.writing() as session:
            session.execute(
                sa.update(CourseTeacher)
                .where(CourseTeacher.course_id == one.world.course.id)
                .values(ends_on=clock.today() - timedelta(days=1))
            )

    return one.world.teacher, end


def substitute(one: Records, clock_: FrozenClock) -> tuple[Person, Callable[[], None]]:
    staff = make_teacher(one.world.school)
    make_course(one.world.school, teacher=staff, name="選修化學")
    certification_substitutes.name(
        one.clerk, staff.id, clock.today(), clock.today() + timedelta(days=1),
        teacher_id=one.world.teacher.id,
    )  # fmt: skip
    return staff, lambda: clock_.advance(days=2)


RELATIONS: dict[str, Callable[[Records, FrozenClock], tuple[Person, Callable[[], None]]]] = {
    "homeroom": homeroom,
    "counsellor": counsellor,
    "parent": parent,
    "teacher": teacher,
    "substitute": substitute,
}


@pytest.fixture
def scene(app: Any, request: pytest.FixtureRequest, clock: FrozenClock) -> Scene:
    rooms = make_rooms()
    affairs = actor_of(make_staff(rooms.world.school, Role.STUDENT_AFFAIRS))
    one = Records(rooms.world, rooms.mates[1], affairs)
    for kind in (WindowKind.EXPERIENCE_UPLOAD, WindowKind.COURSE_RECORDS):
        make_window(one.world.school, kind)
    with db.writing() as session:
        session.get_one(Person, one.world.student.id).name = "獨特名"
    experience: Experience = sent(one.world)
    outcome = one.world.sent(title="獨特名的成果")
    marks = {
        "<person>": one.world.student.id,
        "<experience>": experience.id,
        "<outcome>": outcome.id,
        "<record>": one.enter().id,
        "<course>": one.world.course.id,
        "<class>": one.world.school_class.id,
        "<counselling>": rooms.kept().id,
    }
    person, end = RELATIONS[request.param](one, clock)

    def who() -> Actor:
        db._close_reads()
        found = school_queries.children_of(person.school_id, person.id)
        return replace(actor_of(person), child_ids=tuple(child.id for child in found))

    if request.param == "parent":
        marks["<export>"] = export.begin(who(), one.world.student.id).id
    named = one.world.course.name if DOORS[request.param] is TEACHING else "獨特名"
    return Scene(who, end, {key: str(value) for key, value in marks.items()}, named)


def met(client: FlaskClient, scene: Scene, doors: tuple[str, ...]) -> dict[str, int]:
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/inbox").text)
    assert token is not None
    found = {}
    for door in doors:
        verb, _space, path = door.rpartition(" ")
        for mark, value in scene.marks.items():
            path = path.replace(mark, value)
        data = {"csrf_token": token[1]} if verb else None
        found[door] = client.open(path, method=verb or "GET", data=data).status_code
    return found


@pytest.mark.parametrize("scene", list(RELATIONS), indirect=True)
def test_who_was_it_once_finds_nothing(
    client: FlaskClient,
    scene: Scene,
    act_as: Callable[[Any], Any],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("plugin.jobs._wake", lambda *_more, **_rest: None)  # asked for is enough
    relation = request.node.callspec.params["scene"]
    readable = tuple(one for one in DOORS[relation] if not one.startswith("POST"))
    act_as(scene.who())
    before = met(client, scene, readable)
    assert set(before.values()) <= OPEN, before
    lists = {door: client.get(door).text for door in NAMED_IN[relation]}
    scene.end()
    who = act_as(scene.who())
    assert who.roles, "the role stays"
    after = met(client, scene, DOORS[relation])
    assert set(after.values()) <= CLOSED, after
    for door, page in lists.items():
        again = client.get(door)
        assert again.status_code == 200, door
        assert scene.named in page, door
        assert scene.named not in again.text, door


REGISTRYS = {"/academic/basics/<person>", "/academic/of/<person>/new/<kind>"}


def test_every_page_about_a_student_is_in_the_table(app: Flask) -> None:
    found = {
        rule.rule.replace("<int:person_id>", "<person>")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("portfolio.") and "<int:person_id>" in rule.rule
    }
    asked = {
        door.replace("<record>", "<int:record_id>") for doors in DOORS.values() for door in doors
    }
    asked = {door.replace("<experience>", "<int:experience_id>") for door in asked}
    assert found - REGISTRYS <= asked
    assert found >= REGISTRYS

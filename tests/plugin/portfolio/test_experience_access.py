"""Who gets through which door of experiences: role × relation × school."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.portfolio.models import CounsellorAssignment, Experience
from plugin.school.models import SchoolClass, WindowKind
from plugin.trail.models import AuditEvent
from tests.factories import actor_of, make_parent, make_staff, make_student, make_window
from tests.plugin.portfolio.experience_world import draft, officer, sent
from tests.plugin.portfolio.world import World, make_world

OK, NO, NONE, OUT = "ok", "no", "none", "out"
STATUS = {200: OK, 302: OK, 422: OK, 403: NO, 404: NONE, 401: OUT}

PEOPLE = (
    "owner", "classmate", "foreign student", "affairs", "foreign affairs", "parent",
    "other parent", "foreign parent", "homeroom", "other homeroom", "counsellor",
    "other counsellor", "teacher", "registry", "administrator", "unbound", "nobody",
)  # fmt: skip


def row(**said: str) -> dict[str, str]:
    """What each person meets; whoever is not named is refused by role."""
    named = {key.replace("_", " "): value for key, value in said.items()}
    assert set(named) <= set(PEOPLE), named
    return {who: named.get(who, OUT if who == "nobody" else NO) for who in PEOPLE}


STUDENTS = row(owner=OK, classmate=OK, foreign_student=OK)
OWN = row(owner=OK, classmate=NONE, foreign_student=NONE)
AFFAIRS = row(affairs=OK, foreign_affairs=OK)
OURS = row(affairs=OK, foreign_affairs=NONE)
COMPANIONS = row(
    parent=OK, other_parent=NONE, foreign_parent=NONE, homeroom=OK, other_homeroom=NONE,
    counsellor=OK, other_counsellor=NONE,
)  # fmt: skip

MATRIX: dict[tuple[str, str], dict[str, str]] = {
    ("GET", "/experiences"): STUDENTS,
    ("GET", "/experiences/new"): STUDENTS,
    ("GET", "/experiences/new/<kind>"): STUDENTS,
    ("POST", "/experiences/new/<kind>"): STUDENTS,
    ("GET", "/experiences/<experience>"): OWN,
    ("GET", "/experiences/<experience>/edit"): OWN,
    ("POST", "/experiences/<experience>/edit"): OWN,
    ("POST", "/experiences/<experience>/<act>"): OWN,
    ("GET", "/selection/experiences"): STUDENTS,
    ("POST", "/selection/experiences"): STUDENTS,
    ("GET", "/experiences/check"): AFFAIRS,
    ("GET", "/experiences/check/<experience>"): OURS,
    ("POST", "/experiences/check/<experience>/return"): OURS,
    ("GET", "/experiences/children"): row(parent=OK, other_parent=OK, foreign_parent=OK),
    ("GET", "/experiences/of/<person>"): COMPANIONS,
    ("GET", "/experiences/of/<person>/<experience>"): COMPANIONS,
}


@pytest.fixture
def world(app: Flask) -> World:
    made = make_world()
    make_window(made.school, WindowKind.EXPERIENCE_UPLOAD)
    return made


def parent_of(world: World, student: Any) -> Actor:
    """As a launch makes one: the children stand in the session."""
    return replace(actor_of(make_parent(world.school, student)), child_ids=(student.id,))


def counsellor_of(world: World, student: Any) -> Actor:
    staff = make_staff(world.school, Role.COUNSELLOR)
    with db.writing() as session:
        session.add(
            CounsellorAssignment(
                school_id=world.school.id,
                counsellor_id=staff.id,
                student_id=student.id,
                starts_on=clock.today(),
                made_at=clock.now(),
            )
        )
    return actor_of(staff)


def homeroom_of(world: World) -> Actor:
    staff = make_staff(world.school)
    with db.writing() as session:
        session.get_one(SchoolClass, world.school_class.id).homeroom_teacher_id = staff.id
    return actor_of(staff)


def people(world: World) -> dict[str, Actor | None]:
    foreign = make_world()
    other = make_student(world.school)
    return {
        "owner": world.pupil,
        "classmate": actor_of(make_student(world.school, world.school_class)),
        "foreign student": foreign.pupil,
        "affairs": officer(world),
        "foreign affairs": officer(foreign),
        "parent": parent_of(world, world.student),
        "other parent": parent_of(world, other),
        # a session that names a child of another school
        "foreign parent": replace(
            parent_of(foreign, foreign.student), child_ids=(world.student.id,)
        ),
        "homeroom": homeroom_of(world),
        "other homeroom": actor_of(make_staff(world.school), Role.HOMEROOM),
        "counsellor": counsellor_of(world, world.student),
        "other counsellor": counsellor_of(world, other),
        "teacher": world.master,
        "registry": world.clerk,
        "administrator": actor_of(make_staff(world.school, Role.ADMINISTRATOR)),
        "unbound": Actor(
            school_id=world.school.id, roles=frozenset({Role.STUDENT, Role.STUDENT_AFFAIRS})
        ),
        "nobody": None,
    }


def test_the_matrix_names_every_route(app: Flask) -> None:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(("/experiences", "/selection/experiences")):
            path = rule.rule.replace("<int:experience_id>", "<experience>")
            path = path.replace("<any(send,withdraw,discard):act>", "<act>")
            path = path.replace("<int:person_id>", "<person>")
            found |= {(verb, path) for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert found == set(MATRIX)


@pytest.mark.parametrize("who", PEOPLE)
def test_access(client: FlaskClient, world: World, act_as: Callable[[Any], Any], who: str) -> None:
    one = sent(world)
    act_as(people(world)[who])
    home = client.get("/inbox").text
    token = re.search(r'name="csrf-token" content="([^"]+)"', home)
    met = {}
    for verb, path in MATRIX:
        address = (
            path.replace("<experience>", str(one.id))
            .replace("<kind>", "work")
            .replace("<act>", "discard")
            .replace("<person>", str(world.student.id))
        )
        form = {"csrf_token": token[1] if token else ""} if verb == "POST" else None
        answer = client.open(address, method=verb, data=form)
        met[verb, path] = STATUS.get(answer.status_code, str(answer.status_code))
    assert met == {door: said[who] for door, said in MATRIX.items()}


@pytest.mark.parametrize("who", ["affairs", "parent", "homeroom", "counsellor"])
def test_a_draft_is_seen_by_its_student_alone(
    client: FlaskClient, world: World, act_as: Callable[[Any], Any], who: str
) -> None:
    one = draft(world, details={"name": "還沒寫完"})
    act_as(people(world)[who])
    doors = (
        [f"/experiences/check/{one.id}", f"/experiences/check?class={world.school_class.id}"]
        if who == "affairs"
        else [
            f"/experiences/of/{world.student.id}/{one.id}",
            f"/experiences/of/{world.student.id}",
        ]
    )
    pages = [client.get(door) for door in doors]
    assert [page.status_code for page in pages] == [404, 200]
    assert "還沒寫完" not in pages[1].text


def test_a_companion_does_not_see_another_students_by_the_address_of_their_own(
    client: FlaskClient, world: World, act_as: Callable[[Any], Any]
) -> None:
    other = make_student(world.school, world.school_class)
    foreign = sent(world, actor=actor_of(other))
    act_as(parent_of(world, world.student))
    page = client.get(f"/experiences/of/{world.student.id}/{foreign.id}")
    assert page.status_code == 404


@pytest.mark.parametrize("who", ["classmate", "foreign student", "foreign affairs"])
def test_reaching_for_what_is_not_yours_leaves_a_line(
    client: FlaskClient, world: World, act_as: Callable[[Any], Any], who: str
) -> None:
    one = sent(world)
    actor = act_as(people(world)[who])
    door = f"/experiences/check/{one.id}" if "affairs" in who else f"/experiences/{one.id}"
    assert client.get(door).status_code == 404
    (line,) = db.reading().scalars(sa.select(AuditEvent).where(AuditEvent.verb == "access.foreign"))
    assert (line.actor_id, line.subject_id) == (actor.person_id, one.id)
    assert db.reading().get(Experience, one.id) is not None

"""Who gets through which door of receipts: role × relation × school."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from plugin.actor import Actor, Role
from plugin.portfolio.operations.receipts import slips, stating
from tests.factories import FrozenClock, actor_of, make_class, make_parent, make_staff, seat
from tests.plugin.portfolio.receipts.handed_in import YEAR, Handed, handed
from tests.plugin.portfolio.receipts.packing import as_json, packed
from tests.plugin.portfolio.test_access import NO, NONE, OK, OUT, STATUS

PEOPLE = (
    "owner", "classmate", "foreign student", "registry", "foreign registry", "homeroom",
    "other homeroom", "parent", "other parent", "teacher", "administrator", "counsellor",
    "nobody",
)  # fmt: skip


def row(**said: str) -> dict[str, str]:
    named = {key.replace("_", " "): value for key, value in said.items()}
    assert set(named) <= set(PEOPLE), named
    return {who: named.get(who, OUT if who == "nobody" else NO) for who in PEOPLE}


STUDENTS = row(owner=OK, classmate=OK, foreign_student=OK)
OWN = row(owner=OK, classmate=NONE, foreign_student=NONE)
REGISTRIES = row(registry=OK, foreign_registry=OK)
OURS = row(registry=OK, foreign_registry=NONE)

MATRIX: dict[tuple[str, str], dict[str, str]] = {
    ("GET", "/handed-in"): STUDENTS,
    ("POST", "/handed-in/<sheet>/confirm"): OWN,
    ("GET", "/handed-in/<sheet>/dispute"): OWN,
    ("POST", "/handed-in/<sheet>/dispute"): OWN,
    ("POST", "/handed-in/<sheet>/slip"): OWN,
    ("GET", "/handed-in/children"): row(parent=OK, other_parent=OK),
    ("GET", "/handed-in/of/<person>"): row(
        registry=OK, foreign_registry=NONE, homeroom=OK, other_homeroom=NONE, parent=OK,
        other_parent=NONE,
    ),
    ("GET", "/handed-in/progress"): row(
        registry=OK, foreign_registry=OK, homeroom=OK, other_homeroom=OK
    ),
    ("GET", "/handed-in/progress/<class>"): row(
        registry=OK, foreign_registry=NONE, homeroom=OK, other_homeroom=NONE
    ),
    ("POST", "/handed-in/progress/<class>/slips"): OURS,
    ("GET", "/handed-in/slips/<job>"): OURS,
    ("GET", "/handed-in/disputes"): REGISTRIES,
    ("GET", "/handed-in/disputes/<statement>"): OURS,
    ("POST", "/handed-in/disputes/<statement>"): OURS,
    ("GET", "/handed-in/central"): REGISTRIES,
    ("GET", "/handed-in/central/new"): REGISTRIES,
    ("POST", "/handed-in/central/new"): REGISTRIES,
    ("GET", "/handed-in/central/mapping"): REGISTRIES,
    ("POST", "/handed-in/central/mapping"): REGISTRIES,
    ("GET", "/handed-in/central/<central>"): OURS,
}  # fmt: skip


def people(one: Handed) -> dict[str, Actor | None]:
    from plugin import db
    from plugin.school.models import SchoolClass

    school, elsewhere = one.world.school, handed()
    homeroom = make_staff(school)
    with db.writing() as session:
        session.get_one(SchoolClass, one.world.school_class.id).homeroom_teacher_id = homeroom.id
    parent = actor_of(make_parent(school, one.world.student))
    other = actor_of(make_parent(school, one.other))
    return {
        "owner": one.pupil,
        "classmate": one.mate,
        "foreign student": elsewhere.pupil,
        "registry": one.clerk,
        "foreign registry": elsewhere.clerk,
        "homeroom": actor_of(homeroom, Role.HOMEROOM),
        "other homeroom": actor_of(make_staff(school), Role.HOMEROOM),
        "parent": replace(parent, child_ids=(one.world.student.id,)),
        "other parent": replace(other, child_ids=(one.other.id,)),
        "teacher": one.world.master,
        "administrator": actor_of(make_staff(school, Role.ADMINISTRATOR)),
        "counsellor": actor_of(make_staff(school, Role.COUNSELLOR)),
        "nobody": None,
    }


def test_the_matrix_names_every_route(app: Flask) -> None:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/handed-in"):
            path = re.sub(r"<int:(\w+?)_id>", r"<\1>", rule.rule)
            found |= {(verb, path) for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert found == set(MATRIX)


def test_access(client: FlaskClient, one: Handed, act_as: Callable[[Any], Any]) -> None:
    made = stating.dispute(
        one.pupil, one.sheet().id, row_id=None, reason="other", text="請再確認。"
    )
    central = one.bring(packed({"a.json": as_json([one.central_record(one.rows()[0])])}))
    ids = {
        "sheet": one.sheet().id,
        "person": one.world.student.id,
        "class": one.world.school_class.id,
        "statement": made.id,
        "central": central.id,
        "job": slips.begin(one.clerk, one.world.school_class.id),
    }
    known = people(one)
    faults = []
    for who in PEOPLE:
        act_as(known[who])
        token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").text)
        for (verb, path), said in MATRIX.items():
            address = re.sub(r"<(\w+)>", lambda found: str(ids[found[1]]), path)
            form = {"csrf_token": token[1] if token else ""} if verb == "POST" else None
            answer = client.open(address, method=verb, data=form)
            met = STATUS.get(answer.status_code, str(answer.status_code))
            if met != said[who]:
                faults.append(f"{verb} {path} by {who}: {met}, not {said[who]}")
    assert faults == []


def test_who_was_homeroom_teacher_last_year_reads_no_sheet(
    client: FlaskClient, one: Handed, act_as: Callable[[Any], Any], clock: FrozenClock
) -> None:
    teacher = people(one)["homeroom"]
    of_one = f"/handed-in/of/{one.world.student.id}"
    of_class = f"/handed-in/progress/{one.world.school_class.id}?year={YEAR}"
    act_as(teacher)
    assert client.get(of_one).status_code == 200
    assert of_one in client.get(of_class).text
    clock.advance(days=365)
    assert client.get(of_one).status_code == 404
    assert of_one not in client.get(of_class).text
    # whoever has them in class now reads what they handed in before
    new = make_staff(one.world.school)
    seat(
        one.world.student,
        make_class(one.world.school, grade=2, academic_year=YEAR + 1, homeroom=new),
    )
    act_as(actor_of(new, Role.HOMEROOM))
    assert client.get(of_one).status_code == 200

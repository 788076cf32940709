"""Who gets through which door: role × relation × school, for every route of the portfolio.

`ok` the page or the act, `no` refused by role (403), `none` as if it did not exist (404), `out` no
session (401).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.portfolio.models import (
    Outcome,
    Submission,
    SubmissionFile,
    SubmissionFileKind,
    SubmissionState,
)
from plugin.portfolio.operations import certification_reasons, certification_substitutes
from plugin.trail.models import AuditEvent
from tests.factories import (
    actor_of,
    make_course,
    make_parent,
    make_staff,
    make_student,
    make_teacher,
)
from tests.plugin.portfolio.world import World, make_world

OK, NO, NONE, OUT = "ok", "no", "none", "out"
STATUS = {200: OK, 302: OK, 422: OK, 403: NO, 404: NONE, 401: OUT}

PEOPLE = (
    "owner", "classmate", "foreign student", "teacher", "other teacher", "foreign teacher",
    "registry", "foreign registry", "administrator", "homeroom", "counsellor", "parent",
    "unbound", "nobody",
)  # fmt: skip


def row(**said: str) -> dict[str, str]:
    """What each person meets; whoever is not named is refused by role."""
    named = {key.replace("_", " "): value for key, value in said.items()}
    assert set(named) <= set(PEOPLE), named
    return {who: named.get(who, OUT if who == "nobody" else NO) for who in PEOPLE}


STUDENTS = row(owner=OK, classmate=OK, foreign_student=OK)
OWN = row(owner=OK, classmate=NONE, foreign_student=NONE)
NOTHING_WAITS = row(owner=NONE, classmate=NONE, foreign_student=NONE)
TEACHERS = row(teacher=OK, other_teacher=OK, foreign_teacher=OK)
COURSE = row(teacher=OK, other_teacher=NONE, foreign_teacher=NONE)
REGISTRIES = row(registry=OK, foreign_registry=OK)
OURS = row(registry=OK, foreign_registry=NONE)
OFFICES = row(registry=OK, foreign_registry=OK, administrator=OK)
OUR_OFFICE = row(registry=OK, foreign_registry=NONE, administrator=OK)
REASONS = TEACHERS | {"registry": OK, "foreign registry": OK, "administrator": OK}
# the school's: its teachers see it, its registry changes it
ONE_REASON = COURSE | {
    "other teacher": OK, "registry": OK, "foreign registry": NONE, "administrator": OK,
}  # fmt: skip
MOVED_REASON = ONE_REASON

MATRIX: dict[tuple[str, str], dict[str, str]] = {
    ("GET", "/outcomes"): STUDENTS,
    ("GET", "/outcomes/new"): STUDENTS,
    ("POST", "/outcomes/new"): STUDENTS,
    ("GET", "/outcomes/<outcome>"): OWN,
    ("GET", "/outcomes/<outcome>/edit"): OWN,
    ("POST", "/outcomes/<outcome>/edit"): OWN,
    ("GET", "/outcomes/<outcome>/smaller"): OWN,
    ("POST", "/outcomes/<outcome>/smaller"): NOTHING_WAITS,
    ("GET", "/outcomes/<outcome>/smaller/<which>.png"): NOTHING_WAITS,
    ("POST", "/outcomes/<outcome>/<act>"): OWN,
    ("GET", "/selection"): STUDENTS,
    ("POST", "/selection"): STUDENTS,
    ("GET", "/certification"): TEACHERS,
    ("GET", "/certification/<outcome>"): COURSE,
    ("POST", "/certification/<outcome>/certify"): COURSE,
    ("POST", "/certification/<outcome>/return"): COURSE,
    ("POST", "/certification/<outcome>/correct"): COURSE,
    ("GET", "/certification/settings"): TEACHERS,
    ("POST", "/certification/settings"): TEACHERS,
    ("GET", "/certification/reasons"): REASONS,
    ("POST", "/certification/reasons"): REASONS,
    ("GET", "/certification/reasons/<reason>"): ONE_REASON,
    ("POST", "/certification/reasons/<reason>"): ONE_REASON,
    ("POST", "/certification/reasons/<reason>/<move>"): MOVED_REASON,
    ("GET", "/certification/substitutes"): OFFICES,
    ("GET", "/certification/substitutes/new"): OFFICES,
    ("POST", "/certification/substitutes/new"): OFFICES,
    ("GET", "/certification/substitutes/<substitution>"): OUR_OFFICE,
    ("POST", "/certification/substitutes/<substitution>"): OUR_OFFICE,
    ("POST", "/certification/substitutes/<substitution>/stop"): OUR_OFFICE,
    ("POST", "/certification/preview"): TEACHERS,
    ("POST", "/certification/bulk"): TEACHERS,
    ("GET", "/certification/result"): TEACHERS,
    ("GET", "/certification/decisions"): TEACHERS,
    # only from a launch in a course that is bound
    ("GET", "/review"): row(teacher=NONE, other_teacher=NONE, foreign_teacher=NONE),
    ("GET", "/earlier"): REGISTRIES,  # and student affairs: handed_in/test_earlier_pages
    ("GET", "/earlier/mine"): STUDENTS,
    ("GET", "/progress"): row(registry=OK, foreign_registry=OK, administrator=OK),
    ("POST", "/progress/extend"): REGISTRIES,
}


OVERVIEWS = ("/timeline", "/exports", "/children", "/admission", "/homeroom", "/dashboard")


def people(world: World) -> dict[str, Actor | None]:
    foreign = make_world()
    elsewhere = make_teacher(world.school)
    make_course(world.school, teacher=elsewhere)
    unbound = Actor(school_id=world.school.id, roles=frozenset({Role.STUDENT, Role.TEACHER}))
    return {
        "owner": world.pupil,
        "classmate": actor_of(make_student(world.school, world.school_class)),
        "foreign student": foreign.pupil,
        "teacher": world.master,
        "other teacher": actor_of(elsewhere),
        "foreign teacher": foreign.master,
        "registry": world.clerk,
        "foreign registry": foreign.clerk,
        "administrator": actor_of(make_staff(world.school, Role.ADMINISTRATOR)),
        "homeroom": actor_of(make_staff(world.school), Role.HOMEROOM),
        "counsellor": actor_of(make_staff(world.school, Role.COUNSELLOR)),
        "parent": actor_of(make_parent(world.school, world.student)),
        "unbound": unbound,
        "nobody": None,
    }


def a_submission(world: World) -> Submission:
    """A frozen one, written directly: how it is built is tested elsewhere."""
    file = world.file()
    with db.writing() as session:
        submission = Submission(
            school_id=world.school.id,
            academic_year=115,
            version=1,
            number=f"115-{world.school.code}-O-01",
            state=SubmissionState.FROZEN,
            totals=dict.fromkeys(["rows", "students", "classes", "files", "bytes"], 1),
            made_by_name="",
            made_at=clock.now(),
            frozen_at=clock.now(),
            token="of-the-test",
        )
        session.add(submission)
        session.flush()
        for kind in SubmissionFileKind:
            session.add(
                SubmissionFile(
                    submission_id=submission.id,
                    kind=kind,
                    file_id=file,
                    name=kind,
                    size=1,
                    sha256="0" * 64,
                )
            )
        return submission


def test_the_matrix_names_every_route(app: Flask) -> None:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(("/counselling", "/experiences", "/selection/experiences")):
            continue  # test_counselling_access, test_experience_access have matrices of their own
        if rule.rule.startswith(("/handed-in", "/exchange")):
            continue  # receipts/test_receipt_access, exchange/test_exchange_access
        if rule.rule.startswith("/academic"):
            continue  # academic/test_academic_access
        if rule.rule.startswith(OVERVIEWS):
            continue  # overviews/test_overview_access
        if rule.rule.startswith(("/submissions", "/selections", "/selection/slip", "/verify")):
            continue  # test_submission_access
        if rule.endpoint.startswith("portfolio."):
            path = rule.rule.replace("<int:outcome_id>", "<outcome>")
            path = path.replace("<any(send,withdraw,reopen,discard):act>", "<act>")
            path = path.replace("<int:submission_id>", "<submission>")
            path = path.replace("<int:reason_id>", "<reason>")
            path = path.replace("<any(up,down,drop):act>", "<move>")
            path = path.replace("<any(before,after):which>", "<which>")
            path = path.replace("<int:substitution_id>", "<substitution>")
            found |= {(verb, path) for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert found == set(MATRIX)


@pytest.mark.parametrize("who", PEOPLE)
def test_access(
    client: FlaskClient,
    world: World,
    act_as: Callable[[Any], Any],
    who: str,
) -> None:
    submission = a_submission(world)
    outcome = world.sent()
    reason = certification_reasons.keep(world.clerk, "請補上來源。", schools=True)
    substitution = certification_substitutes.name(
        world.clerk,
        make_teacher(world.school).id,
        clock.today(),
        clock.today(),
        teacher_id=world.teacher.id,
    )
    act_as(people(world)[who])
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/outcomes").text)
    met = {}
    for verb, path in MATRIX:
        address = (
            path.replace("<outcome>", str(outcome.id))
            .replace("<act>", "discard")
            .replace("<reason>", str(reason.id))
            .replace("<move>", "up")
            .replace("<which>", "before")
            .replace("<substitution>", str(substitution.id))
            .replace("<submission>", str(submission.id))
            .replace("<token>", submission.token)
        )
        form = {"csrf_token": token[1] if token else ""} if verb == "POST" else None
        answer = client.open(address, method=verb, data=form)
        met[verb, path] = STATUS.get(answer.status_code, str(answer.status_code))
    assert met == {door: said[who] for door, said in MATRIX.items()}


def main(page: str) -> str:
    """What the page says; around it stands its own address."""
    return page.partition("<main")[2].partition("</main")[0]


@pytest.mark.parametrize(
    "who", ["classmate", "foreign student", "other teacher", "foreign teacher", "foreign registry"]
)
def test_reaching_for_what_is_not_yours_leaves_a_line(
    client: FlaskClient, world: World, act_as: Callable[[Any], Any], who: str
) -> None:
    outcome = world.sent()
    submission = a_submission(world)
    door = {
        "student": f"/outcomes/{outcome.id}",
        "teacher": f"/certification/{outcome.id}",
        "registry": f"/submissions/{submission.id}",
    }[who.split()[1] if " " in who else "student"]
    actor = act_as(people(world)[who])
    page = client.get(door)
    assert page.status_code == 404
    nothing = client.get(door.replace(door.rsplit("/", 1)[1], "987654"))
    assert nothing.status_code == 404
    assert main(nothing.text) == main(page.text)
    (line,) = db.reading().scalars(sa.select(AuditEvent).where(AuditEvent.verb == "access.foreign"))
    assert (line.actor_id, line.chain) == (actor.person_id, actor.school_id)
    assert db.reading().get(Outcome, outcome.id) is not None

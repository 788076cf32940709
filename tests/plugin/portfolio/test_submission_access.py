"""Who gets through which door of the submission: role × relation × school, for every route."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import clock, db
from plugin.jobs import Job, JobState
from plugin.portfolio.models import (
    CheckState,
    HoldState,
    SelectionHold,
    SelectionSlip,
    SubmissionCheck,
)
from plugin.portfolio.operations import slips
from plugin.portfolio.queries import lending
from plugin.school.batches import Batch
from plugin.vault import operations as vault
from tests.plugin.portfolio.experience_world import officer
from tests.plugin.portfolio.test_access import (
    NONE,
    OK,
    OURS,
    PEOPLE,
    REGISTRIES,
    STATUS,
    STUDENTS,
    a_submission,
    people,
)
from tests.plugin.portfolio.world import World, make_world

MATRIX: dict[tuple[str, str], dict[str, str]] = {
    ("GET", "/submissions"): REGISTRIES,
    ("POST", "/submissions/begin"): REGISTRIES,
    ("GET", "/submissions/<submission>"): OURS,
    ("GET", "/submissions/<submission>/changes"): OURS,
    ("POST", "/submissions/<submission>/changes/table"): OURS,
    ("GET", "/submissions/<submission>/links"): OURS,
    ("GET", "/submissions/<submission>/links/revoke"): OURS,
    ("POST", "/submissions/<submission>/links/revoke"): OURS,
    ("POST", "/submissions/check"): REGISTRIES,
    ("GET", "/submissions/checks/<check>"): OURS,
    ("POST", "/submissions/checks/<check>/tell"): OURS,
    ("POST", "/submissions/checks/<check>/table"): OURS,
    ("GET", "/selections"): REGISTRIES,
    ("POST", "/selections/hold"): REGISTRIES,
    ("POST", "/selections/slips"): OURS,
    ("GET", "/selections/slips/<job>"): OURS,
    ("POST", "/selection/slip"): STUDENTS,
    ("GET", "/verify/<token>"): dict.fromkeys(PEOPLE, OK),
    ("GET", "/verify/slip/<slip>"): dict.fromkeys(PEOPLE, OK),
    ("GET", "/verify/term/<term>"): dict.fromkeys(PEOPLE, NONE),
}
BEGINS = ("/submissions", "/selections", "/selection/slip", "/verify")


def things(world: World) -> dict[str, str]:
    """What the addresses name, all of the world's school."""
    submission = a_submission(world)
    now = clock.now()
    vault.begin_lending(world.clerk, lending.subject(submission.id), now)
    with db.writing() as session:
        check = SubmissionCheck(
            school_id=world.school.id, academic_year=115, batch=Batch.ORDINARY,
            state=CheckState.DONE, made_by_name="", made_at=now, done_at=now,
            totals=dict.fromkeys(
                ["rows", "outcomes", "experiences", "students", "classes", "files", "bytes",
                 "errors", "warnings"], 0,
            ),
        )  # fmt: skip
        job = Job(
            school_id=world.school.id, kind=slips.PRINT, args={}, state=JobState.RUNNING,
            asked_by_id=world.registry.id, created_at=now,
        )  # fmt: skip
        slip = SelectionSlip(
            school_id=world.school.id, student_id=world.student.id, academic_year=115, outcomes=0,
            experiences=0, digest="0" * 64, token="of-the-slip", made_at=now,
        )  # fmt: skip
        session.add_all([check, job, slip])
        session.flush()
        return {
            "<submission>": str(submission.id),
            "<check>": str(check.id),
            "<job>": str(job.id),
            "<token>": submission.token,
            "<slip>": slip.token,
            "<term>": "of-none",  # what it shows of one is tested with hand-ins
        }


def test_the_matrix_names_every_route(app: Flask) -> None:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("portfolio.") and rule.rule.startswith(BEGINS):
            path = re.sub(r"<int:(\w+?)_id>", r"<\1>", rule.rule)
            path = path.replace("/slip/<token>", "/slip/<slip>")
            path = path.replace("/term/<token>", "/term/<term>")
            found |= {(verb, path) for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert found == set(MATRIX)


@pytest.mark.parametrize("who", PEOPLE)
def test_access(client: FlaskClient, world: World, act_as: Callable[[Any], Any], who: str) -> None:
    named = things(world)
    act_as(people(world)[who])
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/outcomes").text)
    met = {}
    for verb, path in MATRIX:
        address = path
        for name, value in named.items():
            address = address.replace(name, value)
        form = {"csrf_token": token[1] if token else "", "class": str(world.school_class.id)}
        answer = client.open(address, method=verb, data=form if verb == "POST" else None)
        met[verb, path] = STATUS.get(answer.status_code, str(answer.status_code))
    assert met == {door: said[who] for door, said in MATRIX.items()}


@pytest.mark.parametrize("act", ["", "/tell", "/table"])
def test_student_affairs_look_at_a_check_of_their_own_school_alone(
    client: FlaskClient, world: World, act_as: Callable[[Any], Any], act: str
) -> None:
    check = things(world)["<check>"]
    for who, expected in ((officer(world), (200, 302)), (officer(make_world()), (404,))):
        act_as(who)
        page = client.get("/experiences/check").text
        token = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert token
        answer = client.open(
            f"/submissions/checks/{check}{act}",
            method="POST" if act else "GET",
            data={"csrf_token": token[1]},
        )
        assert answer.status_code in expected
        assert client.get("/submissions").status_code == 403


def test_a_class_of_another_school_is_neither_locked_nor_printed(
    client: FlaskClient, world: World, act_as: Callable[[Any], Any]
) -> None:
    act_as(people(world)["foreign registry"])
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/submissions").text)
    assert token
    form = {
        "csrf_token": token[1],
        "class": str(world.school_class.id),
        "act": HoldState.LOCKED.value,
        "reason": "別校",
    }
    assert client.post("/selections/hold", data=form).status_code == 404
    assert client.post("/selections/slips", data=form).status_code == 404
    with db.reading() as session:
        assert session.query(SelectionHold).count() == 0

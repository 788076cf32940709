"""Every route with the ids of another school's real things: nothing of it is shown or changed.

Whoever asks holds every role there is, in their own school.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import clock, db, web
from plugin.actor import Actor, Role
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    Invitation,
    LaunchContext,
    LaunchPerson,
    Registration,
    RegistrationState,
)
from plugin.portfolio.models import Submission, SubmissionState
from plugin.school.models import Course, CourseTeacher, Person, RoleGrant, SchoolClass
from plugin.trail.notify import notify
from plugin.vault.models import Receipt
from tests.factories import actor_of, make_staff
from tests.plugin.portfolio.world import World, make_world

SECRET = "別校機密"
"""Stands in every text of the other school."""


def make_other_school() -> tuple[World, dict[str, int | str]]:
    """The other school with one real thing of each kind, and their ids by argument name."""
    world = make_world()
    sent, certified = world.sent(title=SECRET), world.certified(title=SECRET, summary=SECRET)
    draft = world.draft(title=SECRET)
    boss = make_staff(world.school, Role.ADMINISTRATOR, Role.COUNSELLOR)
    now, school_id = clock.now(), world.school.id
    with db.writing() as session:
        session.execute(sa.update(Person).where(Person.school_id == school_id).values(name=SECRET))
        session.execute(sa.update(Course).where(Course.school_id == school_id).values(name=SECRET))
        session.execute(
            sa.update(SchoolClass).where(SchoolClass.school_id == school_id).values(name=SECRET)
        )
        registration = Registration(
            school_id=school_id, issuer=f"https://{SECRET}.example", client_id="theirs",
            auth_login_url="https://lms.example/a", token_url="https://lms.example/t",
            key_set_url="https://lms.example/k", state=RegistrationState.ACTIVE,
            created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(registration)
        session.flush()
        deployment = Deployment(
            registration_id=registration.id, deployment_id=SECRET, school_id=school_id,
            state=DeploymentState.WAITING, first_seen_at=now,
        )  # fmt: skip
        account = LaunchPerson(
            registration_id=registration.id, school_id=school_id, subject="9", name=SECRET,
            email=f"{SECRET}@x.example", number=SECRET, first_seen_at=now, changed_at=now,
        )  # fmt: skip
        context = LaunchContext(
            registration_id=registration.id, school_id=school_id, context_id="9", label=SECRET,
            title=SECRET, number=SECRET, memberships_url="", line_items_url="",
            first_seen_at=now, changed_at=now,
        )  # fmt: skip
        invitation = Invitation(
            school_id=school_id, token_digest="0" * 64, created_at=now,
            expires_at=now + timedelta(days=1),
        )  # fmt: skip
        submission = Submission(
            school_id=school_id, academic_year=115, version=1, number=SECRET,
            state=SubmissionState.FROZEN, made_by_name=SECRET, made_at=now, frozen_at=now,
            totals=dict.fromkeys(["rows", "students", "classes", "files", "bytes"], 1),
            token="of-the-other-school",
        )  # fmt: skip
        session.add_all([deployment, account, context, invitation, submission])
        notify([world.student.id], SECRET[:2], SECRET, school_id=school_id, mail=False)
        session.flush()
        message = session.scalar(sa.text("SELECT max(id) FROM message"))
        file_id = sent.document_file_id
        ids: dict[str, int | str] = {
            "outcome_id": sent.id,
            "submission_id": submission.id,
            "person_id": world.student.id,
            "class_id": world.school_class.id,
            "course_id": world.course.id,
            "teaching_id": session.scalars(
                sa.select(CourseTeacher.id).where(CourseTeacher.course_id == world.course.id)
            ).one(),
            "grant_id": session.scalars(
                sa.select(RoleGrant.id).where(RoleGrant.person_id == boss.id).limit(1)
            ).one(),
            "launch_person_id": account.id,
            "context_id": context.id,
            "invitation_id": invitation.id,
            "deployment_id": deployment.id,
            "registration_id": registration.id,
            "message_id": message,
            "number": session.scalars(
                sa.select(Receipt.number).where(Receipt.file_id == file_id).limit(1)
            ).one(),
            "file": file_id or 0,
            "certified": certified.id,
            "draft": draft.id,
        }
    return world, ids


def addresses(app: Flask, ids: dict[str, int | str]) -> Iterator[tuple[str, str]]:
    """Each rule with the other school's ids in it, by method; outcomes in each state."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in {"entrance.login", "entrance.launch", "entrance.register"}:
            continue  # messages of an LMS name no rows of ours
        if rule.endpoint.startswith("health."):
            continue
        variants = [ids]
        if "outcome_id" in rule.arguments:
            variants += [ids | {"outcome_id": ids[one]} for one in ("certified", "draft")]
        if "act" in rule.arguments:
            acts = ("send", "withdraw", "reopen", "discard")
            variants = [one | {"act": act} for one in variants for act in acts]
        for known in variants:
            path = re.sub(r"<int\([^)]*max=(\d+)[^>]*>", r"\1", rule.rule)
            path = re.sub(
                r"<(?:[^<>]*:)?(\w+)>", lambda found, by=known: str(by.get(found[1], "x")), path
            )
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, path


def fields(ids: dict[str, int | str]) -> dict[str, Any]:
    """What a form might carry, all of it the other school's."""
    outcomes = [str(ids[one]) for one in ("outcome_id", "certified", "draft")]
    return {
        "outcome": [*outcomes, *(f"{one}:1" for one in outcomes)],
        "person": str(ids["person_id"]),
        "course": str(ids["course_id"]),
        "course_id": str(ids["course_id"]),
        "courses": [str(ids["course_id"])],
        "class": str(ids["class_id"]),
        "document-ref": str(ids["file"]),
        "media-ref": str(ids["file"]),
        "done": "-".join(outcomes),
        "failed": "-".join(outcomes),
        "title": "我的",
        "summary": "我的",
        "reason": "試試看",
        "until": "116/01/31",
        "active": "1",
        "number": str(ids["number"]),
        "after": "0",
    }


def everything() -> dict[str, dict[Any, tuple[Any, ...]]]:
    """Every row of every table by primary key."""
    db._close_reads()
    found = {}
    for table in db.Base.metadata.sorted_tables:
        keys = [column.name for column in table.primary_key]
        rows = db.reading().execute(sa.select(table)).mappings()
        found[table.name] = {tuple(row[key] for key in keys): dict(row) for row in rows}
    db._close_reads()
    return found  # type: ignore[return-value]


@pytest.fixture
def intruders(app: Flask) -> list[Actor]:
    """A member of staff and a student of another school who hold every role in it."""
    ours = make_world()
    every = frozenset(Role)
    staff = actor_of(make_staff(ours.school))
    return [replace(staff, roles=every), replace(ours.pupil, roles=every)]


@pytest.fixture
def without_csrf(app: Flask) -> None:
    """The forms' secret is another lock, tested elsewhere."""
    app.config.update(WTF_CSRF_ENABLED=False, WTF_CSRF_METHODS=set())


@pytest.mark.usefixtures("without_csrf")
def test_nothing_of_another_school_is_shown_or_changed(
    app: Flask, client: FlaskClient, act_as: Callable[[Any], Any], intruders: list[Actor]
) -> None:
    theirs, ids = make_other_school()
    before = everything()
    shown, broken = [], []
    for actor in intruders:
        act_as(actor)
        for method, path in addresses(app, ids):
            send = {"query_string": fields(ids)} if method == "GET" else {"data": fields(ids)}
            answer = client.open(path, method=method, **send)
            if SECRET in answer.text:
                shown.append(f"{method} {path}")
            if answer.status_code >= 500:
                broken.append(f"{method} {path}: {answer.status_code}")
    assert shown == []
    assert broken == []
    school_id = theirs.school.id
    assert altered(before, everything(), intruders[0].school_id or 0, school_id) == []
    act_as(replace(theirs.clerk, roles=frozenset(Role)))
    own = [path for method, path in addresses(app, ids) if method == "GET"]
    seen = [path for path in own if SECRET in client.get(path, query_string=fields(ids)).text]
    assert len(seen) > 10, "their own staff see it: the walk does reach these pages"


def altered(before: Any, after: Any, ours: int, theirs: int) -> list[str]:
    """Rows of others that changed or went, and new rows that refer to the other school."""
    faults = []
    for table in db.Base.metadata.sorted_tables:
        old, new = before[table.name], after[table.name]
        for key, row in old.items():
            of_ours = row.get("school_id") == ours or row.get("chain") == ours
            if table.name in {"school", "audit_head"} and key == (ours,):
                of_ours = True
            if not of_ours and new.get(key) != row:
                faults.append(f"{table.name} {key} changed")
        for key in new.keys() - old.keys():
            row = new[key]
            if theirs in (row.get("school_id"), row.get("chain")):
                faults.append(f"{table.name} {key} added to the other school")
            for column in table.columns:
                for foreign in column.foreign_keys:
                    target = before[foreign.column.table.name].get((row[column.name],))
                    if target is not None and target.get("school_id") == theirs:
                        faults.append(f"{table.name}.{column.name} {key} refers to their {target}")
    return faults


@pytest.mark.usefixtures("without_csrf")
@pytest.mark.parametrize("odd", ["99999999999999999999", "²", "-1", "0x10", "'", "1e9"])
def test_odd_ids_break_nothing(
    app: Flask, client: FlaskClient, act_as: Callable[[Any], Any], intruders: list[Actor], odd: str
) -> None:
    """Numbers that no database holds, digits that are no numbers."""
    broken = []
    names = (
        "outcome", "person", "course", "course_id", "courses", "class", "after", "before",
        "document-ref", "version", "year", "term", "done", "failed", "page",
    )  # fmt: skip
    given = dict.fromkeys(names, odd) | {"act": "return", "reason": "x"}
    for actor in intruders:
        act_as(actor)
        for rule in app.url_map.iter_rules():
            if app.extensions["licheng.policies"][rule.endpoint] is web.public:
                continue
            path = re.sub(r"<any\(([^,)]+)[^>]*>", r"\1", rule.rule)
            path = re.sub(r"<int\([^)]*max=(\d+)[^>]*>", r"\1", path)
            path = re.sub(r"<int:[^>]*>", "1", path)
            path = re.sub(r"<[^>]*>", "x", path)
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                send = {"query_string": given} if method == "GET" else {"data": given}
                if client.open(path, method=method, **send).status_code >= 500:
                    broken.append(f"{method} {path}")
    assert broken == []

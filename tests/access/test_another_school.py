"""Every route with the ids of another school's real things: nothing of it is shown or changed.

By each role alone and by somebody who holds every one, whichever way the two schools meet in an
LMS. Routes are found in the URL map: a new one is walked by itself, and one whose address names a
thing that the other school does not have yet fails until it is put there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from plugin import db, web
from plugin.actor import Actor, Role
from plugin.entrance.models import LaunchPerson
from tests.access.other_school import SECRET, Ids, make_other_school
from tests.factories import actor_of, make_staff
from tests.plugin.portfolio.world import make_world

WORDS = {
    "token": "unguessable, and checked by its own signature or digest",
    "ticket": "the same",
    "name": "of a rule, or of a downloaded file: names no row",
    "kind": "a kind of window",
    "which": "before or after",
    "year": "a number",
    "term": "a number",
    "grade": "a number",
    "act": "one of a few words",
    "step": "the same",
    "area": "the same",
    "verification": "unguessable, as on the certificate",
}
"""Arguments of addresses that name no thing of a school; every other one needs a thing."""

MESSAGES = {"entrance.login", "entrance.launch", "entrance.register", "services.notices"}
"""Messages of an LMS name no rows of ours; each has tests of its own."""

REFUSED = {302, 303, 400, 401, 403, 404, 405, 409, 422}


def walked(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in MESSAGES and not rule.endpoint.startswith("health.")
    ]


def addresses(app: Flask, ids: Ids) -> Iterator[tuple[str, str, bool]]:
    """(method, path, whether it names a thing): each rule with the other school's ids in it;
    outcomes in each state."""
    for rule in walked(app):
        variants = [ids]
        if "outcome_id" in rule.arguments:
            variants += [ids | {"outcome_id": ids[one]} for one in ("certified", "draft")]
        if "act" in rule.arguments:
            acts = ("send", "withdraw", "reopen", "discard")
            variants = [one | {"act": act} for one in variants for act in acts]
        public = app.extensions["licheng.policies"][rule.endpoint] is web.public
        names_a_thing = bool(rule.arguments - set(WORDS)) and not public
        for known in variants:
            path = re.sub(r"<int\([^)]*max=(\d+)[^>]*>", r"\1", rule.rule)
            path = re.sub(
                r"<(?:[^<>]*:)?(\w+)>", lambda found, by=known: str(by.get(found[1], "x")), path
            )
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, path, names_a_thing


def fields(ids: Ids) -> dict[str, Any]:
    """What a form might carry, all of it the other school's: every id under its argument's name,
    with and without `_id`, and what the forms call things besides."""
    outcomes = [str(ids[one]) for one in ("outcome_id", "certified", "draft")]
    return {
        **{name: str(value) for name, value in ids.items()},
        **{name.removesuffix("_id"): str(value) for name, value in ids.items()},
        "outcome": [*outcomes, *(f"{one}:1" for one in outcomes)],
        "experience": str(ids["experience_id"]),
        "course": str(ids["course_id"]),
        "courses": [str(ids["course_id"])],
        "class": str(ids["class_id"]),
        "teacher": str(ids["person_id"]),
        "student": str(ids["person_id"]),
        "students": [str(ids["person_id"])],
        "child": str(ids["person_id"]),
        "counsellor": str(ids["person_id"]),
        "classes": [str(ids["class_id"])],
        "for_user": "10",
        "document-ref": str(ids["file"]),
        "media-ref": str(ids["file"]),
        "done": "-".join(outcomes),
        "failed": "-".join(outcomes),
        "title": "我的",
        "summary": "我的",
        "reason": "試試看",
        "until": "116/01/31",
        "active": "1",
        "_scheme": "javascript",
        "_external": "1",
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


def test_every_address_names_a_thing_that_the_other_school_has(app: Flask) -> None:
    """A new route with a new kind of id fails here until `other_school` has such a thing."""
    _theirs, ids = make_other_school()
    for rule in walked(app):
        unknown = rule.arguments - set(ids) - set(WORDS)
        assert unknown == set(), f"{rule.endpoint}: {rule.rule}"
        assert all(ids[name] for name in rule.arguments & set(ids))


class Walk:
    """One intruder's way past every door; what was shown, answered or broke."""

    def __init__(self, app: Flask, client: FlaskClient, ids: Ids) -> None:
        self.app, self.client, self.ids = app, client, ids
        self.faults: list[str] = []

    def go(self) -> None:
        sent = fields(self.ids)
        for method, path, names_a_thing in addresses(self.app, self.ids):
            send = {"query_string": sent} if method == "GET" else {"data": sent}
            answer = self.client.open(path, method=method, **send)
            if SECRET.encode() in answer.data or SECRET in str(answer.headers):
                self.faults.append(f"{method} {path} shows it")
            if answer.status_code >= 500:
                self.faults.append(f"{method} {path} breaks: {answer.status_code}")
            if names_a_thing and answer.status_code not in REFUSED:
                self.faults.append(f"{method} {path} answers {answer.status_code}")


@pytest.mark.usefixtures("without_csrf")
@pytest.mark.parametrize("shared", ["own", "deployments", "clients", "vendor"])
def test_nothing_of_another_school_is_shown_or_changed(
    app: Flask,
    client: FlaskClient,
    act_as: Callable[[Any], Any],
    intruders: list[Actor],
    shared: str,
) -> None:
    ours = intruders[0].school_id or 0
    theirs, ids = make_other_school(shared, ours)
    if shared in {"deployments", "vendor"}:
        ids["registration_id"] = _absent_if_ours(ids, shared)
    before = everything()
    walk = Walk(app, client, ids)
    for actor in intruders:
        act_as(actor)
        walk.go()
    assert walk.faults == []
    school_id = theirs.school.id
    assert altered(before, everything(), ours, school_id) == []
    act_as(replace(theirs.clerk, roles=frozenset(Role)))
    own = [path for method, path, _names in addresses(app, ids) if method == "GET"]
    seen = [
        path for path in own if SECRET.encode() in client.get(path, query_string=fields(ids)).data
    ]
    assert len(seen) > 12, "their own staff see it: the walk does reach these pages"


def _absent_if_ours(ids: Ids, shared: str) -> int:
    """A registration that we made, or that is nobody's, is ours to see: its page is no stranger's.
    What hangs on it (deployments, people, courses) is walked all the same."""
    return int(ids["registration_id"]) if shared == "own" else 987654321


@pytest.mark.usefixtures("without_csrf")
@pytest.mark.parametrize("role", [None, *Role])
def test_by_each_role_alone(
    app: Flask, client: FlaskClient, act_as: Callable[[Any], Any], role: Role | None
) -> None:
    """Code may go another way for a registry than for a teacher; None: an account not bound."""
    ours = make_world()
    theirs, ids = make_other_school("deployments", ours.school.id)
    ids["registration_id"] = 987654321
    before = everything()
    with db.writing() as session:
        account = LaunchPerson(
            registration_id=session.scalars(sa.select(LaunchPerson.registration_id)).first(),
            school_id=ours.school.id, subject="1", name="某人", email="", number="",
            first_seen_at=theirs.school.created_at, changed_at=theirs.school.created_at,
        )  # fmt: skip
        session.add(account)
        session.flush()
    if role is None:
        act_as(Actor(school_id=ours.school.id, launch_person_id=account.id, name="未綁定"))
    elif role is Role.STUDENT:
        act_as(replace(ours.pupil, launch_person_id=account.id))
    else:
        staff = replace(actor_of(make_staff(ours.school)), launch_person_id=account.id)
        act_as(replace(staff, roles=frozenset({role})))
    walk = Walk(app, client, ids)
    walk.go()
    assert walk.faults == []
    after = everything()
    assert altered(before, after, ours.school.id, theirs.school.id) == []


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

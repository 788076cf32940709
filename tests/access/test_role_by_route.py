"""Every route × every role: the guard lets in exactly whom the route's policy names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from plugin import web
from plugin.actor import Actor, Role
from tests.factories import actor_of, make_school, make_staff

ABSENT = "987654321"
"""An id that nobody has: what is not refused by role must look like not found, never break."""


NEEDS_LAUNCH = {"/welcome"}
"""Shows the launch itself; the actors of this test have none behind them."""


def address(rule: Rule) -> str:
    """The rule's path with every argument filled by something that does not exist."""
    path = re.sub(r"<any\(([^,)]+)[^>]*>", r"\1", rule.rule)
    path = re.sub(r"<int\([^)]*max=(\d+)[^>]*>", r"\1", path)
    return re.sub(r"<[^>]*>", ABSENT, path)


def requests(app: Flask) -> Iterator[tuple[str, str, web.Policy]]:
    policies = app.extensions["licheng.policies"]
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"}):
            yield method, address(rule), policies[rule.endpoint]


def test_every_policy_is_of_a_known_kind(app: Flask) -> None:
    """The walk below asks a policy whom it lets in, so a policy has to be one of those that say
    so plainly: anybody, launched, bound, or holders of named roles."""
    plain = {web.public, web.launched, web.bound}
    for rule in app.url_map.iter_rules():
        policy = app.extensions["licheng.policies"][rule.endpoint]
        roles = getattr(policy, "roles", frozenset())
        assert policy in plain or (roles and roles <= frozenset(Role)), rule.endpoint


@pytest.fixture
def people(app: Flask) -> dict[str, Actor | None]:
    """Nobody, somebody not bound, and one person of each role, all in one school."""
    school = make_school()
    staff = make_staff(school)
    found: dict[str, Actor | None] = {
        "nobody": None,
        "unbound": Actor(school_id=school.id, launch_person_id=1, name="未綁定"),
        "no role": actor_of(staff),
    }
    for role in Role:
        found[str(role)] = Actor(
            school_id=school.id, person_id=staff.id, name=staff.name, roles=frozenset({role})
        )
    return found


def test_each_route_lets_in_whom_its_policy_names(
    app: Flask,
    client: FlaskClient,
    act_as: Callable[[Any], Any],
    people: dict[str, Actor | None],
) -> None:
    faults = []
    for method, path, policy in requests(app):
        if policy is web.public:
            continue
        for who, actor in people.items():
            act_as(actor)
            status = client.open(path, method=method).status_code
            if actor is None:
                expected = status == 401
            elif policy(actor):
                # CSRF (400), not found (404), conflict (409), invalid (422) come after the door
                refused = {403, 405} if path in NEEDS_LAUNCH else {401, 403, 405}
                expected = status not in refused and status < 500
            else:
                expected = status == 403
            if not expected:
                faults.append(f"{method} {path} by {who}: {status}")
    assert faults == [], "\n".join(faults)


def test_no_page_changes_anything_by_get(
    app: Flask, client: FlaskClient, act_as: Callable[[Any], Any], people: dict[str, Actor | None]
) -> None:
    """A GET writes nothing (link previews, prefetch), but for the audit line of a refusal."""
    import sqlalchemy as sa

    from plugin import db

    statements: list[str] = []

    @sa.event.listens_for(db.engine(), "before_cursor_execute")
    def seen(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        writes = statement.split(None, 1)[0].upper() in {"INSERT", "UPDATE", "DELETE"}
        if writes and " audit_" not in statement:
            statements.append(statement)

    for method, path, policy in requests(app):
        if method != "GET" or path.startswith("/lti/"):
            continue  # the LMS's own messages begin a login by GET
        for actor in people.values():
            if policy is not web.public and (actor is None or not policy(actor)):
                continue
            act_as(actor)
            statements.clear()
            client.get(path)
            assert statements == [], f"GET {path}: {statements[:2]}"


def test_a_post_without_csrf_token_is_refused(
    app: Flask, client: FlaskClient, act_as: Callable[[Any], Any], people: dict[str, Actor | None]
) -> None:
    exempt = app.extensions["licheng.csrf_exempt"]
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or set()) or rule.endpoint in exempt:
            continue
        policy = app.extensions["licheng.policies"][rule.endpoint]
        allowed = [actor for actor in people.values() if policy(actor)]
        if not allowed:
            continue
        act_as(allowed[0])
        response = client.post(address(rule), data={"title": "x"})
        assert response.status_code == 400, f"{rule.rule}: {response.status_code}"
        foreign = client.post(address(rule), headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403, f"{rule.rule}: {foreign.status_code}"

"""A platform registered once for all schools: each claims its own deployment, once."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections import Counter

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lti.errors import LaunchError
from plugin import clock, db, retention
from plugin.actor import Role, system
from plugin.entrance import queries
from plugin.entrance.models import (
    ClaimCode,
    Deployment,
    DeploymentState,
    LaunchLog,
    LaunchPerson,
    LaunchSession,
)
from plugin.entrance.operations import claiming, deploying, installing, refusing, setting_up
from plugin.entrance.operations.refusing import Case
from plugin.entrance.operations.registering import Described
from plugin.errors import NotAllowed
from plugin.trail import chain
from plugin.trail.models import AuditEvent
from tests import factories
from tests.plugin.entrance.conftest import csrf_of

LINK = re.compile(r'href="(/lti/claim/[^"]+)"')


def rows(model):
    db._close_reads()
    return list(db.reading().scalars(sa.select(model)))


@pytest.fixture
def shared(app, lms):
    """The demo LMS, registered for the whole installation; no school has a deployment there."""
    tool = lms.add_tool("http://localhost", deep_link=None)
    return setting_up.share(
        Described(
            issuer=lms.issuer,
            client_id=tool.client_id,
            auth_login_url=lms.authorization_endpoint,
            token_url=lms.token_endpoint,
            key_set_url=lms.jwks_uri,
            product="blackboard",
        )
    )


@pytest.fixture
def page(client, lms, shared):
    """The address of the claim page, as a teacher gets it from the refusal."""
    refused = lms.launch(client, "teacher1")
    assert refused.status_code == 403
    found = LINK.search(refused.text)
    assert found, refused.text
    return found[1]


@pytest.fixture
def enter(client):
    """Enter a code on the claim page."""

    def post(page, code):
        return client.post(page, data={"code": code, "csrf_token": csrf_of(client.get(page).text)})

    return post


def code_of(school):
    return claiming.deployment_code(system(school.id))


def test_an_unseen_deployment_waits_and_belongs_to_nobody(client, lms, shared, school):
    refused = lms.launch(client, "student1")
    assert "DEPLOYMENT_INACTIVE" in refused.text
    [deployment] = rows(Deployment)
    assert (deployment.school_id, deployment.state) == (None, DeploymentState.WAITING)
    assert not rows(LaunchSession)
    assert not rows(LaunchPerson)
    assert queries.waiting_deployments(school.id) == []


@pytest.mark.parametrize(("person", "offered"), [("teacher1", True), ("student1", False)])
def test_the_page_is_offered_to_whoever_teaches(client, lms, shared, person, offered):
    assert bool(LINK.search(lms.launch(client, person).text)) is offered


def test_it_is_offered_to_who_administers_the_platform(client, lms, shared):
    begun = lms.begin(client, "student1")
    claims = lms.claims("student1", nonce=begun.nonce)
    claims["https://purl.imsglobal.org/spec/lti/claim/roles"] = [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
    ]
    answer = client.post("/lti/launch", data={"state": begun.state, "id_token": lms.sign(claims)})
    assert LINK.search(answer.text)


def test_the_address_names_nobody(page, lms):
    body = page.rsplit("/", 1)[1].partition(".")[0]
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert set(said) == {"deployment", "registration", "subject", "until"}
    assert re.fullmatch("[0-9a-f]{32}", said["subject"]), "a keyed digest"


def test_a_deployment_is_claimed(client, lms, page, enter, school):
    shown = client.get(page)
    assert shown.status_code == 200
    assert lms.issuer in shown.text
    done = enter(page, code_of(school).lower())
    assert done.status_code == 200, done.text
    assert school.name in done.text
    [deployment] = rows(Deployment)
    assert (deployment.school_id, deployment.state) == (school.id, DeploymentState.ACTIVE)
    assert lms.launch(client, "student1").status_code == 303
    assert rows(LaunchSession)[0].school_id == school.id
    [event] = [one for one in rows(AuditEvent) if one.verb == "deployment.claim"]
    assert event.chain == school.id
    assert list(chain.verify()) == []


def test_it_is_never_claimed_twice(client, page, enter, school):
    other = factories.make_school()
    code = code_of(other)
    enter(page, code_of(school))
    assert client.get(page).status_code == 409
    with pytest.raises(Exception, match="已經認領"):
        deploying.claim(page.rsplit("/", 1)[1], code)
    assert rows(Deployment)[0].school_id == school.id
    assert [one.used_at is None for one in rows(ClaimCode)] == [True, False]


def test_two_at_once(app, client, page, school):
    other = factories.make_school()
    codes = [code_of(school), code_of(other)]
    token = csrf_of(client.get(page).text)
    outcomes: Counter[int] = Counter()
    start = threading.Barrier(2)

    def enter(code):
        own = FlaskClient(app, use_cookies=False)
        start.wait()
        outcomes[own.post(page, data={"code": code, "csrf_token": token}).status_code] += 1

    threads = [threading.Thread(target=enter, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {200: 1, 409: 1}
    assert sum(one.used_at is not None for one in rows(ClaimCode)) == 1


def test_a_code_works_once(client, lms, page, enter, school):
    code = code_of(school)
    enter(page, code)
    with db.writing() as session:
        found = session.merge(rows(Deployment)[0])
        session.add(
            Deployment(
                registration_id=found.registration_id, deployment_id="another", school_id=None,
                state=DeploymentState.WAITING, first_seen_at=found.first_seen_at,
            )
        )  # fmt: skip
    ticket = deploying._pack(
        {
            "deployment": rows(Deployment)[1].id,
            "registration": rows(Deployment)[1].registration_id,
            "subject": "",
            "until": 2**33,
        }
    )
    assert enter(f"/lti/claim/{ticket}", code).status_code == 422
    assert rows(Deployment)[1].school_id is None


@pytest.mark.parametrize("kind", ["person", "administrator", "expired", "made up", "empty"])
def test_codes_that_are_none(page, enter, school, clock, kind):
    person = factories.make_staff(school)
    code = {
        "person": lambda: claiming.person_code(system(school.id), person.id),
        "administrator": lambda: claiming.administrator_code(system(school.id)),
        "expired": lambda: code_of(school),
        "made up": lambda: "AAAA-BBBB-CCCC",
        "empty": lambda: "",
    }[kind]()
    if kind == "expired":
        with db.writing() as session:
            session.merge(rows(ClaimCode)[0]).expires_at = clock()
    answer = enter(page, code)
    assert answer.status_code == 422
    assert rows(Deployment)[0].school_id is None
    refused = [one for one in rows(AuditEvent) if one.verb == "deployment.refused"]
    assert len(refused) == (0 if kind == "empty" else 1)


def test_after_ten_wrong_codes_an_hour_of_rest(page, enter, school, clock):
    for _ in range(deploying.TRIES):
        assert enter(page, "AAAA-BBBB-CCCC").status_code == 422
    good = code_of(school)
    assert "次數太多" in enter(page, good).text
    assert rows(Deployment)[0].school_id is None


def test_tickets_end(client, page, clock):
    clock.advance(minutes=15)
    answer = client.get(page)
    assert answer.status_code == 403
    assert "TICKET_UNUSABLE" in answer.text


@pytest.mark.parametrize(
    "ticket", ["x", "x.y", "é.é", ".", "eyJ9." + "0" * 64, "a" * 5000 + ".b", "bnVsbA." + "0" * 64]
)
def test_tickets_that_are_none(client, shared, ticket):
    assert client.get(f"/lti/claim/{ticket}").status_code == 403


def test_a_ticket_cannot_be_turned_to_another_deployment(client, page):
    body, _dot, signature = page.rsplit("/", 1)[1].partition(".")
    for changed in (body[:-2] + "AA", body + "AA", body.swapcase()):
        assert client.get(f"/lti/claim/{changed}.{signature}").status_code == 403


def test_a_post_without_the_pages_secret(client, page, school):
    assert client.post(page, data={"code": code_of(school)}).status_code == 400
    assert rows(Deployment)[0].school_id is None


def test_nothing_is_offered_where_the_platform_is_a_schools_own(client, installed, school):
    """There an unseen deployment waits for that school's administrator."""
    with db.writing() as session:
        session.merge(rows(Deployment)[0]).state = DeploymentState.WAITING
    refused = installed.launch(client, "teacher1")
    assert "DEPLOYMENT_INACTIVE" in refused.text
    assert not LINK.search(refused.text)


def test_nothing_is_offered_once_it_is_claimed_and_stopped(client, lms, page, enter, school):
    enter(page, code_of(school))
    installing.decide_deployment(system(school.id), rows(Deployment)[0].id, active=False)
    assert not LINK.search(lms.launch(client, "teacher1").text)


def test_a_flood_from_one_school_hides_no_refusal_of_another(shared, school):
    """Refusals of a shared platform are counted by the deployment that their launch proved."""
    other = factories.make_school()
    for name, owner in (("one", school), ("two", other)):
        with db.writing() as session:
            session.add(
                Deployment(
                    registration_id=shared.id, deployment_id=name, school_id=owner.id,
                    state=DeploymentState.ACTIVE, first_seen_at=clock.now(),
                )
            )  # fmt: skip
    for case, times in (
        (Case(shared.id, deployment_id="one"), refusing.LINES + 5),
        (Case(shared.id, deployment_id="two"), 3),
        (Case(shared.id), 2),  # nothing proved whose it is
    ):
        for _ in range(times):
            refusing.refuse(LaunchError("EXPIRED"), case)
    with db.writing():
        refusing.tell_floods(clock.now() + refusing.WINDOW, retention.row("refusal_tally"))
    lines = [(one.school_id, one.claims.get("more")) for one in rows(LaunchLog)]
    assert lines.count((school.id, None)) == refusing.LINES
    assert lines.count((school.id, 5)) == 1
    assert lines.count((other.id, None)) == 3
    assert lines.count((None, None)) == 2


def test_a_code_is_made_on_the_connections_page(client, school, act_as):
    act_as(factories.actor_of(factories.make_staff(school, Role.ADMINISTRATOR)))
    token = csrf_of(client.get("/connections").text)
    answer = client.post("/connections/code", data={"csrf_token": token})
    assert re.search(r'id="deployment-code">(?:[2-9A-Z]{4}-){2}[2-9A-Z]{4}<', answer.text)
    with pytest.raises(NotAllowed):
        claiming.deployment_code(factories.actor_of(factories.make_staff(school, Role.REGISTRY)))


def test_such_a_code_makes_nobody_anything_else(client, installed, school):
    """Entered where an account is claimed, it is no code."""
    code = code_of(school)
    session = re.match(r"/s/[^/]+", installed.launch(client, "teacher1").location)[0]
    page = client.get(f"{session}/welcome/code")
    answer = client.post(
        f"{session}/welcome/code", data={"code": code, "csrf_token": csrf_of(page.text)}
    )
    assert answer.status_code == 422
    assert rows(ClaimCode)[-1].used_at is None


class TestCommands:
    def test_a_code(self, cli, school):
        done = cli.invoke(args=["lti", "code", school.code])
        assert re.fullmatch(r"(?:[2-9A-Z]{4}-){2}[2-9A-Z]{4}\n", done.output)

    def test_assign(self, cli, client, lms, shared, school):
        lms.launch(client, "student1")
        number = str(rows(Deployment)[0].id)
        assert "flask lti assign" in cli.invoke(args=["school", "deployments"]).output
        refused = cli.invoke(args=["school", "deployments", "--approve", number])
        assert refused.exit_code == 1
        assert cli.invoke(args=["lti", "assign", number, school.code]).exit_code == 0
        assert rows(Deployment)[0].school_id == school.id
        assert cli.invoke(args=["lti", "assign", number, school.code]).exit_code == 1

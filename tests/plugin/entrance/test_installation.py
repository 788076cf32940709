"""Installing by one link, against the demo LMS over real HTTP."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa

from plugin import db, schedule
from plugin.actor import Role, system
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    Invitation,
    Registration,
    RegistrationState,
    ToolKey,
)
from plugin.entrance.operations import installing
from plugin.trail import chain
from tests import factories


def rows(model):
    return list(db.reading().scalars(sa.select(model).order_by(sa.inspect(model).primary_key[0])))


def test_the_page_shows_which_school_and_which_lms(client, invitation, school, lms):
    page = client.get(invitation, query_string={"openid_configuration": lms.openid_configuration})
    assert page.status_code == 200
    assert school.name in page.text
    assert lms.issuer.removeprefix("http://") in page.text
    assert "確認安裝" in page.text


def test_the_page_may_be_framed_by_any_lms(client, invitation):
    """Moodle opens it in a frame of its own page, and it is not known yet which Moodle."""
    policy = client.get(invitation).headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy


def test_opened_by_hand_it_says_where_to_paste_it(client, invitation):
    page = client.get(invitation)
    assert page.status_code == 200
    assert "確認安裝" not in page.text
    assert "工具網址" in page.text


def test_the_exchange(install, invitation, school, lms):
    page = install(invitation)
    assert page.status_code == 200
    assert "安裝完成" in page.text
    assert "啟用" in page.text
    assert f'data-lms-close="{lms.issuer}"' in page.text
    [registration], [deployment] = rows(Registration), rows(Deployment)
    assert registration.issuer == lms.issuer
    assert registration.client_id == lms.tool.client_id
    assert registration.state is RegistrationState.ACTIVE
    assert (deployment.school_id, deployment.state) == (school.id, DeploymentState.ACTIVE)
    assert deployment.deployment_id == str(lms.tool.id)
    assert list(chain.verify()) == []


def test_the_first_administrator_gets_a_code_and_a_second_installation_none(
    install, invitation, school
):
    assert re.search(
        r'id="claim-code">[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}<', install(invitation).text
    )
    factories.make_staff(school, Role.ADMINISTRATOR)
    second = installing.invite(system(school.id), 1).removeprefix("http://localhost")
    assert 'id="claim-code"' not in install(second).text


def test_a_link_works_once(install, invitation, client):
    install(invitation)
    again = client.get(invitation)
    assert again.status_code == 403
    assert "已經用過" in again.text
    assert len(rows(Registration)) == 1


@pytest.mark.parametrize("days", [1, 14])
def test_a_link_expires(client, school, clock, app, days):
    path = installing.invite(system(school.id), days).removeprefix("http://localhost")
    clock.advance(days=days, seconds=-1)
    assert client.get(path).status_code == 200
    clock.advance(seconds=1)
    page = client.get(path)
    assert page.status_code == 403
    assert "已過期" in page.text


def test_a_revoked_link_and_an_unknown_one(client, school, invitation):
    installing.revoke_invitation(system(school.id), rows(Invitation)[0].id)
    assert "已被撤銷" in client.get(invitation).text
    assert client.get("/lti/register/" + "x" * 32).status_code == 403


def test_a_post_without_the_forms_secret(client, invitation, lms):
    """The page works without cookies, and still only its own form may post."""
    answer = client.post(invitation, data={"openid_configuration": lms.openid_configuration})
    assert answer.status_code == 400
    assert not rows(Registration)


def test_the_link_is_stored_only_as_a_digest(invitation):
    token = invitation.rsplit("/", 1)[1]
    [found] = rows(Invitation)
    assert token not in str(vars(found))


def test_an_lms_that_refuses_leaves_the_link_usable(install, invitation):
    refused = install(invitation, registration_token="garbage")
    assert refused.status_code == 502
    assert "REGISTRATION_REFUSED" in refused.text
    assert not rows(Registration)
    assert "安裝完成" in install(invitation).text


def test_a_token_used_twice_shows_what_the_lms_says(install, invitation, school, lms, client):
    url = lms.registration_url("http://localhost" + invitation)
    token = url.split("registration_token=")[1]
    assert install(invitation, registration_token=token).status_code == 200
    second = installing.invite(system(school.id), 1).removeprefix("http://localhost")
    refused = install(second, registration_token=token)
    assert "token_already_used" in refused.text


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/latest/meta-data", "http://10.0.0.1/openid", "file:///etc/passwd"],
)
def test_an_address_inside_our_network_is_never_called(install, invitation, url):
    refused = install(invitation, openid_configuration=url)
    assert refused.status_code == 403
    assert "ADDRESS_REFUSED" in refused.text


def test_installing_again_updates_the_same_registration(install, invitation, school, lms, client):
    """Moodle's "update" keeps client and deployment: no second row, the state is renewed."""
    install(invitation)
    tool = lms.tool
    second = installing.invite(system(school.id), 1).removeprefix("http://localhost")
    query = dict(parse_qsl(urlsplit(lms.registration_url(second, update=tool)).query))
    page = install(second, **query)
    assert "已重新安裝" in page.text
    assert len(rows(Registration)) == len(rows(Deployment)) == 1


@pytest.mark.parametrize("what", ["platform", "deployment"])
def test_what_the_school_stopped_a_link_does_not_start_again(
    install, invitation, school, lms, client, what
):
    """An installation link that nobody used yet may be in many hands."""
    install(invitation)
    lms.activate()
    boss = system(school.id)
    if what == "platform":
        installing.switch_registration(boss, rows(Registration)[0].id, active=False)
    else:
        installing.decide_deployment(boss, rows(Deployment)[0].id, active=False)
    second = installing.invite(boss, 1).removeprefix("http://localhost")
    query = dict(parse_qsl(urlsplit(lms.registration_url(second, update=lms.tool)).query))
    page = install(second, **query)
    assert "仍然停用" in page.text
    lms.activate()
    if what == "platform":
        assert rows(Registration)[0].state is RegistrationState.DISABLED
    else:
        assert rows(Deployment)[0].state is DeploymentState.DISABLED
        assert lms.launch(client, "student1").status_code == 403
    if what == "platform":
        installing.switch_registration(boss, rows(Registration)[0].id, active=True)
    else:
        installing.decide_deployment(boss, rows(Deployment)[0].id, active=True)
    assert lms.launch(client, "student1").status_code == 303


def test_another_school_cannot_take_over_a_registration(install, invitation, lms, app):
    install(invitation)
    other = factories.make_school()
    second = installing.invite(system(other.id), 1).removeprefix("http://localhost")
    query = dict(parse_qsl(urlsplit(lms.registration_url(second, update=lms.tool)).query))
    assert install(second, **query).status_code == 409


def test_our_key_set(client, app):
    answer = client.get("/lti/jwks")
    [key] = answer.json["keys"]
    assert set(key) == {"kty", "alg", "use", "kid", "n", "e"}
    assert answer.json == client.get("/lti/jwks").json
    raw = db.reading().execute(sa.text("SELECT private_key FROM tool_key")).scalar()
    assert "PRIVATE" not in raw, "encrypted at rest"
    assert "PRIVATE KEY" in rows(ToolKey)[0].private_key


def test_our_keys_are_changed_by_the_clock_and_overlap(client, app, clock):
    """The daily round makes the next key in time; for a while both are published."""

    def published():
        return [one["kid"] for one in client.get("/lti/jwks").json["keys"]]

    [first] = published()
    sets = []
    for _ in range(100):
        clock.advance(days=1)
        schedule.tick("entrance.rotate_keys")
        if published() not in sets:
            sets.append(published())
    assert sets[0] == [first]
    assert {len(one) for one in sets} == {1, 2}, "one, or one and the next"
    assert all(set(before) & set(after) for before, after in pairwise(sets))
    assert first not in sets[-1]


class TestCommands:
    def test_invite(self, cli, client, school):
        done = cli.invoke(args=["school", "invite", school.code, "--days", "3"])
        assert done.exit_code == 0, done.output
        path = done.output.strip().removeprefix("http://localhost")
        assert client.get(path).status_code == 200

    def test_invite_for_too_long(self, cli, school):
        done = cli.invoke(args=["school", "invite", school.code, "--days", "91"])
        assert done.exit_code == 1
        assert "90" in done.output

    def test_admin(self, cli, school):
        done = cli.invoke(args=["school", "admin", school.code.lower()])
        assert re.fullmatch(r"(?:[2-9A-Z]{4}-){2}[2-9A-Z]{4}\n", done.output)

    def test_an_unknown_school(self, cli, app):
        assert cli.invoke(args=["school", "admin", "NOBODY"]).exit_code == 1

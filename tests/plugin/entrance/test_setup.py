"""Setting up by hand: values to copy, what the platform gave, exceptions, the school's switches."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from lti import manual
from plugin import db
from plugin.actor import Actor, Role, system
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    Invitation,
    Registration,
    RegistrationState,
)
from plugin.entrance.operations import installing, setting_up
from plugin.entrance.operations.registering import Described
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.school.models import School
from plugin.trail import chain
from plugin.trail.models import AuditEvent
from tests import factories
from tests.plugin.entrance.conftest import csrf_of

MOODLE = Described(
    issuer="https://moodle.example",
    client_id="abc",
    auth_login_url="https://moodle.example/mod/lti/auth.php",
    token_url="https://moodle.example/mod/lti/token.php",
    key_set_url="https://moodle.example/mod/lti/certs.php",
    product="moodle",
)


def rows(model):
    db._close_reads()
    return list(db.reading().scalars(sa.select(model)))


@pytest.fixture
def boss(school, act_as) -> Actor:
    """The school's administrator, who makes the client's requests."""
    return act_as(factories.actor_of(factories.make_staff(school, Role.ADMINISTRATOR)))


@pytest.fixture
def post(client, boss):
    """Open a form and send it with these values beside what stands in it."""

    def send(address, page="", **values):
        form = client.get(page or address)
        assert form.status_code == 200, form.text
        return client.post(address, data=values | {"csrf_token": csrf_of(form.text)})

    return send


def typed(**changes):
    what = replace(MOODLE, **changes)
    return {
        name: getattr(what, name)
        for name in ("issuer", "client_id", "auth_login_url", "token_url", "key_set_url")
    }


class TestTheManualPage:
    @pytest.mark.parametrize("key", manual.PLATFORMS)
    def test_every_platform_has_our_addresses(self, client, boss, key):
        page = client.get("/connections/manual", query_string={"platform": key})
        assert page.status_code == 200
        wanted = {"moodle": "/lti/login", "canvas": "/lti/canvas.json"}.get(key, "/lti/jwks")
        assert f"http://localhost{wanted}" in page.text
        assert "{" not in page.text.split("</main>")[0].split("<h2")[1].split("<details")[0]

    def test_addresses_follow_from_the_site(self, client, boss):
        query = {"platform": "moodle", "site": "moodle.example.edu.tw/lms/"}
        page = client.get("/connections/manual", query_string=query)
        assert 'value="https://moodle.example.edu.tw/lms"' in page.text
        assert 'value="https://moodle.example.edu.tw/lms/mod/lti/auth.php"' in page.text

    def test_canvas_has_three_sets_of_servers(self, client, boss):
        query = {"platform": "canvas", "edition": "beta"}
        page = client.get("/connections/manual", query_string=query)
        assert 'value="https://canvas.beta.instructure.com"' in page.text
        assert 'value="https://sso.beta.canvaslms.com/api/lti/security/jwks"' in page.text

    @pytest.mark.parametrize("site", ["http://[", "javascript:alert(1)", "a b", "x" * 300])
    def test_a_site_that_is_none(self, client, boss, site):
        page = client.get("/connections/manual", query_string={"platform": "moodle", "site": site})
        assert page.status_code == 200
        assert "這不是網址" in page.text

    def test_an_unknown_platform(self, client, boss):
        assert client.get("/connections/manual?platform=nobody").status_code == 404

    def test_it_is_the_administrators(self, client, school, act_as):
        act_as(factories.actor_of(factories.make_staff(school, Role.REGISTRY)))
        for path in ("manual", "check", "switches"):
            assert client.get(f"/connections/{path}").status_code == 403


class TestAPlatformByHand:
    def test_it_is_kept_and_waits_for_its_first_launch(self, post, school):
        assert post("/connections/manual", **typed()).status_code == 303
        [found] = rows(Registration)
        assert (found.school_id, found.by_hand, found.product) == (school.id, True, "moodle")
        assert found.state is RegistrationState.PENDING
        assert not rows(Deployment)
        [kept] = [one for one in rows(AuditEvent) if one.verb == "registration.keep"]
        assert kept.detail == {"updated": False, "product": "moodle", "by_hand": True}
        assert list(chain.verify()) == []

    def test_with_its_deployment_it_may_launch_at_once(self, post):
        post("/connections/manual", **typed(), deployment_id="1")
        [found], [deployment] = rows(Registration), rows(Deployment)
        assert found.state is RegistrationState.ACTIVE
        assert deployment.state is DeploymentState.ACTIVE

    def test_the_product_brings_its_own_exceptions(self, post):
        post("/connections/manual?platform=canvas", **typed())
        assert rows(Registration)[0].launch_origins == ["https://*.instructure.com"]

    def test_entered_again_it_is_brought_up_to_date(self, post):
        post("/connections/manual", **typed(), deployment_id="1")
        changed = typed(key_set_url="https://moodle.example/new")
        assert post("/connections/manual", **changed).status_code == 303
        [found] = rows(Registration)
        assert found.key_set_url == "https://moodle.example/new"
        assert found.state is RegistrationState.ACTIVE, "its deployment is known already"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("issuer", "moodle.example"),
            ("issuer", "javascript:alert(1)"),
            ("auth_login_url", "https://user@moodle.example/"),
            ("token_url", "https://moodle.example/a b"),
            ("key_set_url", "https://;frame-ancestors *"),
            ("key_set_url", "ftp://moodle.example/"),
            ("client_id", "x" * 256),
            ("client_id", ""),
        ],
    )
    def test_what_cannot_be(self, post, name, value):
        page = post("/connections/manual", **(typed() | {name: value}))
        assert page.status_code == 422
        assert "govuk-error-summary" in page.text
        assert not rows(Registration)

    def test_plain_http_only_in_development(self, app, school):
        app.extensions["licheng.settings"] = replace(
            app.extensions["licheng.settings"], env="production", public_url="https://x.example"
        )
        with pytest.raises(InvalidInput) as refused:
            setting_up.set_up(system(school.id), replace(MOODLE, token_url="http://moodle.example"))
        assert set(refused.value.fields) == {"token_url"}

    def test_another_schools(self, post, school):
        setting_up.set_up(system(factories.make_school().id), MOODLE)
        page = post("/connections/manual", **typed())
        assert page.status_code == 422
        assert "屬於另一所學校" in page.text
        [found] = rows(Registration)
        assert found.school_id != school.id

    def test_a_shared_one(self, app, school):
        setting_up.share(MOODLE)
        with pytest.raises(Conflict):
            setting_up.set_up(system(school.id), MOODLE)

    def test_by_nobody_else(self, app, school):
        staff = factories.actor_of(factories.make_staff(school, Role.REGISTRY))
        with pytest.raises(NotAllowed):
            setting_up.set_up(staff, MOODLE)
        assert not rows(Registration)


class TestExceptions:
    @pytest.fixture
    def registration(self, school, app) -> Registration:
        return setting_up.set_up(system(school.id), MOODLE)

    def path(self, registration):
        return f"/connections/registrations/{registration.id}/exceptions"

    def test_they_are_kept_and_audited(self, post, registration):
        done = post(
            self.path(registration),
            launch_origins="https://lms.example\r\nhttps://*.school.edu.tw \r\nhttps://lms.example",
            allow_hidden_origin="y",
            authorization_server="https://moodle.example/oauth2",
        )
        assert done.status_code == 303
        [found] = rows(Registration)
        assert found.launch_origins == ["https://lms.example", "https://*.school.edu.tw"]
        assert found.allow_hidden_origin is True
        assert found.authorization_server == "https://moodle.example/oauth2"
        [event] = [one for one in rows(AuditEvent) if one.verb == "registration.edit"]
        assert event.detail["allow_hidden_origin"] is True

    @pytest.mark.parametrize(
        "origin",
        [
            "lms.example",
            "https://lms.example/path",
            "https://*",
            "https://*.tw",
            "*",
            "null",
            "https://a.example;script-src",
            "https://user@lms.example",
        ],
    )
    def test_an_origin_that_is_none(self, post, registration, origin):
        page = post(self.path(registration), launch_origins=origin)
        assert page.status_code == 422
        assert rows(Registration)[0].launch_origins == []

    def test_another_schools_platform_is_not_found(self, client, boss, app):
        theirs = setting_up.set_up(system(factories.make_school().id), MOODLE)
        assert client.get(self.path(theirs)).status_code == 404
        with pytest.raises(NotFound):
            setting_up.edit(
                boss, theirs.id, launch_origins=[], allow_hidden_origin=True,
                authorization_server="",
            )  # fmt: skip
        assert rows(Registration)[0].allow_hidden_origin is False

    def test_a_shared_platform_is_the_installations(self, client, boss, school, app):
        shared = setting_up.share(MOODLE)
        with db.writing() as session:
            session.add(
                Deployment(
                    registration_id=shared.id, deployment_id="1", school_id=school.id,
                    state=DeploymentState.ACTIVE, first_seen_at=shared.created_at,
                )
            )  # fmt: skip
        page = client.get("/connections")
        assert MOODLE.issuer in page.text, "it is shown"
        assert "多校共用" in page.text
        assert f"/connections/registrations/{shared.id}" not in page.text, "and cannot be stopped"
        assert client.get(self.path(shared)).status_code == 404
        with pytest.raises(NotFound):
            installing.switch_registration(boss, shared.id, active=False)
        installing.decide_deployment(boss, rows(Deployment)[0].id, active=False)
        assert rows(Deployment)[0].state is DeploymentState.DISABLED, "its own deployment can"
        assert rows(Registration)[0].state is RegistrationState.ACTIVE


class TestSwitches:
    def test_all_are_off_at_first(self, client, boss):
        page = client.get("/connections/switches")
        assert page.status_code == 200
        assert "checked" not in page.text.replace("checkbox", "")

    def test_they_are_kept_and_audited_with_what_changed(self, post, school):
        done = post("/connections/switches", trust_lms_email="y", mentor_advisor="y")
        assert done.status_code == 303
        [found] = [one for one in rows(School) if one.id == school.id]
        assert found.settings["trust_lms_email"] is True
        assert found.settings["lms_roles"] == {
            "institution_administrator": False,
            "system_administrator": False,
            "mentor_advisor": True,
        }
        post("/connections/switches", mentor_advisor="y")
        events = [one.detail for one in rows(AuditEvent) if one.verb == "school.switches"]
        assert events == [
            {"trust_lms_email": True, "mentor_advisor": True},
            {"trust_lms_email": False},
        ]

    def test_other_settings_of_the_school_stay(self, post, school):
        with db.writing() as session:
            session.merge(school).settings = {"logo": "x"}
        post("/connections/switches", institution_administrator="y")
        assert rows(School)[0].settings["logo"] == "x"

    def test_nothing_changed_is_no_event(self, post):
        post("/connections/switches")
        assert not [one for one in rows(AuditEvent) if one.verb == "school.switches"]


class TestTheInvitation:
    def test_trusted_hosts(self, post):
        done = post(
            "/connections/invite", "/connections", days="3",
            trusted_hosts="https://Canvas.Instructure.com/x, sso.school.edu.tw:8443",
        )  # fmt: skip
        assert done.status_code == 200
        assert rows(Invitation)[0].trusted_hosts == ["canvas.instructure.com", "sso.school.edu.tw"]

    @pytest.mark.parametrize("hosts", ["a_b.example", "*.example", "x;y!", "..", "a " * 11])
    def test_hosts_that_are_none(self, post, hosts):
        if hosts == "a " * 11:
            hosts = " ".join(f"h{number}.example" for number in range(11))
        done = post("/connections/invite", "/connections", days="3", trusted_hosts=hosts)
        assert done.status_code == 422
        assert not rows(Invitation)


class TestCanvasConfiguration:
    def test_it_is_public_and_complete(self, client):
        """What Canvas's schema requires of a tool configuration."""
        answer = client.get("/lti/canvas.json")
        assert answer.status_code == 200
        found = answer.json
        assert {"title", "description", "target_link_uri", "oidc_initiation_url"} <= set(found)
        assert found["public_jwk_url"] == "http://localhost/lti/jwks"
        assert found["oidc_initiation_url"] == "http://localhost/lti/login"
        assert all(one.startswith("https://purl.imsglobal.org/") for one in found["scopes"])
        [extension] = found["extensions"]
        assert extension["platform"] == "canvas.instructure.com"
        assert extension["privacy_level"] == "public"
        assert extension["domain"] == "localhost"
        placements = {
            one["placement"]: one["message_type"] for one in extension["settings"]["placements"]
        }
        assert placements == {
            "course_navigation": "LtiResourceLinkRequest",
            "assignment_selection": "LtiDeepLinkingRequest",
            "link_selection": "LtiDeepLinkingRequest",
        }
        assert found["custom_fields"]["person_sourcedid"] == "$Person.sourcedId"

    def test_the_manual_page_has_the_same(self, client, boss):
        page = client.get("/connections/manual?platform=canvas").text
        shown = page.split('id="canvas-json"')[1].split(">", 1)[1].split("</textarea>")[0]
        import html

        assert json.loads(html.unescape(shown)) == client.get("/lti/canvas.json").json


class TestCommands:
    def test_connect_with_what_is_known_of_the_platform(self, cli, school):
        done = cli.invoke(
            args=["lti", "connect", school.code, "https://moodle.example", "abc",
                  "--platform", "moodle", "--site", "https://moodle.example"]
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        assert rows(Registration)[0].key_set_url == "https://moodle.example/mod/lti/certs.php"

    def test_connect_without_addresses(self, cli, school):
        done = cli.invoke(args=["lti", "connect", school.code, "https://x.example", "abc"])
        assert done.exit_code == 1
        assert "auth_login_url" in done.output

    def test_share(self, cli, app):
        done = cli.invoke(
            args=["lti", "share", "https://blackboard.com", "app-id", "--platform", "blackboard"]
        )
        assert done.exit_code == 0, done.output
        [found] = rows(Registration)
        assert found.school_id is None
        assert found.state is RegistrationState.ACTIVE
        assert found.key_set_url.endswith("/applications/app-id/jwks.json")

    def test_origins_that_post_launches_are_said_too(self, cli, app):
        said = ["lti", "share", "https://blackboard.com", "app-id", "--platform", "blackboard"]
        more = ["--origin", "https://learn.one.example", "--origin", "https://*.two.example"]
        assert cli.invoke(args=said + more).exit_code == 0
        [found] = rows(Registration)
        assert found.launch_origins[-2:] == ["https://learn.one.example", "https://*.two.example"]
        assert "https://*.blackboard.com" in found.launch_origins
        refused = cli.invoke(args=[*said, "--origin", "https://*.edu.tw"])
        assert refused.exit_code == 1
        assert "launch_origins" in refused.output

    def test_registrations_that_todays_rules_would_refuse(self, cli, school):
        """They stand since before the rules; nothing else asks them until somebody edits them."""
        good = setting_up.set_up(system(school.id), MOODLE)
        assert cli.invoke(args=["lti", "check"]).exit_code == 0
        bad = setting_up.set_up(system(factories.make_school().id), replace(MOODLE, client_id="9"))
        with db.writing() as session:
            row = session.get_one(Registration, bad.id)
            row.launch_origins = ["https://*.edu.tw"]
            row.token_url = "https://elsewhere.example/token"
            row.authorization_server = "https://moodle.example/"
            session.get_one(Registration, good.id).client_id = "Stolen"
            session.add(
                Registration(
                    school_id=row.school_id, issuer="ftp://x.example", client_id="stolen",
                    auth_login_url=row.auth_login_url, token_url=row.key_set_url,
                    key_set_url=row.key_set_url, state=row.state, created_at=row.created_at,
                    updated_at=row.updated_at,
                )
            )  # fmt: skip
        done = cli.invoke(args=["lti", "check"])
        assert done.exit_code == 1
        told = done.output
        for words in ("*.edu.tw", "authorization_server", "不屬於同一個平臺", "issuer:"):
            assert f"{words}" in told, words
        assert told.count("已經由另一所學校") == 2, "each of the two"
        assert "3 registrations" in told

    def test_keys_are_rotated_with_an_overlap(self, cli, client, clock):
        [first] = client.get("/lti/jwks").json["keys"]
        clock.advance(days=3)
        done = cli.invoke(args=["lti", "keys", "rotate"])
        assert done.exit_code == 0, done.output
        published = [one["kid"] for one in client.get("/lti/jwks").json["keys"]]
        assert published[0] == first["kid"]
        assert len(published) == 2
        listed = cli.invoke(args=["lti", "keys", "list"]).output
        assert f"{first['kid']}\t" in listed
        assert listed.splitlines()[0].endswith("signs")
        cli.invoke(args=["lti", "keys", "rotate"])
        assert len(client.get("/lti/jwks").json["keys"]) == 2, "one is waiting already"
        clock.advance(days=2)
        assert cli.invoke(args=["lti", "keys", "list"]).output.splitlines()[1].endswith("signs")

    def test_leaked_keys_are_withdrawn_at_once(self, cli, client, clock):
        [first] = client.get("/lti/jwks").json["keys"]
        assert cli.invoke(args=["lti", "keys", "rotate", "--at-once"]).exit_code == 0
        [second] = client.get("/lti/jwks").json["keys"]
        assert second["kid"] != first["kid"]
        assert [one.verb for one in rows(AuditEvent)].count("keys.renew") == 1

"""Installing on platforms that lie, redirect, hang or refuse; nothing is kept, all is told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

import lti.http
from lti.http import AddressGuard, GuardedClient
from plugin import db
from plugin.actor import system
from plugin.entrance.models import Deployment, Invitation, Registration, RegistrationState
from plugin.entrance.operations import installing
from plugin.trail.models import AuditEvent
from tests import factories
from tests.plugin.entrance.conftest import csrf_of
from tests.plugin.entrance.hostile import CLIENT, Hostile, slowly


def rows(model):
    db._close_reads()
    return list(db.reading().scalars(sa.select(model)))


@pytest.fixture
def platform() -> Iterator[Hostile]:
    with Hostile() as made:
        yield made


@pytest.fixture
def try_it(client, platform):
    """Open an installation link as this platform's administrator does."""

    def perform(path, **changes):
        query = {"openid_configuration": platform.configuration_url} | changes
        page = client.get(path, query_string=query)
        assert page.status_code == 200, page.text
        return client.post(path, data=query | {"csrf_token": csrf_of(page.text)})

    return perform


def still_usable(path, client):
    return client.get(path).status_code == 200


def test_without_a_registration_token(try_it, invitation, platform):
    """Brightspace sends none: no Authorization header is made up."""
    assert try_it(invitation).status_code == 200
    assert [one.headers.get("Authorization") for one in platform.seen] == [None, None]
    [registration] = rows(Registration)
    assert (registration.client_id, registration.state) == (CLIENT, RegistrationState.PENDING)
    assert registration.scopes, "what was granted is remembered"
    assert not rows(Deployment), "the first signed launch names it"


def test_the_token_goes_along_already_for_the_configuration(try_it, invitation, platform):
    try_it(invitation, registration_token="a.b.c")
    assert {one.headers["Authorization"] for one in platform.seen} == {"Bearer a.b.c"}


def test_opening_the_page_calls_nobody(client, invitation, platform):
    """A one-time configuration address (Brightspace) is not used up by looking."""
    for _ in range(2):
        client.get(invitation, query_string={"openid_configuration": platform.configuration_url})
    assert platform.seen == []


@pytest.mark.parametrize(
    ("name", "url", "code"),
    [
        ("issuer", "https://canvas.instructure.com", "ISSUER_HOST_MISMATCH"),
        ("registration_endpoint", "http://localhost:1/register", "REGISTRATION_HOST_MISMATCH"),
        ("jwks_uri", "https://keys.evil.example/jwks", "ENDPOINT_HOST_MISMATCH"),
        ("token_endpoint", "https://evil.example/token", "ENDPOINT_HOST_MISMATCH"),
        ("authorization_endpoint", "javascript:alert(1)", "DISCOVERY_INVALID"),
    ],
)
def test_hosts_that_do_not_belong_together(try_it, invitation, platform, client, name, url, code):
    platform.configuration[name] = url
    page = try_it(invitation)
    assert page.status_code in {403, 502}
    assert code in page.text
    assert platform.registrations == 0, "the tool is not even announced there"
    assert not rows(Registration)
    assert still_usable(invitation, client)


def test_the_administrators_exception(try_it, school, platform):
    """A Canvas on the school's own server keeps the cloud's issuer."""
    platform.configuration["issuer"] = "https://canvas.instructure.com"
    link = installing.invite(system(school.id), 1, ["canvas.instructure.com"])
    assert try_it(link.removeprefix("http://localhost")).status_code == 200
    [registration] = rows(Registration)
    assert registration.issuer == "https://canvas.instructure.com"
    [made] = [one for one in rows(AuditEvent) if one.verb == "invitation.make"]
    assert made.detail["trusted_hosts"] == ["canvas.instructure.com"]


@pytest.mark.parametrize(
    ("configuration", "code"),
    [
        (Response(status=302, headers={"Location": "http://localhost:1/x"}), "UNREACHABLE"),
        (Response(status=302, headers={"Location": "http://169.254.169.254/x"}), "UNREACHABLE"),
        (Response("<html>oops", content_type="text/html"), "DISCOVERY_INVALID"),
        (Response("x" * 400_000), "UNREACHABLE"),
        (Response("[" * 100_000), "DISCOVERY_INVALID"),
        (Response("{}", 401), "UNREACHABLE"),
        (Response("[]"), "DISCOVERY_INVALID"),
    ],
)
def test_a_configuration_that_is_none(try_it, invitation, platform, client, configuration, code):
    platform.configuration = configuration
    page = try_it(invitation)
    assert page.status_code == 502
    assert code in page.text
    assert not rows(Registration)
    assert still_usable(invitation, client)
    [failed] = [one for one in rows(AuditEvent) if one.verb == "registration.fail"]
    assert code in failed.detail["code"]


def test_plain_http_outside_development(app, try_it, invitation):
    app.extensions["licheng.lms_client"] = GuardedClient(AddressGuard(["127.0.0.1"]))
    assert "ADDRESS_REFUSED" in try_it(invitation).text


@pytest.mark.parametrize("url", ["http://[", "https://[::1", "//x", "x" * 3000])
def test_an_address_that_is_none(try_it, invitation, url):
    page = try_it(invitation, openid_configuration=url)
    assert page.status_code in {403, 502}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Response('{"errors":[{"field":"scopes","message":"is invalid"}]}', 422), "is invalid"),
        (Response("<b>missing_domain</b>", 400, content_type="text/plain"), ""),
        (Response("&lt;script&gt;", 400, content_type="text/plain"), "&amp;lt;script&amp;gt;"),
        (Response("<!DOCTYPE html><p>secret", 404, content_type="text/html"), ""),
        (Response("gone", 302, headers={"Location": "http://localhost:1/"}), "gone"),
    ],
)
def test_the_platform_refuses(try_it, invitation, platform, client, answer, says):
    platform.answer = answer
    page = try_it(invitation)
    assert page.status_code == 502
    assert "REGISTRATION_REFUSED" in page.text
    assert says in page.text
    assert ("平臺的說法" in page.text) == bool(says)
    assert "missing_domain" not in page.text
    assert not rows(Registration)
    assert still_usable(invitation, client)


def test_an_answer_that_is_lost(try_it, invitation, platform, client, monkeypatch):
    """The platform may have made the tool: that is said, and what to look for."""
    monkeypatch.setattr(lti.http, "READ_SECONDS", 0.3)
    monkeypatch.setattr(lti.http, "TOTAL_SECONDS", 0.5)
    platform.answer = slowly(2.0)
    page = try_it(invitation)
    assert page.status_code == 502
    assert "REGISTRATION_UNCERTAIN" in page.text
    assert "刪除" in page.text
    assert platform.registrations == 1
    assert not rows(Registration)
    assert still_usable(invitation, client)


@pytest.mark.parametrize("answer", [Response("{"), {}, {"client_id": 5}, {"client_id": "x" * 300}])
def test_an_answer_without_client(try_it, invitation, platform, client, answer):
    platform.answer = answer
    page = try_it(invitation)
    assert "REGISTRATION_ANSWER_INVALID" in page.text
    assert still_usable(invitation, client)


def test_two_clicks_at_once_make_one_registration(app, invitation, platform):
    query = {"openid_configuration": platform.configuration_url}
    page = FlaskClient(app, use_cookies=False).get(invitation, query_string=query)
    form = query | {"csrf_token": csrf_of(page.get_data(as_text=True))}
    outcomes: Counter[int] = Counter()
    start = threading.Barrier(4)

    def click() -> None:
        own = FlaskClient(app, use_cookies=False)
        start.wait()
        outcomes[own.post(invitation, data=form).status_code] += 1

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {200: 1, 403: 3}
    assert platform.registrations == 1
    assert len(rows(Registration)) == 1


def test_installing_again_keeps_the_row_and_the_administrators_exceptions(
    try_it, invitation, school, platform
):
    try_it(invitation)
    with db.writing() as session:
        found = session.merge(rows(Registration)[0])
        found.launch_origins, found.state = ["https://extra.example"], RegistrationState.DISABLED
    platform.configuration["jwks_uri"] = f"{platform.url}/new-keys"
    second = installing.invite(system(school.id), 1).removeprefix("http://localhost")
    assert "已重新安裝" in try_it(second).text
    [found] = rows(Registration)
    assert found.key_set_url.endswith("/new-keys")
    assert found.launch_origins == ["https://extra.example"]
    assert found.state is RegistrationState.DISABLED, "stopped by the school, and stays so"


def test_a_client_of_another_school(try_it, invitation, platform, client):
    """A platform may answer with any client id: another school's is never taken over."""
    try_it(invitation)
    other = factories.make_school()
    second = installing.invite(system(other.id), 1).removeprefix("http://localhost")
    page = try_it(second)
    assert page.status_code == 409
    [registration] = rows(Registration)
    assert registration.school_id != other.id
    assert still_usable(second, client), "the link may be used for a new registration"
    assert [one.used_at is None for one in rows(Invitation)] == [False, True]

"""The self-check, over real HTTP: our own key set, each platform's, its token endpoint, clocks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from lti.http import Limits
from plugin.actor import Role, system
from plugin.entrance import checking
from plugin.entrance.checking import Tone
from plugin.entrance.operations import installing, setting_up
from plugin.entrance.operations.registering import Described
from tests import factories
from tests.plugin.entrance.hostile import Hostile, slowly


@pytest.fixture
def served(app) -> Iterator[str]:
    """The application on a port of its own, which is its public address from now on."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    app.extensions["licheng.settings"] = replace(app.extensions["licheng.settings"], public_url=url)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield url
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@pytest.fixture
def platform() -> Iterator[Hostile]:
    with Hostile() as made:
        yield made


@pytest.fixture
def connected(school, platform, app):
    """A platform of the school whose every address is the hostile server's."""
    what = Described(
        issuer=platform.url,
        client_id="c",
        auth_login_url=f"{platform.url}/auth",
        token_url=f"{platform.url}/token",
        key_set_url=f"{platform.url}/keys",
    )
    return setting_up.set_up(system(school.id), what)


def check(school, url):
    return checking.check(school.id, url, forwarded=False)


def by_name(rows):
    return {row.about: row for row in rows}


def test_all_is_well(served, school, installed):
    """A real registration: key set read, a real token given, the clocks agree."""
    installed.tool.jwks_uri = f"{served}/lti/jwks"
    done = check(school, served)
    own = by_name(done.own)
    assert own["歷程的公開金鑰"].tone is Tone.GOOD, own
    assert own["反向代理"].tone is Tone.GOOD
    assert own["歷程前端的時鐘"].tone is Tone.GOOD
    [(registration, rows)] = done.platforms
    found = by_name(rows)
    assert registration.issuer == installed.issuer
    assert found["平臺的公開金鑰"].tone is Tone.GOOD
    assert found["服務權杖（名單、成績）"].tone is Tone.GOOD, found
    assert found["平臺的時鐘"].tone is Tone.GOOD
    assert found["最近一次進入"].tone is Tone.WAIT, "nobody has come in yet"
    assert done.broken == 0


def test_after_a_launch(served, school, installed, client):
    installed.launch(client, "student1")
    [(_one, rows)] = check(school, served).platforms
    assert by_name(rows)["最近一次進入"].tone is Tone.GOOD


def test_our_address_leads_to_somebody_else(served, school, platform, app):
    installing.ensure_keys()
    platform.configuration = {"keys": []}
    app.extensions["licheng.settings"] = replace(
        app.extensions["licheng.settings"], public_url=platform.url
    )
    own = by_name(check(school, platform.url).own)
    assert own["歷程的公開金鑰"].tone is Tone.BAD
    assert "不是這一套系統" in own["歷程的公開金鑰"].seen


def test_our_address_cannot_be_reached(school, app):
    own = by_name(check(school, "http://localhost").own)
    assert own["歷程的公開金鑰"].tone is Tone.BAD


def test_a_proxy_that_says_another_address(app, client, school, act_as, served):
    act_as(factories.actor_of(factories.make_staff(school, Role.ADMINISTRATOR)))
    page = client.get("/connections/check", headers={"X-Forwarded-Proto": "https"})
    assert page.status_code == 200
    assert "LICHENG_PROXY_HOPS=1" in page.text


@pytest.mark.parametrize(
    ("answer", "tone", "words"),
    [
        (Response("<html>", content_type="text/html"), Tone.BAD, "不是金鑰組"),
        ({"keys": [{"kty": "EC", "kid": "x"}]}, Tone.BAD, "不是金鑰組"),
        ({"keys": {"keys": []}}, Tone.BAD, "不是金鑰組"),
        (Response("gone", 404), Tone.BAD, "404"),
        (Response("x" * 400_000), Tone.BAD, "連不上"),
        (Response(status=302, headers={"Location": "http://localhost:1/"}), Tone.BAD, "連不上"),
    ],
)
def test_a_key_set_that_is_none(served, school, platform, connected, answer, tone, words):
    platform.configuration = answer
    [(_one, rows)] = check(school, served).platforms
    row = by_name(rows)["平臺的公開金鑰"]
    assert (row.tone, words in row.seen) == (tone, True), row
    assert row.todo


def test_a_platform_inside_our_network(served, school, connected, app):
    """The guard is the same as for launches: nothing is called, and it is said what to set."""
    strict = checking.GuardedClient(checking.AddressGuard(allow_http=True))
    app.extensions["licheng.lms_client"] = strict
    [(_one, rows)] = check(school, served).platforms
    found = by_name(rows)
    assert "LICHENG_LMS_PRIVATE_HOSTS" in found["平臺的公開金鑰"].todo
    assert found["服務權杖（名單、成績）"].tone is Tone.BAD


def test_a_platform_that_hangs(served, school, platform, connected, monkeypatch):
    """The page is there all the same, and says who was slow."""
    monkeypatch.setattr(checking, "PATIENCE", 0.5)
    monkeypatch.setattr(checking, "LIMITS", Limits(seconds=3.0, pause=3.0))
    platform.configuration = slowly(1.5)
    [(_one, rows)] = check(school, served).platforms
    found = by_name(rows)
    assert found["平臺的公開金鑰"].tone is Tone.WAIT
    assert found["服務權杖（名單、成績）"].tone is Tone.WAIT
    assert "平臺的時鐘" not in found


@pytest.mark.parametrize(
    ("drift", "tone"), [(3, Tone.GOOD), (-3, Tone.GOOD), (30, Tone.WAIT), (-3600, Tone.BAD)]
)
def test_another_clock(served, school, platform, connected, clock, drift, tone):
    clock.advance(seconds=-drift)  # the platform's server tells the machine's time
    [(_one, rows)] = check(school, served).platforms
    row = by_name(rows)["平臺的時鐘"]
    assert row.tone is tone
    if tone is not Tone.GOOD:
        assert ("快" in row.seen) == (drift > 0)
        assert "NTP" in row.todo


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 99 Nov 2026 99:99:99 GMT", "0"])
def test_a_date_that_is_none(platform, date):
    seen = checking._Seen(factories.at(2026, 11, 20, 9), None)
    assert seen.drift is None
    answer = checking.Answer(200, {"date": date}, b"", "")
    assert replace(seen, answer=answer).drift is None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response(json.dumps({"error": "invalid_scope"}), 400), "SCOPE_REFUSED"),
        (Response("<html>", 404, content_type="text/html"), "TOKEN_REFUSED"),
        (Response("", 503), "SERVICE_BUSY"),
    ],
)
def test_a_token_that_is_refused(served, school, platform, connected, answer, code):
    platform.configuration = answer
    [(_one, rows)] = check(school, served).platforms
    row = by_name(rows)["服務權杖（名單、成績）"]
    assert code in row.seen
    assert row.todo


def test_other_schools_platforms_are_not_looked_at(served, platform, connected, app):
    other = factories.make_school()
    assert check(other, served).platforms == []
    assert not [one for one in platform.seen if one.path in {"/keys", "/token"}]


def test_a_stopped_platform_is_left_alone(served, school, platform, connected):
    installing.switch_registration(system(school.id), connected.id, active=False)
    assert check(school, served).platforms == []


class TestCommand:
    def test_it_fails_when_something_is_broken(self, cli, school, app):
        done = cli.invoke(args=["lti", "check", school.code])
        assert done.exit_code == 1
        assert "bad\tLicheng" in done.output

    def test_it_is_quiet_when_all_is_well(self, cli, school, served):
        done = cli.invoke(args=["lti", "check", school.code])
        assert done.exit_code == 0, done.output

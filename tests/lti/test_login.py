"""The login: a redirect to the platform, or a reason why not."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from lti.login import origin_of
from tests.lti.support import CLIENT_ID, ISSUER, LAUNCH_URL, FakePlatform, refused


def query_of(platform: FakePlatform, **changes):
    query = parse_qs(urlsplit(platform.login(**changes).redirect_url).query)
    return {key: value for key, [value] in query.items()}


def test_the_request_is_what_moodle_demands(platform: FakePlatform):
    query = query_of(platform)
    assert query["scope"] == "openid"
    assert query["response_type"] == "id_token"
    assert query["response_mode"] == "form_post"
    assert query["prompt"] == "none"
    assert query["client_id"] == CLIENT_ID
    assert query["redirect_uri"] == LAUNCH_URL
    assert query["login_hint"] == "3"
    assert query["lti_message_hint"] == '{"cmid":3,"launchid":"ltilaunch1_1973277468"}'


def test_state_survives_a_filter_that_strips_tags(platform: FakePlatform):
    query = query_of(platform)
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", query["state"])
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", query["nonce"])
    assert query["state"] != query["nonce"]


def test_a_browser_keeps_its_cookie_over_two_logins(platform: FakePlatform):
    first = platform.login().browser
    assert platform.login(browser=first).browser == first
    assert platform.login().browser != first


@pytest.mark.parametrize("name", ["iss", "login_hint", "target_link_uri"])
def test_an_incomplete_login(platform: FakePlatform, name: str):
    with refused("LOGIN_INCOMPLETE"):
        platform.login(**{name: None})


def test_an_endless_parameter(platform: FakePlatform):
    with refused("LOGIN_INCOMPLETE"):
        platform.login(lti_message_hint="x" * 9000)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/lti/launch",
        "https://licheng.example.evil.example/",
        "https://licheng.example:8443/lti/launch",
        "https://licheng.example@evil.example/",
        "http://licheng.example/lti/launch",
        "javascript:alert(1)",
        "//licheng.example/lti/launch",
        "https://[bad",
    ],
)
def test_a_target_that_is_not_ours(platform: FakePlatform, target: str):
    with refused("TARGET_FOREIGN"):
        platform.login(target_link_uri=target)


def test_an_unknown_platform_or_client(platform: FakePlatform):
    with refused("ISSUER_UNKNOWN"):
        platform.login(iss="https://unknown.example")
    with refused("ISSUER_UNKNOWN"):
        platform.login(client_id="unknown")
    assert not platform.store.logins


def test_a_shared_issuer_needs_the_client(platform: FakePlatform):
    """Cloud platforms share one issuer among all schools."""
    platform.store.registered.append(replace(platform.platform, id=2, client_id="second"))
    with refused("CLIENT_AMBIGUOUS"):
        platform.login(client_id=None)
    assert platform.transaction(client_id="second").platform.id == 2


def test_a_platform_that_sends_no_client(platform: FakePlatform):
    assert platform.transaction(client_id=None).platform.id == 1


def test_a_switched_off_registration():
    with refused("REGISTRATION_DISABLED"):
        FakePlatform(active=False).login()


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://A.example/x?y", "https://a.example"),
        ("https://a.example:443", "https://a.example"),
        ("http://a.example:80/", "http://a.example"),
        ("http://a.example:8000/", "http://a.example:8000"),
        ("http://[::1]:5000/x", "http://[::1]:5000"),
        ("ftp://a.example", ""),
        ("null", ""),
        ("", ""),
        ("https://a.example:99999/", ""),
        ("https://a.example;script-src https:/", ""),
        ("https://a.example x/", ""),
        ("https://a.example'/", ""),
        ("https://學校.example/", "https://學校.example"),
        ("https://host_name.example/", "https://host_name.example"),
    ],
)
def test_origins(url: str, origin: str):
    assert origin_of(url) == origin


class TestBrowser:
    """Login CSRF: a stranger's launch must not get into somebody's browser."""

    def launch(self, platform: FakePlatform, *, cookie: str | None, origin: str | None):
        transaction = platform.transaction()
        if cookie == "given":
            cookie = transaction.browser
        token = platform.sign(platform.claims(transaction))
        return platform.post(transaction, token, cookie=cookie, origin=origin)

    @pytest.mark.parametrize("origin", [ISSUER, None, "null", "https://evil.example"])
    def test_the_cookie_given_at_login_proves_the_browser(self, platform, origin):
        assert self.launch(platform, cookie="given", origin=origin).cookie_bound

    @pytest.mark.parametrize(
        ("cookie", "origin", "code"),
        [
            (None, "https://evil.example", "ORIGIN_FOREIGN"),
            (None, f"{ISSUER}.evil.example", "ORIGIN_FOREIGN"),
            (None, "http://moodle.example", "ORIGIN_FOREIGN"),
            (None, "https://licheng.example", "ORIGIN_FOREIGN"),
            (None, "null", "ORIGIN_HIDDEN"),
            ("another", "null", "ORIGIN_HIDDEN"),
            ("another", None, "BROWSER_MISMATCH"),
            ("another", "https://evil.example", "ORIGIN_FOREIGN"),
        ],
    )
    def test_refused(self, platform, cookie, origin, code):
        with refused(code):
            self.launch(platform, cookie=cookie, origin=origin)

    @pytest.mark.parametrize("cookie", [None, "of another tab that logged in at the same time"])
    def test_the_platforms_own_page_may_post(self, platform, cookie):
        assert self.launch(platform, cookie=cookie, origin=ISSUER).cookie_bound is False

    def test_a_client_that_says_nothing_at_all(self, platform):
        """No browser: a script, or a test."""
        assert self.launch(platform, cookie=None, origin=None).cookie_bound is False

    def test_further_origins_of_a_platform(self):
        """Canvas posts from each school's host, not from its issuer's."""
        platform = FakePlatform(
            launch_origins=("https://*.instructure.example", "https://lms.school.example")
        )
        self.launch(platform, cookie=None, origin="https://abc.instructure.example")
        self.launch(platform, cookie=None, origin="https://lms.school.example")
        for origin in ("https://instructure.example", "http://abc.instructure.example"):
            with refused("ORIGIN_FOREIGN"):
                self.launch(platform, cookie=None, origin=origin)

    def test_a_platform_that_hides_its_origin_can_be_allowed(self):
        platform = FakePlatform(allow_hidden_origin=True)
        assert self.launch(platform, cookie=None, origin="null").cookie_bound is False

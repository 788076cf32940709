"""Tokens, refusals and what is told of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lti.http import USER_AGENT
from lti.ports import Platform
from lti.services import eula, grades, groups, notices, roster
from lti.services.errors import EXPLANATIONS, ServiceError
from lti.services.places import serves
from lti.vocabulary import SCOPE_LINE_ITEM, SCOPE_ROSTER, SCOPE_SCORE
from tests.lti.support import NOW

from .support import GRANTED, Installed, Reply, Server, fails

SECRET = "怡君 S002 token-1"


def call(server: Server, method: str = "GET", **changes):
    connector = server.connector(**changes)
    return connector.call(method, f"{server.url}/thing", scopes=[SCOPE_ROSTER], accept="a/b")


class TestToken:
    def test_it_is_asked_for_with_a_signed_assertion(self, server):
        server.replies["/thing"] = Reply(body=b"{}")
        assert call(server).body == b"{}"
        form = server.calls("/token")[0].form()
        header, claims = server.assertion()
        now = int(server.clock.at.timestamp())
        assert form["grant_type"] == "client_credentials"
        assert form["scope"] == SCOPE_ROSTER
        assert header["kid"] == "our-key"
        assert claims["iss"] == claims["sub"] == "client-7"
        assert claims["aud"] == f"{server.url}/token"
        assert claims["iat"] == now - 30, "Moodle refuses a clock a second ahead of its own"
        assert now < claims["exp"] <= now + 300
        thing = server.calls("/thing")[0]
        assert thing.headers["Authorization"] == "Bearer token-1"
        assert thing.headers["Accept"] == "a/b"
        assert all(one.headers["User-Agent"] == USER_AGENT for one in server.asked)

    def test_no_two_assertions_are_alike(self, server):
        server.replies["/thing"] = Reply(401)
        with fails("TOKEN_REFUSED"):
            call(server)
        first, second = (one.form()["client_assertion"] for one in server.calls("/token"))
        assert first != second

    def test_brightspace_wants_one_audience_of_its_own(self, server):
        server.replies["/thing"] = Reply()
        call(server, token_audience="https://api.brightspace.com/auth/token")
        assert server.assertion()[1]["aud"] == "https://api.brightspace.com/auth/token"

    def test_it_is_kept_until_shortly_before_it_expires(self, server):
        server.replies["/thing"] = Reply()
        call(server)
        call(server)
        assert len(server.calls("/token")) == 1
        server.clock.at += timedelta(seconds=3600 - 61)
        call(server)
        assert len(server.calls("/token")) == 1
        server.clock.at += timedelta(seconds=2)
        call(server)
        assert len(server.calls("/token")) == 2

    def test_other_scopes_are_another_token(self, server):
        server.replies["/thing"] = Reply()
        connector = server.connector()
        for scopes in ([SCOPE_ROSTER], [SCOPE_SCORE], [SCOPE_ROSTER]):
            connector.call("GET", f"{server.url}/thing", scopes=scopes, accept="a/b")
        assert [one.form()["scope"] for one in server.calls("/token")] == [
            SCOPE_ROSTER,
            SCOPE_SCORE,
        ]

    def test_a_token_that_is_not_taken_any_more_is_replaced_once(self, server):
        issued = iter(["old", "new"])
        server.replies["/token"] = lambda _: Reply(body={"access_token": next(issued)})
        server.replies["/thing"] = lambda asked: Reply(
            200 if asked.headers["Authorization"] == "Bearer new" else 401
        )
        assert call(server).status == 200
        assert server.tokens.forgotten == 1
        assert call(server).status == 200
        assert len(server.calls("/token")) == 2, "the new one is kept"

    def test_a_fresh_token_that_is_refused_is_not_asked_for_for_ever(self, server):
        server.replies["/thing"] = Reply(401)
        with fails("TOKEN_REFUSED") as info:
            call(server)
        assert len(server.calls("/thing")) == 2
        assert not server.tokens.kept
        assert not info.value.retry

    def test_the_body_is_sent_again_with_the_new_token(self, server):
        server.replies["/thing"] = lambda asked: Reply(401 if len(server.asked) < 3 else 200)
        server.connector().call(
            "POST", f"{server.url}/thing", scopes=["s"], accept="a", body=b"x", content_type="t/x"
        )
        assert [(o.body, o.headers["Content-Type"]) for o in server.calls("/thing")] == [
            (b"x", "t/x")
        ] * 2

    @pytest.mark.parametrize(
        ("told", "seconds"),
        [
            (3600, 3540),
            ("3600", 3540),
            (60, 30),
            (None, 3540),
            (-5, 3540),
            (True, 3540),
            ("soon", 3540),
            (10**12, 3540),
            (10**8, 86_340),
        ],
    )
    def test_how_long_it_is_kept(self, server, told, seconds):
        server.replies["/token"] = Reply(body={"access_token": "t", "expires_in": told})
        server.replies["/thing"] = Reply()
        call(server)
        [(_, expires_at)] = server.tokens.kept.values()
        assert expires_at - server.clock.at == timedelta(seconds=seconds)

    @pytest.mark.parametrize(
        ("reply", "code"),
        [
            (Reply(400, {"error": "invalid_client"}), "TOKEN_REFUSED"),
            (Reply(401, {"error": SECRET}), "TOKEN_REFUSED"),
            (Reply(400, {"error": "invalid_scope"}), "SCOPE_REFUSED"),
            (Reply(404, b"<html>Moodle cannot fetch your key set</html>"), "TOKEN_REFUSED"),
            (Reply(302, headers={"Location": "/elsewhere"}), "TOKEN_REFUSED"),
            (Reply(500), "SERVICE_BUSY"),
            (Reply(429), "SERVICE_BUSY"),
            (Reply(200, b"<html>"), "SERVICE_ANSWER_INVALID"),
            (Reply(200, []), "SERVICE_ANSWER_INVALID"),
            (Reply(200, {}), "SERVICE_ANSWER_INVALID"),
            (Reply(200, {"access_token": ""}), "SERVICE_ANSWER_INVALID"),
            (Reply(200, {"access_token": "a\r\nX-Evil: 1"}), "SERVICE_ANSWER_INVALID"),
            (Reply(200, {"access_token": "権"}), "SERVICE_ANSWER_INVALID"),
            (Reply(200, {"access_token": "x" * 9000}), "SERVICE_ANSWER_INVALID"),
            (Reply(200, {"access_token": "a", "token_type": "mac"}), "SERVICE_ANSWER_INVALID"),
            (Reply(200, {"access_token": "a", "scope": "other"}), "SCOPE_REFUSED"),
            (Reply(200, b"x" * 300_000), "SERVICE_ANSWER_INVALID"),
        ],
    )
    def test_what_may_come_instead_of_one(self, server, reply, code):
        server.replies["/token"] = reply
        with fails(code) as info:
            call(server)
        assert not server.calls("/thing")
        assert SECRET not in str(info.value)

    def test_the_demo_lms_takes_it(self, installed: Installed):
        answer = installed.connector.call(
            "GET",
            installed.line_items_url(),
            scopes=[SCOPE_LINE_ITEM],
            accept="application/vnd.ims.lis.v2.lineitemcontainer+json",
        )
        assert answer.json()

    def test_a_service_that_the_tool_was_not_given(self, tmp_path):
        from lti.platform.testing import FakePlatform

        with FakePlatform(tmp_path / "lms") as lms:
            installed = Installed.into(lms, scopes=[SCOPE_SCORE])
            with fails("SCOPE_REFUSED"):
                installed.connector.call(
                    "GET", installed.roster_url(), scopes=[SCOPE_ROSTER], accept="*/*"
                )

    def test_the_demo_lms_forgets_its_tokens(self, installed: Installed):
        def ask():
            return installed.connector.call(
                "GET", installed.roster_url(), scopes=[SCOPE_ROSTER], accept="*/*"
            )

        assert ask().status == 200
        installed.lms.lms.tokens.clear()
        assert ask().status == 200
        assert installed.tokens.forgotten == 1


class TestConnections:
    def test_many_calls_over_one(self, server):
        server.replies["/thing"] = Reply(body=b"{}")
        with server.connector() as connector:
            for _ in range(5):
                connector.call("POST", f"{server.url}/thing", scopes=["s"], accept="a", body=b"x")
            assert server.connections == 2, "one for the token, one for all the rest"
        connector.call("GET", f"{server.url}/thing", scopes=["s"], accept="a")
        assert server.connections == 3


class TestRefusals:
    @pytest.mark.parametrize(
        ("reply", "code", "retry"),
        [
            (Reply(400, SECRET), "SERVICE_REFUSED", False),
            (Reply(404, SECRET), "SERVICE_REFUSED", False),
            (Reply(405), "SERVICE_REFUSED", False),
            (Reply(403, SECRET), "SCOPE_REFUSED", False),
            (Reply(403, b"403 Forbidden (Rate Limit Exceeded)"), "SERVICE_BUSY", True),
            (Reply(429), "SERVICE_BUSY", True),
            (Reply(408), "SERVICE_BUSY", True),
            (Reply(500, SECRET), "SERVICE_BUSY", True),
            (Reply(503), "SERVICE_BUSY", True),
            (Reply(200, b"x" * 300_000), "SERVICE_ANSWER_INVALID", False),
            (Reply(302, headers={"Location": "http://127.0.0.2/"}), "SERVICE_REFUSED", False),
            (Reply(302, headers={"Location": "http://[bad"}), "SERVICE_REFUSED", False),
        ],
    )
    def test_what_a_service_may_answer(self, server, reply, code, retry):
        server.replies["/thing"] = reply
        with fails(code) as info:
            call(server)
        assert info.value.retry is retry
        assert SECRET not in str(info.value)
        assert SECRET not in info.value.detail
        assert info.value.__cause__ is None

    def test_nobody_there(self, server):
        server.replies["/token"] = GRANTED
        with fails("SERVICE_UNREACHABLE") as info:
            server.connector(token_url="http://127.0.0.1:9/token").call(
                "GET", f"{server.url}/thing", scopes=["s"], accept="a"
            )
        assert info.value.retry

    def test_an_address_inside_our_own_network(self, server):
        server.platform = replace(server.platform, launch_origins=("http://10.0.0.1",))
        with fails("SERVICE_REFUSED") as info:
            server.connector().call("GET", "http://10.0.0.1/", scopes=["s"], accept="a")
        assert not info.value.retry

    def test_no_token_leaves_for_a_host_that_is_not_the_platforms(self, server):
        """A launch names the addresses, and a token opens the whole site: none is even made."""
        with fails("SERVICE_FOREIGN") as info:
            server.connector().call("GET", f"{server.elsewhere}/", scopes=["s"], accept="a")
        assert not info.value.retry
        assert info.value.detail == "localhost"
        assert server.asked == []

    def test_a_post_is_never_redirected(self, server):
        server.replies["/thing"] = Reply(307, headers={"Location": "/other"})
        with fails("SERVICE_REFUSED"):
            call(server, "POST")
        assert not server.calls("/other")

    def test_the_token_does_not_follow_to_another_host(self, server):
        server.replies["/thing"] = Reply(302, headers={"Location": f"{server.elsewhere}/other"})
        with fails("SERVICE_REFUSED"):
            call(server)
        assert not server.calls("/other")

    @pytest.mark.parametrize(
        ("told", "seconds"),
        [
            ("120", 120),
            ("Fri, 20 Nov 2026 09:01:00 GMT", 60),
            ("Fri, 20 Nov 2020 09:01:00 GMT", 0),
            ("99999999", 86_400),
            ("soon", None),
            ("", None),
            ("-1", None),
            ("Fri, 32 Nov 2026 99:01:00 GMT", None),
        ],
    )
    def test_when_to_come_again(self, server, told, seconds):
        server.replies["/thing"] = Reply(503, headers={"Retry-After": told})
        with fails("SERVICE_BUSY") as info:
            call(server)
        assert info.value.retry_after == seconds


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "http://",
        "http://[bad",
        "ftp://127.0.0.1/",
        "https://127.0.0.1:99999/",
        "https://u:p@127.0.0.1/",
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda connector, url: list(roster.members(connector, url, page_limit=5)),
        lambda connector, url: list(roster.members(connector, url)),
        lambda connector, url: list(grades.columns(connector, url, follow_pages=True)),
        lambda connector, url: grades.make_column(
            connector, url, label="a", maximum=1, resource_id="r", tag="t"
        ),
        lambda connector, url: grades.post_score(
            connector, url, grades.Score("1", 1, 1, "a", "b"), NOW
        ),
        lambda connector, url: list(groups.groups(connector, url)),
        lambda connector, url: notices.subscribe(connector, url, "k", ""),
        lambda connector, url: eula.tell_answer(connector, url, "1", True, NOW),
    ],
)
def test_an_address_that_is_none_is_refused_and_nobody_is_gone(server, call, url):
    """Addresses come from the platform; nothing read must not pass for an empty course."""
    with fails("SERVICE_REFUSED"):
        call(server.connector(), url)
    assert {one.path for one in server.asked} <= {"/token"}


@pytest.mark.parametrize(
    ("url", "family", "origins", "good"),
    [
        ("https://lms.example.edu.tw/members", "", (), True),
        ("https://api.lms.example.edu.tw/members", "", (), True),
        ("https://keys.example/members", "", (), True),
        ("https://example.edu.tw/members", "", (), False),
        ("https://evil-lms.example.edu.tw/members", "", (), False),
        ("https://lms.example.edu.tw.evil.example/", "", (), False),
        ("https://lms.example.edu.tw@evil.example/", "", (), False),
        ("https://one.school.example/", "", ("https://*.school.example",), True),
        ("https://school.example.evil/", "", ("https://*.school.example",), False),
        ("https://named.example:8443/", "", ("https://named.example",), True),
        ("https://any.instructure.com/api/lti", "canvas", (), True),
        ("https://any.instructure.com/api/lti", "moodle", (), False),
    ],
)
def test_whose_hosts_are_the_platforms(url, family, origins, good):
    platform = Platform(
        1, "https://lms.example.edu.tw", "c", "https://sso.example/auth",
        "https://tokens.example/token", "https://keys.example/keys", product=family,
        launch_origins=origins,
    )  # fmt: skip
    assert serves(platform, url) is good


def test_every_code_has_its_words():
    for code in EXPLANATIONS:
        explanation = ServiceError(code).explanation
        assert explanation.title.endswith("。")
        assert explanation.todo.endswith("。")
    with pytest.raises(KeyError):
        ServiceError("NO_SUCH_CODE")

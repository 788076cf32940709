"""Course groups, platform notices and the answer to our terms."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lti import vocabulary as v
from lti.errors import LtiError
from lti.platform.testing import foreign_key
from lti.services.eula import tell_answer
from lti.services.groups import GROUPS, SETS, Group, groups
from lti.services.notices import (
    CLAIM_NOTICE,
    CLAIM_ORIGIN_CONTEXTS,
    MAX_NOTICES,
    Notice,
    check_notice,
    read_notices,
    subscribe,
)
from tests.lti.support import refused

from .support import Installed, Reply, client, fails


class TestGroups:
    def test_groups_and_their_sets(self, server):
        server.replies["/groups"] = Reply(
            body={
                "id": "x",
                "groups": [{"id": 1, "name": "第一組", "set_id": 7}, {"name": "nameless"}],
            },
            links=("</more>; rel=next",),
        )
        server.replies["/more"] = Reply(body={"groups": [{"id": "2", "name": "乙", "tag": "t"}]})
        server.replies["/sets"] = Reply(body={"sets": [{"id": 7, "name": "實驗分組"}]})
        found = groups(server.connector(), f"{server.url}/groups", sets_url=f"{server.url}/sets")
        assert list(found) == [
            Group("1", "第一組", set_id="7", set_name="實驗分組"),
            Group("2", "乙", tag="t"),
        ]
        assert server.calls("/groups")[0].headers["Accept"] == GROUPS
        assert server.calls("/sets")[0].headers["Accept"] == SETS
        assert server.calls("/token")[0].form()["scope"] == v.SCOPE_GROUPS

    def test_without_sets_and_for_one_person(self, server):
        server.replies["/groups"] = Reply(body={"groups": [{"id": "1", "set_id": "7"}]})
        [one] = groups(server.connector(), f"{server.url}/groups?c=1", user_id="3")
        assert (one.set_id, one.set_name) == ("7", "")
        assert server.calls("/groups")[0].query == {"c": "1", "user_id": "3"}

    def test_no_groups_at_all(self, server):
        server.replies["/groups"] = Reply(body={"sets": []})
        with fails("SERVICE_ANSWER_INVALID"):
            list(groups(server.connector(), f"{server.url}/groups"))


class TestEula:
    def test_the_answer(self, server):
        server.replies["/eulas/5/user"] = Reply(201, {})
        at = datetime(2026, 11, 20, 9, 0, 0, 5000, tzinfo=UTC)
        tell_answer(server.connector(), f"{server.url}/eulas/5", "u-1", True, at)
        tell_answer(server.connector(), f"{server.url}/eulas/5?a=1", "u-1", False, at)
        first, second = server.calls("/eulas/5/user")
        assert first.method == "POST"
        assert first.headers["Content-Type"] == "application/json"
        assert first.json() == {
            "userId": "u-1",
            "accepted": True,
            "timestamp": "2026-11-20T09:00:00.005+00:00",
        }
        assert second.query == {"a": "1"}
        assert second.json()["accepted"] is False
        assert server.calls("/token")[0].form()["scope"] == v.SCOPE_EULA_USER

    def test_a_platform_that_does_not_want_it(self, server):
        with fails("SERVICE_REFUSED"):
            tell_answer(server.connector(), f"{server.url}/e", "u", True, datetime.now(UTC))


class TestSubscription:
    def test_it_is_put(self, server):
        server.replies["/pns"] = Reply(200, {})
        handler = "https://licheng.example/lti/notices/1"
        subscribe(server.connector(), f"{server.url}/pns", v.NOTICE_CONTEXT_COPY, handler)
        [asked] = server.calls("/pns")
        assert asked.method == "PUT"
        assert asked.headers["Content-Type"] == "application/json"
        assert asked.json() == {"notice_type": "LtiContextCopyNotice", "handler": handler}
        assert server.calls("/token")[0].form()["scope"] == v.SCOPE_NOTICES

    def test_a_redirect_is_not_followed(self, server):
        server.replies["/pns"] = Reply(308, headers={"Location": "/other"})
        with fails("SERVICE_REFUSED"):
            subscribe(server.connector(), f"{server.url}/pns", v.NOTICE_HELLO, "")
        assert not server.calls("/other")


class TestDelivery:
    def test_signed_notices(self):
        assert read_notices(b'{"notices": [{"jwt": "a.b.c"}, {"jwt": "d"}]}') == ["a.b.c", "d"]

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{}",
            b'{"notices": {}}',
            b'{"notices": []}',
            b'{"notices": ["a"]}',
            b'{"notices": [{"jwt": 1}]}',
            json.dumps({"notices": [{"jwt": "a"}] * (MAX_NOTICES + 1)}).encode(),
            json.dumps({"notices": [{"jwt": "a" * 70_000}]}).encode(),
            b'{"notices": [{"jwt": "a"}]' + b" " * 2**20 + b"}",
            b"[" * 100_000,
            b"\xff",
        ],
    )
    def test_what_is_none(self, body):
        with fails("SERVICE_ANSWER_INVALID"):
            read_notices(body)


class TestNotices:
    """Signed by the demo LMS, whose keys are fetched over HTTP."""

    @pytest.fixture
    def now(self) -> datetime:
        return datetime.now(UTC)

    @pytest.fixture
    def key_sets(self):
        from lti.keyset import KeySetCache

        return KeySetCache(client(), lambda: 0.0)

    def claims(self, installed: Installed, now: datetime, **changes: Any) -> dict[str, Any]:
        found = {
            "iss": installed.platform.issuer,
            "aud": installed.platform.client_id,
            "azp": installed.platform.client_id,
            "iat": int(now.timestamp()),
            "exp": int(now.timestamp()) + 3600,
            "nonce": "n-1",
            v.CLAIM_VERSION: "1.3.0",
            v.CLAIM_DEPLOYMENT_ID: "1",
            CLAIM_NOTICE: {
                "id": "7a70e604",
                "timestamp": "2025-03-19T11:24:25Z",
                "type": "LtiContextCopyNotice",
            },
            v.CLAIM_CONTEXT: {"id": "new", "title": "複製的課程"},
            CLAIM_ORIGIN_CONTEXTS: ["old"],
        } | changes
        return {name: value for name, value in found.items() if value is not ...}

    def check(self, installed: Installed, key_sets, now: datetime, key=None, **changes: Any):
        token = installed.lms.sign(self.claims(installed, now, **changes), key=key)
        return check_notice(token, installed.platform, key_sets, now)

    def test_a_course_was_copied(self, installed, key_sets, now):
        assert self.check(installed, key_sets, now) == Notice(
            id="7a70e604",
            kind="LtiContextCopyNotice",
            deployment_id="1",
            context_id="new",
            origin_contexts=("old",),
            at=datetime(2025, 3, 19, 11, 24, 25, tzinfo=UTC),
        )

    def test_hello(self, installed, key_sets, now):
        hello = self.check(
            installed,
            key_sets,
            now,
            **{
                CLAIM_NOTICE: {"id": 5, "timestamp": "soon", "type": "LtiHelloWorldNotice"},
                v.CLAIM_CONTEXT: ...,
                CLAIM_ORIGIN_CONTEXTS: ...,
                "nonce": ...,
                "jti": "j",
                "azp": ...,
            },
        )
        assert (hello.id, hello.kind, hello.context_id) == ("5", "LtiHelloWorldNotice", "")
        assert hello.origin_contexts == ()
        assert hello.at == now.replace(microsecond=0), "no usable time of its own"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"iss": "https://other.example"}, "ISSUER_MISMATCH"),
            ({"aud": "other"}, "AUDIENCE_MISMATCH"),
            ({"azp": "other"}, "AUTHORIZED_PARTY_MISMATCH"),
            ({"exp": ...}, "EXPIRY_MISSING"),
            ({"exp": 1_000_000}, "EXPIRED"),
            ({"iat": ...}, "ISSUED_AT_MISSING"),
            ({"iat": 1_000_000}, "TOO_OLD"),
            ({"iat": 10**11, "exp": 10**11}, "NOT_YET_VALID"),
            ({"nonce": ...}, "NONCE_MISSING"),
            ({v.CLAIM_VERSION: "1.1"}, "VERSION_UNSUPPORTED"),
            ({v.CLAIM_DEPLOYMENT_ID: ...}, "DEPLOYMENT_MISSING"),
            ({v.CLAIM_DEPLOYMENT_ID: []}, "DEPLOYMENT_MISSING"),
            ({v.CLAIM_CONTEXT: ...}, "CLAIM_MALFORMED"),
            ({v.CLAIM_CONTEXT: {"id": "x" * 256}}, "CLAIM_MALFORMED"),
            ({CLAIM_NOTICE: ...}, "CLAIM_MALFORMED"),
            ({CLAIM_NOTICE: {"type": "LtiHelloWorldNotice"}}, "CLAIM_MALFORMED"),
            ({CLAIM_NOTICE: {"id": "1", "type": "LtiOther"}}, "MESSAGE_TYPE_UNSUPPORTED"),
            ({CLAIM_NOTICE: {"id": "1"}}, "MESSAGE_TYPE_UNSUPPORTED"),
        ],
    )
    def test_refused(self, installed, key_sets, now, changes, code):
        with refused(code):
            self.check(installed, key_sets, now, **changes)

    def test_another_key(self, installed, key_sets, now):
        with refused("KEY_UNKNOWN"):
            self.check(installed, key_sets, now, key=foreign_key())
        stolen_name = foreign_key() | {"kid": installed.lms.jwk()["kid"]}
        with refused("SIGNATURE_INVALID"):
            self.check(installed, key_sets, now, key=stolen_name)

    def test_a_launch_is_no_notice(self, installed: Installed, key_sets, now):
        token = installed.lms.sign(installed.lms.claims("student1", nonce="n"))
        with refused("CLAIM_MALFORMED"):
            check_notice(token, installed.platform, key_sets, now)

    def test_a_stranger_costs_no_request(self, installed: Installed, now):
        class Untouched:
            def key(self, url: str, key_id: str):
                raise AssertionError("fetched")

        other = replace(installed.platform, client_id="other")
        token = installed.lms.sign(self.claims(installed, now))
        with refused("AUDIENCE_MISMATCH"):
            check_notice(token, other, Untouched(), now)

    def test_it_may_have_waited_in_a_queue_while_it_is_valid(self, installed, key_sets, now):
        assert self.check(installed, key_sets, now + timedelta(minutes=50)).id
        token = installed.lms.sign(self.claims(installed, now))
        assert check_notice(token, installed.platform, key_sets, now + timedelta(minutes=50)).id
        with refused("EXPIRED"):
            check_notice(token, installed.platform, key_sets, now + timedelta(minutes=62))

    @pytest.mark.parametrize("token", ["", "a", "a.b.c", "x" * 70_000])
    def test_what_is_no_token(self, installed, key_sets, now, token):
        with pytest.raises(LtiError):
            check_notice(token, installed.platform, key_sets, now)

"""The LMS as Canvas: registration, tokens, roster, grades, groups, notices, deep linking."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from lti.platform.claims import CLAIM
from lti.platform.registration import PLATFORM_CONFIGURATION, TOOL_CONFIGURATION
from lti.platform.registration_body import PRIVACY_LEVEL
from lti.platform.service_claims import (
    AGS_ENDPOINT,
    GROUPS_CLAIM,
    GROUPS_SCOPE,
    NOTICES_CLAIM,
    NOTICES_SCOPE,
    NRPS_ENDPOINT,
)
from lti.platform.testing import AGS_SCOPE, NRPS_SCOPE, FakePlatform

from .conftest import MiniTool

SCORE = "application/vnd.ims.lis.v1.score+json"


@pytest.fixture
def mode() -> str:
    return "canvas"


def begin(lms: FakePlatform, tool: MiniTool) -> tuple[str, dict[str, str]]:
    """Address of the configuration, and the headers that the token makes."""
    query = parse_qs(urlsplit(lms.registration_url(f"{tool.url}/register")).query)
    token = query["registration_token"][0]
    return query["openid_configuration"][0], {"Authorization": f"Bearer {token}"}


def bearer(lms: FakePlatform, tool: MiniTool, scope: str) -> dict[str, str]:
    answer = tool.access(lms, scope)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def launch_claims(lms: FakePlatform, person: str = "teacher1") -> dict[str, Any]:
    return lms.claims(person, nonce="n")


def roster_url(lms: FakePlatform, tool: MiniTool) -> str:
    """Address of a roster."""
    lms.add_tool(tool.url)
    return str(launch_claims(lms)[NRPS_ENDPOINT]["context_memberships_url"])


class TestRegistration:
    def test_the_configuration_is_for_the_bearer_and_behind_a_redirect(
        self, lms: FakePlatform, tool: MiniTool
    ) -> None:
        url, headers = begin(lms, tool)
        refused = requests.get(url, timeout=5)
        assert refused.status_code == 401
        first = requests.get(url, headers=headers, timeout=5, allow_redirects=False)
        assert first.status_code == 302
        document = requests.get(url, headers=headers, timeout=5).json()
        assert document["issuer"] == "https://canvas.instructure.test"
        assert document["authorization_server"] == "canvas.instructure.test"
        assert document["registration_endpoint"].startswith(lms.url)
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            assert document[name].startswith(lms.sso_url)
        lti = document[PLATFORM_CONFIGURATION]
        assert lti["https://canvas.instructure.com/lti/account_name"] == "青田學習平臺"
        assert {"type": "LtiEulaRequest"} in lti["messages_supported"]

    def test_a_caller_without_a_name_is_refused(self, lms: FakePlatform, tool: MiniTool) -> None:
        url, headers = begin(lms, tool)
        wanted = [("GET", url), ("GET", lms.jwks_uri), ("POST", lms.token_endpoint)]
        wanted.append(("GET", roster_url(lms, tool)))
        for method, address in wanted:
            parts = urlsplit(address)
            # Unlike requests, this client gives itself no name.
            connection = HTTPConnection(parts.netloc, timeout=5)
            connection.request(method, parts.path, headers=headers)
            assert connection.getresponse().status == 403, address
            connection.close()
            named = requests.request(method, address, headers=headers, timeout=5)
            assert named.status_code != 403

    def register(self, lms: FakePlatform, tool: MiniTool, **change: Any) -> requests.Response:
        url, headers = begin(lms, tool)
        document = requests.get(url, headers=headers, timeout=5).json()
        endpoint, body = document["registration_endpoint"], tool.registration() | change
        return requests.post(endpoint, json=body, headers=headers, timeout=5)

    def test_the_answer_names_no_deployment_and_personal_data_goes_by_level(
        self, lms: FakePlatform, tool: MiniTool
    ) -> None:
        answer = self.register(lms, tool)
        assert answer.status_code == 200, answer.text
        assert "deployment_id" not in answer.json()[TOOL_CONFIGURATION]
        assert answer.json()["client_id"].isdigit()
        assert lms.tool.claims == ["sub"]
        lms.activate()
        lms.open(lms.browser("student1"))
        assert not {"name", "email"} & set(tool.claims())
        assert tool.claims()[f"{CLAIM}deployment_id"].startswith(f"{lms.tool.id}:")

    @pytest.mark.parametrize(
        ("level", "sent"),
        [
            ("public", {"name", "email"}),
            ("name_only", {"name"}),
            ("email_only", {"email"}),
            ("anonymous", set()),
        ],
    )
    def test_privacy_levels(
        self, lms: FakePlatform, tool: MiniTool, level: str, sent: set[str]
    ) -> None:
        configuration = tool.registration()[TOOL_CONFIGURATION] | {PRIVACY_LEVEL: level}
        self.register(lms, tool, **{TOOL_CONFIGURATION: configuration})
        lms.activate()
        lms.open(lms.browser("student1"))
        assert {"name", "email"} & set(tool.claims()) == sent

    @pytest.mark.parametrize(
        "change",
        [
            {"application_type": "native"},
            {"grant_types": ["implicit"]},
            {"scope": ""},
            {"scope": "made-up"},
            {"client_name": ""},
            {TOOL_CONFIGURATION: {"domain": "x.test", "target_link_uri": "http://x.test/"}},
        ],
    )
    def test_what_is_missing_is_a_422_in_json(
        self, lms: FakePlatform, tool: MiniTool, change: dict[str, Any]
    ) -> None:
        answer = self.register(lms, tool, **change)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["message"]
        assert not lms.lms.state.tools

    def test_a_course_can_have_a_deployment_of_its_own(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        lms.open(lms.browser("student1"), course="3")
        site = registered.claims()[f"{CLAIM}deployment_id"]
        admin = lms.browser("admin")
        page = admin.get(f"{lms.url}/admin/tools")
        admin.submit(page, page.form(action="/deploy"), {"course": "3"})
        lms.open(lms.browser("student1"), course="3")
        own = registered.claims()[f"{CLAIM}deployment_id"]
        assert own != site
        assert registered.logins[-1]["lti_deployment_id"] == own
        lms.open(lms.browser("student1"))
        assert registered.claims()[f"{CLAIM}deployment_id"] == site


class TestTokens:
    def test_audience_counts_and_an_assertion_works_once(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        assert registered.access(lms, NRPS_SCOPE, aud="https://elsewhere.test").status_code == 400
        assert registered.access(lms, NRPS_SCOPE, aud=lms.issuer).status_code == 200
        assert registered.access(lms, NRPS_SCOPE, jti="j-1").status_code == 200
        assert registered.access(lms, NRPS_SCOPE, jti="j-1").status_code == 400

    def test_one_scope_that_was_not_granted_refuses_all(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        answer = registered.access(lms, f"{NRPS_SCOPE} made-up")
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


class TestRoster:
    def test_pages_of_fifty_by_bookmarks_that_mind_case(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        headers = bearer(lms, registered, NRPS_SCOPE)
        url = launch_claims(lms)[NRPS_ENDPOINT]["context_memberships_url"]
        whole = requests.get(url, headers=headers, timeout=5).json()["members"]
        assert len(whole) == 16  # below fifty
        paged: list[Any] = []
        follow = f"{url}?limit=5&role=Learner"
        while follow:
            answer = requests.get(follow, headers=headers, timeout=5)
            paged += answer.json()["members"]
            follow = answer.links.get("next", {}).get("url", "")
            if follow:
                assert "role=Learner" in follow
                head, _, mark = follow.rpartition("bookmark:")
                broken = requests.get(f"{head}bookmark:{mark.lower()}", headers=headers, timeout=5)
                assert broken.status_code == 400
        assert len(paged) == 12
        assert {role for row in paged for role in row["roles"]} == {
            "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
        }

    def test_members_are_named_as_in_the_launch(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        claims = launch_claims(lms, "student1")
        url = claims[NRPS_ENDPOINT]["context_memberships_url"]
        headers = bearer(lms, registered, NRPS_SCOPE)
        members = requests.get(url, headers=headers, timeout=5).json()["members"]
        mine = next(row for row in members if row["user_id"] == claims["sub"])
        assert mine["name"] == "張小明"
        assert mine["group_enrollments"] == [{"group_id": "71"}, {"group_id": "73"}]
        assistant = next(row for row in members if row["name"] == "許建國")
        assert [role.rpartition("#")[2] for role in assistant["roles"]] == [
            "Instructor",
            "TeachingAssistant",
        ]


def test_groups_and_their_sets(lms: FakePlatform, registered: MiniTool) -> None:
    claim = launch_claims(lms)[GROUPS_CLAIM]
    headers = bearer(lms, registered, GROUPS_SCOPE)
    groups = requests.get(claim["context_groups_url"], headers=headers, timeout=5).json()["groups"]
    assert groups == [
        {"id": "71", "name": "第一組", "set_id": "set-71"},
        {"id": "72", "name": "第二組", "set_id": "set-71"},
        {"id": "73", "name": "朗讀隊"},
    ]
    sets = requests.get(claim["context_group_sets_url"], headers=headers, timeout=5).json()["sets"]
    assert [(one["name"], len(one["groups"])) for one in sets] == [("報告分組", 2)]
    subject = launch_claims(lms, "student6")["sub"]
    mine = {"user_id": subject}
    answer = requests.get(claim["context_groups_url"], params=mine, headers=headers, timeout=5)
    assert [group["id"] for group in answer.json()["groups"]] == ["73"]
    other = bearer(lms, registered, NRPS_SCOPE)
    refused = requests.get(claim["context_groups_url"], headers=other, timeout=5)
    assert refused.status_code == 401


class TestGrades:
    def post(
        self, lms: FakePlatform, tool: MiniTool, when: float, **change: Any
    ) -> requests.Response:
        body = {
            "userId": launch_claims(lms, "student1")["sub"],
            "scoreGiven": 1,
            "scoreMaximum": 1,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "timestamp": datetime.fromtimestamp(when, UTC).isoformat(),
        } | change
        kept = {name: value for name, value in body.items() if value is not None}
        headers = bearer(lms, tool, f"{AGS_SCOPE}score") | {"Content-Type": SCORE}
        column = launch_claims(lms)[AGS_ENDPOINT]["lineitem"]
        return requests.post(f"{column}/scores", json=kept, headers=headers, timeout=5)

    def results(self, lms: FakePlatform, tool: MiniTool) -> list[Any]:
        headers = bearer(lms, tool, f"{AGS_SCOPE}result.readonly")
        column = launch_claims(lms)[AGS_ENDPOINT]["lineitem"]
        found: list[Any] = requests.get(f"{column}/results", headers=headers, timeout=5).json()
        return found

    def test_handed_in_is_told_and_keeps_an_earlier_grade(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        now = time.time()
        pending = {"scoreGiven": None, "gradingProgress": "NotReady"}
        told = self.post(lms, registered, now, activityProgress="Submitted", **pending)
        assert told.status_code == 200
        assert "resultUrl" in told.json()
        assert self.results(lms, registered) == []
        page = lms.browser("teacher1").get(f"{lms.url}/course/2/grades")
        assert page.text.count("已繳交") == 1
        self.post(lms, registered, now + 10)
        again = self.post(lms, registered, now + 20, activityProgress="Submitted", **pending)
        assert again.status_code == 200
        (row,) = self.results(lms, registered)
        assert (row["resultScore"], row["userId"]) == (100, launch_claims(lms, "student1")["sub"])
        assert self.post(lms, registered, now + 20).status_code == 409

    def test_teachers_and_strangers_are_a_422(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        teacher = launch_claims(lms)["sub"]
        for who in (teacher, "somebody", "3"):
            assert self.post(lms, registered, time.time(), userId=who).status_code == 422

    def test_line_items_come_in_pages_and_the_activitys_own_stays(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        claims = launch_claims(lms)
        items, own = claims[AGS_ENDPOINT]["lineitems"], claims[AGS_ENDPOINT]["lineitem"]
        headers = bearer(lms, registered, f"{AGS_SCOPE}lineitem")
        link = claims[f"{CLAIM}resource_link"]["id"]
        for number in range(3):
            body = {"label": f"欄 {number}", "scoreMaximum": 1, "tag": "outcome"}
            made = requests.post(items, json=body, headers=headers, timeout=5)
            assert made.status_code == 201
        seen, follow = [], f"{items}?limit=2&tag=outcome"
        while follow:
            answer = requests.get(follow, headers=headers, timeout=5)
            seen += [row["label"] for row in answer.json()]
            follow = answer.links.get("next", {}).get("url", "")
        assert seen == ["欄 0", "欄 1", "欄 2"]
        mine = requests.get(items, params={"resource_link_id": link}, headers=headers, timeout=5)
        assert [row["id"] for row in mine.json()] == [own]
        assert requests.delete(own, headers=headers, timeout=5).status_code == 401
        assert requests.delete(made.json()["id"], headers=headers, timeout=5).status_code == 204
        lost = {"label": "x", "scoreMaximum": 1, "resourceLinkId": "no-such-link"}
        assert requests.post(items, json=lost, headers=headers, timeout=5).status_code == 404


class TestNotices:
    def subscribe(
        self, lms: FakePlatform, tool: MiniTool, kind: str, handler: str | None = None
    ) -> requests.Response:
        url = launch_claims(lms)[NOTICES_CLAIM]["platform_notification_service_url"]
        body = {"notice_type": kind, "handler": f"{tool.url}/notices"}
        if handler is not None:
            body["handler"] = handler
        headers = bearer(lms, tool, NOTICES_SCOPE)
        return requests.put(url, json=body, headers=headers, timeout=5)

    def read(self, lms: FakePlatform, tool: MiniTool) -> dict[str, Any]:
        key = jwt.PyJWK(lms.jwk())
        token = tool.notices[-1]["jwt"]
        claims: dict[str, Any] = jwt.decode(
            token, key, ["RS256"], audience=lms.tool.client_id, issuer=lms.issuer
        )
        return claims

    def test_hello_comes_right_after_subscribing(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        answer = self.subscribe(lms, registered, "LtiHelloWorldNotice")
        assert answer.json()["handler"] == f"{registered.url}/notices"
        assert [sent.wait() for sent in lms.lms.deliveries] == [200]
        claims = self.read(lms, registered)
        assert claims[f"{CLAIM}notice"]["type"] == "LtiHelloWorldNotice"
        assert claims[f"{CLAIM}deployment_id"] == lms.tool.deployment_id
        assert claims["nonce"]
        url = launch_claims(lms)[NOTICES_CLAIM]["platform_notification_service_url"]
        headers = bearer(lms, registered, NOTICES_SCOPE)
        held = requests.get(url, headers=headers, timeout=5).json()["notice_handlers"]
        assert {row["notice_type"]: bool(row["handler"]) for row in held} == {
            "LtiHelloWorldNotice": True,
            "LtiContextCopyNotice": False,
        }

    def test_a_copied_course_is_told_to_who_listens(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        source = launch_claims(lms)[f"{CLAIM}context"]["id"]
        self.subscribe(lms, registered, "LtiContextCopyNotice")
        teacher = lms.browser("teacher1")
        page = teacher.get(f"{lms.url}/course/2")
        copied = teacher.submit(page, page.form(button="複製課程"))
        assert "國語文（複製）" in copied.text
        assert [sent.wait() for sent in lms.lms.deliveries] == [200]
        claims = self.read(lms, registered)
        assert claims[f"{CLAIM}origin_contexts"] == [source]
        lms.tool.custom = {"history": "$Context.id.history"}
        link = copied.link(href="/activity/")
        frame = teacher.get(link).frames[0]
        teacher.get(frame)
        launched = registered.claims()
        assert launched[f"{CLAIM}context"]["id"] == claims[f"{CLAIM}context"]["id"]
        assert launched[f"{CLAIM}custom"]["history"] == source

    def test_handlers_are_at_the_tools_own_host_and_can_be_taken_back(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        kind = "LtiContextCopyNotice"
        elsewhere = self.subscribe(lms, registered, kind, "https://elsewhere.test/notices")
        assert elsewhere.status_code == 400
        assert self.subscribe(lms, registered, "LtiMadeUpNotice").status_code == 400
        self.subscribe(lms, registered, kind)
        self.subscribe(lms, registered, kind, "")
        teacher = lms.browser("teacher1")
        page = teacher.get(f"{lms.url}/course/2")
        teacher.submit(page, page.form(button="複製課程"))
        assert not lms.lms.deliveries

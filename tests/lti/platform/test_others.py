"""The LMS as Brightspace, as Blackboard, and as a platform that only follows the specification."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import jwt
import pytest
import requests

from lti.platform.claims import CLAIM
from lti.platform.registration import PLATFORM_CONFIGURATION, TOOL_CONFIGURATION
from lti.platform.service_claims import NRPS_ENDPOINT
from lti.platform.testing import NRPS_SCOPE, FakePlatform

from .conftest import MiniTool


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize("mode", ["brightspace"])
class TestBrightspace:
    def start(self, lms: FakePlatform, tool: MiniTool) -> tuple[str, str]:
        """Addresses of configuration and registration."""
        query = parse_qs(urlsplit(lms.registration_url(f"{tool.url}/register")).query)
        assert set(query) == {"openid_configuration"}
        configuration = query["openid_configuration"][0]
        document = requests.get(configuration, timeout=5).json()
        assert document["authorization_server"] == "https://api.brightspace.com/auth/token"
        assert document[PLATFORM_CONFIGURATION]["product_family_code"] == "desire2learn"
        return configuration, document["registration_endpoint"]

    def test_registration_needs_no_token_and_its_link_works_once(
        self, lms: FakePlatform, tool: MiniTool
    ) -> None:
        _, endpoint = self.start(lms, tool)
        assert requests.post(endpoint.split("?")[0], json={}, timeout=5).status_code == 401
        answer = requests.post(endpoint, json=tool.registration(), timeout=5)
        assert answer.status_code == 200
        UUID(answer.json()[TOOL_CONFIGURATION]["deployment_id"])
        assert not lms.tool.active
        again = requests.post(endpoint, json=tool.registration(), timeout=5)
        assert (again.status_code, again.text) == (401, "token_already_used")

    def test_the_registration_opens_in_a_tab_of_its_own(
        self, lms: FakePlatform, tool: MiniTool
    ) -> None:
        admin = lms.browser("admin")
        page = admin.get(f"{lms.url}/admin/tools/register", params={"url": f"{tool.url}/r"})
        assert not page.frames
        assert "openid_configuration=" in page.link(text="註冊頁")

    def test_the_audience_of_assertions_is_fixed(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        wrong = registered.access(lms, NRPS_SCOPE, aud=lms.token_endpoint)
        assert wrong.status_code == 400
        assert registered.access(lms, NRPS_SCOPE).status_code == 200

    def test_keys_have_no_alg_and_are_not_to_be_kept(self, lms: FakePlatform) -> None:
        answer = requests.get(lms.jwks_uri, timeout=5)
        assert answer.headers["Cache-Control"] == "no-store"
        assert {"kid", "kty", "n", "e"} <= set(answer.json()["keys"][0])
        assert "alg" not in answer.json()["keys"][0]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hourly(tmp_path: Path, clock: Clock) -> Iterator[FakePlatform]:
    with FakePlatform(tmp_path / "lms", mode="brightspace", clock=clock) as platform:
        platform.add_tool()
        yield platform


def kid_of(lms: FakePlatform) -> str:
    from lti.platform.signing import sign_id_token

    token = sign_id_token(lms.lms, lms.claims("student1", nonce="n"))
    return str(jwt.get_unverified_header(token)["kid"])


def test_brightspace_changes_its_key_every_hour(hourly: FakePlatform, clock: Clock) -> None:
    first = kid_of(hourly)
    clock.now += timedelta(minutes=59)
    assert kid_of(hourly) == first
    clock.now += timedelta(minutes=2)
    second = kid_of(hourly)
    assert second != first
    published = requests.get(hourly.jwks_uri, timeout=5).json()["keys"]
    assert [key["kid"] for key in published] == [second, first]


@pytest.mark.parametrize("mode", ["blackboard"])
class TestBlackboard:
    def test_there_is_no_dynamic_registration(self, lms: FakePlatform, tool: MiniTool) -> None:
        assert requests.get(lms.openid_configuration, timeout=5).status_code == 404
        endpoint = f"{lms.url}/lti/registration"
        answer = requests.post(endpoint, json=tool.registration(), timeout=5)
        assert answer.status_code == 404
        admin = lms.browser("admin")
        page = admin.get(f"{lms.url}/admin/tools")
        assert "加入 LTI Advantage 工具" not in page.text
        refused = admin.get(f"{lms.url}/admin/tools/register", params={"url": f"{tool.url}/r"})
        assert refused.status == 404

    def test_a_tool_is_set_up_by_hand_and_works_at_once(
        self, lms: FakePlatform, tool: MiniTool
    ) -> None:
        admin = lms.browser("admin")
        page = admin.get(f"{lms.url}/admin/tools")
        assert lms.authorization_endpoint in page.text
        wish = {
            "name": "學習歷程",
            "client_id": "vendor-key-1",
            "login": f"{tool.url}/login",
            "launch": f"{tool.url}/launch",
            "jwks": f"{tool.url}/jwks",
        }
        form = page.form(action="by-hand")
        assert admin.submit(page, form, wish | {"login": "no address"}).status == 400
        page = admin.submit(page, form, wish)
        assert "已啟用" in page.text
        admin.submit(page, page.form(button="加到所有課程"))
        lms.open(lms.browser("student1"))
        claims = tool.claims()
        assert claims["aud"] == "vendor-key-1"
        assert claims["iss"] == "https://blackboard.test"
        UUID(claims[f"{CLAIM}deployment_id"])

    def test_a_link_without_its_id(self, lms: FakePlatform, registered: MiniTool) -> None:
        lms.faults.drop_link_id = True
        lms.open(lms.browser("student1"))
        assert "id" not in registered.claims()[f"{CLAIM}resource_link"]
        assert registered.claims()[f"{CLAIM}resource_link"]["title"]


@pytest.mark.parametrize("mode", ["brightspace", "blackboard", "generic"])
def test_rosters_in_pages_that_keep_the_role(lms: FakePlatform, registered: MiniTool) -> None:
    url = lms.claims("teacher1", nonce="n")[NRPS_ENDPOINT]["context_memberships_url"]
    token = registered.access(lms, NRPS_SCOPE).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    seen, follow = [], f"{url}?limit=5&role=Learner"
    while follow:
        answer = requests.get(follow, headers=headers, timeout=5)
        seen += answer.json()["members"]
        follow = answer.links.get("next", {}).get("url", "")
    assert len(seen) == 12


@pytest.mark.parametrize("mode", ["moodle"])
def test_a_tool_set_up_by_hand_waits_where_the_platform_lets_it_wait(
    lms: FakePlatform, tool: MiniTool
) -> None:
    admin = lms.browser("admin")
    page = admin.get(f"{lms.url}/admin/tools")
    wish = {"name": "x", "login": tool.url, "launch": tool.url, "jwks": tool.url}
    page = admin.submit(page, page.form(action="by-hand"), wish)
    assert "待啟用" in page.text
    assert len(lms.tool.client_id) == 15

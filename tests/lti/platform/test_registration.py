"""Dynamic registration as an LMS administrator sees it and as the tool sees it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from lti.platform.registration import PLATFORM_CONFIGURATION, TOOL_CONFIGURATION
from lti.platform.testing import FakePlatform

from .conftest import MiniTool


def token_for(lms: FakePlatform, tool: MiniTool) -> str:
    query = parse_qs(urlsplit(lms.registration_url(f"{tool.url}/register")).query)
    return query["registration_token"][0]


def send(lms: FakePlatform, body: Any, token: str | None) -> requests.Response:
    configuration = requests.get(lms.openid_configuration, timeout=5).json()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    endpoint = configuration["registration_endpoint"]
    return requests.post(endpoint, json=body, headers=headers, timeout=5)


def test_the_configuration_document_names_this_platform(lms: FakePlatform) -> None:
    document = requests.get(lms.openid_configuration, timeout=5).json()
    assert document["issuer"] == lms.issuer
    assert document["scopes_supported"][-1] == "openid"
    messages = document[PLATFORM_CONFIGURATION]["messages_supported"]
    assert [m["type"] for m in messages] == ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]


def test_a_registration_is_pending_until_the_administrator_activates_it(
    lms: FakePlatform, tool: MiniTool
) -> None:
    answer = send(lms, tool.registration(), token_for(lms, tool))
    assert answer.status_code == 200
    got = answer.json()
    configuration = got[TOOL_CONFIGURATION]
    assert configuration["deployment_id"] == lms.tool.deployment_id
    assert [m["type"] for m in configuration["messages"]] == ["LtiDeepLinkingRequest"]
    assert configuration["custom_parameters"]["static"] == "a"
    assert lms.tool.custom["static"] == "a=b=c"

    admin = lms.browser("admin")
    page = admin.get(f"{lms.issuer}/admin/tools")
    assert "Pending" in page.text
    page = admin.submit(page, page.form(button="啟用"))
    assert "Pending" not in page.text
    page = admin.submit(page, page.form(button="加到所有課程"))
    lms.open(lms.browser("student1"))
    assert tool.claims()["aud"] == got["client_id"]


def test_the_administrator_gets_the_tools_page_in_a_frame(
    lms: FakePlatform, tool: MiniTool
) -> None:
    admin = lms.browser("admin")
    page = admin.get(f"{lms.issuer}/admin/tools")
    page = admin.submit(page, page.form(action="register"), {"url": f"{tool.url}/register?i=1"})
    frame = urlsplit(page.frames[0])
    query = parse_qs(frame.query)
    assert set(query) == {"i", "openid_configuration", "registration_token"}
    assert query["openid_configuration"] == [lms.openid_configuration]


def test_a_token_works_once(lms: FakePlatform, tool: MiniTool) -> None:
    token = token_for(lms, tool)
    assert send(lms, tool.registration(), token).status_code == 200
    again = send(lms, tool.registration(), token)
    assert (again.status_code, again.text) == (401, "token_already_used")
    assert len(lms.lms.state.tools) == 1


def test_a_refused_body_does_not_use_up_the_token(lms: FakePlatform, tool: MiniTool) -> None:
    token, body = token_for(lms, tool), tool.registration()
    without = body | {"client_name": ""}
    assert send(lms, without, token).text == "missing_client_name"
    assert send(lms, body, token).status_code == 200


def test_no_token_and_a_malformed_one(lms: FakePlatform, tool: MiniTool) -> None:
    missing = send(lms, tool.registration(), None)
    assert (missing.status_code, missing.text) == (401, "missing_registration_token")
    malformed = send(lms, tool.registration(), "a.b.c")
    assert malformed.status_code == 404
    assert malformed.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"response_types": ["code"]}, "invalid_response_types"),
        ({"initiate_login_uri": ""}, "missing_initiate_login_uri"),
        ({"redirect_uris": []}, "missing_redirect_uris"),
        ({"jwks_uri": ""}, "missing_jwks_uri"),
        ({"token_endpoint_auth_method": "none"}, "invalid_token_endpoint_auth_method"),
        ({TOOL_CONFIGURATION: {"target_link_uri": "http://x.test/"}}, "missing_domain"),
        (
            {TOOL_CONFIGURATION: {"target_link_uri": "http://x.test/", "domain": "y.test"}},
            "domain_targetlinkuri_mismatch",
        ),
    ],
)
def test_what_is_required_is_named_in_plain_text(
    lms: FakePlatform, tool: MiniTool, change: dict[str, Any], text: str
) -> None:
    answer = send(lms, tool.registration() | change, token_for(lms, tool))
    assert (answer.status_code, answer.text) == (400, text)
    assert not lms.lms.state.tools


def test_updating_keeps_client_and_deployment(lms: FakePlatform, tool: MiniTool) -> None:
    first = send(lms, tool.registration(), token_for(lms, tool)).json()
    lms.activate()
    admin = lms.browser("admin")
    choice = admin.get(f"{lms.issuer}/admin/tools/register", params={"url": f"{tool.url}/r"})
    assert "已經註冊過" in choice.text
    page = admin.get(choice.link(text="更新"))
    token = parse_qs(urlsplit(page.frames[0]).query)["registration_token"][0]
    second = send(lms, tool.registration() | {"client_name": "Mini 2"}, token).json()
    assert second["client_id"] == first["client_id"]
    assert second[TOOL_CONFIGURATION]["deployment_id"] == first[TOOL_CONFIGURATION]["deployment_id"]
    assert lms.tool.name == "Mini 2"
    assert lms.tool.active

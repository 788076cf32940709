"""Misbehaviour on request: each fault does what it says, in every mode where it matters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jwt
import pytest
import requests

from lti.platform.claims import CLAIM
from lti.platform.service_claims import AGS_ENDPOINT, NRPS_ENDPOINT
from lti.platform.testing import AGS_SCOPE, NRPS_SCOPE, FakePlatform, PlatformProcess

from .conftest import MiniTool

BOTH = pytest.mark.parametrize("mode", ["moodle", "canvas"])


def launched(lms: FakePlatform, tool: MiniTool) -> tuple[dict[str, Any], dict[str, Any], bool]:
    """Header, claims, and whether the published key has signed them."""
    lms.open(lms.browser("student1"))
    token = tool.got[-1]["id_token"]
    key = jwt.PyJWK(requests.get(lms.jwks_uri, timeout=5).json()["keys"][0], algorithm="RS256")
    try:
        jwt.decode(token, key, ["RS256"], options={"verify_exp": False, "verify_aud": False})
        good = True
    except jwt.InvalidTokenError:
        good = False
    return jwt.get_unverified_header(token), tool.claims(), good


@BOTH
def test_claims_are_changed_and_dropped(lms: FakePlatform, registered: MiniTool) -> None:
    lms.faults.change_claims = {"aud": "somebody else", "azp": "another", "iat": 5}
    lms.faults.drop_claims = ["exp", "nonce", f"{CLAIM}roles"]
    _, claims, good = launched(lms, registered)
    assert good
    assert (claims["aud"], claims["azp"], claims["iat"]) == ("somebody else", "another", 5)
    assert not {"exp", "nonce", f"{CLAIM}roles"} & set(claims)


def test_unsigned(lms: FakePlatform, registered: MiniTool) -> None:
    lms.faults.algorithm = "none"
    header, claims, good = launched(lms, registered)
    assert (header["alg"], good) == ("none", False)
    assert header["kid"] == lms.jwk()["kid"]
    assert claims["sub"] == "3"


def test_signed_with_the_public_key_as_a_secret(lms: FakePlatform, registered: MiniTool) -> None:
    lms.faults.algorithm = "HS256"
    header, claims, good = launched(lms, registered)
    assert (header["alg"], good, claims["sub"]) == ("HS256", False, "3")


def test_foreign_key_and_foreign_kid(lms: FakePlatform, registered: MiniTool) -> None:
    lms.faults.foreign_key = True
    header, _, good = launched(lms, registered)
    assert (header["kid"], good) == (lms.jwk()["kid"], False)
    lms.faults.foreign_key, lms.faults.kid = False, "made-up"
    header, _, good = launched(lms, registered)
    assert (header["kid"], good) == ("made-up", True)
    lms.faults.kid = ""
    header, _, _ = launched(lms, registered)
    assert "kid" not in header


@BOTH
def test_a_key_for_every_second_launch(lms: FakePlatform, registered: MiniTool) -> None:
    lms.faults.rotate_every = 2
    kids = [launched(lms, registered)[0]["kid"] for _ in range(4)]
    assert len(set(kids)) == 3
    assert kids[1] == kids[2]
    published = requests.get(lms.jwks_uri, timeout=5).json()["keys"]
    assert [key["kid"] for key in published] == [kids[3]]


@BOTH
def test_the_page_that_posts_hides_its_origin(lms: FakePlatform, registered: MiniTool) -> None:
    browser = lms.browser("student1")
    begun = browser.http.get(f"{lms.url}/lti/launch/{lms.activity().id}", timeout=5)
    assert "Referrer-Policy" not in begun.headers
    lms.faults.hide_origin = True
    lms.open(browser)
    fields = registered.logins[-1]
    # The launch page itself: a fresh login, followed by hand.
    lms.open(browser)
    assert fields["iss"] == lms.issuer
    from lti.platform.oidc import initiation_fields

    fresh = initiation_fields(lms.lms, lms.launch_of("student1"))
    at_tool = requests.post(f"{registered.url}/login", fresh, timeout=5, allow_redirects=False)
    page = browser.http.get(at_tool.headers["Location"], timeout=5)
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_key_sets_that_cannot_be_used(lms: FakePlatform) -> None:
    lms.faults.jwks_wrapped = True
    assert requests.get(lms.jwks_uri, timeout=5).json()["keys"]["keys"]
    lms.faults.jwks_wrapped, lms.faults.jwks_padding = False, 300_000
    assert len(requests.get(lms.jwks_uri, timeout=5).content) > 300_000
    lms.faults.jwks_status = 503
    assert requests.get(lms.jwks_uri, timeout=5).status_code == 503


def ask_roster(lms: FakePlatform, tool: MiniTool, query: str = "") -> requests.Response:
    token = tool.access(lms, NRPS_SCOPE).json()["access_token"]
    url = lms.claims("teacher1", nonce="n")[NRPS_ENDPOINT]["context_memberships_url"]
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(url + query, headers=headers, timeout=5)


@BOTH
def test_a_roster_without_end(lms: FakePlatform, registered: MiniTool) -> None:
    lms.faults.roster_endless = True
    seen: set[str] = set()
    answer = ask_roster(lms, registered, "?limit=10")
    headers = {"Authorization": str(answer.request.headers["Authorization"])}
    for _ in range(10):
        follow = answer.links["next"]["url"]
        assert follow not in seen
        seen.add(follow)
        answer = requests.get(follow, headers=headers, timeout=5)
    assert answer.json()["members"] == []


@BOTH
def test_a_roster_that_leads_to_another_host(lms: FakePlatform, registered: MiniTool) -> None:
    lms.faults.roster_elsewhere = "elsewhere.test:8443"
    answer = ask_roster(lms, registered, "?limit=10")
    assert answer.links["next"]["url"].startswith("http://elsewhere.test:8443/services/")


@BOTH
def test_services_that_are_busy_and_recover(lms: FakePlatform, registered: MiniTool) -> None:
    lms.faults.service_statuses, lms.faults.retry_after = [429, 500, 409], 7
    for status in (429, 500, 409):
        answer = ask_roster(lms, registered)
        assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    assert ask_roster(lms, registered).status_code == 200
    lms.faults.service_status = 503
    token = registered.access(lms, f"{AGS_SCOPE}lineitem").json()["access_token"]
    items = lms.claims("teacher1", nonce="n")[AGS_ENDPOINT]["lineitems"]
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.get(items, headers=headers, timeout=5).status_code == 503


@BOTH
def test_a_token_endpoint_that_is_down(lms: FakePlatform, registered: MiniTool) -> None:
    lms.faults.token_status = 503
    assert registered.access(lms, NRPS_SCOPE).status_code == 503


def test_faults_are_set_over_http(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path) as lms:
        lms.set_faults(jwks_wrapped=True, change_claims={"aud": "x"})
        keys = requests.get(f"{lms.url}/lti/certs", timeout=5).json()["keys"]
        assert "keys" in keys
        lms.set_faults()
        assert isinstance(requests.get(f"{lms.url}/lti/certs", timeout=5).json()["keys"], list)

"""Dynamic registration against the recorded exchange of a real Moodle, and against bad ones."""

import copy
import json

import pytest

from lti import registration as r
from lti import vocabulary as v
from lti.http import AddressError, Answer, HttpError
from tests.lti.support import Web, moodle_claims, refused

BASE = "http://localhost:8000"
CONFIGURATION_URL = f"{BASE}/mod/lti/openid-configuration.php"
TOOL = r.Tool("https://licheng.example", "Licheng 歷程", "說明", logo_path="/logo.png")


class Lms(Web):
    """Also takes the registration."""

    def __init__(self) -> None:
        exchange = moodle_claims("registration_exchange")
        super().__init__({CONFIGURATION_URL: copy.deepcopy(exchange["conf"])})
        self.answer = (200, json.dumps(exchange["got"]).encode())
        self.posted = []
        self.headers = []

    def get(self, url, *, headers=None):
        self.headers.append(dict(headers or {}))
        return super().get(url)

    def post(self, url, body, content_type, *, headers=None):
        self.posted.append((url, json.loads(body), content_type, dict(headers or {})))
        if isinstance(self.answer, Exception):
            raise self.answer
        return Answer(self.answer[0], {}, self.answer[1], url)


@pytest.fixture
def lms() -> Lms:
    return Lms()


def test_moodles_configuration(lms):
    found = r.discover(lms, CONFIGURATION_URL, "a.token")
    assert found.issuer == BASE
    assert found.auth_login_url == f"{BASE}/mod/lti/auth.php"
    assert found.token_url == f"{BASE}/mod/lti/token.php"
    assert found.key_set_url == f"{BASE}/mod/lti/certs.php"
    assert found.registration_url == f"{BASE}/mod/lti/openid-registration.php"
    assert (found.product, found.messages) == ("moodle", {v.RESOURCE_LINK, v.DEEP_LINKING})
    assert lms.headers == [{"Authorization": "Bearer a.token"}]


def test_the_request_has_everything_moodle_demands(lms):
    request = r.build_request(TOOL, r.discover(lms, CONFIGURATION_URL))
    assert "id_token" in request["response_types"]
    assert request["initiate_login_uri"] == "https://licheng.example/lti/login"
    assert request["redirect_uris"] == ["https://licheng.example/lti/launch"]
    assert request["client_name"]
    assert request["jwks_uri"] == "https://licheng.example/lti/jwks"
    assert request["token_endpoint_auth_method"] == "private_key_jwt"
    tool = request[v.TOOL_CONFIGURATION]
    assert tool["domain"] == "licheng.example"
    assert tool["target_link_uri"].startswith("https://licheng.example/")
    assert {"name", "given_name", "family_name", "email"} <= set(tool["claims"])
    assert {m["type"] for m in tool["messages"]} == {v.RESOURCE_LINK, v.DEEP_LINKING}
    assert tool["custom_parameters"]["person_sourcedid"] == "$Person.sourcedId"
    for value in tool["custom_parameters"].values():
        assert "=" not in value
        assert "\n" not in value


def test_only_scopes_that_the_platform_has(lms):
    lms.pages[CONFIGURATION_URL]["scopes_supported"] = [v.SCOPE_ROSTER, "openid"]
    request = r.build_request(TOOL, r.discover(lms, CONFIGURATION_URL))
    assert request["scope"] == v.SCOPE_ROSTER


def test_canvas_is_asked_for_names(lms):
    lms.pages[CONFIGURATION_URL][v.PLATFORM_CONFIGURATION]["product_family_code"] = "canvas"
    request = r.build_request(TOOL, r.discover(lms, CONFIGURATION_URL))
    tool = request[v.TOOL_CONFIGURATION]
    assert tool["https://canvas.instructure.com/lti/privacy_level"] == "public"


def test_the_exchange(lms):
    platform = r.discover(lms, CONFIGURATION_URL)
    done = r.register(lms, platform, r.build_request(TOOL, platform), "a.token")
    assert (done.client_id, done.deployment_id) == ("XrDVBnesGyELdyy", "1")
    assert v.SCOPE_ROSTER in done.scopes
    [(url, _body, content_type, headers)] = lms.posted
    assert url == f"{BASE}/mod/lti/openid-registration.php"
    assert content_type == "application/json"
    assert headers == {"Authorization": "Bearer a.token"}


def test_a_platform_without_token_and_without_deployment(lms):
    """Brightspace sends no token; others name the deployment only at the first launch."""
    got = moodle_claims("registration_exchange")["got"]
    del got[v.TOOL_CONFIGURATION]["deployment_id"]
    lms.answer = (201, json.dumps(got).encode())
    platform = r.discover(lms, CONFIGURATION_URL)
    assert r.register(lms, platform, {}, None).deployment_id == ""
    assert lms.posted[0][3] == {}


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (400, b"missing_domain", "missing_domain"),
        (401, b"token_already_used", "token_already_used"),
        (404, b"<!DOCTYPE html><html>error of Moodle", ""),
    ],
)
def test_the_platform_refuses(lms, status, body, says):
    lms.answer = (status, body)
    with refused("REGISTRATION_REFUSED") as info:
        r.register(lms, r.discover(lms, CONFIGURATION_URL), {}, "a.token")
    assert info.value.platform_says == says


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"client_id": ""}', b'{"client_id": 5}'])
def test_an_unusable_answer(lms, body):
    lms.answer = (200, body)
    with refused("REGISTRATION_ANSWER_INVALID"):
        r.register(lms, r.discover(lms, CONFIGURATION_URL), {}, None)


@pytest.mark.parametrize(
    "name",
    ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"],
)
@pytest.mark.parametrize("value", [None, "", 5, "not an address", "file:///etc/passwd"])
def test_an_incomplete_configuration(lms, name, value):
    lms.pages[CONFIGURATION_URL][name] = value
    with refused("DISCOVERY_INVALID"):
        r.discover(lms, CONFIGURATION_URL)


def test_an_issuer_on_another_host(lms):
    lms.pages[CONFIGURATION_URL]["issuer"] = "https://canvas.example"
    with refused("ISSUER_HOST_MISMATCH"):
        r.discover(lms, CONFIGURATION_URL)
    found = r.discover(lms, CONFIGURATION_URL, trusted_issuers={"https://canvas.example"})
    assert found.issuer == "https://canvas.example"


@pytest.mark.parametrize("url", ["https://evil.example/register", "http://localhost:9999/register"])
def test_a_registration_address_elsewhere(lms, url):
    """The registration token must not go to another place than the configuration came from."""
    lms.pages[CONFIGURATION_URL]["registration_endpoint"] = url
    with refused("REGISTRATION_HOST_MISMATCH"):
        r.discover(lms, CONFIGURATION_URL)


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ((500, b""), "PLATFORM_UNREACHABLE"),
        (HttpError("ConnectTimeout"), "PLATFORM_UNREACHABLE"),
        (AddressError("the address is not public"), "ADDRESS_REFUSED"),
        ((200, b"<html>"), "DISCOVERY_INVALID"),
        ((200, b"[]"), "DISCOVERY_INVALID"),
    ],
)
def test_a_configuration_that_cannot_be_read(lms, page, code):
    lms.pages[CONFIGURATION_URL] = page
    with refused(code):
        r.discover(lms, CONFIGURATION_URL)


def test_opened_without_a_platform(lms):
    with refused("REGISTRATION_INCOMPLETE"):
        r.discover(lms, "")


def test_the_platform_goes_away_in_between(lms):
    platform = r.discover(lms, CONFIGURATION_URL)
    lms.answer = HttpError("ReadTimeout")
    with refused("PLATFORM_UNREACHABLE"):
        r.register(lms, platform, {}, None)

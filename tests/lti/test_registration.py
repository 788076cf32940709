"""Dynamic registration against the recorded exchange of a real Moodle, and against bad ones."""

import copy
import json

import pytest

from lti import discovery as d
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


CANVAS_URL = "https://canvas.instructure.com/api/lti/security/openid-configuration"


@pytest.fixture
def canvas() -> Lms:
    """Canvas in the cloud: issuer, registration and login on three hosts."""
    made = Lms()
    places = [
        {"type": v.RESOURCE_LINK, "placements": ["account_navigation", "course_navigation"]},
        {
            "type": v.DEEP_LINKING,
            "placements": [
                "https://canvas.instructure.com/lti/assignment_selection",
                "editor_button",
                "link_selection",
            ],
        },
        {"type": v.EULA, "placements": ["ActivityAssetProcessor"]},
    ]
    made.pages[CANVAS_URL] = {
        "issuer": "https://canvas.instructure.com",
        "authorization_endpoint": "https://sso.canvaslms.com/api/lti/authorize_redirect",
        "registration_endpoint": "https://qingtian.instructure.com/api/lti/registrations",
        "jwks_uri": "https://sso.canvaslms.com/api/lti/security/jwks",
        "token_endpoint": "https://sso.canvaslms.com/login/oauth2/token",
        "scopes_supported": [v.SCOPE_LINE_ITEM, v.SCOPE_ROSTER, v.SCOPE_NOTICES],
        "authorization_server": "sso.canvaslms.com",
        v.PLATFORM_CONFIGURATION: {
            "product_family_code": "canvas",
            "messages_supported": places,
            "https://canvas.instructure.com/lti/account_name": "晴天高中",
        },
    }
    return made


def test_moodles_configuration(lms):
    found = d.discover(lms, CONFIGURATION_URL, "a.token")
    assert found.issuer == BASE
    assert found.auth_login_url == f"{BASE}/mod/lti/auth.php"
    assert found.token_url == f"{BASE}/mod/lti/token.php"
    assert found.key_set_url == f"{BASE}/mod/lti/certs.php"
    assert found.registration_url == f"{BASE}/mod/lti/openid-registration.php"
    assert (found.product, found.messages) == ("moodle", {v.RESOURCE_LINK, v.DEEP_LINKING})
    assert lms.headers == [{"Authorization": "Bearer a.token"}]


def test_the_request_has_everything_moodle_demands(lms):
    request = r.build_request(TOOL, d.discover(lms, CONFIGURATION_URL))
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
    request = r.build_request(TOOL, d.discover(lms, CONFIGURATION_URL))
    assert request["scope"] == v.SCOPE_ROSTER


def test_the_exchange(lms):
    platform = d.discover(lms, CONFIGURATION_URL)
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
    platform = d.discover(lms, CONFIGURATION_URL)
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
        r.register(lms, d.discover(lms, CONFIGURATION_URL), {}, "a.token")
    assert info.value.platform_says == says


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"client_id": ""}', b'{"client_id": 5}'])
def test_an_unusable_answer(lms, body):
    lms.answer = (200, body)
    with refused("REGISTRATION_ANSWER_INVALID"):
        r.register(lms, d.discover(lms, CONFIGURATION_URL), {}, None)


@pytest.mark.parametrize(
    "name",
    ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"],
)
@pytest.mark.parametrize("value", [None, "", 5, "not an address", "file:///etc/passwd"])
def test_an_incomplete_configuration(lms, name, value):
    lms.pages[CONFIGURATION_URL][name] = value
    with refused("DISCOVERY_INVALID"):
        d.discover(lms, CONFIGURATION_URL)


def test_an_issuer_on_another_host(lms):
    lms.pages[CONFIGURATION_URL]["issuer"] = "https://canvas.example"
    with refused("ISSUER_HOST_MISMATCH"):
        d.discover(lms, CONFIGURATION_URL)
    found = d.discover(lms, CONFIGURATION_URL, trusted_hosts={"Canvas.example"})
    assert found.issuer == "https://canvas.example"


def test_a_shared_issuer_is_for_its_vendors_hosts_alone(lms):
    """Anybody's server could call itself Canvas."""
    document = lms.pages[CONFIGURATION_URL]
    document[v.PLATFORM_CONFIGURATION]["product_family_code"] = "canvas"
    document["issuer"] = "https://canvas.instructure.com"
    with refused("ISSUER_HOST_MISMATCH"):
        d.discover(lms, CONFIGURATION_URL)
    # A Canvas on the school's own server often keeps it: the administrator says so.
    assert d.discover(lms, CONFIGURATION_URL, trusted_hosts=["canvas.instructure.com"])


@pytest.mark.parametrize("url", ["https://evil.example/register", "http://localhost:9999/register"])
def test_a_registration_address_elsewhere(lms, url):
    """The registration token must not go to another place than the configuration came from."""
    lms.pages[CONFIGURATION_URL]["registration_endpoint"] = url
    with refused("REGISTRATION_HOST_MISMATCH"):
        d.discover(lms, CONFIGURATION_URL)
    assert d.discover(lms, CONFIGURATION_URL, trusted_hosts=["evil.example", "localhost"])


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_another_endpoint_elsewhere(lms, name):
    lms.pages[CONFIGURATION_URL][name] = "https://keys.evil.example/x"
    with refused("ENDPOINT_HOST_MISMATCH"):
        d.discover(lms, CONFIGURATION_URL)
    assert d.discover(lms, CONFIGURATION_URL, trusted_hosts=["keys.evil.example"])
    lms.pages[CONFIGURATION_URL][name] = "https://sso.localhost/x"
    assert d.discover(lms, CONFIGURATION_URL), "below the host that was asked"
    lms.pages[CONFIGURATION_URL][name] = "https://evil-localhost/x"
    with refused("ENDPOINT_HOST_MISMATCH"):
        d.discover(lms, CONFIGURATION_URL)


@pytest.mark.parametrize(
    "name",
    ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"],
)
def test_nothing_is_weaker_than_the_configuration(canvas, name):
    canvas.pages[CANVAS_URL][name] = canvas.pages[CANVAS_URL][name].replace("https:", "http:")
    with refused("DISCOVERY_INVALID"):
        d.discover(canvas, CANVAS_URL, "a.token")


def test_addresses_have_an_end(lms):
    """Brightspace's registration endpoint carries a token; what is kept is short."""
    secret = "x" * 1000
    lms.pages[CONFIGURATION_URL]["registration_endpoint"] = f"{BASE}/register?token={secret}"
    assert d.discover(lms, CONFIGURATION_URL).registration_url.endswith(secret)
    lms.pages[CONFIGURATION_URL]["jwks_uri"] = f"{BASE}/keys?{secret}"
    with refused("DISCOVERY_INVALID"):
        d.discover(lms, CONFIGURATION_URL)


def test_an_address_with_a_user_name(lms):
    lms.pages[CONFIGURATION_URL]["jwks_uri"] = "http://localhost:8000@evil.example/keys"
    with refused("DISCOVERY_INVALID"):
        d.discover(lms, CONFIGURATION_URL)


def test_canvas(canvas):
    found = d.discover(canvas, CANVAS_URL, "a.token")
    assert canvas.headers == [{"Authorization": "Bearer a.token"}], "already here"
    assert found.issuer == "https://canvas.instructure.com"
    assert found.auth_login_url.startswith("https://sso.canvaslms.com/")
    assert found.account_name == "晴天高中"
    assert found.authorization_server == "", "a bare host is no audience"
    assert found.origins == (
        "https://qingtian.instructure.com",
        "https://canvas.instructure.com",
        "https://sso.canvaslms.com",
    )


def test_the_request_that_canvas_takes(canvas):
    """What Canvas does not know it refuses with 422: messages, scopes, places."""
    request = r.build_request(TOOL, d.discover(canvas, CANVAS_URL, "a.token"))
    assert set(request["scope"].split()) == {v.SCOPE_LINE_ITEM, v.SCOPE_ROSTER, v.SCOPE_NOTICES}
    assert set(request["grant_types"]) == {"implicit", "client_credentials"}
    tool = request[v.TOOL_CONFIGURATION]
    assert tool["https://canvas.instructure.com/lti/privacy_level"] == "public"
    assert tool["claims"]
    assert all(isinstance(value, str) for value in tool["custom_parameters"].values())
    link, selection = tool["messages"]
    assert (link["type"], link["placements"]) == (v.RESOURCE_LINK, ["course_navigation"])
    assert selection["type"] == v.DEEP_LINKING
    assert selection["placements"] == [
        "https://canvas.instructure.com/lti/assignment_selection",
        "link_selection",
    ], "spelt as the platform lists them"


def test_further_messages_and_scopes_only_where_the_platform_has_them(lms):
    document = lms.pages[CONFIGURATION_URL]
    further = {v.SUBMISSION_REVIEW, "DataPrivacyLaunchRequest", v.EULA}
    document[v.PLATFORM_CONFIGURATION]["messages_supported"] = [
        {"type": one} for one in (v.RESOURCE_LINK, *further, "LtiStartProctoring")
    ]
    document["scopes_supported"] += [v.SCOPE_GROUPS, v.SCOPE_EULA_USER]
    request = r.build_request(TOOL, d.discover(lms, CONFIGURATION_URL))
    messages = request[v.TOOL_CONFIGURATION]["messages"]
    assert {one["type"] for one in messages} == {v.RESOURCE_LINK, *further}
    assert {v.SCOPE_GROUPS, v.SCOPE_EULA_USER} <= set(request["scope"].split())
    assert v.SCOPE_NOTICES not in request["scope"]


def test_a_platform_that_says_nothing_of_itself(lms):
    """Moodle before 4 named neither messages nor scopes."""
    del lms.pages[CONFIGURATION_URL][v.PLATFORM_CONFIGURATION]
    del lms.pages[CONFIGURATION_URL]["scopes_supported"]
    request = r.build_request(TOOL, d.discover(lms, CONFIGURATION_URL))
    types = [one["type"] for one in request[v.TOOL_CONFIGURATION]["messages"]]
    assert types == [v.RESOURCE_LINK, v.DEEP_LINKING]
    assert set(request["scope"].split()) == set(r.SCOPES)


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
        d.discover(lms, CONFIGURATION_URL)


def test_opened_without_a_platform(lms):
    with refused("REGISTRATION_INCOMPLETE"):
        d.discover(lms, "")


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("ReadTimeout", "REGISTRATION_UNCERTAIN"),
        ("the answer took too long", "REGISTRATION_UNCERTAIN"),
        ("the answer is too large", "REGISTRATION_UNCERTAIN"),
        ("ConnectionError", "REGISTRATION_UNCERTAIN"),
        ("no connection (ConnectionRefusedError)", "PLATFORM_UNREACHABLE"),
        ("the host name cannot be resolved", "PLATFORM_UNREACHABLE"),
        ("ConnectTimeout", "PLATFORM_UNREACHABLE"),
    ],
)
def test_the_platform_goes_away_in_between(lms, reason, code):
    """Once it was sent, nobody knows whether the platform made the tool: that is said."""
    platform = d.discover(lms, CONFIGURATION_URL)
    lms.answer = HttpError(reason)
    with refused(code):
        r.register(lms, platform, {}, None)


def test_the_words_of_the_platform_are_harmless(lms):
    lms.answer = (422, '{"errors":\n"\u202eabc\x00"}'.encode() + b"x" * 5000)
    with refused("REGISTRATION_REFUSED") as info:
        r.register(lms, d.discover(lms, CONFIGURATION_URL), {}, None)
    assert info.value.platform_says.isprintable()
    assert len(info.value.platform_says) <= 300

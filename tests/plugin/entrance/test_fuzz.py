"""Launches made of anything at all: never a fault of ours, and never a session for what is none.

Tokens are really signed by the demo LMS and posted to the application. What is altered: claims
(left out, of another type, huge, nested, odd characters), the structure of the token, the fields.
"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jwt.api_jws import PyJWS

from lti import storage
from lti import vocabulary as v
from lti.platform.testing import DEEP_LINKING, SUBMISSION_REVIEW, FakePlatform
from plugin import db
from plugin.entrance.models import LaunchSession

EXAMPLES = int(os.environ.get("LICHENG_FUZZ_EXAMPLES", "100"))
fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "",
            " ",
            "\0",
            "a\0b",
            "\ud800",
            "\udfff名",
            "𤧟堃",
            "\u202eevil",
            "x" * 5000,
            "名" * 3000,
            "'; DROP TABLE launch_log; --",
            "<script>alert(1)</script>",
            "{{ 7*7 }}",
            "%s%n",
            "$User.id",
            "null",
            "https://evil.example/",
            "javascript:alert(1)",
            "../../etc/passwd",
            "LtiResourceLinkRequest",
        ]
    ),
)
NUMBERS = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, -1, 2**31, 2**63, 10**30, -(10**30), 1e308]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
MEMBERS = {
    v.CLAIM_CONTEXT: ("id", "label", "title", "type"),
    v.CLAIM_RESOURCE_LINK: ("id", "title"),
    v.CLAIM_LIS: ("person_sourcedid", "course_section_sourcedid"),
    v.CLAIM_PRESENTATION: ("locale", "return_url", "document_target"),
    v.CLAIM_CUSTOM: ("open", "person_sourcedid"),
    v.CLAIM_AGS: ("lineitems", "lineitem", "scope"),
    v.CLAIM_NRPS: ("context_memberships_url",),
    v.CLAIM_PLATFORM: ("product_family_code", "version", "guid"),
    v.CLAIM_GROUPS: ("context_groups_url",),
    v.CLAIM_NOTICES: ("platform_notification_service_url", "notice_types_supported"),
    v.CLAIM_EULA: ("url",),
    v.CLAIM_FOR_USER: ("user_id",),
    v.CLAIM_DEEP_LINKING: (
        "deep_link_return_url",
        "accept_types",
        "accept_presentation_document_targets",
        "accept_multiple",
        "data",
    ),
    v.CLAIM_EXT: ("user_username",),
}
PLAIN = (
    "iss",
    "aud",
    "azp",
    "sub",
    "exp",
    "iat",
    "nbf",
    "nonce",
    "name",
    "given_name",
    "family_name",
    "email",
    "email_verified",
    v.CLAIM_VERSION,
    v.CLAIM_MESSAGE_TYPE,
    v.CLAIM_DEPLOYMENT_ID,
    v.CLAIM_TARGET_LINK_URI,
    v.CLAIM_ROLES,
    v.CLAIM_ROLE_SCOPE_MENTOR,
)
PATHS = [(name,) for name in (*PLAIN, *MEMBERS)] + [
    (name, member) for name, members in MEMBERS.items() for member in members
]
LEFT_OUT = "left out"
CHANGES = st.lists(
    st.tuples(st.sampled_from(PATHS), st.one_of(st.just(LEFT_OUT), VALUES)), min_size=1, max_size=4
)
MESSAGES = st.sampled_from(
    [
        (v.RESOURCE_LINK, "student1"),
        (v.RESOURCE_LINK, "teacher1"),
        (DEEP_LINKING, "teacher1"),
        (SUBMISSION_REVIEW, "teacher1"),
        (SUBMISSION_REVIEW, "student1"),
    ]
)
MUST_STAY = ("iss", "aud", "nonce", "exp", "iat", v.CLAIM_VERSION, v.CLAIM_DEPLOYMENT_ID)
"""Claims that have one right value: a launch in which one of them changed is not valid."""


@pytest.fixture(autouse=True)
def nothing_propagates(app) -> None:
    """A fault of ours is the page that a person would get: status 500."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return


def sessions() -> int:
    db._close_reads()
    return db.reading().scalar(sa.select(sa.func.count()).select_from(LaunchSession)) or 0


def altered(claims: dict[str, Any], changes: list[tuple[tuple[str, ...], Any]]) -> dict[str, Any]:
    """A copy with each path set, or left out."""
    made: dict[str, Any] = json.loads(json.dumps(claims))
    for path, value in changes:
        place = made
        for name in path[:-1]:
            inner = place.get(name)
            if not isinstance(inner, dict):
                inner = place[name] = {}
            place = inner
        if value == LEFT_OUT:
            place.pop(path[-1], None)
        else:
            place[path[-1]] = value
    return made


def signed(lms: FakePlatform, claims: dict[str, Any]) -> str:
    """Signed whatever it says; the platform's own library would refuse some of it."""
    key = lms.lms.keys.current
    made: str = PyJWS().encode(
        json.dumps(claims).encode(), key["pem"], "RS256", headers={"kid": key["kid"]}
    )
    return made


def part(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@fuzzed
@given(changes=CHANGES, message=MESSAGES)
def test_claims(client: FlaskClient, installed: FakePlatform, changes, message):
    kind, person = message
    options = {"message": kind} | ({"for_user": "student2"} if kind == SUBMISSION_REVIEW else {})
    begun = installed.begin(client, person, **options)
    claims = installed.claims(person, nonce=begun.nonce, **options)
    changed = altered(claims, changes)
    before = sessions()
    token = signed(installed, changed)
    answer = client.post("/lti/launch", data={"state": begun.state, "id_token": token})
    assert answer.status_code in {303, 400, 403}, changes
    entered = sessions() - before
    assert entered == (1 if answer.status_code == 303 else 0)
    if answer.status_code == 303:
        for name in MUST_STAY:
            if name in ("exp", "iat"):
                assert isinstance(changed[name], int | float)
            elif name == "aud":
                assert claims["aud"] in (changed["aud"], *list(changed["aud"]))
            else:
                assert changed[name] == claims[name]
        assert isinstance(changed[v.CLAIM_ROLES], list)
        assert isinstance(changed.get("sub", ""), str)
        assert not (changed[v.CLAIM_MESSAGE_TYPE] == SUBMISSION_REVIEW and person == "student1")
        page = client.get(answer.location, follow_redirects=True)
        assert page.status_code < 500, changes


@fuzzed
@given(
    header=st.one_of(
        st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jku", "x5u"]), VALUES),
        VALUES,
    ),
    body=st.one_of(VALUES, st.just("the real one")),
    signature=st.one_of(st.binary(max_size=300), st.just(b"the real one")),
    shape=st.sampled_from(["{0}.{1}.{2}", "{0}.{1}", "{0}.{1}.{2}.{2}", "{1}.{0}.{2}", "{0}..{2}"]),
)
def test_tokens(client: FlaskClient, installed: FakePlatform, header, body, signature, shape):
    begun = installed.begin(client, "student1")
    real = installed.sign(installed.claims("student1", nonce=begun.nonce)).split(".")
    parts = [
        part(json.dumps(header).encode()),
        real[1] if body == "the real one" else part(json.dumps(body).encode()),
        real[2] if signature == b"the real one" else part(signature),
    ]
    token = shape.format(*parts)
    answer = client.post("/lti/launch", data={"state": begun.state, "id_token": token})
    assert answer.status_code in {400, 403}
    assert sessions() == 0


@fuzzed
@given(
    fields=st.dictionaries(
        st.sampled_from(
            [
                "id_token",
                "state",
                "error",
                "error_description",
                storage.PROOF,
                storage.SEAL,
                storage.POSTED_BY,
                "lti_storage_target",
                "csrf_token",
            ]
        ),
        st.one_of(TEXTS, st.just("a real token"), st.just("a real state")),
    ),
    origin=st.one_of(st.none(), st.sampled_from(["null", "http://localhost", "https://e.example"])),
    cookie=st.one_of(st.none(), st.text('abcé"; =', max_size=70)),
)
def test_launch_fields(app, client, installed: FakePlatform, fields, origin, cookie):
    begun = installed.begin(client, "student1")
    token = installed.sign(installed.claims("student1", nonce=begun.nonce))
    sent = {
        name: {"a real token": token, "a real state": begun.state}.get(value, value)
        for name, value in fields.items()
    }
    encoded = {name: value.encode("utf-8", "surrogatepass") for name, value in sent.items()}
    headers = {} if origin is None else {"Origin": origin}
    if cookie is not None:
        headers["Cookie"] = "licheng_browser=" + cookie.encode("ascii", "replace").decode()
    before = sessions()
    other = FlaskClient(app, use_cookies=False)
    answer = other.post("/lti/launch", data=encoded, headers=headers)
    assert answer.status_code in {303, 400, 403, 413}
    valid = sent.get("id_token") == token and sent.get("state") == begun.state
    assert sessions() - before == (1 if answer.status_code == 303 else 0)
    assert answer.status_code != 303 or (valid and "error" not in sent and origin is None)


@fuzzed
@given(
    fields=st.dictionaries(
        st.sampled_from(
            [
                "iss",
                "login_hint",
                "lti_message_hint",
                "client_id",
                "target_link_uri",
                "lti_deployment_id",
                "lti_storage_target",
            ]
        ),
        st.one_of(TEXTS, st.just(LEFT_OUT)),
    ),
    by_get=st.booleans(),
)
def test_login_fields(client: FlaskClient, installed: FakePlatform, fields, by_get):
    sent = installed.login_fields("student1") | fields
    encoded = {
        name: value.encode("utf-8", "surrogatepass")
        for name, value in sent.items()
        if value != LEFT_OUT
    }
    if by_get:
        answer = client.get("/lti/login", query_string=encoded)
    else:
        answer = client.post("/lti/login", data=encoded)
    assert answer.status_code in {200, 302, 400, 403}
    if answer.status_code == 302:
        assert answer.location.startswith(installed.authorization_endpoint + "?")
    if answer.status_code == 200:
        assert "data-lti-storage" in answer.text
    assert sessions() == 0

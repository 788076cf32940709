"""The known bad launches of the LTI 1.3 certification: each must be refused, nothing remembered."""

import pytest

from lti.errors import LaunchError
from tests.lti.support import CLAIM, CLIENT_ID, FakePlatform, refused, rsa_key

MISSING = [
    ("exp", "EXPIRY_MISSING"),
    ("iat", "ISSUED_AT_MISSING"),
    ("iss", "ISSUER_MISMATCH"),
    ("aud", "AUDIENCE_MISMATCH"),
    ("nonce", "NONCE_MISSING"),
    ("sub", "USER_MISSING"),
    (CLAIM + "version", "VERSION_UNSUPPORTED"),
    (CLAIM + "deployment_id", "DEPLOYMENT_MISSING"),
    (CLAIM + "message_type", "MESSAGE_TYPE_UNSUPPORTED"),
    (CLAIM + "roles", "ROLES_MISSING"),
    (CLAIM + "resource_link", "RESOURCE_LINK_MISSING"),
    (CLAIM + "target_link_uri", "TARGET_MISSING"),
]


@pytest.mark.parametrize(("claim", "code"), MISSING)
def test_a_required_claim_is_missing(platform: FakePlatform, claim: str, code: str):
    """Every claim that the core specification calls required must be there."""
    with refused(code):
        platform.launch(**{claim: ...})
    assert not any(login.used for login in platform.store.logins.values())


WRONG = [
    (CLAIM + "version", "11.3", "VERSION_UNSUPPORTED"),
    (CLAIM + "version", "1.3", "VERSION_UNSUPPORTED"),
    (CLAIM + "version", 1.3, "VERSION_UNSUPPORTED"),
    (CLAIM + "message_type", "BasicLtiLaunchRequest", "MESSAGE_TYPE_UNSUPPORTED"),
    (CLAIM + "message_type", ["LtiResourceLinkRequest"], "MESSAGE_TYPE_UNSUPPORTED"),
    (CLAIM + "deployment_id", "", "DEPLOYMENT_MISSING"),
    (CLAIM + "deployment_id", 1, "DEPLOYMENT_MISSING"),
    (CLAIM + "deployment_id", "d" * 256, "DEPLOYMENT_MISSING"),
    (CLAIM + "deployment_id", "another", "DEPLOYMENT_INACTIVE"),
    (CLAIM + "roles", None, "ROLES_MISSING"),
    (CLAIM + "roles", "Learner", "ROLES_MISSING"),
    (CLAIM + "resource_link", {}, "RESOURCE_LINK_MISSING"),
    (CLAIM + "resource_link", {"id": ""}, "RESOURCE_LINK_MISSING"),
    (CLAIM + "resource_link", "1", "CLAIM_MALFORMED"),
    (CLAIM + "context", {"title": "no id"}, "CLAIM_MALFORMED"),
    (CLAIM + "context", [], "CLAIM_MALFORMED"),
    (CLAIM + "custom", "a=b", "CLAIM_MALFORMED"),
    (CLAIM + "target_link_uri", "https://licheng.example/other", "TARGET_MISMATCH"),
    (CLAIM + "target_link_uri", "", "TARGET_MISSING"),
    ("sub", "", "USER_MISSING"),
    ("sub", 3, "CLAIM_MALFORMED"),
    ("sub", "s" * 256, "CLAIM_MALFORMED"),
    ("iss", "https://elsewhere.example", "ISSUER_MISMATCH"),
    ("aud", "another client", "AUDIENCE_MISMATCH"),
    ("aud", [], "AUDIENCE_MISMATCH"),
    ("aud", {"a": CLIENT_ID}, "AUDIENCE_MISMATCH"),
    ("aud", [CLIENT_ID, "other"], "AUTHORIZED_PARTY_MISMATCH"),
    ("azp", "other", "AUTHORIZED_PARTY_MISMATCH"),
    ("nonce", "another", "NONCE_MISMATCH"),
    ("nonce", "", "NONCE_MISSING"),
    ("nonce", 7, "NONCE_MISSING"),
    ("exp", "tomorrow", "EXPIRY_MISSING"),
    ("exp", True, "EXPIRY_MISSING"),
    ("iat", None, "ISSUED_AT_MISSING"),
    ("name", ["a"], "CLAIM_MALFORMED"),
]


@pytest.mark.parametrize(("claim", "value", "code"), WRONG)
def test_a_claim_has_a_wrong_value(platform: FakePlatform, claim: str, value: object, code: str):
    """A claim with a value that the specification does not allow is refused, never guessed at."""
    with refused(code):
        platform.launch(**{claim: value})


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"kid": None}, "KEY_ID_MISSING"),
        ({"kid": "unknown"}, "KEY_UNKNOWN"),
        ({"crit": ["exp"]}, "TOKEN_MALFORMED"),
    ],
)
def test_a_wrong_header(platform: FakePlatform, header: dict, code: str):
    """The header must name a key that the platform publishes, and no unknown extension."""
    transaction = platform.transaction()
    with refused(code):
        platform.post(transaction, platform.sign(platform.claims(transaction), **header))


def test_a_signature_by_another_key(platform: FakePlatform):
    """The signature must verify with the platform's key."""
    transaction = platform.transaction()
    with refused("SIGNATURE_INVALID"):
        platform.post(transaction, platform.sign(platform.claims(transaction), key="stranger"))
    assert not platform.store.find(transaction.state).used


def test_an_unsigned_token(platform: FakePlatform):
    """`alg: none` is no signature."""
    import jwt

    transaction = platform.transaction()
    token = jwt.encode(platform.claims(transaction), None, "none", {"kid": "k1"})
    with refused("ALGORITHM_REFUSED"):
        platform.post(transaction, token)


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_another_algorithm(platform: FakePlatform, algorithm: str):
    """Only RS256 is taken, even when the signature itself is good."""
    transaction = platform.transaction()
    token = platform.sign(platform.claims(transaction), alg=algorithm)
    with refused("ALGORITHM_REFUSED"):
        platform.post(transaction, token)


def test_the_public_key_used_as_hmac_secret(platform: FakePlatform):
    """A token signed by HMAC with our knowledge of the public key is not the platform's."""
    import base64
    import hashlib
    import hmac
    import json

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    transaction = platform.transaction()
    secret = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def part(value: dict) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    signed = part({"alg": "HS256", "kid": "k1"}) + "." + part(platform.claims(transaction))
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    token = signed + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    with refused("ALGORITHM_REFUSED"):
        platform.post(transaction, token)


@pytest.mark.parametrize(
    "token",
    ["", "a", "a.b", "a.b.c", "a.b.c.d", "!.!.!", "e30.e30.", "W10.W10.AA", "." * 3, "x" * 70_000],
)
def test_not_a_token(platform: FakePlatform, token: str):
    """Whatever is not a compact JWS is refused as such."""
    transaction = platform.transaction()
    with pytest.raises(LaunchError) as info:
        platform.post(transaction, token)
    assert info.value.code in {"TOKEN_MALFORMED", "TOKEN_MISSING", "ALGORITHM_REFUSED"}


def test_a_claim_changed_after_signing(platform: FakePlatform):
    """Changing one letter of the claims breaks the signature."""
    transaction = platform.transaction()
    header, _claims, signature = platform.sign(platform.claims(transaction)).split(".")
    forged = platform.claims(transaction) | {"sub": "2"}
    _, claims, _ = platform.sign(forged, key="stranger").split(".")
    with refused("SIGNATURE_INVALID"):
        platform.post(transaction, f"{header}.{claims}.{signature}")


@pytest.mark.parametrize(
    ("state", "code"),
    [("", "STATE_MISSING"), ("never-given", "STATE_UNKNOWN"), ("x" * 500, "STATE_UNKNOWN")],
)
def test_a_wrong_state(platform: FakePlatform, state: str, code: str):
    """A launch must answer a login that this tool started."""
    transaction = platform.transaction()
    with refused(code):
        platform.verify({"id_token": platform.sign(platform.claims(transaction)), "state": state})


def test_the_state_of_somebody_elses_login(platform: FakePlatform):
    """State and nonce belong together: a token cannot be used with another login's state."""
    mine, theirs = platform.transaction(), platform.transaction()
    with refused("NONCE_MISMATCH"):
        platform.post(mine, platform.sign(platform.claims(theirs)))


def test_a_login_that_took_too_long(platform: FakePlatform):
    """A login ends after ten minutes, however fresh the token."""
    transaction = platform.transaction()
    platform.wait(minutes=10)
    with refused("STATE_EXPIRED"):
        platform.post(transaction, platform.sign(platform.claims(transaction)))


@pytest.mark.parametrize(
    ("issued", "expires", "code"),
    [
        (-120, -60, "EXPIRED"),
        (-120, -61, "EXPIRED"),
        (61, 120, "NOT_YET_VALID"),
        (-661, 60, "TOO_OLD"),
        (-36_000, 36_000, "TOO_OLD"),
    ],
)
def test_a_token_out_of_its_time(platform: FakePlatform, issued: int, expires: int, code: str):
    """`exp` and `iat` are held to, with one minute for clocks that disagree."""
    now = int(platform.now.timestamp())
    with refused(code):
        platform.launch(iat=now + issued, exp=now + expires)


@pytest.mark.parametrize(("issued", "expires"), [(0, 60), (60, 120), (-119, -59), (-660, 1)])
def test_a_token_just_within_its_time(platform: FakePlatform, issued: int, expires: int):
    """One minute of clock difference either way is forgiven."""
    now = int(platform.now.timestamp())
    assert platform.launch(iat=now + issued, exp=now + expires).launch.person.sub == "3"


def test_a_token_not_to_be_used_before_a_later_time(platform: FakePlatform):
    """`nbf` is optional, and held to when it is there."""
    with refused("NOT_YET_VALID"):
        platform.launch(nbf=int(platform.now.timestamp()) + 3600)


def test_the_platform_answers_with_an_error(platform: FakePlatform):
    """The platform may refuse the login and say so instead of sending a token."""
    transaction = platform.transaction()
    with refused("PLATFORM_REFUSED") as info:
        platform.verify({"state": transaction.state, "error": "access_denied\n\x1b[2J"})
    assert info.value.detail == "access_denied[2J"


def test_a_switched_off_registration(platform: FakePlatform):
    """What an administrator switched off stays off for logins that were under way."""
    from dataclasses import replace

    transaction = platform.transaction()
    off = replace(transaction, platform=replace(transaction.platform, active=False))
    platform.store.logins[transaction.state] = off
    with refused("REGISTRATION_DISABLED"):
        platform.post(off, platform.sign(platform.claims(off)))

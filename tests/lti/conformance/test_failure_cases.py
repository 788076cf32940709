"""Twenty-two ways in which a launch fails, from the first field to the unexpected; none enters."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from lti import vocabulary as v
from lti.platform.testing import SUBMISSION_REVIEW, foreign_key
from plugin import db
from plugin.entrance.models import LaunchSession, Registration, RegistrationState
from plugin.trail.models import AuditEvent
from tests.lti.conformance.conftest import Bench


def change_registration(**values: Any) -> None:
    with db.writing() as session:
        session.execute(sa.update(Registration).values(**values))


def test_01_no_state(bench: Bench):
    """Security §5.1.1.3: the answer carries the state of the request."""
    begun = bench.begin()
    answer = bench.post(None, bench.lms.sign(bench.claims(begun)))
    bench.must_be_refused(answer, "STATE_MISSING", 400)


def test_02_no_token(bench: Bench):
    """Security §5.1.1.3: the answer carries an ID token."""
    bench.must_be_refused(bench.post(bench.begin(), None), "TOKEN_MISSING", 400)


def test_03_a_token_that_is_none(bench: Bench):
    """RFC 7515 §7.1: three parts of base64url, the first two of them JSON objects."""
    bench.must_be_refused(bench.post(bench.begin(), "not.a.token"), "TOKEN_MALFORMED", 400)


def test_04_a_state_that_was_never_given(bench: Bench):
    """Security §7.3.1: the state is one that this tool made for this login."""
    begun = bench.begin()
    answer = bench.client.post(
        "/lti/launch", data={"state": "invented", "id_token": bench.lms.sign(bench.claims(begun))}
    )
    bench.must_be_refused(answer, "STATE_UNKNOWN", 400)
    assert bench.unused()


def test_05_a_login_that_took_too_long(bench: Bench, clock):
    """A login ends after ten minutes."""
    begun = bench.begin()
    token = bench.lms.sign(bench.claims(begun))
    clock.advance(minutes=11)
    bench.must_be_refused(bench.post(begun, token), "STATE_EXPIRED", 400)


def test_06_no_issuer(bench: Bench):
    """Security §5.1.2: `iss` is required."""
    bench.must_be_refused(bench.launch(iss=...), "ISSUER_MISMATCH", 403)


def test_07_another_issuer(bench: Bench):
    """Security §5.1.3, 2: `iss` is exactly the platform's."""
    bench.must_be_refused(bench.launch(iss="https://lms.example"), "ISSUER_MISMATCH", 403)


def test_08_a_platform_that_nobody_registered(bench: Bench):
    """Core §3.1.3: tool and platform know each other before the first launch."""
    fields = bench.lms.login_fields("student1") | {"iss": "https://lms.example"}
    answer = bench.client.post("/lti/login", data=fields)
    bench.must_be_refused(answer, "ISSUER_UNKNOWN", 403)


def test_09_a_client_that_nobody_registered(bench: Bench):
    """Core §3.1.3: the pair of issuer and client names the registration."""
    fields = bench.lms.login_fields("student1") | {"client_id": "unknown"}
    answer = bench.client.post("/lti/login", data=fields)
    bench.must_be_refused(answer, "ISSUER_UNKNOWN", 403)


def test_10_a_registration_that_was_stopped_meanwhile(bench: Bench):
    """What an administrator stops is stopped for logins under way, too."""
    begun = bench.begin()
    change_registration(state=RegistrationState.DISABLED)
    answer = bench.post(begun, bench.lms.sign(bench.claims(begun)))
    bench.must_be_refused(answer, "REGISTRATION_DISABLED", 403)


def test_11_a_deployment_that_nobody_approved(bench: Bench):
    """Core §3.1.3: one registration may have many deployments, each accepted for itself."""
    answer = bench.launch(**{v.CLAIM_DEPLOYMENT_ID: "another"})
    bench.must_be_refused(answer, "DEPLOYMENT_INACTIVE", 403)


def test_12_a_key_set_that_cannot_be_fetched(bench: Bench):
    """Security §6.3: without the platform's keys nothing is believed."""
    bench.lms.faults.jwks_status = 503
    bench.must_be_refused(bench.launch(), "KEY_SET_UNREACHABLE", 503)
    assert bench.unused()


def test_13_an_algorithm_that_is_none(bench: Bench):
    """Security §5.1.1: RS256; `none` is no signature."""
    import jwt

    begun = bench.begin()
    kid = {"kid": bench.lms.jwk()["kid"]}
    answer = bench.post(begun, jwt.encode(bench.claims(begun), None, "none", kid))
    bench.must_be_refused(answer, "ALGORITHM_REFUSED", 403)


def test_14_a_claim_changed_after_signing(bench: Bench):
    """Security §5.1.3, 1: the signature is over exactly these bytes."""
    begun = bench.begin()
    header, _claims, signature = bench.lms.sign(bench.claims(begun)).split(".")
    _header, changed, _signature = bench.lms.sign(bench.claims(begun) | {"sub": "1"}).split(".")
    answer = bench.post(begun, f"{header}.{changed}.{signature}")
    bench.must_be_refused(answer, "SIGNATURE_INVALID", 403)


def test_15_another_audience(bench: Bench):
    """Security §5.1.3, 3: `aud` names this client."""
    bench.must_be_refused(bench.launch(aud="somebody else"), "AUDIENCE_MISMATCH", 403)


def test_16_an_audience_that_we_do_not_trust(bench: Bench):
    """Security §5.1.3, 4-5: among several audiences `azp` must say that the token is for us."""
    answer = bench.launch(aud=[bench.lms.tool.client_id, "somebody else"])
    bench.must_be_refused(answer, "AUTHORIZED_PARTY_MISMATCH", 403)


def test_17_another_target(bench: Bench):
    """Core §5.3.4: the target is the one that the login named."""
    answer = bench.launch(**{v.CLAIM_TARGET_LINK_URI: "http://localhost/lti/launch?other=1"})
    bench.must_be_refused(answer, "TARGET_MISMATCH", 403)


def test_18_another_nonce(bench: Bench):
    """Security §5.1.3, 9: the nonce is the one of the request."""
    bench.must_be_refused(bench.launch(nonce="another"), "NONCE_MISMATCH", 403)
    assert bench.unused()


def test_19_the_same_token_twice(bench: Bench):
    """Security §5.1.3, 9: a nonce works once."""
    begun = bench.begin()
    token = bench.lms.sign(bench.claims(begun))
    assert bench.post(begun, token).status_code == 303
    answer = bench.post(begun, token)
    assert answer.status_code == 403
    assert "REPLAYED" in answer.text
    events = [e.detail for e in bench.rows(AuditEvent) if e.verb == "launch.refused"]
    assert events == [{"code": "REPLAYED"}]
    assert len(bench.rows(LaunchSession)) == 1


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        (v.CLAIM_CONTEXT, []),
        (v.CLAIM_CUSTOM, "a=b"),
        (v.CLAIM_LIS, {"person_sourcedid": {"a": 1}}),
        ("sub", "名"),
        ("name", ["a"]),
    ],
)
def test_20_a_claim_of_the_wrong_shape(bench: Bench, claim: str, value: object):
    """Core §5.3-5.4: what a claim is made of is fixed; a guess could be somebody else's."""
    bench.must_be_refused(bench.launch(**{claim: value}), "CLAIM_MALFORMED", 400)


def test_21_a_review_asked_for_by_a_student(bench: Bench):
    """Submission review §3: for those who review. A platform may sign it for anybody."""
    begun = bench.begin(message=SUBMISSION_REVIEW, for_user="student2")
    claims = bench.claims(begun, message=SUBMISSION_REVIEW, for_user="student2")
    bench.must_be_refused(bench.post(begun, bench.lms.sign(claims)), "REVIEW_NOT_ALLOWED", 403)


def test_22_the_platform_says_no(bench: Bench):
    """Oidc §3.1.2.6: the platform may answer with an error instead of a token."""
    answer = bench.post(bench.begin(), None, error="access_denied")
    bench.must_be_refused(answer, "PLATFORM_REFUSED", 400)


def test_the_reason_is_never_the_key_of_a_stranger(bench: Bench):
    """A key that the platform never published is refused before it is looked at."""
    begun = bench.begin()
    answer = bench.post(begun, bench.lms.sign(bench.claims(begun), key=foreign_key()))
    bench.must_be_refused(answer, "KEY_UNKNOWN", 403)

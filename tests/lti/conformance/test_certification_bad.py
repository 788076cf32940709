"""The known bad launches of the LTI 1.3 certification, over HTTP, each with its requirement.

The requirement is in the docstring, in our words, with the clause that asks it (core = LTI 1.3 core
specification, security = 1EdTech security framework 1.0, oidc = OpenID Connect core 1.0).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest

from lti import vocabulary as v
from lti.platform.testing import foreign_key
from tests.lti.conformance.conftest import Bench


def test_no_kid_in_the_header(bench: Bench):
    """Security §5.2.2: without `kid` nobody can tell which key signed."""
    begun = bench.begin()
    _header, claims, signature = bench.lms.sign(bench.claims(begun)).split(".")
    header = urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').rstrip(b"=").decode()
    answer = bench.post(begun, f"{header}.{claims}.{signature}")
    bench.must_be_refused(answer, "KEY_ID_MISSING", 403)
    assert bench.unused()


def test_a_kid_that_the_platform_never_published(bench: Bench):
    """Security §6.3: the key is looked up in the platform's key set, by `kid`."""
    begun = bench.begin()
    answer = bench.post(begun, bench.lms.sign(bench.claims(begun), kid="imstester_66067"))
    bench.must_be_refused(answer, "KEY_UNKNOWN", 403)
    assert bench.unused()


def test_a_wrong_version(bench: Bench):
    """Core §5.3.2: the version claim is exactly `1.3.0`."""
    bench.must_be_refused(bench.launch(**{v.CLAIM_VERSION: "11.3"}), "VERSION_UNSUPPORTED", 400)


def test_no_version(bench: Bench):
    """Core §5.3.2: the version claim is required."""
    bench.must_be_refused(bench.launch(**{v.CLAIM_VERSION: ...}), "VERSION_UNSUPPORTED", 400)


def test_a_json_that_is_no_launch(bench: Bench):
    """A signed JSON object is not yet an LTI message: `{"name": "badltilaunch"}`."""
    begun = bench.begin()
    answer = bench.post(begun, bench.lms.sign({"name": "badltilaunch"}))
    bench.must_be_refused(answer, "ISSUER_MISMATCH", 403)
    assert bench.unused()


def test_several_required_claims_missing(bench: Bench):
    """Core §5.3: issuer, audience, subject, deployment and roles, all left out at once."""
    missing = ("iss", "aud", "sub", v.CLAIM_DEPLOYMENT_ID, v.CLAIM_ROLES)
    answer = bench.launch(**dict.fromkeys(missing, ...))
    bench.must_be_refused(answer, "ISSUER_MISMATCH", 403)


def test_timestamps_of_long_ago(bench: Bench):
    """Security §5.1.3: `exp` must lie ahead, `iat` not too far behind."""
    bench.must_be_refused(bench.launch(iat=11111, exp=22222), "EXPIRED", 403)
    assert bench.unused()


def test_timestamps_that_are_no_numbers(bench: Bench):
    """Oidc §2: times are numbers of seconds."""
    bench.must_be_refused(bench.launch(exp="2022-01-01"), "EXPIRY_MISSING", 403)


def test_no_message_type(bench: Bench):
    """Core §5.3.1: the message type is required."""
    answer = bench.launch(**{v.CLAIM_MESSAGE_TYPE: ...})
    bench.must_be_refused(answer, "MESSAGE_TYPE_UNSUPPORTED", 400)


def test_no_roles(bench: Bench):
    """Core §5.3.7: the claim is required, be it empty."""
    bench.must_be_refused(bench.launch(**{v.CLAIM_ROLES: ...}), "ROLES_MISSING", 400)


def test_no_deployment(bench: Bench):
    """Core §5.3.3: the deployment is required."""
    answer = bench.launch(**{v.CLAIM_DEPLOYMENT_ID: ...})
    bench.must_be_refused(answer, "DEPLOYMENT_MISSING", 400)


@pytest.mark.parametrize("link", [..., {}, {"title": "no id"}])
def test_no_resource_link(bench: Bench, link: object):
    """Core §5.3.5: a resource link launch names its link by `id`."""
    answer = bench.launch(**{v.CLAIM_RESOURCE_LINK: link})
    bench.must_be_refused(answer, "RESOURCE_LINK_MISSING", 400)


def test_no_user(bench: Bench):
    """Core §5.3.6: `sub` may be left out of anonymous launches, which this tool does not take."""
    bench.must_be_refused(bench.launch(sub=...), "USER_MISSING", 403)


def test_no_target(bench: Bench):
    """Core §5.3.4: the target link is required and is where the login was going."""
    bench.must_be_refused(bench.launch(**{v.CLAIM_TARGET_LINK_URI: ...}), "TARGET_MISSING", 400)


@pytest.mark.parametrize("person", ["teacher1", "student1"])
def test_a_signature_by_somebody_else(bench: Bench, person: str):
    """Security §5.1.3: the signature verifies with the platform's key, whoever launches."""
    begun = bench.begin(person)
    kid = bench.lms.jwk()["kid"]
    token = bench.lms.sign(bench.claims(begun, person), key=foreign_key(), kid=kid)
    bench.must_be_refused(bench.post(begun, token), "SIGNATURE_INVALID", 403)
    assert bench.unused()

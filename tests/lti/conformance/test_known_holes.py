"""Defects found in the library that most Python tools use; each is closed here, one test each."""

import threading
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import lti
from lti.errors import LaunchError
from lti.http import CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS, HttpError
from lti.roles import Role, Widening, launch_roles
from tests.lti.support import CLAIM, CLIENT_ID, ISSUER, FakePlatform, refused, rsa_key

LIS = "http://purl.imsglobal.org/vocab/lis/v2/"


def test_hole_1_the_same_token_twice(platform: FakePlatform):
    """A launch can be used once: the second post of the same token and state is refused."""
    transaction = platform.transaction()
    token = platform.sign(platform.claims(transaction))
    platform.post(transaction, token)
    with refused("REPLAYED"):
        platform.post(transaction, token)


def test_hole_1_another_token_with_the_same_nonce(platform: FakePlatform):
    """The nonce is used up, not the token."""
    transaction = platform.transaction()
    platform.post(transaction, platform.sign(platform.claims(transaction)))
    with refused("REPLAYED"):
        platform.post(transaction, platform.sign(platform.claims(transaction) | {"sub": "4"}))


def test_hole_1_twenty_at_the_same_time(platform: FakePlatform):
    """Of twenty posts that race, exactly one gets in."""
    transaction = platform.transaction()
    token = platform.sign(platform.claims(transaction))
    platform.key_sets.key(platform.platform.key_set_url, "k1")
    outcomes: Counter[str] = Counter()
    start = threading.Barrier(20)

    def post() -> None:
        start.wait()
        try:
            platform.post(transaction, token)
            outcomes["taken"] += 1
        except LaunchError as error:
            outcomes[error.code] += 1

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"taken": 1, "REPLAYED": 19}


def test_hole_1_a_forged_token_does_not_burn_the_login(platform: FakePlatform):
    """Used up only after the signature: a stranger cannot spoil somebody's launch."""
    transaction = platform.transaction()
    with refused("SIGNATURE_INVALID"):
        platform.post(transaction, platform.sign(platform.claims(transaction), key="stranger"))
    assert platform.post(transaction, platform.sign(platform.claims(transaction))).launch


@pytest.mark.parametrize("claim", ["exp", "iat"])
def test_hole_2_a_token_without_times(platform: FakePlatform, claim: str):
    with refused({"exp": "EXPIRY_MISSING", "iat": "ISSUED_AT_MISSING"}[claim]):
        platform.launch(**{claim: ...})


def test_hole_2_an_old_token_with_a_late_expiry(platform: FakePlatform):
    """Issued ten hours ago is too old, however late it expires."""
    now = int(platform.now.timestamp())
    with refused("TOO_OLD"):
        platform.launch(iat=now - 36_000, exp=now + 36_000)


def test_hole_3_a_clock_three_seconds_ahead(platform: FakePlatform):
    """Small clock differences are forgiven; the error names both when they are not."""
    now = int(platform.now.timestamp())
    assert platform.launch(iat=now + 3).launch
    with refused("NOT_YET_VALID") as info:
        platform.launch(iat=now + 300, exp=now + 400)
    assert info.value.detail == "300 s ahead of our clock"


def test_hole_4_several_audiences_need_an_authorized_party(platform: FakePlatform):
    with refused("AUTHORIZED_PARTY_MISMATCH"):
        platform.launch(aud=[CLIENT_ID, "other"])
    assert platform.launch(aud=["other", CLIENT_ID], azp=CLIENT_ID).launch


def test_hole_5_account_roles_are_no_rights():
    """`User` for everybody is no student, and an administrator's account only by the switch."""
    user, administrator = LIS + "system/person#User", LIS + "institution/person#Administrator"
    assert launch_roles([user]).roles == frozenset()
    assert launch_roles([administrator]).roles == frozenset()
    widened = launch_roles([administrator], Widening(institution_administrator=True))
    assert widened.roles == {Role.ADMINISTRATOR}


def test_hole_6_the_platform_changed_its_keys(platform: FakePlatform):
    """An unknown key id is looked for once more, so a rotation is noticed at once."""
    platform.launch()
    platform.publish({"k2": rsa_key("second")})
    platform.wait(minutes=1)
    transaction = platform.transaction()
    token = platform.sign(platform.claims(transaction), key="second", kid="k2")
    assert platform.post(transaction, token).launch
    assert len(platform.web.asked) == 2


def test_hole_6_an_error_page_is_not_kept(platform: FakePlatform):
    """A key set that could not be read once is read again at the next launch."""
    good = platform.web.pages[platform.platform.key_set_url]
    for bad in [(503, {"error": "down"}), {"error": "down"}, b"<html>", HttpError("timeout")]:
        platform.web.pages[platform.platform.key_set_url] = bad
        with refused("KEY_SET_UNREACHABLE"):
            platform.launch()
    platform.web.pages[platform.platform.key_set_url] = good
    assert platform.launch().launch


def test_hole_7_addresses_keep_their_case(platform: FakePlatform):
    """Service addresses are taken as they are; `?Page=AbC` is not `?page=abc`."""
    url = f"{ISSUER}/memberships?Page=AbC"
    claim = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
    launch = platform.launch(**{claim: {"context_memberships_url": url}}).launch
    assert launch.services.memberships_url == url


def test_hole_8_every_call_has_a_time_limit():
    """The behaviour is tested against a silent server in `test_http`; here: there are limits."""
    assert 0 < CONNECT_SECONDS <= READ_SECONDS <= TOTAL_SECONDS <= 30


def test_hole_9_an_authorisation_address_with_a_query():
    platform = FakePlatform(auth_login_url=f"{ISSUER}/auth?x=1&y=")
    parts = urlsplit(platform.login().redirect_url)
    query = parse_qs(parts.query, keep_blank_values=True)
    assert parts.path == "/auth"
    assert (query["x"], query["y"], query["scope"]) == (["1"], [""], ["openid"])


def test_hole_10_two_tools_share_nothing():
    """Nothing of one platform's configuration is visible to another instance."""
    one, two = FakePlatform(), FakePlatform(issuer="https://two.example")
    one.launch()
    assert not two.store.logins
    assert not two.web.asked
    with refused("ISSUER_UNKNOWN"):
        two.login()


@pytest.mark.parametrize("spelling", ["DataPrivacyLaunchRequest", "LtiDataPrivacyLaunchRequest"])
def test_hole_11_both_spellings(platform: FakePlatform, spelling: str):
    claims = {CLAIM + "message_type": spelling, CLAIM + "resource_link": ...}
    assert platform.launch(**claims).launch.message_type == spelling


def test_hole_12_service_tokens_are_not_kept_here():
    """Tokens belong to a client of an issuer; nothing in this package keeps one between calls."""
    assert not _mentioned("access_token")


def test_hole_13_no_page_is_written_by_this_package():
    """Addresses go into pages through the caller's escaping templates only."""
    assert not _mentioned("<form")
    assert not _mentioned("<script")


def test_hole_14_deep_linking_without_our_type_is_still_understood(platform: FakePlatform):
    """The launch is good; what may be answered is for the caller to see."""
    settings = {
        "deep_link_return_url": f"{ISSUER}/return",
        "accept_types": ["link", "file"],
        "accept_presentation_document_targets": ["window"],
    }
    claim = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
    launch = platform.launch("deeplinking_teacher1", **{claim: settings}).launch
    assert launch.deep_linking.accept_types == ("link", "file")


def test_hole_15_no_service_call_goes_through_the_library():
    """Its connector knows only GET and POST; services are called by our own client."""
    assert not _mentioned("service_connector")
    assert not _mentioned("ServiceConnector")


def test_hole_16_an_error_never_quotes_the_platforms_page(platform: FakePlatform):
    """What a platform answered may hold personal data: not into our logs."""
    platform.web.pages[platform.platform.key_set_url] = (500, b"secret of a student")
    with refused("KEY_SET_UNREACHABLE") as info:
        platform.launch()
    assert "secret" not in str(info.value)
    assert info.value.detail == "status 500"


def test_hole_17_the_target_of_the_login_is_the_target_of_the_launch(platform: FakePlatform):
    with refused("TARGET_MISMATCH"):
        platform.launch(**{CLAIM + "target_link_uri": "https://licheng.example/lti/launch?x=1"})


def test_hole_17_an_unseen_deployment_waits_for_approval(platform: FakePlatform):
    with refused("DEPLOYMENT_INACTIVE"):
        platform.launch(**{CLAIM + "deployment_id": "77"})
    assert platform.store.seen_deployments == ["77"]


def test_hole_18_a_lost_cookie_does_not_lose_the_launch(platform: FakePlatform):
    """No cookie came back: the launch is good, only not bound to the browser."""
    transaction = platform.transaction()
    checked = platform.post(transaction, platform.sign(platform.claims(transaction)), cookie=None)
    assert checked.launch
    assert checked.cookie_bound is False


def test_hole_19_no_md5_and_no_sha1():
    """Schools with FIPS hosts exist, and neither proves anything any more."""
    assert not _mentioned("md5")
    assert not _mentioned("sha1(")


def _mentioned(word: str) -> list[str]:
    folder = Path(lti.__file__).parent
    return [p.name for p in folder.glob("*.py") if word in p.read_text("utf-8")]


def test_a_teacher_cannot_say_by_a_custom_parameter_who_somebody_is(platform: FakePlatform):
    """Moodle sends an empty number for an account without one; the teacher of a course may type
    custom parameters into an activity."""
    lis = {"person_sourcedid": "", "course_section_sourcedid": ""}
    checked = platform.launch(
        **{CLAIM + "lis": lis, CLAIM + "custom": {"person_sourcedid": "ADM001"}}
    )
    assert checked.launch.person.sourcedid == ""


def test_a_platform_without_the_claim_says_it_by_the_parameter_we_asked_for(
    platform: FakePlatform,
):
    checked = platform.launch(**{CLAIM + "lis": {}, CLAIM + "custom": {"person_sourcedid": "S001"}})
    assert checked.launch.person.sourcedid == "S001"

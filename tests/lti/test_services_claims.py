"""Service claims: what a platform offers, and what it leaves out."""

import pytest

from lti import vocabulary as v
from tests.lti.support import ISSUER, FakePlatform, refused

OFFERED = {
    v.CLAIM_GROUPS: {
        "scope": [v.SCOPE_GROUPS],
        "context_groups_url": f"{ISSUER}/groups?Page=A",
        "context_group_sets_url": f"{ISSUER}/sets",
        "service_versions": ["1.0"],
    },
    v.CLAIM_NOTICES: {
        "platform_notification_service_url": f"{ISSUER}/notices",
        "notice_types_supported": [v.NOTICE_HELLO, v.NOTICE_CONTEXT_COPY],
        "service_versions": ["1.0"],
    },
    v.CLAIM_EULA: {"url": f"{ISSUER}/eula", "scope": [v.SCOPE_EULA_USER]},
}


def test_everything_offered(platform: FakePlatform):
    services = platform.launch(**OFFERED).launch.services
    assert services.groups_url == f"{ISSUER}/groups?Page=A", "addresses keep their case"
    assert services.group_sets_url == f"{ISSUER}/sets"
    assert services.notices_url == f"{ISSUER}/notices"
    assert services.notice_kinds == {v.NOTICE_HELLO, v.NOTICE_CONTEXT_COPY}
    assert services.eula_url == f"{ISSUER}/eula"


def test_nothing_offered(platform: FakePlatform):
    """Moodle offers none of the three."""
    services = platform.launch().launch.services
    assert not services.groups_url
    assert not services.notices_url
    assert not services.notice_kinds
    assert not services.eula_url


def test_the_grade_column_of_this_activity(platform: FakePlatform):
    services = platform.launch("deeplinked_item_launch_student1").launch.services
    assert services.line_item_url.partition("?")[0].endswith("/lineitem")
    assert v.SCOPE_SCORE in services.grade_scopes


@pytest.mark.parametrize("claim", sorted(OFFERED))
@pytest.mark.parametrize("value", ["https://lms.example", 7, []])
def test_a_service_claim_of_the_wrong_shape(platform: FakePlatform, claim: str, value: object):
    with refused("CLAIM_MALFORMED"):
        platform.launch(**{claim: value})


def test_mentored_people(platform: FakePlatform):
    scope = {v.CLAIM_ROLE_SCOPE_MENTOR: ["3", 7, None, "4"]}
    assert platform.launch(**scope).launch.mentored_ids == ("3", "4")
    assert platform.launch().launch.mentored_ids == ()

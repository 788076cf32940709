"""A launch begun anew in a window: what works on which platform."""

from dataclasses import replace

import pytest

from lti.window import anew, error_address
from tests.lti.support import CLIENT_ID, ISSUER, LAUNCH_URL, FakePlatform

HINTS = {"login_hint": "3", "lti_message_hint": '{"cmid":7,"launchid":"ltilaunch1_1"}'}


def test_moodle_has_an_address_that_begins_the_launch_afresh(platform: FakePlatform):
    """Its hints work once; the page behind the activity's frame makes new ones."""
    found = anew(platform.transaction(), HINTS, "moodle")
    assert found.address == f"{ISSUER}/mod/lti/launch.php?id=7"
    assert not found.fields


def test_a_moodle_in_a_folder():
    transaction = FakePlatform().transaction()
    folder = replace(transaction.platform, issuer=f"{ISSUER}/moodle/")
    found = anew(replace(transaction, platform=folder), HINTS, "moodle")
    assert found.address == f"{ISSUER}/moodle/mod/lti/launch.php?id=7"


@pytest.mark.parametrize(
    "hint",
    [
        "",
        "[]",
        "7",
        "{}",
        "not JSON",
        '{"cmid":0}',
        '{"cmid":-1}',
        '{"cmid":"7&x=y"}',
        '{"cmid":true}',
        '{"cmid":1e99}',
        "[" * 5000,
    ],
)
def test_a_moodle_hint_that_names_no_activity(platform: FakePlatform, hint: str):
    """A content selection belongs to none; and a hint is only what somebody sent."""
    found = anew(platform.transaction(), HINTS | {"lti_message_hint": hint}, "moodle")
    assert found.address == ""


def test_canvas_only_by_the_person(platform: FakePlatform):
    found = anew(platform.transaction(), HINTS, "canvas")
    assert (found.address, dict(found.fields)) == ("", {})


@pytest.mark.parametrize("family", ["", "sakai", "something new"])
def test_elsewhere_the_login_is_sent_again(platform: FakePlatform, family: str):
    found = anew(platform.transaction(), HINTS, family)
    assert found.fields == HINTS | {
        "iss": ISSUER,
        "client_id": CLIENT_ID,
        "target_link_uri": LAUNCH_URL,
    }


def test_without_hints_nothing_can_be_sent(platform: FakePlatform):
    assert not anew(platform.transaction(), {}, "").fields


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://lms.example/r", "https://lms.example/r?lti_errormsg=%E4%B8%8D&lti_errorlog=CODE"),
        (
            "https://lms.example/r?course=2&sesskey=x#top",
            "https://lms.example/r?course=2&sesskey=x&lti_errormsg=%E4%B8%8D&lti_errorlog=CODE#top",
        ),
    ],
)
def test_the_error_goes_into_the_query_that_is_there(url: str, told: str):
    assert error_address(url, "不", "CODE") == told


def test_hints_are_kept_only_where_they_are_wanted(platform: FakePlatform):
    assert platform.transaction().hints == {}

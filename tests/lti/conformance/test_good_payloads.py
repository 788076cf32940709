"""Launches that must be taken, as different as platforms make them."""

import pytest

from lti import vocabulary as v
from tests.lti.support import CLAIM, CLIENT_ID, FakePlatform

RECORDED = [
    "admin_siteadmin",
    "counsellor1_customrole_teacher_archetype",
    "deeplinked_item_launch_student1",
    "deeplinking_teacher1",
    "manager1_manager",
    "parent1_customrole_viewonly",
    "student1_student",
    "student2_student_zh_tw",
    "submissionreview_teacher1",
    "teacher1_editingteacher",
    "teacher2_noneditingteacher",
]


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_moodle_launch(platform: FakePlatform, name: str):
    """What a real Moodle 4.5.5 sent is understood, member by member."""
    launch = platform.launch(name).launch
    assert launch.product.family == "moodle"
    assert launch.deployment_id == "1"
    assert launch.person.sourcedid
    assert launch.person.email.endswith("@school.test")
    assert launch.context.id in {"2", "3"}
    assert launch.context.sourcedid in {"113-1-CHI101", "113-1-MAT101"}
    assert launch.context.types == ("CourseSection",)
    assert launch.services.memberships_url.endswith("/memberships")
    assert launch.services.line_items_url
    custom = dict(launch.custom)
    assert custom["static"] == "a=b=c"
    assert "canvas_x" not in custom, "an unknown variable arrives literally and is no value"


def test_a_chinese_name_is_family_name_first(platform: FakePlatform):
    """Moodle writes the name in the viewer's order; ours is always 吳怡君."""
    assert platform.launch("student2_student_zh_tw").launch.person.name == "吳怡君"


def test_moodles_own_locale_codes(platform: FakePlatform):
    """`zh_tw` is no BCP 47 tag."""
    presentation = {"locale": "zh_tw", "document_target": "iframe"}
    launch = platform.launch(**{CLAIM + "launch_presentation": presentation}).launch
    assert (launch.locale, launch.document_target) == ("zh-Hant-TW", "iframe")


def test_deep_linking_settings(platform: FakePlatform):
    """Moodle sends no `data`, and null for resource-link variables."""
    launch = platform.launch("deeplinking_teacher1").launch
    assert launch.message_type == v.DEEP_LINKING
    assert launch.deep_linking.accept_types == ("ltiResourceLink",)
    assert launch.deep_linking.accept_multiple is True
    assert launch.deep_linking.data is None
    assert launch.resource_link is None


def test_deep_linking_without_a_user(platform: FakePlatform):
    """A deep-linking request may be anonymous."""
    assert platform.launch("deeplinking_teacher1", sub=...).launch.person is None


def test_submission_review_names_the_student(platform: FakePlatform):
    assert platform.launch("submissionreview_teacher1").launch.for_user_id == "3"


@pytest.mark.parametrize("spelling", sorted(v.DATA_PRIVACY))
def test_both_spellings_of_a_data_privacy_launch(platform: FakePlatform, spelling: str):
    """The draft renamed the message; both are in use, and neither has context nor link."""
    launch = platform.launch(
        **{
            CLAIM + "message_type": spelling,
            CLAIM + "context": ...,
            CLAIM + "resource_link": ...,
            CLAIM + "for_user": {"user_id": "9"},
        }
    ).launch
    assert launch.message_type == spelling
    assert launch.context is None
    assert launch.for_user_id == "9"


def test_an_empty_role_list(platform: FakePlatform):
    """The claim is required, a role is not."""
    assert platform.launch(**{CLAIM + "roles": []}).launch.roles == ()


def test_only_what_the_specification_requires(platform: FakePlatform):
    """A minimal launch: no name, no e-mail, no context."""
    keep = {"iss", "aud", "sub", "nonce", "iat", "exp"} | {
        CLAIM + name
        for name in (
            "version",
            "message_type",
            "deployment_id",
            "target_link_uri",
            "resource_link",
            "roles",
        )
    }
    transaction = platform.transaction()
    claims = {k: c for k, c in platform.claims(transaction).items() if k in keep}
    launch = platform.post(transaction, platform.sign(claims)).launch
    assert (launch.person.name, launch.context, launch.locale) == ("", None, "")


@pytest.mark.parametrize(
    "audience",
    [
        {"aud": CLIENT_ID},
        {"aud": [CLIENT_ID]},
        {"aud": [CLIENT_ID], "azp": CLIENT_ID},
        {"aud": ["other", CLIENT_ID], "azp": CLIENT_ID},
    ],
)
def test_audience_as_text_and_as_list(platform: FakePlatform, audience: dict):
    """`aud` may be one client or several, in any order, with us as authorized party."""
    assert platform.launch(**audience).launch.client_id == CLIENT_ID

"""A launch over real HTTP: the shape of what is sent, and what the LMS refuses to send."""

from __future__ import annotations

import json

import jwt
import pytest
import requests

from lti.platform.claims import CLAIM, DEEP_LINKING
from lti.platform.testing import FakePlatform

from .conftest import MiniTool

LIS = "http://purl.imsglobal.org/vocab/lis/v2/"


def test_a_launch_reaches_the_tool_signed_and_short_lived(
    lms: FakePlatform, registered: MiniTool
) -> None:
    page = lms.open(lms.browser("student1"))
    assert page.status == 200
    assert "mini tool" in page.text
    posted = registered.got[-1]
    assert posted["state"] == "state-1"
    key = jwt.PyJWK(requests.get(lms.jwks_uri, timeout=5).json()["keys"][0])
    claims = jwt.decode(
        posted["id_token"], key, ["RS256"], audience=lms.tool.client_id, issuer=lms.issuer
    )
    assert claims["exp"] == claims["iat"] + 60
    assert claims["nonce"] == "nonce-1"
    assert "azp" not in claims


def test_claims_have_the_measured_shape(lms: FakePlatform, registered: MiniTool) -> None:
    lms.tool.custom = {
        "user_username": "$User.username",
        "canvas_x": "$Canvas.user.id",
        "mixedCase": "v",
        "rl_title": "$ResourceLink.title",
    }
    lms.open(lms.browser("student2"))
    claims = registered.claims()
    assert claims["sub"] == "4"
    assert claims["name"] == "吳怡君"
    assert claims[f"{CLAIM}lis"] == {
        "person_sourcedid": "S002",
        "course_section_sourcedid": "113-1-CHI101",
    }
    assert claims[f"{CLAIM}context"]["type"] == ["CourseSection"]
    assert claims[f"{CLAIM}launch_presentation"]["locale"] == "zh_tw"
    assert claims[f"{CLAIM}launch_presentation"]["document_target"] == "iframe"
    assert claims[f"{CLAIM}ext"] == {"user_username": "student2", "lms": "moodle-2"}
    custom = claims[f"{CLAIM}custom"]
    assert custom["user_username"] == "student2"
    assert custom["canvas_x"] == "$Canvas.user.id"
    assert custom["mixedcase"] == custom["mixedCase"] == "v"
    assert custom["rl_title"] == "學習成果上傳"
    assert "lineitem" in claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]


@pytest.mark.parametrize(
    ("person", "roles"),
    [
        ("student1", [f"{LIS}membership#Learner"]),
        ("teacher1", [f"{LIS}membership#Instructor"]),
        ("teacher2", [f"{LIS}membership#Instructor"]),
        ("counsellor1", [f"{LIS}membership#Instructor"]),
        ("manager1", [f"{LIS}membership#Instructor"]),
        ("parent1", [f"{LIS}membership#Learner"]),
        (
            "admin",
            [
                f"{LIS}institution/person#Administrator",
                f"{LIS}membership#Instructor",
                f"{LIS}system/person#Administrator",
            ],
        ),
    ],
)
def test_roles_are_reduced_as_moodle_reduces_them(
    lms: FakePlatform, registered: MiniTool, person: str, roles: list[str]
) -> None:
    lms.open(lms.browser(person))
    assert registered.claims()[f"{CLAIM}roles"] == roles


def test_personal_data_is_sent_only_if_it_was_asked_for(
    lms: FakePlatform, registered: MiniTool
) -> None:
    lms.tool.claims = ["iss", "sub"]
    lms.open(lms.browser("student1"))
    claims = registered.claims()
    assert not {"name", "given_name", "family_name", "email"} & set(claims)
    assert claims[f"{CLAIM}ext"] == {"lms": "moodle-2"}


def test_the_message_hint_works_once(lms: FakePlatform, registered: MiniTool) -> None:
    browser = lms.browser("student1")
    lms.open(browser)
    hint = registered.logins[-1]["lti_message_hint"]
    assert set(json.loads(hint)) == {"cmid", "launchid"}
    again = browser.post(f"{registered.url}/login", registered.logins[-1])
    assert again.status == 404
    assert "Invalid request" in again.text
    assert len(registered.got) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "openid profile"},
        {"redirect_uri": "{tool}/launch?x=1"},
        {"nonce": None},
        {"lti_message_hint": None},
        {"response_type": "code"},
        {"client_id": "someone-else"},
    ],
)
def test_these_faults_end_on_the_page_of_the_lms(
    lms: FakePlatform, registered: MiniTool, change: dict[str, str | None]
) -> None:
    registered.change_auth = {
        k: v.replace("{tool}", registered.url) if v else v for k, v in change.items()
    }
    page = lms.open(lms.browser("student1"))
    assert page.status == 404
    assert not registered.got


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"prompt": "login"}, "invalid_request"),
        ({"response_mode": "query"}, "invalid_request"),
        ({"login_hint": "33"}, "access_denied"),
    ],
)
def test_these_faults_are_posted_to_the_tool(
    lms: FakePlatform, registered: MiniTool, change: dict[str, str | None], error: str
) -> None:
    registered.change_auth = change
    lms.open(lms.browser("student1"))
    assert registered.got[-1]["error"] == error
    assert "id_token" not in registered.got[-1]


def test_tags_are_cut_out_of_the_state(lms: FakePlatform, registered: MiniTool) -> None:
    registered.change_auth = {"state": "a<b>&"}
    lms.open(lms.browser("student1"))
    assert registered.got[-1]["state"] == "a&"


def test_a_guest_without_cookie_is_asked_to_repost_then_refused(
    lms: FakePlatform, registered: MiniTool
) -> None:
    lms.open(lms.browser("student1"))
    first = requests.get(lms.authorization_endpoint, params={"client_id": "x"}, timeout=5)
    assert first.status_code == 200
    assert 'name="repost"' in first.text
    second = requests.post(lms.authorization_endpoint, {"repost": "true"}, timeout=5)
    assert second.status_code == 404


def test_a_student_can_forge_for_user_as_in_moodle(lms: FakePlatform, registered: MiniTool) -> None:
    activity = lms.activity()
    lms.browser("student1").get(f"{lms.issuer}/lti/review/{activity.id}/4")
    claims = registered.claims()
    assert claims[f"{CLAIM}message_type"] == "LtiSubmissionReviewRequest"
    assert claims[f"{CLAIM}for_user"] == {"user_id": "4"}
    assert claims[f"{CLAIM}roles"] == [f"{LIS}membership#Learner"]


def test_deep_linking_puts_a_chosen_item_into_the_course(
    lms: FakePlatform, registered: MiniTool
) -> None:
    item = {
        "type": "ltiResourceLink",
        "title": "繳交國語文成果",
        "url": f"{registered.url}/launch?item=1",
        "custom": {"unit": "u1"},
        "lineItem": {"scoreMaximum": 1, "tag": "outcome"},
    }
    settings = lms.claims("teacher1", nonce="n", message=DEEP_LINKING)
    return_url = settings["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"]
    answer = {
        "iss": lms.tool.client_id,
        "aud": lms.issuer,
        f"{CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}deployment_id": lms.tool.deployment_id,
        "https://purl.imsglobal.org/spec/lti-dl/claim/content_items": [item],
    }
    token = registered.sign(answer)
    registered.deep_link_answer = (return_url["deep_link_return_url"], token)
    browser = lms.browser("teacher1")
    page = browser.get(f"{lms.issuer}/lti/deeplink/2/{lms.tool.id}")
    assert registered.claims()[f"{CLAIM}message_type"] == DEEP_LINKING
    assert "繳交國語文成果" in page.text
    registered.deep_link_answer = None
    page = browser.submit(page, page.form(button="儲存"))
    assert "繳交國語文成果" in page.text
    added = lms.lms.state.activities_of("2")[-1]
    assert added.url.endswith("/launch?item=1")
    lms.browser("student1").get(f"{lms.issuer}/lti/launch/{added.id}")
    assert registered.claims()[f"{CLAIM}target_link_uri"] == added.url
    assert registered.claims()[f"{CLAIM}custom"]["unit"] == "u1"


def test_a_deep_linking_answer_for_another_platform_is_refused(
    lms: FakePlatform, registered: MiniTool
) -> None:
    settings = lms.claims("teacher1", nonce="n", message=DEEP_LINKING)
    url = settings["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"]
    token = registered.sign({"iss": lms.tool.client_id, "aud": "https://elsewhere.test"})
    page = lms.browser("teacher1").post(url["deep_link_return_url"], {"JWT": token})
    assert page.status == 400
    assert "無法驗證" in page.text


def test_the_return_page_shows_the_tools_error_escaped(
    lms: FakePlatform, registered: MiniTool
) -> None:
    lms.open(lms.browser("student1"))
    url = registered.claims()[f"{CLAIM}launch_presentation"]["return_url"]
    page = lms.browser("student1").get(url, params={"lti_errormsg": "<b>壞了</b>"})
    assert "&lt;b&gt;壞了" in page.text


def test_misbehaviour_on_request(lms: FakePlatform, registered: MiniTool) -> None:
    browser = lms.browser("student1")
    lms.open(browser)
    lms.faults.replay = True
    lms.open(browser)
    assert registered.got[0]["id_token"] == registered.got[1]["id_token"]
    lms.faults.replay = False
    before = registered.claims()
    lms.faults.clock_skew, lms.faults.drop_claims = -3600, ["exp"]
    lms.open(browser)
    assert registered.claims()["iat"] <= before["iat"] - 3590
    assert "exp" not in registered.claims()
    lms.faults.jwks_status = 503
    assert requests.get(lms.jwks_uri, timeout=5).status_code == 503


def test_rotation_keeps_the_old_key_published_unless_told_otherwise(lms: FakePlatform) -> None:
    old = lms.jwk()["kid"]
    new = lms.rotate_keys()
    kids = [key["kid"] for key in requests.get(lms.jwks_uri, timeout=5).json()["keys"]]
    assert kids == [new, old]
    lms.rotate_keys(forget_old=True)
    assert old not in requests.get(lms.jwks_uri, timeout=5).text


def test_strangers_to_a_course_and_students_at_staff_pages_are_turned_away(
    lms: FakePlatform, registered: MiniTool
) -> None:
    stranger, student = lms.browser("student9"), lms.browser("student1")
    assert stranger.get(f"{lms.issuer}/course/3").status == 403
    assert student.get(f"{lms.issuer}/lti/deeplink/2/{lms.tool.id}").status == 403
    assert student.get(f"{lms.issuer}/course/2/grades").status == 403
    assert student.get(f"{lms.issuer}/admin/tools").status == 403


def test_the_state_outlives_the_process(lms: FakePlatform, registered: MiniTool) -> None:
    from lti.platform.core import Lms

    directory = lms.lms.state._file.parent
    again = Lms.open(directory, base_url=lms.issuer)
    assert again.state.tools == lms.lms.state.tools
    assert again.state.activities == lms.lms.state.activities
    assert again.keys.jwks() == lms.lms.keys.jwks()

"""What the platforms do alike and what each does in its own way, in a launch over real HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
import requests

from lti.platform.claims import CLAIM
from lti.platform.modes import MODES, NOTICES, mode_named
from lti.platform.testing import (
    DEEP_LINKING,
    EULA,
    PRIVACY,
    SUBMISSION_REVIEW,
    FakePlatform,
    PlatformProcess,
)

from .conftest import MiniTool

EVERY = pytest.mark.parametrize("mode", list(MODES))
LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
LEARNER, INSTRUCTOR = f"{LIS}membership#Learner", f"{LIS}membership#Instructor"
ASSISTANT = f"{LIS}membership/Instructor#TeachingAssistant"
MENTOR, USER = f"{LIS}membership#Mentor", f"{LIS}system/person#User"
INSTITUTION = f"{LIS}institution/person#"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


def test_a_mode_that_is_none_is_named_together_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="unknown mode 'sakai'; known: moodle, canvas"):
        mode_named("sakai")


@EVERY
def test_a_launch_holds_what_the_discovery_promises(
    lms: FakePlatform, registered: MiniTool
) -> None:
    page = lms.open(lms.browser("student1"))
    assert page.status == 200, page.text
    assert "mini tool" in page.text
    keys = requests.get(lms.jwks_uri, timeout=5).json()["keys"]
    token = registered.got[-1]["id_token"]
    key = jwt.PyJWK(keys[0], algorithm="RS256")
    claims = jwt.decode(token, key, ["RS256"], audience=lms.tool.client_id, issuer=lms.issuer)
    assert claims["nonce"] == "nonce-1"
    assert claims["exp"] == claims["iat"] + lms.mode.token_life
    assert claims.get("azp") == ({"canvas": lms.tool.client_id}.get(lms.mode.name))
    assert claims[f"{CLAIM}deployment_id"] == lms.tool.deployment_id
    assert claims[f"{CLAIM}tool_platform"]["product_family_code"] == lms.mode.product
    login = registered.logins[-1]
    assert login["iss"] == lms.issuer
    assert login["lti_deployment_id"] == lms.tool.deployment_id
    assert login["login_hint"] == claims["sub"]


@pytest.mark.parametrize(
    ("mode", "shared"),
    [("canvas", "https://canvas.instructure.test"), ("blackboard", "https://blackboard.test")],
)
def test_the_shared_issuer_is_no_host_of_this_lms(
    lms: FakePlatform, shared: str, tmp_path: Path
) -> None:
    assert lms.issuer == shared
    assert urlsplit(shared).netloc not in lms.url
    with FakePlatform(tmp_path / "other", mode=lms.mode, issuer="https://lms.example") as other:
        assert other.issuer == "https://lms.example"


@EVERY
def test_only_canvas_signs_on_at_an_origin_of_its_own_and_posts_from_home(
    lms: FakePlatform, registered: MiniTool
) -> None:
    own = lms.mode.name == "canvas"
    assert (lms.sso_url != lms.url) == own
    assert lms.authorization_endpoint.startswith(lms.sso_url)
    browser = lms.browser("student1")
    begun = lms.launch_of("student1")
    from lti.platform.oidc import initiation_fields

    fields = initiation_fields(lms.lms, begun)
    at_tool = requests.post(f"{registered.url}/login", fields, timeout=5, allow_redirects=False)
    answer = browser.http.get(at_tool.headers["Location"], timeout=5)
    assert [r.status_code for r in answer.history] == ([302] if own else [])
    # The page that posts to the tool, and so the Origin of the launch.
    assert answer.url.startswith(lms.url)


@pytest.mark.parametrize(
    ("mode", "target"), [("canvas", "post_message_forwarding"), ("generic", "_parent")]
)
def test_the_storage_target_comes_with_login_and_launch(
    lms: FakePlatform, registered: MiniTool, target: str
) -> None:
    lms.open(lms.browser("student1"))
    assert registered.logins[-1]["lti_storage_target"] == target
    assert registered.got[-1]["lti_storage_target"] == target


CANVAS_ROLES = {
    "student1": [f"{INSTITUTION}Student", LEARNER, USER],
    "teacher1": [f"{INSTITUTION}Instructor", INSTRUCTOR, USER],
    "teacher2": [INSTRUCTOR, ASSISTANT, USER],
    "parent1": [f"{INSTITUTION}Observer", MENTOR, USER],
    "manager1": [f"{INSTITUTION}Administrator", USER],
    "admin": [f"{INSTITUTION}Administrator", USER],
}


@pytest.mark.parametrize("mode", ["canvas"])
@pytest.mark.parametrize("person", list(CANVAS_ROLES))
def test_roles_of_canvas(lms: FakePlatform, registered: MiniTool, person: str) -> None:
    lms.open(lms.browser(person))
    assert registered.claims()[f"{CLAIM}roles"] == sorted(CANVAS_ROLES[person])


@pytest.mark.parametrize("mode", ["canvas", "generic"])
def test_a_parent_comes_with_the_children_of_this_course(
    lms: FakePlatform, registered: MiniTool
) -> None:
    browser = lms.browser("parent1")
    lms.open(browser)
    scope = registered.claims()[f"{CLAIM}role_scope_mentor"]
    lms.open(lms.browser("student1"))
    assert scope == [registered.claims()["sub"]]
    assert f"{CLAIM}role_scope_mentor" not in registered.claims()


@pytest.mark.parametrize("mode", ["brightspace"])
def test_institution_roles_come_only_where_they_were_ticked(
    lms: FakePlatform, registered: MiniTool
) -> None:
    browser = lms.browser("teacher1")
    lms.open(browser)
    assert registered.claims()[f"{CLAIM}roles"] == [INSTRUCTOR]
    admin = lms.browser("admin")
    page = admin.get(f"{lms.url}/admin/tools")
    admin.submit(page, page.form(button="傳送機構角色"))
    lms.open(browser)
    assert registered.claims()[f"{CLAIM}roles"] == [f"{INSTITUTION}Instructor", INSTRUCTOR]


@pytest.mark.parametrize("mode", ["moodle", "canvas"])
def test_a_teacher_who_looks_as_a_student(lms: FakePlatform, registered: MiniTool) -> None:
    browser = lms.browser("teacher1")
    lms.open(browser)
    own = registered.claims()["sub"]
    course = browser.get(f"{lms.url}/course/2")
    browser.submit(course, course.form(button="以學生身分檢視"))
    lms.open(browser)
    roles, seen = registered.claims()[f"{CLAIM}roles"], registered.claims()["sub"]
    if lms.mode.name == "moodle":
        # The same person, by role a student; in the roster a teacher all the while.
        assert (roles, seen) == ([LEARNER], own)
    else:
        assert TEST_USER in roles
        assert LEARNER in roles
        assert seen != own
    course = browser.get(f"{lms.url}/course/2")
    browser.submit(course, course.form(button="回到教師身分"))
    lms.open(browser)
    assert INSTRUCTOR in registered.claims()[f"{CLAIM}roles"]


@EVERY
def test_ids_say_something_or_nothing(lms: FakePlatform, registered: MiniTool) -> None:
    lms.open(lms.browser("student1"))
    claims = registered.claims()
    told = (
        claims["sub"],
        claims[f"{CLAIM}context"]["id"],
        claims[f"{CLAIM}resource_link"]["id"],
    )
    plain = ("3", "2", str(lms.activity().id))
    assert (told == plain) == (lms.mode.name not in {"canvas", "blackboard"})
    lms.open(lms.browser("student1"))
    assert registered.claims()["sub"] == claims["sub"]


@pytest.mark.parametrize(
    ("mode", "chinese", "english"),
    [
        ("moodle", "zh_tw", "en"),
        ("canvas", "zh-Hant", "en"),
        ("brightspace", "zh-TW", "en"),
    ],
)
def test_the_locale_in_the_words_of_the_platform(
    lms: FakePlatform, registered: MiniTool, chinese: str, english: str
) -> None:
    browser = lms.browser("student2")
    lms.open(browser)
    assert registered.claims()[f"{CLAIM}launch_presentation"]["locale"] == chinese
    assert registered.claims()["name"] == "吳怡君"
    browser.post(f"{lms.url}/language", {"locale": "en"})
    lms.open(browser)
    assert registered.claims()[f"{CLAIM}launch_presentation"]["locale"] == english
    # Moodle alone turns the name round for an English reader.
    name = "怡君 吳" if lms.mode.name == "moodle" else "吳怡君"
    assert registered.claims()["name"] == name


@EVERY
def test_moodles_own_additions_are_moodles(lms: FakePlatform, registered: MiniTool) -> None:
    lms.tool.custom = {"mixedCase": "v", "groups": "$Moodle.Person.userGroupIds"}
    lms.open(lms.browser("student1"))
    claims = registered.claims()
    moodle = lms.mode.name == "moodle"
    assert (f"{CLAIM}ext" in claims) == moodle
    assert ("https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome" in claims) == moodle
    custom = claims[f"{CLAIM}custom"]
    assert ("mixedcase" in custom) == moodle
    assert custom["groups"] == ("71,73" if moodle else "$Moodle.Person.userGroupIds")
    assert claims[f"{CLAIM}context"]["type"] == (
        ["CourseSection"] if moodle else [f"{LIS}course#CourseOffering"]
    )


@EVERY
def test_a_forged_review_stays_possible(lms: FakePlatform, registered: MiniTool) -> None:
    victim = lms.lms.names.subject("4")
    lms.browser("student1").get(f"{lms.url}/lti/review/{lms.activity().id}/4")
    claims = registered.claims()
    assert claims[f"{CLAIM}message_type"] == SUBMISSION_REVIEW
    assert claims[f"{CLAIM}for_user"] == {"user_id": victim}
    assert LEARNER in claims[f"{CLAIM}roles"]


@EVERY
@pytest.mark.parametrize("kind", PRIVACY)
def test_data_privacy_in_both_spellings_where_it_is_offered(
    lms: FakePlatform, registered: MiniTool, kind: str
) -> None:
    browser = lms.browser("student1")
    page = browser.get(f"{lms.url}/lti/message/{lms.tool.id}/{kind}")
    if lms.mode.name != "generic":
        assert page.status == 404
        return
    claims = registered.claims()
    assert claims[f"{CLAIM}message_type"] == kind
    assert claims["sub"] == "3"
    assert f"{CLAIM}context" not in claims
    assert f"{CLAIM}resource_link" not in claims
    home = browser.get(f"{lms.url}/")
    assert browser.get(home.link(href=kind)).frames


@EVERY
def test_roster_claim_of_a_course_without_activities(lms: FakePlatform, tool: MiniTool) -> None:
    """Measured: Moodle leaves it out of a deep linking request until there is an activity."""
    lms.add_tool(tool.url, login="/login", launch="/launch", deep_link="/launch", everywhere=False)
    lms.browser("teacher1").get(f"{lms.url}/lti/deeplink/2/{lms.tool.id}")
    claims = tool.claims()
    assert claims[f"{CLAIM}message_type"] == DEEP_LINKING
    roster = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
    assert (roster in claims) == (lms.mode.name != "moodle")


@EVERY
def test_groups_and_notices_are_claimed_where_they_are_offered(
    lms: FakePlatform, registered: MiniTool
) -> None:
    lms.open(lms.browser("student1"))
    claims = registered.claims()
    offered = lms.mode.name in {"canvas", "generic"}
    groups = claims.get("https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice")
    notices = claims.get(f"{CLAIM}platformnotificationservice")
    assert (groups is not None, notices is not None) == (offered, offered)
    if groups is not None and notices is not None:
        assert groups["context_groups_url"].startswith(lms.url)
        assert notices["notice_types_supported"] == list(NOTICES)
    lms.tool.scopes = []
    lms.open(lms.browser("student1"))
    assert not [name for name in registered.claims() if "service" in name]


@EVERY
def test_a_second_visit_needs_the_lms_cookie(lms: FakePlatform, registered: MiniTool) -> None:
    """Only Moodle, whose cookie is Lax, asks for the request once more."""
    answer = requests.get(f"{lms.url}/lti/authorize", params={"client_id": "x"}, timeout=5)
    assert ('name="repost"' in answer.text) == (lms.mode.name == "moodle")
    cookie = lms.browser("student1").http.cookies.list_domains()
    assert cookie == ["127.0.0.1"]
    kept = next(iter(lms.browser("student1").http.cookies))
    assert kept.get_nonstandard_attr("SameSite") == lms.mode.cookie
    assert kept.secure == (lms.mode.name != "moodle")


@pytest.mark.parametrize("mode", list(MODES))
def test_the_process_takes_a_mode(tmp_path: Path, mode: str) -> None:
    with PlatformProcess(tmp_path, mode=mode) as lms:
        assert (lms.sso_url != lms.url) == (mode == "canvas")
        assert requests.get(f"{lms.sso_url}/lti/certs", timeout=5).status_code == 200
        page = lms.browser("2").get(lms.url)
        assert MODES[mode].title in page.text


def test_what_it_remembers_of_an_earlier_version(tmp_path: Path) -> None:
    """Scores lay in the one file once; they move over when it is next opened."""
    with FakePlatform(tmp_path) as lms:
        lms.add_tool()
        item = next(iter(lms.lms.state.line_items.values()))
    file = tmp_path / "lms.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    row: dict[str, Any] = {
        "item_id": item.id,
        "person_id": "3",
        "given": 1.0,
        "comment": "",
        "stored_at": 5,
    }
    file.write_text(json.dumps(data | {"scores": [row]}), encoding="utf-8")
    for _ in range(2):
        with FakePlatform(tmp_path) as lms:
            score = lms.lms.state.score(item.id, "3")
            assert score is not None
            assert (score.given, score.stored_at) == (1.0, 5)
            with lms.lms.state.change():
                pass


def test_a_score_that_was_cut_off_by_a_kill_is_left_out(tmp_path: Path) -> None:
    with FakePlatform(tmp_path) as lms:
        lms.add_tool()
    with (tmp_path / "scores.jsonl").open("a", encoding="utf-8") as out:
        out.write('{"item_id": 3, "person')
    with FakePlatform(tmp_path) as lms:
        assert lms.lms.state.tools


@pytest.mark.parametrize("mode", ["canvas"])
def test_terms_are_asked_for_until_they_are_accepted(
    lms: FakePlatform, registered: MiniTool
) -> None:
    browser = lms.browser("student1")
    course = browser.get(f"{lms.url}/course/2")
    page = browser.get(course.link(text="閱讀使用條款"))
    browser.get(page.frames[0])
    claims = registered.claims()
    assert claims[f"{CLAIM}message_type"] == EULA
    service = claims[f"{CLAIM}eulaservice"]
    scope = service["scope"][0]
    token = registered.access(lms, scope).json()["access_token"]
    answer: dict[str, Any] = {
        "userId": claims["sub"],
        "accepted": False,
        "timestamp": "2026-11-20T08:00:00Z",
    }
    headers = {"Authorization": f"Bearer {token}"}

    def tell(**change: Any) -> requests.Response:
        body = answer | change
        return requests.post(f"{service['url']}/user", json=body, headers=headers, timeout=5)

    assert tell(userId="nobody").status_code == 404
    assert tell(accepted="yes").status_code == 400
    assert tell(timestamp="yesterday").status_code == 400
    said = tell()
    assert (said.status_code, said.json()) == (201, answer)
    assert browser.get(f"{lms.url}/course/2").link(text="閱讀使用條款")
    assert tell(accepted=True).status_code == 201
    with pytest.raises(LookupError):
        browser.get(f"{lms.url}/course/2").link(text="閱讀使用條款")
    tools = lms.browser("admin").get(f"{lms.url}/admin/tools")
    assert "1 人接受，0 人不接受" in tools.text
    gone = requests.delete(f"{service['url']}/user", headers=headers, timeout=5)
    assert gone.status_code == 204
    assert not lms.lms.state.eula_answers

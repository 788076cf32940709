"""Access tokens, roster and grades, with the surprises that a real Moodle has."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from lti.platform.keys import new_key
from lti.platform.service_claims import AGS_SCOPE, NRPS_SCOPE
from lti.platform.testing import FakePlatform

from .conftest import MiniTool

MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
ITEM = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"


def bearer(lms: FakePlatform, tool: MiniTool, scope: str, **headers: str) -> dict[str, str]:
    answer = tool.access(lms, scope).json()
    return {"Authorization": f"Bearer {answer['access_token']}", **headers}


def test_a_token_for_known_scopes_only(lms: FakePlatform, registered: MiniTool) -> None:
    good = registered.access(lms, f"{NRPS_SCOPE} made-up")
    assert good.status_code == 200
    assert good.json()["scope"] == NRPS_SCOPE
    assert registered.access(lms, "made-up").json() == {"error": "invalid_scope"}


def test_an_assertion_from_the_future_or_another_key_is_refused(
    lms: FakePlatform, registered: MiniTool
) -> None:
    assert registered.access(lms, NRPS_SCOPE, iat=int(time.time()) + 30).status_code == 400
    registered.access(lms, NRPS_SCOPE)
    registered.key = new_key()
    assert registered.access(lms, NRPS_SCOPE).status_code == 200  # rotated: fetched again
    published, registered.key = registered.key, new_key() | {"kid": registered.key["kid"]}
    forged = registered.sign({"iss": lms.tool.client_id, "sub": lms.tool.client_id})
    registered.key = published
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": forged,
        "scope": NRPS_SCOPE,
    }
    assert requests.post(lms.token_endpoint, data=form, timeout=5).status_code == 400


def roster(lms: FakePlatform, **_: Any) -> str:
    tool = lms.tool
    return f"{lms.issuer}/services/CourseSection/2/bindings/{tool.id}/memberships"


def test_the_roster_comes_whole_or_in_pages(lms: FakePlatform, registered: MiniTool) -> None:
    headers = bearer(lms, registered, NRPS_SCOPE, Accept=MEMBERS)
    whole = requests.get(roster(lms), headers=headers, timeout=5)
    assert whole.headers["Content-Type"].startswith(MEMBERS)
    people = whole.json()["members"]
    assert "Link" not in whole.headers
    url, paged = roster(lms) + "?limit=5", []
    for _ in range(10):
        answer = requests.get(url, headers=headers, timeout=5)
        paged += answer.json()["members"]
        if "next" not in answer.links:
            break
        url = answer.links["next"]["url"]
    assert paged == people
    assert len(people) == 16


def test_the_roster_calls_a_non_editing_teacher_a_learner(
    lms: FakePlatform, registered: MiniTool
) -> None:
    headers = bearer(lms, registered, NRPS_SCOPE)
    people = requests.get(roster(lms), headers=headers, timeout=5).json()["members"]
    by_name = {row["ext_user_username"]: row for row in people}
    assert by_name["teacher1"]["roles"] == ["Instructor"]
    assert by_name["teacher2"]["roles"] == by_name["counsellor1"]["roles"] == ["Learner"]
    assert by_name["student2"]["name"] == "怡君 吳"
    assert "admin" not in by_name


def test_the_roster_speaks_one_media_type_and_wants_its_scope(
    lms: FakePlatform, registered: MiniTool
) -> None:
    headers = bearer(lms, registered, NRPS_SCOPE, Accept="application/json")
    assert requests.get(roster(lms), headers=headers, timeout=5).status_code == 400
    other = bearer(lms, registered, f"{AGS_SCOPE}score", Accept=MEMBERS)
    assert requests.get(roster(lms), headers=other, timeout=5).status_code == 401
    assert requests.get(roster(lms), timeout=5).status_code == 401


@pytest.fixture
def column(lms: FakePlatform, registered: MiniTool) -> str:
    """Address of the activity's line item."""
    found = lms.claims("student1", nonce="n")[
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
    ]
    return str(found["lineitem"])


def post_score(
    lms: FakePlatform, tool: MiniTool, column: str, when: datetime, **change: Any
) -> requests.Response:
    headers = bearer(lms, tool, f"{AGS_SCOPE}score", **{"Content-Type": SCORE})
    body = {
        "userId": "3",
        "scoreGiven": 1,
        "scoreMaximum": 1,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": when.isoformat(),
    } | change
    url = column.replace("/lineitem?", "/lineitem/scores?")
    headers["Content-Type"] = change.pop("content_type", SCORE)
    return requests.post(url, json=body, headers=headers, timeout=5)


def result(lms: FakePlatform, tool: MiniTool, column: str) -> list[dict[str, Any]]:
    headers = bearer(lms, tool, f"{AGS_SCOPE}result.readonly")
    url = column.replace("/lineitem?", "/lineitem/results?")
    found: list[dict[str, Any]] = requests.get(url, headers=headers, timeout=5).json()
    return found


def test_a_score_is_rescaled_and_a_second_in_the_same_moment_conflicts(
    lms: FakePlatform, registered: MiniTool, column: str
) -> None:
    now = datetime.now(UTC)
    first = post_score(lms, registered, column, now)
    assert (first.status_code, first.content) == (200, b"")
    assert post_score(lms, registered, column, now).status_code == 409
    row = result(lms, registered, column)[0]
    assert (row["userId"], row["resultScore"], row["resultMaximum"]) == ("3", 100, 100)
    assert row["timestamp"].endswith("+08:00")


def test_a_pending_score_empties_the_grade(
    lms: FakePlatform, registered: MiniTool, column: str
) -> None:
    now = int(time.time())
    post_score(lms, registered, column, datetime.fromtimestamp(now, UTC))
    later = datetime.fromtimestamp(now + 30, UTC)
    answer = post_score(lms, registered, column, later, gradingProgress="PendingManual")
    assert answer.status_code == 200
    assert result(lms, registered, column) == []


def test_teachers_strangers_and_plain_json_get_no_score(
    lms: FakePlatform, registered: MiniTool, column: str
) -> None:
    now = datetime.now(UTC)
    assert post_score(lms, registered, column, now, userId="33").status_code == 400
    assert post_score(lms, registered, column, now, userId="999").status_code == 400
    plain = post_score(lms, registered, column, now, content_type="application/json")
    assert plain.status_code == 400


def test_line_items_of_the_tools_own(lms: FakePlatform, registered: MiniTool) -> None:
    url = f"{lms.issuer}/services/2/lineitems?type_id={lms.tool.id}"
    headers = bearer(lms, registered, f"{AGS_SCOPE}lineitem")
    body = {"label": "課程學習成果", "scoreMaximum": 1, "tag": "outcome"}
    refused = requests.post(url, json=body, headers=headers, timeout=5)
    assert refused.status_code == 400
    made = requests.post(url, json=body, headers=headers | {"Content-Type": ITEM}, timeout=5)
    assert made.status_code == 201
    item = made.json()["id"]
    listed = requests.get(url + "&tag=outcome", headers=headers | {"Accept": ITEMS}, timeout=5)
    assert [row["id"] for row in listed.json()] == [item]
    assert requests.get(url, headers=headers, timeout=5).status_code == 400
    unusable = requests.get(url + "&limit=1", headers=headers | {"Accept": ITEMS}, timeout=5)
    assert "next" not in unusable.links
    changed = requests.put(
        item, json=body | {"label": "改名"}, headers=headers | {"Content-Type": ITEM}, timeout=5
    )
    assert changed.json()["label"] == "改名"
    assert requests.delete(item, headers=headers, timeout=5).status_code == 204
    assert requests.get(item, headers=headers | {"Accept": ITEM}, timeout=5).status_code == 404


def test_two_columns_on_one_link_leave_the_launch_without_one(
    lms: FakePlatform, registered: MiniTool, column: str
) -> None:
    url = f"{lms.issuer}/services/2/lineitems?type_id={lms.tool.id}"
    headers = bearer(lms, registered, f"{AGS_SCOPE}lineitem", **{"Content-Type": ITEM})
    body = {"label": "x", "scoreMaximum": 1, "resourceLinkId": str(lms.activity().id)}
    assert requests.post(url, json=body, headers=headers, timeout=5).status_code == 201
    endpoint = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
    assert "lineitem" not in lms.claims("student1", nonce="n")[endpoint]

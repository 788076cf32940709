"""A course of thousands: its roster, its grades, and the pages that people see of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from lti.platform.service_claims import AGS_ENDPOINT, NRPS_ENDPOINT
from lti.platform.testing import AGS_SCOPE, NRPS_SCOPE, FakePlatform
from lti.platform.world import World, many

from .conftest import MiniTool

STUDENTS = 5000


@pytest.fixture
def lms(tmp_path: Path, mode: str) -> Iterator[FakePlatform]:
    with FakePlatform(tmp_path / "lms", mode=mode, people=many(STUDENTS)) as platform:
        yield platform


def test_they_are_a_world_like_any_other() -> None:
    world = World(many(3, teachers=2))
    course = world.courses["9"]
    assert sorted(role for _, role in world.enrolled(course)) == ["student"] * 3 + ["teacher"] * 2
    assert world.person("m00001").id == "100001"
    assert world.person("student1").id == "3"


@pytest.mark.parametrize(("mode", "pages"), [("moodle", 1), ("canvas", 51), ("generic", 51)])
def test_the_roster_of_thousands(lms: FakePlatform, registered: MiniTool, pages: int) -> None:
    url = lms.claims("m05001", nonce="n", course="9")[NRPS_ENDPOINT]["context_memberships_url"]
    token = registered.access(lms, NRPS_SCOPE).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    seen, follow, count = set(), f"{url}?limit=100" if pages > 1 else url, 0
    with requests.Session() as session:
        while follow:
            answer = session.get(follow, headers=headers, timeout=30)
            seen |= {row["user_id"] for row in answer.json()["members"]}
            follow = answer.links.get("next", {}).get("url", "")
            count += 1
    assert (len(seen), count) == (STUDENTS + 1, pages)


@pytest.mark.parametrize("mode", ["canvas"])
def test_many_scores_are_kept(lms: FakePlatform, registered: MiniTool, tmp_path: Path) -> None:
    column = lms.claims("m05001", nonce="n", course="9")[AGS_ENDPOINT]["lineitem"]
    token = registered.access(lms, f"{AGS_SCOPE}score").json()["access_token"]
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/vnd.ims.lis.v1.score+json",
    }
    body = {
        "scoreGiven": 1,
        "scoreMaximum": 1,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": datetime.fromtimestamp(time.time(), UTC).isoformat(),
    }
    with requests.Session() as session:
        for number in range(1, 201):
            one = body | {"userId": lms.lms.names.subject(str(100000 + number))}
            answer = session.post(f"{column}/scores", json=one, headers=headers, timeout=10)
            assert answer.status_code == 200
    item = next(i for i in lms.lms.state.line_items.values() if i.course_id == "9")
    with FakePlatform(tmp_path / "lms", mode="canvas", people=many(STUDENTS)) as again:
        assert len(again.lms.state.scores_of(item.id)) == 200


@pytest.mark.parametrize("mode", ["moodle"])
def test_pages_show_some_and_find_the_rest(lms: FakePlatform, registered: MiniTool) -> None:
    admin = lms.browser("admin")
    home = admin.get(f"{lms.url}/")
    assert len(home.content) < 200_000
    assert "另有 4988 人" in home.text
    found = admin.submit(home, home.form(field="q"), {"q": "m04999"})
    assert [form.value("person") for form in found.forms if form.value("person")] == ["104999"]
    none = admin.get(f"{lms.url}/", params={"q": "nobody at all"})
    assert "找不到" in none.text
    course = admin.get(f"{lms.url}/course/9")
    assert "成員 5001 人" in course.text
    assert len(course.content) < 100_000
    members = admin.get(course.link(text="成員名單"))
    assert "共 51 頁、5001 人" in members.text
    last = admin.get(f"{lms.url}/course/9/members?page=51")
    assert "m05001" in last.text
    assert "m04900" not in last.text
    grades = admin.get(f"{lms.url}/course/9/grades?page=50")
    assert "共 50 頁" in grades.text
    assert len(grades.content) < 100_000

"""Who gets through which door of the overviews: role × relation × school."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import db
from plugin.portfolio.operations import admission, export
from plugin.portfolio.operations.admission import AdmissionInput
from tests.factories import actor_of, make_rule
from tests.plugin.portfolio.test_experience_access import (
    COMPANIONS,
    NO,
    NONE,
    OK,
    OUT,
    PEOPLE,
    STATUS,
    STUDENTS,
    parent_of,
    people,
    row,
)
from tests.plugin.portfolio.world import World

HOMEROOMS = row(homeroom=OK, other_homeroom=OK)
SCHOOL = row(registry=OK, affairs=OK, foreign_affairs=OK, administrator=OK)
OWN_EXPORT = row(
    owner=OK, classmate=NONE, foreign_student=NONE, parent=NONE, other_parent=NONE,
    foreign_parent=NONE,
)  # fmt: skip
EXPORTS = row(
    # a parent of a school that does not let parents export is told so, by name of the rule
    owner=OK, classmate=OK, foreign_student=OK, parent=NO, other_parent=NO, foreign_parent=NONE,
)  # fmt: skip

MATRIX: dict[tuple[str, str], dict[str, str]] = {
    ("GET", "/timeline"): STUDENTS,
    ("GET", "/timeline/<person>"): COMPANIONS,
    ("GET", "/exports"): EXPORTS,
    ("POST", "/exports"): EXPORTS,
    ("GET", "/exports/<export>"): OWN_EXPORT,
    ("GET", "/children"): row(parent=OK, other_parent=OK, foreign_parent=OK),
    ("GET", "/admission"): STUDENTS,
    ("POST", "/admission"): STUDENTS,
    ("GET", "/admission/preview.pdf"): STUDENTS,  # each their own, saved one line above
    ("GET", "/homeroom"): HOMEROOMS,
    # without a class of one's own there is nothing to take or to remind
    ("GET", "/homeroom/class.csv"): row(homeroom=OK, other_homeroom=NONE),
    ("POST", "/homeroom/remind"): row(homeroom=OK, other_homeroom=NONE),
    ("GET", "/dashboard"): SCHOOL,
    ("POST", "/dashboard/remind"): row(registry=OK, affairs=OK, foreign_affairs=OK),
}
PREFIXES = ("/timeline", "/exports", "/children", "/admission", "/homeroom", "/dashboard")


def test_the_matrix_names_every_route(app: Flask) -> None:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("portfolio.") and rule.rule.startswith(PREFIXES):
            path = rule.rule.replace("<int:person_id>", "<person>")
            path = path.replace("<int:export_id>", "<export>")
            found |= {(verb, path) for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert found == set(MATRIX)
    assert set(PEOPLE) >= {"parent", "homeroom"}
    assert OUT in STATUS.values()


@pytest.fixture
def scene(world: World) -> dict[str, str]:
    """What the addresses name: the owner's export and preview."""
    admission.save(world.pupil, AdmissionInput(statement="想法"))
    made = export.begin(world.pupil, None)
    return {
        "<person>": str(world.student.id),
        "<export>": str(made.id),
        "<class>": str(world.school_class.id),
    }


def test_access(
    client: FlaskClient, world: World, act_as: Callable[[Any], Any], scene: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("plugin.jobs._wake", lambda *_more, **_rest: None)  # asked for is enough
    everybody = people(world)
    met: dict[tuple[str, str], dict[str, str]] = {door: {} for door in MATRIX}
    for who in PEOPLE:
        act_as(everybody[who])
        token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/inbox").text)
        for verb, path in MATRIX:
            address = path
            for mark, value in scene.items():
                address = address.replace(mark, value)
            form = {
                "csrf_token": token[1] if token else "",
                "class": scene["<class>"],
                "whom": "students",
            }
            answer = client.open(address, method=verb, data=form if verb == "POST" else None)
            met[verb, path][who] = STATUS.get(answer.status_code, str(answer.status_code))
    for door, said in MATRIX.items():
        assert met[door] == said, door


def test_a_parent_exports_where_the_school_allows(
    client: FlaskClient, world: World, act_as: Callable[[Any], Any]
) -> None:
    make_rule(world.school, "export.by_parent", True)
    act_as(parent_of(world, world.student))
    page = client.get(f"/exports?student={world.student.id}")
    assert page.status_code == 200
    assert "課程諮詢" not in re.search(r"<form.*?</form>", page.text, re.S)[0]
    assert client.get("/exports?student=987654").status_code == 404


def test_a_student_reminds_nobody_of_another_class(
    client: FlaskClient, world: World, act_as: Callable[[Any], Any]
) -> None:
    everybody = people(world)
    act_as(everybody["other homeroom"])
    assert f"/timeline/{world.student.id}" not in client.get("/homeroom").text
    act_as(everybody["homeroom"])
    assert f"/timeline/{world.student.id}" in client.get("/homeroom").text


def test_companions_see_neither_drafts_nor_works(
    client: FlaskClient, world: World, act_as: Callable[[Any], Any]
) -> None:
    world.draft(title="還沒寫完的草稿", summary="草稿的內容")
    world.certified(title="已認證的成果", summary="作品的內容")
    db._close_reads()
    everybody = people(world)
    for who in ("parent", "homeroom", "counsellor"):
        act_as(everybody[who])
        page = client.get(f"/timeline/{world.student.id}").text
        assert "已認證的成果" in page
        assert "還沒寫完的草稿" not in page
        assert "作品的內容" not in page
        assert "/outcomes/" not in page
    act_as(actor_of(world.student))
    assert "還沒寫完的草稿" in client.get("/timeline").text

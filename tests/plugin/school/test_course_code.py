"""The 23-character course code, part by part (central-rosters §5)."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from plugin.actor import Actor, Role
from plugin.school import course_code
from plugin.school.models import School
from tests.factories import actor_of, make_course, make_school, make_staff

GOOD = "110193301H1110101110001"
"""Intake 110, school 193301, 普通型, 學術群, department 101, group 0, 部定必修, 原班級."""


@pytest.fixture
def school(app: Flask) -> School:
    return make_school()


@pytest.fixture
def administrator(school: School, act_as: Callable[[Any], Any]) -> Actor:
    return act_as(actor_of(make_staff(school, Role.ADMINISTRATOR)))


@pytest.fixture(autouse=True)
def _words(app: Flask):
    with app.test_request_context("/"):
        yield


def meanings(code: str) -> dict[str, str]:
    found = course_code.read(code)
    assert found is not None
    return {part.name: part.meaning for part in found.parts}


def test_every_part_is_explained() -> None:
    found = course_code.read("110193301H11101010301020A"[:23])
    assert found is not None
    assert "".join(part.text for part in found.parts) == found.text
    assert found["intake"] == "110"
    assert found["school"] == "193301"
    assert meanings(found.text)["kind"] == "普通型"
    assert meanings(found.text)["cluster"] == "學術群（學術學程）"
    assert found.plan == found.text[:16]


def test_a_school_code_may_hold_a_letter() -> None:
    assert course_code.wrong("110000B00" + GOOD[9:]) == ""


@pytest.mark.parametrize(
    ("place", "text", "word"),
    [
        (1, "A", "適用入學年度"),
        (10, "1", "課程類型"),
        (17, "Z", "課程類別"),
        (17, "0", "課程類別"),
        (19, "9", "科目屬性"),
        (22, "-", "科目名稱代碼"),
    ],
)
def test_a_part_that_cannot_stand_is_named_with_its_place(place: int, text: str, word: str) -> None:
    code = GOOD[: place - 1] + text + GOOD[place:]
    assert len(code) == 23
    said = course_code.wrong(code)
    assert word in said
    assert str(place) in said


@pytest.mark.parametrize("code", ["", "110", GOOD + "1"])
def test_the_wrong_length_says_how_many(code: str) -> None:
    assert course_code.read(code) is None
    assert f"{len(code)} 碼" in course_code.wrong(code)


def test_pasted_with_spaces_and_lower_case() -> None:
    assert course_code.wrong(f" {GOOD.lower()} ") == ""


def test_what_is_not_in_an_open_list_is_not_wrong() -> None:
    code = GOOD[:10] + "77" + GOOD[12:]
    assert course_code.wrong(code) == ""
    assert meanings(code)["cluster"] == ""


@pytest.mark.parametrize(
    ("category", "attribute", "hands_in"),
    [("1", "1", True), ("8", "0", False), ("9", "A", False), ("9", "D", True), ("8", "D", True)],
)
def test_group_and_flexible_time_hand_in_only_with_attribute_d(
    category: str, attribute: str, hands_in: bool
) -> None:
    found = course_code.read(GOOD[:16] + category + "0" + attribute + GOOD[19:])
    assert found is not None
    assert found.hands_in is hands_in


@given(st.text(alphabet=string.printable + "課程", max_size=40))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    found = course_code.read(text)
    assert (course_code.wrong(text) == "") == (found is not None and not found.faults)


def test_the_course_page_explains_it(
    client: FlaskClient, administrator: Actor, school: School
) -> None:
    course = make_course(school, code="110193301H111010Z110101")
    page = client.get(f"/school/courses/{course.id}").text
    assert "適用入學年度" in page
    assert "課程代碼有誤" in page
    assert "第 17 碼" in page

"""The plan platform's list of course codes: any separators, compared again after changes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db
from plugin.school.importing.models import ImportState, PlanCourse
from tests.factories import make_school
from tests.plugin.school.importing.world import Registry, changes, faults


@pytest.fixture
def registry(app: Flask) -> Registry:
    return Registry(make_school(code="999901"))


FIRST = "115999901H1110101010101"
SECOND = "115999901H1110101010201"
OTHER_YEAR = "114999901H1110101010101"


def known() -> dict[str, tuple[str, str, bool]]:
    db._close_reads()
    rows = db.reading().scalars(sa.select(PlanCourse))
    return {one.code: (one.name, one.credits, one.active) for one in rows}


@pytest.mark.parametrize("mark", [",", "\t", "|", ";", "  "])
def test_any_separator(registry: Registry, mark: str) -> None:
    lines = [mark.join(one) for one in ((FIRST, "國語文", "440000"), ("x", "數學", SECOND))]
    one = registry.apply(registry.upload("\r\n".join(lines).encode("cp950"), "codes.txt"))
    assert one.state is ImportState.APPLIED, one.message
    assert known() == {FIRST: ("國語文", "440000", True), SECOND: ("數學", "", True)}


def test_headings(registry: Registry) -> None:
    text = f"學年度,課程代碼,科目名稱,授課學期學分\n115,{FIRST},國語文,440000\n"
    registry.apply(registry.upload(text.encode(), "codes.txt"))
    assert known() == {FIRST: ("國語文", "440000", True)}


def test_after_a_change_the_difference_is_shown(registry: Registry) -> None:
    old = f"{OTHER_YEAR},國語文,440000\n"
    registry.apply(registry.upload(old.encode(), "114.txt"))
    text = f"{FIRST},國語文,440000\n{SECOND},數學,440000\n"
    registry.apply(registry.upload(text.encode(), "115.txt"))
    one = registry.upload(f"{FIRST},國語文,220000\n".encode(), "115.txt")
    assert [(row.action.value, row.content["after"]) for row in changes(one)] == [
        ("changed", {"credits": "220000"}),
        ("gone", {"active": False}),
    ]
    one = registry.apply(one)
    assert known()[SECOND][2] is False
    assert known()[OTHER_YEAR][2] is True, "another intake's list"
    registry.undo(one)
    assert known()[FIRST][1] == "440000"
    assert known()[SECOND][2] is True


def test_codes_of_another_school_and_cut_ones_are_faults(registry: Registry) -> None:
    text = f"{FIRST[:-1]},國語文\n{FIRST.replace('999901', '000001')},數學\n{SECOND}\n"
    one = registry.upload(text.encode(), "codes.txt")
    found = {row.row: row.reason for row in faults(one)}
    assert "22" in found[1]
    assert "000001" in found[2]
    assert "科目名稱" in found[3]


def test_a_text_without_codes(registry: Registry) -> None:
    one = registry.upload("親愛的家長：您好".encode(), "letter.txt")
    assert one.state is ImportState.REFUSED

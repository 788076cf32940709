"""The list of schools: brought in from a file, replaced by the next, searched."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db
from plugin.actor import Role
from plugin.certification.models import ListedSchool
from plugin.certification.queries import schools
from plugin.errors import NotAllowed
from plugin.school.importing.models import ImportState
from tests.factories import actor_of, make_staff
from tests.factories.certification import make_office
from tests.plugin.school.importing.world import Registry, changes, faults

HEAD = ("學校代碼", "學校名稱", "縣市", "學校類別", "其他名稱")
ROWS = [
    ("193301", "歷程測試國民小學", "臺中市", "國小", "測小、歷程國小"),
    ("353301", "臺北市立第一女子測試高級中學", "臺北市", "高中職", ""),
    ("0199", "國立歷程測試大學", "臺南市", "大專校院", "歷程師專"),
    ("353302", "國立測試師範大學附屬高級中學", "台北市", "高中職", ""),
]


@pytest.fixture
def registry(app: Flask) -> Registry:
    made = Registry(make_office())
    made.actor = actor_of(make_staff(made.school, Role.ISSUING_OFFICE))
    return made


def sheet(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *rows])
    return text.getvalue().encode("utf-8-sig")


def found(office_id: int, words: str) -> list[str]:
    db._close_reads()
    return [one.code for one in schools.search(office_id, words)]


def test_a_list_is_brought_in_and_replaced(registry: Registry) -> None:
    office_id = registry.school.id
    one = registry.apply(registry.upload(sheet(ROWS), "學校.csv"))
    assert one.state is ImportState.APPLIED, one.message
    assert schools.count(office_id) == 4
    renamed = ("193301", "歷程測試實驗國民小學", "臺中市", "國小", "歷程測試國民小學")
    one = registry.upload(sheet([renamed, *ROWS[2:]]), "學校.csv")
    assert sorted(row.action.value for row in changes(one)) == ["changed", "gone"]
    one = registry.apply(one)
    assert schools.count(office_id) == 3
    assert found(office_id, "實驗國小") == ["193301"]
    assert found(office_id, "歷程測試國民小學") == ["193301"]  # by its old name
    assert found(office_id, "第一女子") == []
    registry.undo(one)
    assert found(office_id, "第一女子") == ["353301"]


def test_faults_are_told_by_row_and_nothing_is_taken(registry: Registry) -> None:
    bad = [
        ("19 33-01", "某國小", "", "國小", ""),
        ("1", "", "", "國小", ""),
        ("2", "某校", "", "補習班", ""),
    ]
    one = registry.upload(sheet([*ROWS, *bad]), "學校.csv")
    told = {row.row: row.reason for row in faults(one)}
    assert set(told) == {6, 7, 8}
    assert "英文字母與數字" in told[6]
    assert schools.count(registry.school.id) == 0


def test_others_may_not(registry: Registry) -> None:
    registry.actor = actor_of(make_staff(registry.school, Role.REVIEWER))
    with pytest.raises(NotAllowed):
        registry.upload(sheet(ROWS), "學校.csv")


def test_short_names_and_other_spellings(registry: Registry) -> None:
    registry.apply(registry.upload(sheet(ROWS), "學校.csv"))
    office_id = registry.school.id
    assert found(office_id, "北一女") == ["353301"]
    assert found(office_id, "師大附中") == ["353302"]
    assert found(office_id, "台北市立") == found(office_id, "臺北市立") == ["353301"]
    assert found(office_id, "歷程國小") == ["193301"]
    assert found(office_id, "測小") == ["193301"]
    assert found(office_id, "歷程師專") == ["0199"]
    assert found(office_id, "３５３３") == ["353301", "353302"]
    assert found(office_id, "歷程 測試")[0] == "193301"


def test_thousands_of_schools_take_one_statement(registry: Registry) -> None:
    many = [(f"{n:06}", f"第{n}測試國民小學", f"第{n % 22}縣", "國小", "") for n in range(4200)]
    registry.apply(registry.upload(sheet([*ROWS, *many]), "學校.csv"))
    assert schools.count(registry.school.id) == 4204
    asked = []
    sa.event.listen(db.engine(), "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert found(registry.school.id, "北一女")[0] == "353301"
    assert found(registry.school.id, "第4199") == ["004199"]
    assert len([one for one in asked if "listed_school" in one]) == 2
    assert len(schools.search(registry.school.id, "國小")) == schools.SHOWN


def test_an_entry_is_meant_by_label_code_or_whole_name(registry: Registry) -> None:
    twins = [
        ("111111", "和平國民小學", "臺北市", "國小", ""),
        ("222222", "和平國民小學", "花蓮縣", "國小", ""),
    ]
    registry.apply(registry.upload(sheet([*ROWS, *twins]), "學校.csv"))
    db._close_reads()
    lookup = schools.SchoolLookup(registry.school.id, "")
    codes = {
        text: one.code if (one := lookup.find(text)) else None
        for text in (
            "193301", "歷程測試國民小學", "歷程測試國民小學（193301）", "歷程師專",
            "和平國民小學", "和平國民小學（222222）", "別的名字（193301）", "歷程",
        )
    }  # fmt: skip
    assert codes == {
        "193301": "193301",
        "歷程測試國民小學": "193301",
        "歷程測試國民小學（193301）": "193301",
        "歷程師專": "0199",
        "和平國民小學": None,  # two of that name
        "和平國民小學（222222）": "222222",
        "別的名字（193301）": None,
        "歷程": None,
    }
    assert db.reading().scalar(sa.select(sa.func.count(ListedSchool.id))) == 6

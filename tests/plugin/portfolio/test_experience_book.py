"""The official workbook of experiences, from what was sent, read back by another program."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from plugin.portfolio import kinds
from plugin.portfolio.models import SelectionKind
from plugin.portfolio.operations import selection
from plugin.portfolio.queries import chosen_experiences
from plugin.portfolio.queries.chosen_experiences import ChosenExperience
from plugin.school.models import WindowKind
from reports.roster import book, write_roster
from tests.factories import YEAR, make_rule, make_window
from tests.plugin.portfolio.experience_world import sent
from tests.plugin.portfolio.test_experience_kinds import ROSTER
from tests.plugin.portfolio.world import World, make_world
from tests.reports.samples import MADE_AT

OPENING, CLOSING = "身分證號 出生日期", "證明文件連結 影音檔案連結 外部影音連結"

EXPECTED = {
    "post": "三年二班 1150901 1160120 學藝股長 簡述 1",
    "contest": "全國高級中等學校小論文寫作比賽 史地類 1 甲等 1151120 簡述 1",
    "licence": "4230 . 945 聽力|495、閱讀|450 1151015 118-003456 . 簡述",
    "service": "社區圖書館說故事志工 青田里社區發展協會 1150905 1151226 24.5 簡述",
    "flexible": "1 自主學習：用|Python|分析空氣品質 教務處 115 1 2 18 簡述",
    "group": "1 學務處 天文社校外觀測 115 1 18 簡述",
    "workplace": ". 青田食品有限公司 見習生 1150706 1150807 80 簡述",
    "work": "微電影《回家的路》 1151101 簡述",
    "precollege": "大學先修課程計畫 青田大學數學系 微積分先修 1150912 1160109 3 54 簡述",
    "other": "高中生科學營 國立自然科學博物館 1150720 1150724 35 簡述",
}
"""What stands in the own columns, in their order; `.` is empty, `|` a blank."""


def test_the_book_and_the_kinds_agree() -> None:
    """Sheets, columns and their order are written down twice: for the paper and for the form."""
    found = {
        sheet.key: (sheet.name, [(c.key, c.title) for c in sheet.columns[2:-3]])
        for sheet in book("experiences").sheets
    }
    assert found == {one.key: (one.sheet, list(one.columns)) for one in kinds.kinds(YEAR)}
    formats = {"date": "roc7", "int": "number", "decimal": "number", "code": "code", "text": "text"}
    for sheet in book("experiences").sheets:
        columns = {column.key: column.format for column in sheet.columns}
        for one in kinds.kind(sheet.key, YEAR).fields:
            assert not one.column or columns[one.key] == formats[one.type]


@pytest.mark.parametrize("place", ["after_summary", "before_summary", "none"])
def test_the_columns_are_those_of_the_roster(place: str) -> None:
    """A school's setting of the file columns is about outcomes; here their place is known."""
    found = {
        sheet.name: " ".join(column.title for column in sheet.columns)
        for sheet in book("experiences", place).sheets
    }
    wanted = {name: f"{OPENING} {own} {CLOSING}" for name, own in ROSTER.items()}
    assert list(found.items()) == list(wanted.items())


@pytest.fixture
def chosen(app: Flask) -> dict[str, ChosenExperience]:
    """One of each kind, selected."""
    world: World = make_world()
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    make_rule(world.school, "selection.experiences.max", 10)
    link = "https://example.org/v"
    ids = [sent(world, name, summary="簡述", link=link).id for name in kinds.names()]
    selection.choose(world.pupil, YEAR, ids, SelectionKind.EXPERIENCE)
    found = chosen_experiences.chosen(world.school.id, YEAR, personal=True)
    return {one.kind.key: one for one in found}


def row(one: ChosenExperience) -> dict[str, Any]:
    assert one.student.birthday
    return {
        "national_id": one.student.national_id,
        "birthday": date.fromisoformat(one.student.birthday),
        **one.cells,
        "document_link": f"files/{one.experience.id}.pdf",
        "external_link": one.experience.link,
    }


def test_it_is_read_back_column_by_column(
    tmp_path: Path, chosen: dict[str, ChosenExperience]
) -> None:
    path = tmp_path / "多元表現.xlsx"
    counts = write_roster(
        book("experiences"),
        path,
        school_code="000B00",
        academic_year=YEAR,
        made_at=MADE_AT,
        rows={key: [row(one)] for key, one in chosen.items()},
        batch="third_year_second",
    )
    assert counts == dict.fromkeys(kinds.names(), 1)
    opened = CalamineWorkbook.from_path(str(path))
    assert opened.sheet_names == ["封面", *ROSTER]
    cover = opened.get_sheet_by_name("封面").to_python()
    assert cover == [["學校代碼", "學年度", "學期", "名冊別"], ["000B00", "115", "0", "75"]]
    for one in kinds.kinds(YEAR):
        header, cells = opened.get_sheet_by_name(one.sheet).to_python()
        assert header == [*OPENING.split(), *ROSTER[one.sheet].split(), *CLOSING.split()]
        own = [
            "" if said == "." else said.replace("|", " ") for said in EXPECTED[one.key].split(" ")
        ]
        assert cells[:2] == ["A123456789", "0990304"]
        assert dict(zip(header[2:-3], cells[2:-3], strict=True)) == dict(
            zip(header[2:-3], own, strict=True)
        )
        document = f"files/{chosen[one.key].experience.id}.pdf"
        assert cells[-3:] == [document, "", "https://example.org/v"]


def test_every_cell_is_text(tmp_path: Path, chosen: dict[str, ChosenExperience]) -> None:
    path = tmp_path / "r.xlsx"
    line = row(chosen["service"]) | {"service": "=1+1", "summary": "0920301"}
    write_roster(
        book("experiences"), path, school_code="000B00", academic_year=YEAR, made_at=MADE_AT,
        rows={"service": [line]},
    )  # fmt: skip
    sheet = openpyxl.load_workbook(path)["服務學習紀錄"]
    assert {cell.data_type for cell in sheet[2]} <= {"s", "n"}
    assert {cell.number_format for cell in sheet[2]} == {"@"}
    assert (sheet["C2"].value, sheet["H2"].value, sheet["G2"].value) == ("=1+1", "0920301", "24.5")

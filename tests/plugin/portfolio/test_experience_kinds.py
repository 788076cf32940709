"""The ten kinds as data, and the forms that are made from them."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal

import pytest
import yaml
from flask import Flask
from werkzeug.datastructures import MultiDict

from forms.definition import Form, describe
from plugin.portfolio import kinds
from plugin.portfolio.forms.experiences import ExperienceForm, faults, form_class
from plugin.school.terms import FIRST_YEAR
from tests.factories import YEAR
from tests.plugin.portfolio.experience_world import details, typed

ROSTER = {
    "幹部經歷暨事蹟紀錄": "單位名稱 開始日期 結束日期 擔任職務 內容簡述 幹部等級",
    "競賽參與紀錄": "競賽名稱 項目 競賽等級代碼 獎項 結果公布日期 內容簡述 團體參與代碼",
    "檢定證照紀錄": "證照代碼 註1 分數 分項結果 取得證照日期 證照字號 檢定組別 內容簡述",
    "服務學習紀錄": "服務名稱 服務單位 開始日期 結束日期 時數 內容簡述",
    "彈性學習時間紀錄": (
        "彈性學習時間類別種類代碼 內容開設名稱 開設單位 開設學年度 開設學期 每週節數 "
        "開設週數 內容簡述"
    ),
    "團體活動時間紀錄": (
        "團體活動時間類別代碼 辦理單位 團體活動內容名稱 活動學年度 活動學期 節數 內容簡述"
    ),
    "職場學習紀錄": ("職場學習類別代碼 職場學習單位 職場學習職稱 開始日期 結束日期 時數 內容簡述"),
    "作品成果紀錄": "名稱 日期 內容簡述",
    "大學及技專校院先修課程紀錄": (
        "計畫專案 開設單位 課程名稱 開始日期 結束日期 學分數 總時數 內容簡述"
    ),
    "其他多元表現紀錄": "名稱 主辦單位 開始日期 結束日期 時數 內容簡述",
}
"""Sheets and own columns in order (central-rosters.md §3.7)."""

TABLES = {
    ("post", "level"): "1 校級幹部 2 班級幹部 3 社團幹部 4 實習幹部 5 校外自治組織團體 9 其他幹部",
    ("contest", "level"): "1 校級 2 縣市級 3 全國 4 國際",
    ("contest", "participation"): "1 個人 2 團體",
    ("flexible", "class"): ("1 自主學習 2 選手培訓 3 充實（增廣）課程 4 補強性課程 5 學校特色活動"),
    ("group", "class"): "1 班級活動 2 社團活動 3 學生自治會活動 4 週會 5 講座 6 其他",
}
"""Code tables (central-rosters.md §4)."""

KEYS = kinds.names()


class TestData:
    def test_sheets_and_columns_are_those_of_the_roster_in_order(self) -> None:
        found = {
            one.sheet: " ".join(heading for _key, heading in one.columns)
            for one in kinds.kinds(YEAR)
        }
        assert list(found.items()) == list(ROSTER.items())

    @pytest.mark.parametrize(("place", "codes"), TABLES.items(), ids=lambda one: str(one)[:30])
    def test_code_tables(self, place: tuple[str, str], codes: str) -> None:
        table = kinds.kind(place[0], YEAR).field(place[1]).codes
        assert table is not None
        flat = itertools.chain.from_iterable((code, one.zh) for code, one in table.values.items())
        assert " ".join(flat) == codes

    def test_they_hold_since_the_first_year_of_portfolios(self) -> None:
        assert kinds.kinds(FIRST_YEAR) == kinds.kinds(YEAR)
        assert {one.from_year for one in kinds.kinds(YEAR)} == {FIRST_YEAR}

    def test_what_no_list_is_published_of_stays_open_and_is_not_demanded(self) -> None:
        for name, key in (("workplace", "class"), ("licence", "licence_code"), ("licence", "note")):
            one = kinds.kind(name, YEAR).field(key)
            assert one.codes is not None
            assert one.codes.open
            assert not one.required

    def test_what_is_guessed_says_so(self) -> None:
        """A field is demanded by a source, or the data say that the product demands it."""
        from_sources = {"post", "contest", "flexible"}
        for one in kinds.kinds(YEAR):
            for field in one.fields:
                assert field.confidence in {"agreed", "single", "inferred"}
                if field.required:
                    guessed = field.demanded == "inferred"
                    assert guessed is (one.key not in from_sources), (one.key, field.key)

    def test_every_word_is_there_in_both_languages(self) -> None:
        for one in kinds.kinds(YEAR):
            said = [one.name, one.help, *(field.label for field in one.fields)]
            said += [field.help for field in one.fields if field.help.zh]
            for field in one.fields:
                said += list(field.codes.values.values()) if field.codes else []
            assert all(words.zh and words.en for words in said), one.key

    def test_a_later_set_replaces_a_kind_whole_and_leaves_the_years_before(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: object
    ) -> None:
        data = yaml.safe_load(kinds.DATA.read_text(encoding="utf-8"))
        new = dict(data["sets"][0]["kinds"][7], sheet="作品紀錄")
        data["sets"].append({"from_year": 117, "kinds": [new]})
        changed = tmp_path / "kinds.yaml"  # type: ignore[operator]
        changed.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        monkeypatch.setattr(kinds, "DATA", changed)
        kinds._sets.cache_clear()
        try:
            assert kinds.kind("work", 116).sheet == "作品成果紀錄"
            assert kinds.kind("work", 117).sheet == "作品紀錄"
            assert [one.key for one in kinds.kinds(117)] == list(KEYS)
            assert kinds.latest("work").sheet == "作品紀錄"
        finally:
            kinds._sets.cache_clear()

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"title": ["nothing"]}, "nothing"),
            ({"fields": [{"key": "name", "type": "word", "label": {}, "confidence": "x"}]}, "word"),
        ],
    )
    def test_data_that_contradict_themselves_are_refused(
        self, wrong: dict[str, object], said: str
    ) -> None:
        data = yaml.safe_load(kinds.DATA.read_text(encoding="utf-8"))
        row = data["sets"][0]["kinds"][7] | wrong
        with pytest.raises(ValueError, match=said):
            kinds._kind(row, {}, 108)

    def test_an_unknown_kind(self) -> None:
        with pytest.raises(kinds.UnknownKind):
            kinds.kind("nothing", YEAR)

    def test_values_for_the_roster_have_their_type(self) -> None:
        service = kinds.kind("service", YEAR)
        assert service.field("hours").read("24.5") == Decimal("24.5")
        assert service.field("start_on").read("2026-09-05") == date(2026, 9, 5)
        assert service.field("start_on").read("九月") is None
        assert kinds.kind("flexible", YEAR).field("weeks").read("18") == 18
        assert kinds.kind("post", YEAR).field("level").read("2") == "2"


class TestForms:
    @pytest.mark.parametrize("name", KEYS)
    def test_every_door_can_describe_it(self, app: Flask, name: str) -> None:
        with app.test_request_context():
            told = describe(form_class(name, YEAR))
        assert told.name == f"experience.{name}"
        assert [one.name for one in told.fields][-5:] == [
            "summary", "document", "media", "link", "ai_note",
        ]  # fmt: skip
        assert all(one.label and one.prompt for one in told.fields)
        assert told.field("summary").limits == {"max_points": 100}

    @pytest.mark.parametrize("name", KEYS)
    def test_no_field_hides_what_a_form_does(self, name: str) -> None:
        """A field named `group` would take the place of `Form.group`."""
        own = {one.key for one in kinds.kind(name, YEAR).fields}
        assert {key for key in own if hasattr(Form, key) or hasattr(ExperienceForm, key)} == set()

    @pytest.mark.parametrize("name", KEYS)
    def test_what_a_student_types_is_stored_in_one_spelling(self, app: Flask, name: str) -> None:
        with app.test_request_context():
            stored = details(name)
            assert faults(name, YEAR, stored) == {}
            of_kind = kinds.kind(name, YEAR)
            assert set(stored) == set(typed(name))
            for one in of_kind.fields:
                if one.key in stored:
                    assert one.read(stored[one.key]) is not None

    @pytest.mark.parametrize("name", KEYS)
    def test_each_demanded_field_is_missed(self, app: Flask, name: str) -> None:
        demanded = {one.key for one in kinds.kind(name, YEAR).fields if one.required}
        with app.test_request_context():
            assert set(faults(name, YEAR, {})) == demanded

    @pytest.mark.parametrize(
        ("name", "key", "text", "said"),
        [
            ("post", "end_on", "115/8/1", "不能早於"),
            ("post", "start_on", "15/9/1", "年份看起來不對"),
            ("post", "start_on", "131/9/1", "年份看起來不對"),
            ("post", "start_on", "開學那天", "看不懂這個日期"),
            ("post", "level", "6", "沒有這個選項"),
            ("post", "unit", "字" * 61, "最多 60 字"),
            ("contest", "participation", "true", "沒有這個選項"),
            ("licence", "licence_code", "42", "格式不對"),
            ("licence", "score", "甲", "請填數字"),
            ("service", "hours", "2.5小時", "請填數字"),
            ("service", "hours", "2.1234", "小數最多 3 位"),
            ("service", "hours", "-1", "0 到 9999"),
            ("flexible", "weeks", "19", "1 到 18"),
            ("flexible", "periods", "0", "1 到 40"),
            ("flexible", "term", "3", "沒有這個選項"),
        ],
    )
    def test_what_cannot_be_right_is_said_at_its_field(
        self, app: Flask, name: str, key: str, text: str, said: str
    ) -> None:
        with app.test_request_context():
            found = faults(name, YEAR, details(name) | {key: text})
        assert list(found) == [key]
        assert said in found[key]

    def test_what_nobody_can_read_is_kept_as_it_was_typed(self, app: Flask) -> None:
        with app.test_request_context():
            form = form_class("service", YEAR)(
                MultiDict(typed("service") | {"start_on": "開學那天", "hours": "很多"}),
                meta={"csrf": False},
            )
            kept = form.values().details
        assert (kept["start_on"], kept["hours"]) == ("開學那天", "很多")

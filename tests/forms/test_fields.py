"""What each field reads, refuses, and gives back as it was typed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from forms.definition import Ask, Form
from forms.fields import (
    ChoiceField,
    ManyField,
    NumberField,
    RocDateField,
    SummaryField,
    TextField,
    TickField,
)
from forms.validators import Between, Matches

MANY = [(str(number), f"第{number}項") for number in range(1, 31)]


class Everything(Form):
    class Meta:
        name = "everything"
        title = "各種欄位"

    title = TextField("名稱", required=False, ask=Ask("名稱？"))
    code = TextField(
        "代碼", [Matches(r"\d{4}", "代碼是四個數字。")], required=False, ask=Ask("代碼？")
    )
    summary = SummaryField("簡述", required=False, ask=Ask("簡述？"))
    hours = NumberField("時數", [Between(1, 200)], required=False, ask=Ask("時數？"))
    score = NumberField("分數", places=1, required=False, ask=Ask("分數？"))
    day = RocDateField("日期", required=False, ask=Ask("哪天？"))
    one = ChoiceField("項目", choices=MANY, required=False, ask=Ask("哪項？"))
    some = ManyField("多項", choices=MANY, required=False, ask=Ask("哪些？"))
    agree = TickField("我已閱讀", required=False, ask=Ask("同意嗎？"))


def read(**values: Any) -> Everything:
    data: MultiDict[str, Any] = MultiDict()
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return Everything(data, meta={"csrf": False})


def errors(**values: Any) -> dict[str, list[str]]:
    form = read(**values)
    form.validate()
    return {name: [str(one) for one in found] for name, found in form.errors.items()}


def test_nothing_is_required_here(context: Flask) -> None:
    assert errors() == {}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("民國115年11月30日", date(2026, 11, 30)),
        ("中華民國 115 年 11 月 30 日", date(2026, 11, 30)),
        ("115年11月30日", date(2026, 11, 30)),
        ("115/11/30", date(2026, 11, 30)),
        ("115.11.30", date(2026, 11, 30)),
        ("１１５／１１／３０", date(2026, 11, 30)),
        ("1151130", date(2026, 11, 30)),
        ("0991130", date(2010, 11, 30)),
        ("991130", date(2010, 11, 30)),
        ("2026-11-30", date(2026, 11, 30)),
        ("2026/1/3", date(2026, 1, 3)),
        ("20261130", date(2026, 11, 30)),
    ],
)
def test_dates_are_read_in_either_calendar(context: Flask, text: str, day: date) -> None:
    form = read(day=text)
    assert form.validate()
    assert form.day.data == day


@pytest.mark.parametrize(
    "text", ["115/2/30", "115/13/1", "昨天", "11/30", "民國2026年1月1日", "115/11-30", "1/2/3/4"]
)
def test_other_texts_are_no_dates_and_come_back_as_typed(context: Flask, text: str) -> None:
    form = read(day=text)
    assert not form.validate()
    assert "115/11/30" in form.day.errors[0]
    assert form.day.data is None
    assert form.day._value() == text


def test_a_date_is_shown_in_the_calendar_of_the_republic(context: Flask) -> None:
    assert read(day="2026-11-30").day.shown() == "民國115年11月30日"
    assert Everything(None, data={"day": date(1910, 1, 2)}).day._value() == "西元1910年1月2日"


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("１２", 12), (" 12 ", 12), ("1,2", 12), ("", None)]
)
def test_whole_numbers(context: Flask, text: str, number: int | None) -> None:
    form = read(hours=text)
    assert form.validate()
    assert form.hours.data == number


def test_decimal_numbers_keep_their_exact_value(context: Flask) -> None:
    form = read(score="87.5")
    assert form.validate()
    assert form.score.data == Decimal("87.5")


@pytest.mark.parametrize("text", ["1.5", "十二", "1e999999999", "nan", "inf", "--1"])
def test_what_is_no_whole_number_is_refused_with_an_example(context: Flask, text: str) -> None:
    assert errors(hours=text)["hours"] == ["「時數」請填整數，例如 12。"]


def test_numbers_outside_of_their_bounds(context: Flask) -> None:
    assert errors(hours="0")["hours"] == ["「時數」請填 1 到 200 之間的數字。"]
    assert errors(score="1.25")["score"] == ["「分數」請填數字，小數最多 1 位，例如 2.5。"]


def test_a_summary_of_the_limit_passes_and_one_more_does_not(context: Flask) -> None:
    assert errors(summary="𤧟" * 100) == {}
    assert errors(summary="\r\n" + "字" * 50 + "\r\n" + "字" * 49 + "  ") == {}
    assert errors(summary="𤧟" * 101)["summary"] == [
        "「簡述」最多 100 字，目前多了 1 字，請刪減後再送出。"
    ]


def test_the_limit_of_a_summary_is_a_rule_of_the_school(context: Flask) -> None:
    form = read(summary="字" * 120)
    form.summary.max_points = 120
    assert form.validate()
    assert form.summary.limits() == {"max_points": 120}


def test_text_is_kept_normalised_but_shown_as_typed(context: Flask) -> None:
    form = read(title="  e\u0301\r\n")
    assert form.title.data == "é"
    assert form.title._value() == "  e\u0301\r\n"


def test_a_choice_that_is_not_offered_is_refused(context: Flask) -> None:
    assert "請從列出的選項中選一個" in errors(one="99")["one"][0]
    assert "請重新勾選" in errors(some=["1", "99"])["some"][0]
    assert errors(one="3", some=["1", "2"]) == {}
    assert read(some=["1", "2"]).some.shown() == "第1項、第2項"
    assert read(one="3").one.shown() == "第3項"


def test_patterns_say_what_a_right_answer_looks_like(context: Flask) -> None:
    assert errors(code="12345")["code"] == ["代碼是四個數字。"]
    assert errors(code="1234") == {}


def test_a_required_answer_says_which_and_how(context: Flask) -> None:
    class Strict(Form):
        class Meta:
            name = "strict"
            title = "必填"

        title = TextField("名稱", ask=Ask("名稱？"))
        one = ChoiceField("項目", choices=MANY, ask=Ask("哪項？"))
        agree = TickField("我已閱讀", ask=Ask("同意嗎？"))
        day = RocDateField("日期", ask=Ask("哪天？"))

    form = Strict(MultiDict({"title": " \u3000", "day": "哪天"}), meta={"csrf": False})
    form.validate()
    assert {name: found[0] for name, found in form.errors.items()} == {
        "title": "請填寫「名稱」。",
        "one": "請選擇「項目」。",
        "agree": "請先勾選「我已閱讀」再繼續。",
        "day": "「日期」看不懂這個日期，請寫成 115/11/30 或 民國115年11月30日。",
    }


def test_long_lists_are_searchable_short_ones_are_radio_buttons(context: Flask) -> None:
    page = str(read(one="3").one())
    assert 'data-module="lc-search"' in page
    assert page.count("<option") == 31
    assert 'value="3" selected' in page
    short = Everything(None)
    short.one.choices = MANY[:4]
    assert str(short.one()).count('type="radio"') == 4


def test_markup_in_answers_and_labels_is_escaped(context: Flask) -> None:
    hostile = '"><script>alert(1)</script>'
    form = read(title=hostile, summary=hostile, day=hostile, one="x")
    form.one.choices = [(hostile, hostile)] * 13
    form.some.choices = [(hostile, hostile)]
    form.title.errors = [hostile]
    for one in (form.title, form.summary, form.day, form.one, form.some):
        assert "<script" not in str(one())

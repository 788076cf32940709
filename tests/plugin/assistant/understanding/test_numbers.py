"""Numbers in every writing, their units, and words that only look like numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.assistant.understanding.numbers import Number, find
from plugin.assistant.understanding.numerals import integer


def one(text: str) -> Number:
    found = find(text)
    assert len(found) == 1, found
    assert text[found[0].start : found[0].end] == found[0].text
    return found[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("二十一", "21"),
        ("兩百", "200"),
        ("兩萬", "20000"),
        ("壹仟零肆拾伍", "1045"),
        ("廿三", "23"),
        ("三十五點五", "35.5"),
        ("一千零四十五元", "1045"),
        ("參拾伍", "35"),
        ("叁拾伍", "35"),
        ("百分之八十", "80"),
        ("百分之三點五", "3.5"),
        ("八成", "80"),
        ("八成五", "85"),
        ("3千", "3000"),
        ("1.2萬", "12000"),
        ("3萬5千元", "35000"),
        ("兩萬五", "25000"),
        ("一點二萬元", "12000"),
        ("两万五千元", "25000"),
        ("一百五", "150"),
        ("一百零五", "105"),
        ("一億兩千萬", "120000000"),
        ("半小時", "0.5"),
        ("兩個半小時", "2.5"),
        ("3小時半", "3.5"),
        ("4,500元", "4500"),
        ("１２", "12"),
        ("1,234,567", "1234567"),
        ("0.5", "0.5"),
        ("三", "3"),
        ("〇", "0"),
        ("twelve", "12"),
        ("twenty-five students", "25"),
    ],
)
def test_value(text: str, value: str) -> None:
    assert one(text).value == Decimal(value)
    assert isinstance(one(text).value, int) is ("." not in value)


@pytest.mark.parametrize(
    ("text", "words", "unit", "kind"),
    [
        ("我有三件成果", "三", "件", "count"),
        ("３ 份", "３", "份", "count"),
        ("兩位同學", "兩", "位", "count"),
        ("一共 24小時", "24", "小時", "count"),
        ("two hours", "two", "hours", "count"),
        ("3 hr", "3", "hr", "count"),
        ("五門課", "五", "門課", "count"),
        ("12人次", "12", "人次", "count"),
        ("補助4500塊", "4500", "塊", "value"),
        ("NT$4,500", "4,500", "元", "value"),
        ("新臺幣 800", "800", "元", "value"),
        ("得85分", "85", "分", "value"),
        ("達成率 92.5%", "92.5", "%", "value"),
        ("七成", "七成", "%", "value"),
        ("改成 6", "6", "", "plain"),
        ("30分鐘", "30", "分鐘", "other"),
        ("三點半", "三", "點", "other"),
        ("205班", "205", "班", "other"),
        ("第三個", "第三", "個", "ordinal"),
        ("第2項", "第2", "項", "ordinal"),
        ("第一件", "第一", "件", "ordinal"),
        ("the second one", "second", "", "ordinal"),
        ("上傳一件成果", "一", "件", "article"),
        ("upload one file", "one", "file", "article"),
    ],
)
def test_unit_tells_count_from_value(text: str, words: str, unit: str, kind: str) -> None:
    number = one(text)
    assert (number.text, number.unit, number.kind) == (words, unit, kind)


@pytest.mark.parametrize(
    "text",
    [
        "統一的格式，一起做",
        "萬一不行",
        "千萬不要",
        "十分感謝",
        "星期三",
        "成績進步",
        "高二",
        "EE-115-0042",
        "學號1130512",
        "0912-345-678",
        "0912345678",
        "v1.2",
        "A4",
        "3D列印",
        "23:59",
        "12/5",
        "this one",
        "百百",
        "",
    ],
)
def test_no_number(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize("words", ["百", "一百百", "十百", "三千五千", "萬", "", "甲", "一" * 21])
def test_nonsense_spells_no_number(words: str) -> None:
    assert integer(words) is None


def test_a_comma_between_clauses_is_none_within_a_number() -> None:
    assert [n.value for n in find("做了20，100小時")] == [20, 100]


def test_several_numbers() -> None:
    assert [(n.text, n.value, n.kind) for n in find("三件成果，補助 1.2萬元，第2項給8成")] == [
        ("三", 3, "count"),
        ("1.2萬", 12000, "value"),
        ("第2", 2, "ordinal"),
        ("8成", 80, "value"),
    ]

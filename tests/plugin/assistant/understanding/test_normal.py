"""The normal form: as long as the text, whatever is typed; names that mean the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.assistant.understanding.names import same
from plugin.assistant.understanding.normal import normal


@given(st.text(max_size=60))
def test_a_place_in_the_normal_form_is_the_place_in_the_text(text: str) -> None:
    assert len(normal(text)) == len(text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ＡＢ１１５，？", "ab115,?"),
        ("帮我上传课程学习成果", "幫我上傳課程學習成果"),
        ("我要上船國文ㄉ報告ㄇ", "我要上傳國文的報告嗎"),
        ("干部经历", "幹部經歷"),
        ("好👌🏻", "好👍 "),
        ("「水質」", '"水質"'),
        ("多圓表現", "多元表現"),
    ],
)
def test_one_spelling(typed: str, meant: str) -> None:
    assert normal(typed) == meant


@pytest.mark.parametrize("kept", ["能夠選", "我會出席", "確認正確", "變成國文", "專題交出去"])
def test_correct_words_are_no_typing_mistakes(kept: str) -> None:
    assert normal(kept) == kept


@pytest.mark.parametrize(
    ("slot", "one", "other"),
    [
        ("item_kind", "多表", "多元表現"),
        ("item_kind", "课程学习成果", "成果"),
        ("teacher", "陳老師", "陳"),
        ("course", "地科", "地球科學課"),
        ("title", "我的 水質調查", "我的水質調查"),
        ("items", [3, "水質調查"], [3, "「水質調查」"]),
    ],
)
def test_names_that_are_the_same(slot: str, one: object, other: object) -> None:
    assert same(slot, one) == same(slot, other)


@pytest.mark.parametrize(
    ("slot", "one", "other"),
    [
        ("title", "成果", "課程學習成果"),
        ("teacher", "陳", "林"),
        ("date", "2026-11-20", "2026-11-21"),
        ("count", 3, 4),
    ],
)
def test_names_that_are_not(slot: str, one: object, other: object) -> None:
    assert same(slot, one) != same(slot, other)

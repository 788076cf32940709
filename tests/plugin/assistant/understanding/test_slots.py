"""Slots by the conventions, from marks that stand for what the tagger says."""

from __future__ import annotations

from datetime import date

import pytest

from plugin.assistant.understanding.marked import SLOTS, parse
from plugin.assistant.understanding.slots import read_slots

TODAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<date_to 12/15>前認證", {"date_to": "2026-12-15"}),
        ("從9/1到9/15開放", {"date_from": "2026-09-01", "date_to": "2026-09-15"}),
        ("下週五送", {"date": "2026-11-27"}),
        ("<academic_year 114><term 下>的名冊", {"academic_year": 114, "term": "2"}),
        ("<count 三>件", {"count": 3}),
        ("繳了<value 4,500>元", {"value": 4500}),
        ("勾<items 第三件>和<items 水質調查>", {"items": [3, "水質調查"]}),
        ("<teacher 陳老師>的<course 國文課>", {"teacher": "陳", "course": "國文"}),
        ("標題<title 「我的水質調查」>", {"title": "我的水質調查"}),
        ("退回，<reason 因為簡述太短。>", {"reason": "簡述太短"}),
        ("標題<title 三天後的明天>", {"title": "三天後的明天"}),
        ("<date 家長日>那天", {}),
    ],
)
def test_values(line: str, expected: dict[str, object]) -> None:
    one = parse(line, "deny", "student")
    assert read_slots(one.text, one.intent, one.marks, TODAY, SLOTS)[0] == expected


def test_words_stand_where_they_were_typed() -> None:
    one = parse("标题是<title 我的水质调查>，<date_to １２／１５>前", "outcome.upload", "student")
    slots, spans = read_slots(one.text, one.intent, one.marks, TODAY, SLOTS)
    assert slots == {"title": "我的水质调查", "date_to": "2026-12-15"}
    for span in spans:
        assert one.text[span.start : span.end] == span.text


def test_out_of_scope_has_no_slots() -> None:
    one = parse("<date 明天>天氣", "out_of_scope", "student")
    assert read_slots(one.text, one.intent, one.marks, TODAY, SLOTS) == ({}, ())


def test_slots_that_an_intent_never_has_are_left_out() -> None:
    one = parse("<item_kind 成果>，<course 國文>", "outcome.upload", "student")
    slots, _ = read_slots(one.text, one.intent, one.marks, TODAY, frozenset({"course"}))
    assert slots == {"course": "國文"}

"""Slots by the conventions, from marks that stand for what the tagger says."""

from __future__ import annotations

import random
from datetime import date

import pytest

from plugin.assistant.understanding.clauses import clauses
from plugin.assistant.understanding.entities import another
from plugin.assistant.understanding.marked import SLOTS, parse
from plugin.assistant.understanding.rules import seen
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
        ("報<course 烘焙>入門班", {"course": "烘焙入門班"}),
        ("<class_name 302>班的", {"class_name": "302班"}),
        ("<student Ruby> Hayes's essay", {"student": "Ruby Hayes"}),
        ("<teacher Hayes's> class", {"teacher": "Hayes"}),
        ("the work of <student Chen Po>-yu, please", {"student": "Chen Po-yu"}),
        ("what is left in <student 11C>?", {"class_name": "11C"}),
        ("輔導了<class_name 與204>班", {"class_name": "204班"}),
        ("<place 圖書館>三樓諮詢", {"place": "圖書館三樓"}),
        ("查國立<unit 臺中科技大學推廣中心>的課", {"unit": "國立臺中科技大學推廣中心"}),
        ("放<course 棄影像處理專題>", {"course": "影像處理專題"}),
        ("案號0457審到哪", {"case_no": "0457"}),
        ("不給過，因為圖表沒有出處", {"reason": "圖表沒有出處"}),
        ("the 113 records", {"academic_year": 113}),
        ("余老師看了沒", {"teacher": "余"}),
        ("指標<value 7>要填", {"indicator": "7"}),
        ("<date 12/10>截止", {"date_to": "2026-12-10"}),
        ("不是昨天，是<date 前天>", {"date": "2026-11-16"}),
        ("出席達八成", {}),
        ("報<course Prompt Design> <value 101>", {"course": "Prompt Design 101"}),
        ("enrol in <course Machine Learning> 3 seats", {"course": "Machine Learning"}),
        (
            "the number of <measure patents> is <value 7>",
            {"measure": "number of patents", "value": 7},
        ),
        ("<indicator 產學合作>金額達標了嗎", {"measure": "產學合作金額"}),
        ("指標2.2要補", {"indicator": "2.2"}),
        ("孝班確認幾個人", {"class_name": "孝班"}),
        ("機械<class_name 一乙>的清單", {"class_name": "機械一乙"}),
        ("個<category 人工作者>能報嗎", {"category": "個人工作者"}),
        ("用<category 待業者>身分報名", {"category": "待業者"}),
        ("在<place 高雄>展覽館比", {"place": "高雄展覽館"}),
        ("標題是三代<title 做豆腐>紀實，內容", {"title": "三代做豆腐紀實"}),
        ("標題是<title 外公的卡車><value 2>.0", {"title": "外公的卡車2.0"}),
        ("title: Swings in <title the Park>, ok", {"title": "Swings in the Park"}),
        ("題目<title 雨天>要改", {"title": "雨天"}),
        ("因為<reason 少了一件><course 國文>", {"reason": "少了一件國文"}),
        ("因為<reason 要監考>我想退掉", {"reason": "要監考"}),
        ("<reason 「手搖飲」沒附資料>，先退", {"title": "手搖飲", "reason": "沒附資料"}),
        ("退<reason 「手搖飲」>", {"reason": "手搖飲"}),
        ("records from <date 9/1>", {"date_from": "2026-09-01"}),
        ("欸<reason 慘了交成別組的檔>，收回", {"reason": "交成別組的檔"}),
        ("送到<reason 錯的學期>，退", {"reason": "送到錯的學期"}),
        ("請退<reason 字太小>", {"reason": "字太小"}),
        ("<reason 漏放附圖>了可以收回嗎", {"reason": "漏放附圖了"}),
        ("在會<place 議室>談", {"place": "會議室"}),
        ("當<role 側組>", {"role": "側組"}),
        ("加一位共<role 授教師>", {"role": "共授教師"}),
        ("代理高一<class_name 三班>", {"class_name": "高一三班"}),
        ("找<keyword Java班>", {"keyword": "Java"}),
        ("<course 空拍那班>退掉", {"course": "空拍"}),
        ("關於<summary 含糖量的調查>", {"summary": "含糖量"}),
        ("<measure 修正證照人次>，640", {"measure": "證照人次"}),
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


def test_somebody_else_keeps_every_mark_in_its_place() -> None:
    one = parse("退回<student 陳品妤>的<course 國文>，<window 上傳>", "certify.return", "teacher")
    pool = {"course": ["數學", "選修化學"]}
    made = another(one, pool, random.Random(3))
    words = {mark.slot: made.words(mark) for mark in made.marks}
    assert words["course"] in pool["course"]
    assert words["student"] != "陳品妤"
    assert words["window"] == "上傳"
    assert made.text == f"退回{words['student']}的{words['course']}，上傳"


def test_clauses_are_cut_at_signs_but_not_within_numbers() -> None:
    text = "那天要考試,付了1,250元"
    assert [text[a:b] for a, b in clauses(text, seen(text, TODAY))] == [
        "那天要考試,",
        "付了1,250元",
    ]

"""The date reader: the table of the notes (3.4), its additions, and what is no date."""

from __future__ import annotations

from datetime import date

import pytest

from plugin.assistant.understanding.dates import Found, find, period, slots

TODAY = date(2026, 11, 18)
"""A Wednesday, in academic year 115."""


def one(text: str, today: date = TODAY) -> Found:
    found = find(text, today)
    assert len(found) == 1, found
    assert text[found[0].start : found[0].end] == found[0].text
    return found[0]


def filled(text: str) -> dict[str, object]:
    """What the slots carry; every one must be filled once."""
    pairs = [pair for found in find(text, TODAY) for pair in slots(text, found)]
    assert len({name for name, _ in pairs}) == len(pairs), pairs
    return {name: found.iso or found.value for name, found in pairs}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        # the table
        ("下週五", "2026-11-27"),
        ("下周五", "2026-11-27"),
        ("下星期五", "2026-11-27"),
        ("下禮拜五", "2026-11-27"),
        ("這週五", "2026-11-20"),
        ("本週五", "2026-11-20"),
        ("上週三", "2026-11-11"),
        ("後天", "2026-11-20"),
        ("大後天", "2026-11-21"),
        ("三天後", "2026-11-21"),
        ("三天后", "2026-11-21"),
        ("兩週後", "2026-12-02"),
        ("這個月底", "2026-11-30"),
        ("下個月五號", "2026-12-05"),
        ("11月30日", "2026-11-30"),
        ("民國115年11月30日", "2026-11-30"),
        ("115/11/30", "2026-11-30"),
        ("115.11.30", "2026-11-30"),
        ("115年11月30日", "2026-11-30"),
        ("1151130", "2026-11-30"),
        ("一一五年十一月三十日", "2026-11-30"),
        ("中華民國一百一十五年十一月三十日", "2026-11-30"),
        ("民國88年3月21日", "1999-03-21"),
        ("2026-11-30", "2026-11-30"),
        ("2026/11/30", "2026-11-30"),
        # and more
        ("廿三日前", "2026-11-23"),
        ("5/6", "2027-05-06"),
        ("88.3.21", "1999-03-21"),
        ("88/03/21", "1999-03-21"),
        ("8/1", "2026-08-01"),
        ("7/31", "2027-07-31"),
        ("9/30", "2026-09-30"),
        ("9月30號", "2026-09-30"),
        ("12月五日", "2026-12-05"),
        ("2026-11-30T23:59", "2026-11-30"),
        ("116年1月中", "2027-01-15"),
        ("20261130", "2026-11-30"),
        ("0980501", "2009-05-01"),
        ("西元2026年11月30日", "2026-11-30"),
        ("二〇二六年十一月三十日", "2026-11-30"),
        ("11/30/2026", "2026-11-30"),
        ("民國 115 年 11 月 30 日", "2026-11-30"),
        ("１１５／１１／３０", "2026-11-30"),
        ("民國元年1月1日", "1912-01-01"),
        ("今天", "2026-11-18"),
        ("明天下午三點", "2026-11-19"),
        ("昨天", "2026-11-17"),
        ("前天", "2026-11-16"),
        ("昨晚", "2026-11-17"),
        ("3天前", "2026-11-15"),
        ("一個月後", "2026-12-18"),
        ("半年後", "2027-05-18"),
        ("下下週一", "2026-11-30"),
        ("週五", "2026-11-20"),
        ("週一", "2026-11-23"),
        ("星期天", "2026-11-22"),
        ("月底", "2026-11-30"),
        ("下個月底", "2026-12-31"),
        ("下個月初", "2026-12-01"),
        ("12月底", "2026-12-31"),
        ("今年底", "2026-12-31"),
        ("明年1月5日", "2027-01-05"),
        ("去年12/3", "2025-12-03"),
        ("11/30前三天", "2026-11-27"),
        ("12/5後一週", "2026-12-12"),
        ("11/27(五)", "2026-11-27"),
        ("next Friday", "2026-11-27"),
        ("Nov 30", "2026-11-30"),
        ("November 30th, 2026", "2026-11-30"),
        ("30 November 2026", "2026-11-30"),
        ("tomorrow", "2026-11-19"),
        ("the day after tomorrow", "2026-11-20"),
        ("in three days", "2026-11-21"),
        ("two weeks ago", "2026-11-04"),
        ("end of the month", "2026-11-30"),
        ("the 5th of next month", "2026-12-05"),
    ],
)
def test_day(text: str, day: str) -> None:
    found = one(text)
    assert (found.kind, found.iso, found.ambiguous) == ("date", day, False)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("9/1–10/31", "2026-09-01", "2026-10-31"),
        ("9/1到10/31", "2026-09-01", "2026-10-31"),
        ("自115年9月1日起至10月31日止", "2026-09-01", "2026-10-31"),
        ("從9/1到10/31", "2026-09-01", "2026-10-31"),
        ("从9月1号到10月31号", "2026-09-01", "2026-10-31"),
        ("2026/9/1-10/31", "2026-09-01", "2026-10-31"),
        ("115.9.1-9.30", "2026-09-01", "2026-09-30"),
        ("11/3到7", "2026-11-03", "2026-11-07"),
        ("11月3日到7日", "2026-11-03", "2026-11-07"),
        ("11月3日(二)至11月6日(五)", "2026-11-03", "2026-11-06"),
        ("12/1 08:00 到 12/5 17:00", "2026-12-01", "2026-12-05"),
        ("115/12/20到1/10", "2026-12-20", "2027-01-10"),
        ("7/1到8/31", "2027-07-01", "2027-08-31"),
        ("9/1到114/10/31", "2025-09-01", "2025-10-31"),
        ("下週一到週五", "2026-11-23", "2026-11-27"),
        ("下週一到五", "2026-11-23", "2026-11-27"),
        ("今天到月底", "2026-11-18", "2026-11-30"),
        ("11月到12月", "2026-11-01", "2026-12-31"),
        ("10/5 10/9", "2026-10-05", "2026-10-09"),
        ("1150901-1150915", "2026-09-01", "2026-09-15"),
        ("3到7號", "2026-11-03", "2026-11-07"),
        ("Nov 3-7", "2026-11-03", "2026-11-07"),
        ("3 to 7 November", "2026-11-03", "2026-11-07"),
        ("from 9/1 to 10/31", "2026-09-01", "2026-10-31"),
        ("between Nov 3 and Nov 7", "2026-11-03", "2026-11-07"),
    ],
)
def test_range(text: str, first: str, last: str) -> None:
    assert one(text).kind == "range"
    assert filled(text) == {"date_from": first, "date_to": last}
    assert all(text[p.start : p.end] == p.text != "" for p in one(text).parts)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("115學年度第1學期", "2026-08-01", "2027-01-31"),
        ("114學年度下學期", "2026-02-01", "2026-07-31"),
        ("114學年度", "2025-08-01", "2026-07-31"),
        ("115年度", "2026-01-01", "2026-12-31"),
        ("去年", "2025-01-01", "2025-12-31"),
        ("下學期", "2027-02-01", "2027-07-31"),
        ("明天", None, None),
    ],
)
def test_days_of_terms_and_years(text: str, first: str | None, last: str | None) -> None:
    days = period(find(text, TODAY), TODAY)
    assert (days and [d.isoformat() for d in days]) == (first and [first, last])


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("上半年", "2026-01-01", "2026-06-30"),
        ("115年下半年", "2026-07-01", "2026-12-31"),
        ("第三季", "2026-07-01", "2026-09-30"),
        ("下週", "2026-11-23", "2026-11-29"),
        ("上個月", "2026-10-01", "2026-10-31"),
        ("3月份", "2027-03-01", "2027-03-31"),
        ("這個週末", "2026-11-21", "2026-11-22"),
        ("last month", "2026-10-01", "2026-10-31"),
    ],
)
def test_stretch_fills_no_slot(text: str, first: str, last: str) -> None:
    found = one(text)
    assert (found.kind, found.iso, str(found.until)) == ("period", first, last)
    assert slots(text, found) == ()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("114學年度上學期", {"academic_year": 114, "term": "1"}),
        ("114下的成果", {"academic_year": 114, "term": "2"}),
        ("115上課程諮詢", {"academic_year": 115, "term": "1"}),
        ("名冊匯出 115 上學期", {"academic_year": 115, "term": "1"}),
        ("名單 1151", {"academic_year": 115, "term": "1"}),
        ("名冊／114-2／xlsx", {"academic_year": 114, "term": "2"}),
        ("receipts for 114, please", {"academic_year": 114}),
        ("收訖明細 113", {"academic_year": 113}),
        ("專利件數 112", {}),
        ("the 114 manifest of course records", {"academic_year": 114}),
        ("set the 114 number of patents to 9", {"academic_year": 114}),
        ("114 outcomes please", {"academic_year": 114}),
        ("the 110 students", {}),
        ("Prompt Engineering 101", {}),
        ("last semester", {"term": "2"}),
        ("114-2學期", {"academic_year": 114, "term": "2"}),
        ("一百一十四學年度第二學期", {"academic_year": 114, "term": "2"}),
        ("114学年度第1学期", {"academic_year": 114, "term": "1"}),
        ("114年上學期", {"academic_year": 114, "term": "1"}),
        ("115學年上", {"academic_year": 115, "term": "1"}),
        ("115學年度上課", {"academic_year": 115}),
        ("2026學年度", {"academic_year": 115}),
        ("上學期", {"term": "1"}),
        ("高二下的數學", {"term": "2"}),
        ("上個學期", {"term": "2"}),
        ("這學期", {}),
        ("115年", {}),
        ("academic year 114 second semester", {"academic_year": 114, "term": "2"}),
    ],
)
def test_terms(text: str, values: dict[str, object]) -> None:
    assert filled(text) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("12/15前要交", {"date_to": "2026-12-15"}),
        ("12/15以前", {"date_to": "2026-12-15"}),
        ("週五前", {"date_to": "2026-11-20"}),
        ("12/5 23:59 前", {"date_to": "2026-12-05"}),
        ("週五下午五點前", {"date_to": "2026-11-20"}),
        ("11/27(五) 12:00截止", {"date_to": "2026-11-27"}),
        ("115年11月30日(星期一)下午5時止", {"date_to": "2026-11-30"}),
        ("今天下班前", {"date_to": "2026-11-18"}),
        ("1151105頒的獎狀", {"date": "2026-11-05"}),
        ("1151110 黃品妤 諮詢", {"date": "2026-11-10"}),
        ("1151130前交", {"date_to": "2026-11-30"}),
        ("到12/15止", {"date_to": "2026-12-15"}),
        ("截至12/15", {"date_to": "2026-12-15"}),
        ("延到下週五", {"date_to": "2026-11-27"}),
        ("把期限延長到12/20", {"date_to": "2026-12-20"}),
        ("改到12/20", {"date_to": "2026-12-20"}),
        ("截止日改成12/20", {"date_to": "2026-12-20"}),
        ("三天內", {"date_to": "2026-11-21"}),
        ("5號前交", {"date_to": "2026-12-05"}),
        ("by Dec 15", {"date_to": "2026-12-15"}),
        ("due by 5 pm Friday", {"date_to": "2026-11-20"}),
        ("extend the deadline to Dec 15", {"date_to": "2026-12-15"}),
        ("extend the receipt confirmation window to Dec 4", {"date_to": "2026-12-04"}),
        ("until 12/15", {"date_to": "2026-12-15"}),
        ("12/1起開放", {"date_from": "2026-12-01"}),
        ("12/1以後的紀錄", {"date_from": "2026-12-01"}),
        ("12月1日之後", {"date_from": "2026-12-01"}),
        ("從下週一開始", {"date_from": "2026-11-23"}),
        ("開放時間改12/1", {"date_from": "2026-12-01"}),
        ("move the start to next Monday", {"date_from": "2026-11-23"}),
        ("change the closing date to 8/5", {"date_to": "2026-08-05"}),
        ("記得11/30前交", {"date_to": "2026-11-30"}),
        ("11/15公布的明細", {"date": "2026-11-15"}),
        ("from Nov 3", {"date_from": "2026-11-03"}),
        ("12/1開放，12/31截止", {"date_from": "2026-12-01", "date_to": "2026-12-31"}),
        ("116/1/31到期", {"date": "2027-01-31"}),
        ("三天後", {"date": "2026-11-21"}),
        ("收到11/30的通知", {"date": "2026-11-30"}),
        ("今天送交", {"date": "2026-11-18"}),
        ("what I sent this morning", {"date": "2026-11-18"}),
        ("昨天結束的那班", {"date": "2026-11-17"}),
        ("12/5前往臺北", {"date": "2026-12-05"}),
        ("改成12/5", {"date": "2026-12-05"}),
    ],
)
def test_role(text: str, values: dict[str, object]) -> None:
    assert filled(text) == values


@pytest.mark.parametrize(
    ("text", "today", "days"),
    [
        ("下週五", date(2026, 11, 22), ["2026-11-27", "2026-12-04"]),  # a Sunday
        ("下週五", date(2026, 11, 23), ["2026-12-04", "2026-11-27"]),  # a Monday
        ("next Friday", date(2026, 11, 23), ["2026-12-04", "2026-11-27"]),
        ("這週五", date(2026, 11, 22), ["2026-11-20", "2026-11-27"]),
        ("下週五", date(2026, 11, 24), []),
        ("週三", TODAY, ["2026-11-18", "2026-11-25"]),
        ("5號", TODAY, ["2026-11-05", "2026-12-05"]),
        ("20日後", TODAY, ["2026-12-08", "2026-11-20"]),
        ("月初", TODAY, ["2026-12-01", "2026-11-01"]),
        ("26/11/30", TODAY, ["2026-11-30", "1937-11-30"]),
        ("11/26(五)", TODAY, ["2026-11-26", "2026-11-27"]),
    ],
)
def test_ambiguity_is_asked_back(text: str, today: date, days: list[str]) -> None:
    found = one(text, today)
    assert [d.isoformat() for d in found.alternatives] == days
    assert not days or found.iso == days[0]


@pytest.mark.parametrize(
    "text",
    [
        "期末考後一週",
        "第一次段考前三天",
        "開學第二週",
        "學期末",
        "畢業典禮前",
        "a week after finals",
    ],
)
def test_the_schools_calendar_is_not_guessed(text: str) -> None:
    found = one(text)
    assert (found.text, found.kind, found.value) == (text, "needs_calendar", None)


@pytest.mark.parametrize(
    "text",
    [
        "高二3班",
        "205班",
        "三年二班",
        "三年2班的名單",
        "3/4 題答對",
        "得 3/4",
        "v1.2.3",
        "版本 2.3.1",
        "EE-115-0042",
        "案號115-0042",
        "學號1130512",
        "0912-345-678",
        "02-2912-3456",
        "0912345678",
        "192.168.1.1",
        "24 hours",
        "24小時",
        "NT$4,500",
        "NT$1150101",
        "1150101元",
        "1130512王小明",
        "IMG_20261130.jpg",
        "五月天演唱會",
        "2.5小時",
        "每週五",
        "15號同學",
        "一日志工",
        "共20日",
        "三年",
        "周天成老師",
        "上課、上傳、下載、下課",
        "上學期間",
        "115年2月30日",
        "2/30",
        "13/45",
        "12:30",
        "114學年度"[:3],
        "",
    ],
)
def test_no_date(text: str) -> None:
    assert find(text, TODAY) == []


def test_several_in_one_sentence_keep_their_order() -> None:
    text = "把114下的成果，從12/1開放到下週五，期末考後一週公布"
    assert [(f.text, f.kind) for f in find(text, date(2026, 12, 2))] == [
        ("114", "year"),
        ("下", "term"),
        ("12/1", "date"),
        ("下週五", "date"),
        ("期末考後一週", "needs_calendar"),
    ]

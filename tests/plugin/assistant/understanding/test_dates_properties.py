"""Every day of ROC 1 to 150 reads back from each spelling; no text at all breaks the readers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.assistant.understanding import numbers
from plugin.assistant.understanding.dates import Found, find, slots
from plugin.assistant.understanding.folding import LONGEST

TODAY = date(2026, 11, 18)
ONES = "〇一二三四五六七八九"
FULL = str.maketrans("0123456789/", "０１２３４５６７８９／")
MONTHS = "January February March April May June July August September October November December"


def positional(number: int) -> str:
    return "".join(ONES[int(c)] for c in str(number))


def by_place(number: int) -> str:
    """115 is 一百一十五, 105 一百零五, 15 十五."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = f"{ONES[hundreds]}百" if hundreds else ""
    if tens:
        words += ("" if tens == 1 and not hundreds else ONES[tens]) + "十"
    elif hundreds and ones:
        words += "零"
    return words + (ONES[ones] if ones else "")


# from which ROC year on, and how: without an era 26/11/30 may be AD 2026
SPELLINGS: dict[str, tuple[int, Callable[[int, date], str]]] = {
    "民國 and signs": (1, lambda y, d: f"民國{y}年{d.month}月{d.day}日"),
    "Republic in full": (1, lambda y, d: f"中華民國 {y} 年 {d.month} 月 {d.day} 日"),
    "Simplified": (1, lambda y, d: f"中华民国{y}年{d.month}月{d.day}号"),
    "no era": (1, lambda y, d: f"{y}年{d.month}月{d.day}號"),
    "by place": (
        1,
        lambda y, d: f"民國{by_place(y)}年{by_place(d.month)}月{by_place(d.day)}日",
    ),
    "digit by digit": (
        10,
        lambda y, d: f"{positional(y)}年{by_place(d.month)}月{by_place(d.day)}日",
    ),
    "era and slashes": (1, lambda y, d: f"民國{y}/{d.month}/{d.day}"),
    "era and dots": (1, lambda y, d: f"民國{y}.{d.month}.{d.day}"),
    "slashes": (40, lambda y, d: f"{y}/{d.month}/{d.day}"),
    "dots": (40, lambda y, d: f"{y}.{d.month:02}.{d.day:02}"),
    "hyphens": (100, lambda y, d: f"{y}-{d.month:02}-{d.day:02}"),
    "zero and slashes": (1, lambda y, d: f"{y:03}/{d.month:02}/{d.day:02}"),
    "full width": (100, lambda y, d: f"{y}/{d.month}/{d.day}".translate(FULL)),
    "seven digits": (1, lambda y, d: f"{y:03}{d.month:02}{d.day:02}"),
    "ISO": (1, lambda y, d: d.isoformat()),
    "AD slashes": (1, lambda y, d: f"{d.year}/{d.month}/{d.day}"),
    "AD signs": (1, lambda y, d: f"西元{d.year}年{d.month}月{d.day}日"),
    "AD words": (
        1,
        lambda y, d: f"{positional(d.year)}年{by_place(d.month)}月{by_place(d.day)}日",
    ),
    "English": (1, lambda y, d: f"{MONTHS.split()[d.month - 1]} {d.day}, {d.year}"),
    "English short": (1, lambda y, d: f"{d.day} {MONTHS.split()[d.month - 1][:3]} {d.year}"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_spelling_reads_back(spelling: str, data: st.DataObject) -> None:
    first, spell = SPELLINGS[spelling]
    day = data.draw(st.dates(date(1911 + first, 1, 1), date(2061, 12, 31)))
    text = spell(day.year - 1911, day)
    found = find(f"請在 {text} 前交出報告", TODAY)
    assert [(f.text, f.value) for f in found] == [(text, day)]
    assert slots(f"請在 {text} 前交出報告", found[0]) == (("date_to", found[0]),)


@given(st.dates(date(2026, 8, 1), date(2027, 7, 31)), st.dates(date(2026, 8, 1), date(2027, 7, 31)))
@settings(max_examples=60, deadline=None)
def test_month_and_day_lie_in_the_academic_year(today: date, day: date) -> None:
    for text in (f"{day.month}/{day.day}", f"{by_place(day.month)}月{by_place(day.day)}日"):
        assert [f.value for f in find(text, today)] == [day]


_PIECES = (
    "0 1 9 12 30 115 2026 1151130 / . - ~ : ( ) 年 月 日 號 民國 十 廿 三 百 點 半 週 星期 "
    "禮拜 五 天 下 上 這 個 底 前 後 到 至 從 起 內 學年度 學期 第 今天 後天 期末考 "
    "next Friday Nov 3rd in days ago of month 萬 成 % 元 件 ３ 后 周 İ 👩‍🏫"
)
PIECES = st.sampled_from([*_PIECES.split(), " ", "\n", "\u3000", "\ud800"])
ANY_TEXT = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=25).map("".join))


@given(ANY_TEXT, st.dates())
@settings(max_examples=600, deadline=None)
def test_any_text_is_read_and_offsets_match(text: str, today: date) -> None:
    last = 0
    for found in find(text, today):
        assert last <= found.start < found.end
        last = found.end
        check(text, found)
        for _name, filled in slots(text, found):
            check(text, filled)
    last = 0
    for number in numbers.find(text):
        assert last <= number.start < number.end
        last = number.end
        assert text[number.start : number.end] == number.text


def check(text: str, found: Found) -> None:
    assert text[found.start : found.end] == found.text == found.text.strip()
    assert found.kind != "nothing"
    if found.until is not None:
        assert isinstance(found.value, date)
        assert found.value <= found.until
    if found.alternatives:
        assert found.alternatives[0] == found.value
        assert len(set(found.alternatives)) == len(found.alternatives) > 1
    for part in found.parts:
        assert found.start <= part.start < part.end <= found.end
        check(text, part)


@pytest.mark.parametrize(
    "piece", ["1", "十", "週", "1/", "2.", "0-", " ", "民國", "上", "in ", "五月"]
)
def test_a_flood_is_read_up_to_a_length(piece: str) -> None:
    flood = (piece * 10_000)[:10_000]
    assert all(f.end <= LONGEST for f in find(flood, TODAY))
    assert all(n.end <= LONGEST for n in numbers.find(flood))
    late = "，" * LONGEST + "11/30 三件"
    assert find(late, TODAY) == []
    assert numbers.find(late) == []

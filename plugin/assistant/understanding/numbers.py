"""Numbers in a sentence, with the unit after them: 三件, 4,500元, 1.2萬, 八成, two hours, 第三個.

`kind` says which slot a number may fill (label convention 14): `count` is a number of items,
persons or hours, `value` money, a score or an indicator figure. A caller leaves out the numbers
that lie in a date (`dates.find`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from .folding import fold
from .numerals import CHARACTERS, DIGITS, ENGLISH, ENGLISH_ORDINALS, SCALES, integer

NumberKind = Literal["count", "value", "ordinal", "article", "plain", "other"]
"""`article`: 一件 that only means "a"; `plain`: no unit; `other`: a unit of neither (點, 班)."""


@dataclass(frozen=True)
class Number:
    """One number; `start` and `end` cover its words without the unit, in the text as given."""

    start: int
    end: int
    text: str
    value: int | Decimal
    unit: str = ""
    kind: NumberKind = "plain"


_COUNT_UNITS = (
    "件 個人 個小時 個鐘頭 個 份 人次 人 位 名 小時 鐘頭 篇 筆 次 門課 門 科 項 張 本 組 "
    "場次 場 隊 堂 節 頁 種 學分 案件 案 檔案 封 家 所 校 處 則 支 部 冊 條 題 "
    "hours hour hrs hr h items item files file pieces piece people persons person students student "
    "outcomes outcome works work experiences experience records record courses course cases case "
    "applications application teachers teacher seats seat certificates papers paper articles "
    "article times pages page credits credit patents copies copy"
)
_VALUE_UNITS = "元 塊錢 塊 圓 分 % 個百分點 百分點 percent points point ntd dollars dollar twd 級分"
_OTHER_UNITS = (
    "分鐘 秒 點鐘 點 個月 個星期 個禮拜 個年級 星期 禮拜 天 週 月份 月 年級 年度 年 學年度 學年 "
    "日 號 班 歲 屆 樓 成 代 版 公里 公斤 公分 公尺 mb gb kb minutes minute mins min days day "
    "weeks week months month years year am pm o'clock"
)
_UNITS: dict[str, NumberKind] = {
    **dict.fromkeys(_COUNT_UNITS.split(), "count"),
    **dict.fromkeys(_VALUE_UNITS.split(), "value"),
    **dict.fromkeys(_OTHER_UNITS.split(), "other"),
}
_ARTICLES = frozenset("件個份篇筆位名張本項門場次科組種則題頁封")
_FRACTION_UNITS = "個?小時|個?鐘頭|個?月|天|年|學分|日"

_C = f"[{CHARACTERS}]"
_UNIT = re.compile(
    r" {0,2}("
    + "|".join(
        re.escape(u) + (r"(?![a-z0-9])" if u.isascii() and u != "%" else "")
        for u in sorted(_UNITS, key=len, reverse=True)
    )
    + ")"
)
_ARABIC = r"(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,15})(?:\.\d{1,6})?"
_WORDS = "|".join(sorted(ENGLISH, key=len, reverse=True))
_TENS = "|".join(word for word in ENGLISH if word.endswith("ty"))
_ENGLISH = rf"(?:{_TENS})-(?:{'|'.join(list(ENGLISH)[1:10])})|{_WORDS}"
_NUMBER = re.compile(
    rf"(?P<ordinal>第 ?(?:\d{{1,4}}|{_C}{{1,6}}))"
    rf"|(?P<percent>百分之 ?(?:{_ARABIC}|{_C}{{1,8}}(?:點[〇零一二三四五六七八九]{{1,4}})?))"
    rf"|(?P<tenths>[一二三四五六七八九1-9]成(?:[一二三四五六七八九](?!個))?(?![果為功績立員就長品語效分]))"
    rf"|(?P<mixed>(?:\d{{1,6}}(?:\.\d{{1,4}})? ?[千萬億]){{1,3}}(?:\d{{1,4}}(?![\d./:]))?)"
    rf"|(?P<arabic>{_ARABIC})"
    rf"|(?P<chinese>{_C}{{1,16}}(?:點[〇零一二三四五六七八九]{{1,4}}(?![點分十])[千萬億]?)?)"
    rf"|(?P<half>(?<!個)半(?={_FRACTION_UNITS}))"
    rf"|(?<![a-z-])(?P<english>{_ENGLISH})(?![a-z-])"
    rf"|(?<![a-z-])(?P<nth>{'|'.join(ENGLISH_ORDINALS)}|\d{{1,3}}(?:st|nd|rd|th))(?![a-z])"
)
_HALF_AFTER = re.compile(r"(個半)(?=小時|鐘頭|學分|月|天)|(?=(?:個)?(?:小時|鐘頭)半)")
_MONEY_BEFORE = re.compile(r"(?:nt ?\$|\$|ntd|twd|新?[台臺]幣) {0,2}$")
_CODE = re.compile(
    r"(?:學號|座號|案號|編號|號碼|電話|手機|分機|統編|帳號|身分證(?:字號)?|准考證|文號)"
    r"(?:是|為|[:# ]){0,2}[0-9a-z][0-9a-z()/-]{0,30}"
    r"|(?=[a-z-]{0,30}\d)[0-9a-z]{1,12}(?:-[0-9a-z]{1,12}){1,5}|\d{1,2}:\d{2}(?::\d{2})?|\d{1,4}(?:/\d{1,4}){1,3}"
    r"|\d{1,4}(?:\.\d{1,4}){2,4}|v\.? ?\d{1,3}(?:\.\d{1,3}){0,3}|(?<![a-z])(?!nt\d|ntd\d|twd\d)"
    r"[a-z]{1,8}\d[0-9a-z]{0,20}|(?<![\d.,])0\d{2,20}"
    r"|(?<![\d.,])\d{8,15}(?! ?[\d,.元塊圓件份人])"
    r"|https?:[!-~]{1,200}"
)
_SPAN_OF_NUMBERS = re.compile(r"\d{1,2}-\d{1,2}(?= {0,2}[件個份人次筆位篇小元題張項])")
_ALONE = re.compile(r"[ ,，.!?。個]")
_NOT_NUMBERS = re.compile(
    rf"(?<![\d{CHARACTERS}])(?:萬一|千萬)(?!元|人|分)|一一|百百|(?<![得給打有考拿到])十分(?!鐘|之)|四處|一百分之|[三四五六七八九十百千]不[一二三四五六七八九]"
    r"|不三不四|七上八下|亂七八糟|三心二意|一五一十|九九乘法|一乾二淨|接二連三|(?:週|禮拜|星期)[一二三四五六]"
    r"|[高國]中?[一二三](?![個件份項人位篇筆次門年所校場組])"
)


def find(text: str) -> list[Number]:
    """Every number in `text`, in order of place; parts of codes, times and idioms are none."""
    folded = fold(text)
    closed = set[int]()
    spans = {m.span() for m in _SPAN_OF_NUMBERS.finditer(folded)}
    for pattern in (_CODE, _NOT_NUMBERS):
        for m in pattern.finditer(folded):
            if m.span() not in spans:
                closed.update(range(*m.span()))
    return [n for m in _NUMBER.finditer(folded) for n in _read(text, folded, m, closed)]


def _read(text: str, folded: str, m: re.Match[str], closed: set[int]) -> Iterator[Number]:
    start, end = m.span()
    if m.lastgroup is None or m.start() in closed or m.end() - 1 in closed:
        return
    value = _value(m)
    if value is None:
        return
    if m.lastgroup in {"ordinal", "nth"}:
        unit = _unit(folded, end)
        yield Number(start, end, text[start:end], value, unit, "ordinal")
        return
    if m.lastgroup in {"percent", "tenths"}:
        yield Number(start, end, text[start:end], value, "%", "value")
        return
    if half := _HALF_AFTER.match(folded, end):
        value, end = value + Decimal("0.5"), half.end(1) if half[1] else end
    unit = _unit(folded, end)
    if not _meant(folded, m, unit):
        return
    kind: NumberKind = _UNITS.get(unit, "plain")
    if _MONEY_BEFORE.search(folded, max(0, start - 8), start):
        unit, kind = unit or "元", "value"
    if (m[0] == "一" and unit in _ARTICLES) or (m[0] == "one" and kind == "count"):
        kind = "article"
    yield Number(start, end, text[start:end], value, unit, kind)


def _value(m: re.Match[str]) -> int | Decimal | None:
    words = m[0]
    match m.lastgroup:
        case "ordinal":
            return integer(words[1:].strip())
        case "nth":
            return ENGLISH_ORDINALS.get(words) or int(re.sub(r"\D", "", words))
        case "percent":
            return _plain(words[3:].strip())
        case "tenths":
            tens = integer(words[0]) or 0
            return tens * 10 + (integer(words[2]) or 0 if len(words) > 2 else 0)
        case "half":
            return Decimal("0.5")
        case "english":
            return sum(ENGLISH[part] for part in words.split("-"))
        case "mixed":
            return _mixed(words)
        case _:
            return _plain(words)


def _plain(words: str) -> int | Decimal | None:
    """Arabic with commas and a point, or Chinese with 點."""
    if words[0].isdigit() and words.isascii():
        return _whole(Decimal(words.replace(",", "")))
    whole, _, behind = words.partition("點")
    number = integer(whole)
    if number is None or not behind:
        return number
    scale = SCALES.get(behind[-1], 1)
    digits = "".join(str(DIGITS[c]) for c in behind if c in DIGITS)
    return _whole((number + Decimal(f"0.{digits}")) * scale)


def _mixed(words: str) -> int | Decimal | None:
    """3千, 1.2萬, 3萬5千; 3萬5 is 35,000."""
    total, last = Decimal(0), 10**9
    for digits, scale in re.findall(r"(\d+(?:\.\d+)?) ?([千萬億]?)", words):
        if scale:
            if SCALES[scale] >= last:
                return None
            last = SCALES[scale]
            total += Decimal(digits) * last
        else:
            total += int(digits) * (last // 10 if len(digits) == 1 else 1)
    return _whole(total)


def _whole(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else number


def _unit(folded: str, end: int) -> str:
    m = _UNIT.match(folded, end)
    return m[1] if m else ""


def _meant(folded: str, m: re.Match[str], unit: str) -> bool:
    """Whether what spells a number means one: 三件 does, 統一 and 3d do not."""
    words = m[0]
    if unit:
        return True
    if m.lastgroup in {"arabic", "mixed"}:
        return not re.match("[a-z]", folded[m.end() : m.end() + 1])
    if _ALONE.sub("", folded) == words:
        return True
    if m.lastgroup == "english":
        return words != "one"
    return len(words) > 1

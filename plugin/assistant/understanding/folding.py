"""One spelling for the readers by rule: full-width, Simplified, capitals, character by character.

Every character becomes exactly one character, so an offset into what comes out is the same offset
into what went in, and no map of offsets is needed. Only what the patterns of dates and numbers name
is turned over; names of people go through elsewhere (SPEC section 5: Simplified input).
"""

from __future__ import annotations

LONGEST = 4000
"""Nobody says more in one turn; what follows is not read for dates and numbers."""

_SIMPLIFIED = (
    "后後周週礼禮学學这這个個号號两兩从從间間国國级級华華长長时時点點内內开開关關闭閉结結来來为為"
    "过過现現万萬亿億贰貳叁參参參陆陸圆元圓元块塊页頁题題项項笔筆种種张張门門场場届屆课課测測试試"
    "业業毕畢历歷运運动動会會当當终終证證编編话話机機电電讲講钟鐘岁歲节節员員组組册冊类類发發"
    "数數优優专專线線传傳载載次次季季后後里裡卷卷录錄达達贯貫与與东東纪紀办辦"
)
_SIGNS = "○〇◯〇〜~∼~–-—-−-‐-‑-﹣-⁄/∕/\u00a0 \u2002 \u2003 \u2009 \u3000 \t \n \r "


def _table() -> dict[int, str]:
    table = {0xFF01 + i: chr(0x21 + i) for i in range(94)}
    del table[ord("，")]  # 8/20，100小時 is not 20,100
    for pairs in (_SIMPLIFIED, _SIGNS):
        table.update({ord(a): b for a, b in zip(pairs[::2], pairs[1::2], strict=True)})
    small = {chr(code).upper(): chr(code) for code in range(ord("a"), ord("z") + 1)}
    table.update({ord(a): b for a, b in small.items()})
    table.update({ord(a) + 0xFEE0: b for a, b in small.items()})
    return table


_TABLE = _table()


def fold(text: str) -> str:
    """What the patterns read, cut off at LONGEST.

    >>> fold("下周五 １１／３０ 三天后 NOV")
    '下週五 11/30 三天後 nov'
    """
    return text[:LONGEST].translate(_TABLE)

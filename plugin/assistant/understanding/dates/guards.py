"""What looks like a date and is none: classes, scores, numbers of cases, telephones, versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from .found import Found

_NUMBERED = (
    r"(?:學號|座號|案號|編號|號碼|電話|手機|分機|統編|帳號|統一編號|身分證(?:字號)?|證號|准考證|文號|字第|"
    r"student id|case no\.?|phone|tel\.?|no\.)"
    r"(?:是|為|[:# ]){0,2}[0-9a-z][0-9a-z.()/-]{0,30}"
)
_GUARDS = re.compile(
    rf"{_NUMBERED}"
    r"|(?<![0-9a-z])[a-z]{1,8}-?\d{1,4}-\d[\d-]{0,20}"  # EE-115-0042
    r"|(?<![0-9])0\d{1,3}[- ]\d{3,4}[- ]?\d{3,4}(?!\d)"  # telephones
    r"|(?<![a-z])v(?:er(?:sion)?)?\.? ?\d{1,3}(?:\.\d{1,4}){0,3}"
    r"|\d{1,3}(?:\.\d{1,3}){1,3} {0,2}版"
    r"|(?:(?<![記覺值使獲取])得|考|答對|做對|對了|完成度?|進度|比分) {0,2}\d{1,3}/\d{1,3}"
    r"|\d{1,2}/\d{1,2} {0,2}(?:的)?(?:機率|比例|拍)"
    r"|哪 ?[一1]? ?[天日週]|哪個月"
    r"|每(?:個)?(?:週|星期|禮拜)[一二三四五六日天]"
    r"|每(?:個)?月(?:底|初|中|\d{1,2}[號日])|每年底?"
    r"|(?<!\d)[一二三四五六七八九1-9] {0,2}年 {0,2}"
    r"(?:[甲乙丙丁忠孝仁愛信義和平]|[一二三四五六七八九十]{1,3}|\d{1,3}) {0,2}班"
    r"|[0-9]{3} {0,2}班"
    r"|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
)


def read(text: str, today: date) -> Iterator[Found]:
    """Stretches in which no date is looked for."""
    for m in _GUARDS.finditer(text):
        yield Found(*m.span(), "", "nothing")

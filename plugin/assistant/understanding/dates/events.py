"""Days only the school's calendar knows: 期末考後一週, 開學第二週, 學期末, after the finals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from .found import Found
from .patterns import CN, S

_EVENT = (
    r"(?:第?[一二三四1-4]次)?(?:期末考試?|期中考試?|段考|月考|模擬考|定期考查?|學測|統測|分科測驗|會考"
    r"|開學日?|註冊日?|結業式|休業式|始業式|畢業典禮|畢業|校慶|運動會|寒假|暑假|學期(?:開始|結束)|期末|期初)(?:結束|開始)?"
)
_AMOUNT = rf"(?:\d{{1,2}}|[{CN}兩半]{{1,3}}){S}(?:天|日|週|個?星期|個?禮拜|個?月)"
_EVENTS = re.compile(
    rf"{_EVENT}(?:的)?(?:(?:之|以)?[前後](?!面|來|往|半){S}(?:第?{_AMOUNT}(?:之?[前後內])?)?|第{_AMOUNT}|當[天日週]|那[天週]|後的?隔[天日])"
    rf"|(?<![每]){'(?:學期|期)(?:末|初|底)(?!考)'}"
    r"|(?<![a-z])(?:(?:\d{1,2}|an?|one|two|three|four) (?:day|week)s? )?(?:after|before) (?:the )?"
    r"(?:finals?(?: exams?)?|midterms?(?: exams?)?|exams?|semester (?:starts|begins|ends)"
    r"|graduation|(?:winter|summer) (?:break|vacation))(?![a-z])"
    r"|(?<![a-z])(?:the )?end of (?:the |this |next )?(?:semester|term|school year)(?![a-z])"
)


def read(text: str, today: date) -> Iterator[Found]:
    """They are found and not guessed: whoever knows the calendar resolves them, or asks."""
    for m in _EVENTS.finditer(text):
        yield Found(*m.span(), "", "needs_calendar")

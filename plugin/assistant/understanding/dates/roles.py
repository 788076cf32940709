"""Which slot a day fills: `date_from`, `date_to` or `date` (label convention 12).

以後/之後/起/從/from make date_from, 以前/前/到/止/截至/延到/by make date_to, any other single day
is date: 116/1/31到期 and 三天後 too.
"""

from __future__ import annotations

import re
from typing import Literal

from plugin.assistant.understanding.folding import fold

from .found import Found
from .patterns import AFTERTHOUGHT, CLOCK, S

Role = Literal["date", "date_from", "date_to"]

_BEFORE, _AFTER = 64, 30
_TO_AFTER = re.compile(
    rf"{AFTERTHOUGHT}(?:(?:之|以)前|前(?![往面天後任輩端導瞻鎮去])|(?:以|之)內|(?:為|截)?止|截"
    r"|結束(?!的)|關閉|收件截止"
    r"|(?:為|是)?(?:最後期限|截止日|期限)"
    r"|(?:is |as )?(?:the |my )?deadline|at the latest|or earlier)"
)
_FROM_AFTER = re.compile(
    rf"{AFTERTHOUGHT}(?:(?:之|以)後|以來|後(?![天面來續補製端衛勤悔])|過後"
    r"|起(?![跑飛床])|開始(?!的)|生效|開(?=$|[,，。!?])|開放(?!的)|開張"
    r"|到(?=(?:學?期末|期中|學期|考試|畢業|寒假|暑假|現在|目前))"
    r"|onwards?|or later|and later|at the earliest)"
)
_SET = (
    r"(?:(?:時間|日期|日)?(?:請|要|就|都|再)?"
    r"(?:[改設訂定調延展移順提]{1,2}(?:後|長|期|前)?)?(?:[成為到至於在是]{1,2})?)"
)
_FROM_BEFORE = re.compile(
    rf"(?:(?<!無|服)從|(?<![各獨])自(?:從)?|由|最早|不早於|(?:開始|開放|起始)(?:日期?|時間)"
    rf"(?:往[前後])?{_SET}"
    rf"|from|since"
    rf"|(?:start|opening|open)(?:s|ing)?(?: date| day)?(?: is| to)?"
    rf"|starting(?: from| on)?|after|as of){S}(?:{CLOCK} ?)?(?:on )?(?:the )?$"
)
_TO_BEFORE = re.compile(
    rf"(?:(?:截止|截至|期限|死線|最晚|最遲|不晚於|不得晚於|不得逾|deadline){_SET}"
    rf"|(?<![收看找拿接得送達報見聽想遇查談講說提學做用])(?:直)?到"
    rf"|(?<![甚乃以])至|迄)[: 了]{{0,2}}{S}(?:{CLOCK} ?)?$"
    r"|(?<![a-z])(?:by|until|till|before|no later than|not later than"
    r"|up to|through|due(?: on| by)?|deadline(?: is| on| of)?:?"
    r"|ends? on|clos(?:e|es|ing)(?: date| day)?(?: is| to| on)?"
    r"|(?:extend|postpone|prolong|lengthen|shorten|delay|move|push|deadline|change)[a-z]*\b"
    r"[^.?!]{0,45}\bto)"
    rf" (?:{CLOCK} )?(?:on )?(?:the )?$"
)


def role(text: str, found: Found) -> Role:
    """The slot of a single day in `text`, the text as given that `found` was found in."""
    folded = fold(text)
    before = folded[max(0, found.start - _BEFORE) : found.start]
    after = folded[found.end : found.end + _AFTER]
    if found.form == "within":
        return "date_to"
    if _TO_AFTER.match(after):
        return "date_to"
    if _FROM_AFTER.match(after) or _FROM_BEFORE.search(before):
        return "date_from"
    return "date_to" if _TO_BEFORE.search(before) else "date"


def slots(text: str, found: Found) -> tuple[tuple[str, Found], ...]:
    """The slots that `found` fills, each with the part of the text that says it.

    A range fills date_from and date_to; stretches, calendar years and days of the school's
    calendar fill none by themselves.
    """
    match found.kind:
        case "date":
            return ((role(text, found), found),)
        case "range":
            return tuple(zip(("date_from", "date_to"), found.parts, strict=True))
        case "year":
            return (("academic_year", found),)
        case "term":
            return (("term", found),)
        case _:
            return ()

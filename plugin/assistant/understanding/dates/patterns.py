"""Pieces that the patterns of dates share; every repetition is bounded, so no text is slow."""

from __future__ import annotations

CN = "〇零一二三四五六七八九十廿卅"
SMALL = rf"(?:\d{{1,2}}|[{CN}]{{1,3}})"
"""A month or a day of the month."""
S = r" {0,2}"
"""Where people put a space or not."""
EDGE = r"(?<![0-9a-z./])"
"""Not in the middle of a word, a number, a path or a version."""
WEEKDAY = "一二三四五六日天1-6"
AFTER_WEEKDAY = rf"(?:{S}\({S}(?:週|星期|禮拜)?[一二三四五六日天]{S}\))?"
"""11/27(五): the weekday in brackets belongs to the date."""
_CLOCK = (
    r"(?:(?:凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|晚間|深夜|半夜|早|晚)(?:的)?)?"
    r" {0,2}(?:\d{1,2}:\d{2}(?::\d{2})?"
    r"|(?:\d{1,2}|[一二三四五六七八九十兩]{1,3})(?:點|時(?![數段間候]))"
    r"(?:半|整|(?:\d{1,2}|[一二三四五六七八九十]{1,3})分?)?)"
    r"(?: ?[ap]\.?m\.?)?"
)
CLOCK = (
    rf"(?:{_CLOCK}|凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|晚間|午夜|半夜|下班|放學"
    r"|(?:at )?\d{1,2} ?[ap]\.?m\.?|at \d{1,2}:\d{2})"
)
"""A time of the day: kept apart from the day."""
AFTERTHOUGHT = rf"(?:{S}{CLOCK})?{S}"
"""What may stand between a date and the word that gives its role (12/5 23:59 前)."""


def weekday(character: str) -> int:
    """Monday is 0; 日 and 天 are Sunday."""
    position = "一二三四五六日123456天".find(character)
    return 6 if character == "天" else position if position < 7 else position - 7

"""How official papers write days, money and lengths of time."""

from __future__ import annotations

from datetime import date, datetime

from reports.manifest.words import TAIPEI

WEEKDAYS = "一二三四五六日"
_DIGITS = "〇一二三四五六七八九"


def long_date(day: date | None) -> str:
    """中華民國115年11月20日; empty for none."""
    if day is None:
        return ""
    return f"中華民國{day.year - 1911}年{day.month}月{day.day}日"


def weekday_date(day: date) -> str:
    """115年11月20日（星期五）."""
    name = WEEKDAYS[day.weekday()]
    return f"{day.year - 1911}年{day.month}月{day.day}日（星期{name}）"


def long_moment(moment: datetime) -> str:
    """115年11月20日（星期五）14時30分, in Asia/Taipei. ``moment`` is aware."""
    at = moment.astimezone(TAIPEI)
    return f"{weekday_date(at.date())}{at.hour}時{at.minute:02}分"


def ordinal(number: int) -> str:
    """一, 二, … 十, 十一, … 九十九: the number of a paragraph of an official letter.

    :raises ValueError: not from 1 to 99.
    """
    if not 1 <= number <= 99:
        raise ValueError(f"no paragraph {number}")
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def dollars(amount: int) -> str:
    """新臺幣 1,045 元."""
    return f"新臺幣 {amount:,} 元"


def hours(minutes: int) -> str:
    """Minutes as hours with at most two decimals: 90 → 1.5."""
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".")

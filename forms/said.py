"""A day or a moment in a sentence: as people in Taiwan write it, on English pages in AD."""

from __future__ import annotations

from datetime import date, datetime

from forms import i18n
from forms.dates import english_day, english_moment, roc_day, roc_moment


def day_said(day: date, *, weekday: bool = False) -> str:
    """民國115年11月30日, with （星期一） when asked; in English Mon 30 Nov 2026."""
    return english_day(day) if i18n.is_english() else roc_day(day, weekday=weekday)


def moment_said(moment: datetime) -> str:
    """民國115年11月30日（星期一）17:00; in English Mon 30 Nov 2026, 17:00; in Taipei.

    Raises:
        ValueError: the moment has no time zone.
    """
    return english_moment(moment) if i18n.is_english() else roc_moment(moment)

"""How often something goes out: never, every day, every n days, one day of the week.

Written as text in a rule: `off`, `daily`, `every:3`, `weekly:1` (1 is Monday).
"""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import gettext as _

OFF, DAILY, EVERY, WEEKLY = "off", "daily", "every", "weekly"
EVERY_CHOICES = (2, 3, 4, 5, 7, 10, 14)
"""Numbers of days that the form offers; the data may hold others up to `MOST_DAYS`."""
MOST_DAYS = 60


def valid(text: object) -> bool:
    """Whether `text` says a rhythm."""
    if text in {OFF, DAILY}:
        return True
    kind, _colon, number = str(text).partition(":")
    if not number.isascii() or not number.isdigit() or len(number) > 2:
        return False
    most = {EVERY: (2, MOST_DAYS), WEEKLY: (1, 7)}.get(kind)
    return most is not None and most[0] <= int(number) <= most[1]


def say(text: str) -> str:
    """As people read it."""
    if text == OFF:
        return _("不寄")
    if text == DAILY:
        return _("每天")
    kind, _colon, number = text.partition(":")
    if kind == EVERY:
        return _("每 %(n)s 天", n=number)
    days = (_("週一"), _("週二"), _("週三"), _("週四"), _("週五"), _("週六"), _("週日"))
    return _("每%(day)s", day=days[int(number) - 1])


def choices() -> list[tuple[str, str]]:
    """What the form offers."""
    values = [OFF, DAILY, *(f"{EVERY}:{n}" for n in EVERY_CHOICES)]
    values += [f"{WEEKLY}:{n}" for n in range(1, 8)]
    return [(one, say(one)) for one in values]


def latest(text: str, today: date) -> date | None:
    """The last day, up to and with today, on which the rhythm beats; None when it is off.

    Counted from a fixed day, so that it does not depend on when it was last looked at.
    """
    if text == OFF:
        return None
    if text == DAILY:
        return today
    kind, _colon, number = text.partition(":")
    if kind == EVERY:
        return today - timedelta(days=today.toordinal() % int(number))
    return today - timedelta(days=(today.isoweekday() - int(number)) % 7)

"""What is reckoned about certificates: until when they hold, when they may be renewed, how one
stands today, and the words for paper and pages. Asks no database.

Sources: 環境教育人員認證及管理辦法 §15 (five years, renewal three to six months before the end;
what was certified by recommendation does not expire), §18 (what is public).
"""

from __future__ import annotations

import calendar
import enum
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.states import StateLabel
from plugin.certification.models import Category, Certificate, CertificateState, Path
from plugin.errors import NotFound

FIELD = ("學校及社會環境教育", "School and Social Environmental Education")
"""專業領域 that an office certifies unless it says another."""


class Standing(enum.StrEnum):
    """How a certificate stands on a day: its state, and whether its time is over."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ANNULLED = "annulled"
    REPLACED = "replaced"


STANDING_LABELS = {
    Standing.VALID: StateLabel(_l("有效"), "good"),
    Standing.EXPIRED: StateLabel(_l("已逾有效期限"), "wait"),
    Standing.REVOKED: StateLabel(_l("已撤銷"), "bad"),
    Standing.ANNULLED: StateLabel(_l("已廢止"), "bad"),
    Standing.REPLACED: StateLabel(_l("已換發"), "calm"),
}

CATEGORY_LABELS: dict[Category, Any] = {
    Category.ADMINISTRATIVE: _l("行政人員"),
    Category.TEACHING: _l("教學人員"),
    Category.BOTH: _l("行政及教學人員"),
}
EVENT_LABELS: dict[str, Any] = {
    "issued": _l("核發證書"),
    "renewed": _l("核准展延"),
    "revoked": _l("撤銷證書"),
    "annulled": _l("廢止證書"),
    "reissued": _l("換發證書"),
}
PATH_LABELS: dict[Path, Any] = {
    Path.EDUCATION: _l("學歷"),
    Path.EXPERIENCE: _l("經歷"),
    Path.EXPERTISE: _l("專長"),
    Path.RECOMMENDED: _l("薦舉"),
    Path.EXAMINATION: _l("考試"),
    Path.TRAINING: _l("訓練"),
}

CATEGORY_ON_PAPER = {
    Category.ADMINISTRATIVE: (
        "環境教育行政人員",
        "Environmental Education Administrative Personnel",
    ),
    Category.TEACHING: ("環境教育教學人員", "Environmental Education Teaching Personnel"),
    Category.BOTH: (
        "環境教育行政人員及教學人員",
        "Environmental Education Administrative and Teaching Personnel",
    ),
}
PATH_ON_PAPER = {
    Path.EDUCATION: ("學歷（第四條）", "Education (Article 4)"),
    Path.EXPERIENCE: ("經歷（第五條）", "Experience (Article 5)"),
    Path.EXPERTISE: ("專長（第六條）", "Expertise (Article 6)"),
    Path.RECOMMENDED: ("薦舉（第七條）", "Recommendation (Article 7)"),
    Path.EXAMINATION: ("考試（第八條）", "Examination (Article 8)"),
    Path.TRAINING: ("訓練（第九條）", "Training (Article 9)"),
}
"""The certificate itself is in both languages, whoever reads it."""

IN_NUMBERS = {Category.ADMINISTRATIVE: "行", Category.TEACHING: "教", Category.BOTH: "行教"}
"""`{category}` in the pattern of the number."""


@dataclass(frozen=True)
class Window:
    """When the renewal of a certificate may be applied for; both days count."""

    opens_on: date
    closes_on: date

    def open_on(self, day: date) -> bool:
        return self.opens_on <= day <= self.closes_on


def last_day(first: date, years: int) -> date:
    """The last day of a period of years that begins on `first`: the day before the corresponding
    day, or the last day of the month when there is none (民法 §121).

    >>> last_day(date(2026, 11, 20), 5)
    datetime.date(2031, 11, 19)
    >>> last_day(date(2028, 2, 29), 5)
    datetime.date(2033, 2, 28)
    """
    try:
        return first.replace(year=first.year + years) - timedelta(days=1)
    except ValueError:
        return date(first.year + years, 2, 28)


def months_before(day: date, months: int) -> date:
    """The corresponding day so many months earlier, or the last of that month.

    >>> months_before(date(2031, 8, 31), 6)
    datetime.date(2031, 2, 28)
    """
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def standing(one: Certificate, today: date) -> Standing:
    """How a certificate stands today; the last day of its validity is still valid."""
    if one.state is not CertificateState.VALID:
        return Standing(one.state.value)
    if one.expires_on is not None and one.expires_on < today:
        return Standing.EXPIRED
    return Standing.VALID


def since(one: Certificate, today: date) -> date:
    """Since which day it stands as it does."""
    stands = standing(one, today)
    if stands is Standing.EXPIRED:
        assert one.expires_on is not None
        return one.expires_on + timedelta(days=1)
    return one.ended_on or one.issued_on


def reminder_due(expires_on: date, days: list[int], today: date) -> date | None:
    """The newest of the reminders' days that has come; None before the first.

    >>> reminder_due(date(2031, 11, 19), [180, 120, 95], date(2031, 7, 30))
    datetime.date(2031, 7, 22)
    """
    marks = [expires_on - timedelta(days=one) for one in days]
    return max((one for one in marks if one <= today), default=None)


def missing() -> NotFound:
    """No such certificate, or not for this person."""
    return NotFound(_("找不到這張證書。"))

"""國民身分證統一編號 and 居留證統一證號: form and check digit, in the old and the new form."""

from __future__ import annotations

import re
from datetime import date

_FORM = re.compile(r"[A-Z][1289]\d{8}")
_OLD = re.compile(r"[A-Z][A-D]\d{8}")
_ORDER = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""The letters in the order of their numbers, from 10."""
YOUNGEST, OLDEST = 10, 80
"""Years of age between which a student's birthday is believed (inferred: adults study, too)."""


def well_formed(number: str) -> bool:
    """Whether a number has the form and the check digit of an ID or a resident certificate."""
    number = number.strip().upper()
    if _FORM.fullmatch(number):
        second = int(number[1])
    elif _OLD.fullmatch(number):
        second = (_ORDER.index(number[1]) + 10) % 10
    else:
        return False
    letter = _ORDER.index(number[0]) + 10
    total = letter // 10 + letter % 10 * 9 + second * 8
    total += sum(
        int(digit) * weight for digit, weight in zip(number[2:9], range(7, 0, -1), strict=True)
    )
    return (total + int(number[9])) % 10 == 0


def plausible(birthday: str, today: date) -> bool:
    """Whether a stored birthday is a date on which a student of today may have been born."""
    try:
        born = date.fromisoformat(birthday)
    except ValueError:
        return False
    return today.year - OLDEST <= born.year <= today.year - YOUNGEST

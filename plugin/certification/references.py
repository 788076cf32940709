"""References 銷帳編號 of fee notices: ROC year, serial number, check digit.

The check digit weighs the digits 7, 1, 3 from the left and itself 1, the sum filled up to ten:
every single wrong digit is found, and all neighbours that were changed for each other but those
five apart.
"""

from __future__ import annotations

import itertools

_WEIGHTS = (7, 1, 3)
YEAR, SERIAL = 3, 6
"""Digits of the ROC year and of the serial number."""
LENGTH = YEAR + SERIAL + 1


def reference(year: int, serial: int) -> str:
    """The reference of the notice `serial` of a ROC year.

    :raises ValueError: more notices in a year than the digits can tell.
    """
    if not 0 < serial < 10**SERIAL or not 0 < year < 10**YEAR:
        raise ValueError(f"no reference for {year}/{serial}")
    digits = f"{year:0{YEAR}d}{serial:0{SERIAL}d}"
    return digits + _check(digits)


def valid(text: str) -> bool:
    """Whether a reference can be one of ours."""
    if len(text) != LENGTH or not text.isascii() or not text.isdigit():
        return False
    return _check(text[:-1]) == text[-1]


def _check(digits: str) -> str:
    pairs = zip(digits, itertools.cycle(_WEIGHTS), strict=False)
    return str(-sum(int(digit) * weight for digit, weight in pairs) % 10)

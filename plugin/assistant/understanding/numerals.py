"""Numbers in words: Chinese numerals of every sort, and the English ones that people type.

Own code: libraries fail on 參拾伍, 百分之八十 and 八成 (notes, 3.4), and a date needs digits read
one by one (一一五) as well as by place (一百一十五). Input is folded text (`folding.fold`).
"""

from __future__ import annotations

DIGITS = {
    **{c: i for i, c in enumerate("〇一二三四五六七八九")},
    **{c: i for i, c in enumerate("零壹貳參肆伍陸柒捌玖")},
    "兩": 2,
}
_PLACES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_TENS = {"廿": 20, "卅": 30, "卌": 40}
_GREAT = {"萬": 10**4, "億": 10**8}
SCALES = {**_PLACES, **_GREAT}
CHARACTERS = "".join((*DIGITS, *_PLACES, *_TENS, *_GREAT))
"""Every character that a Chinese number may be written with, for a character class."""

_TO_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
_NTH = "first second third fourth fifth sixth seventh eighth ninth tenth"
ENGLISH = {word: number for number, word in enumerate(_TO_TWENTY.split())} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
ENGLISH_ORDINALS = {word: number for number, word in enumerate(_NTH.split(), start=1)}


def integer(words: str) -> int | None:
    """The number that `words` spell in Chinese numerals or Arabic digits; None for nonsense.

    >>> [integer(w) for w in ("一一五", "一百一十五", "廿三", "兩萬五", "壹仟零肆拾伍", "百百")]
    [115, 115, 23, 25000, 1045, None]
    """
    if not words or len(words) > 20:
        return None
    if words.isascii():
        return int(words) if words.isdigit() else None
    if all(c in DIGITS for c in words):
        return int("".join(str(DIGITS[c]) for c in words))
    return _by_place(words)


def _by_place(words: str) -> int | None:
    total = 0
    last_great = 10**12
    section = ""
    for c in words:
        if c not in _GREAT:
            section += c
            continue
        below = _section(section)
        if not below or _GREAT[c] >= last_great:
            return None
        last_great = _GREAT[c]
        total += below * last_great
        section = ""
    if not section:
        return total
    if total and len(section) == 1 and DIGITS.get(section):
        return total + DIGITS[section] * last_great // 10  # 兩萬五
    below = _section(section)
    return None if below is None else total + below


def _section(words: str) -> int | None:
    """A number below ten thousand; a digit waits for the place that follows it."""
    total, digit, last, zero = 0, 0, 10**4, False
    for c in words:
        if c in DIGITS:
            if digit or (zero and DIGITS[c] == 0):
                return None
            digit = DIGITS[c]
            zero = zero or digit == 0
            continue
        place = _place(c, digit, last)
        if place is None:
            return None
        total, last = total + place[0], place[1]
        digit, zero = 0, False
    if not digit:
        return total if total or zero else None
    if not zero and 100 <= last < 10**4:
        return total + digit * last // 10  # 一百五 is 150, 一百零五 is 105
    return total + digit


def _place(c: str, digit: int, last: int) -> tuple[int, int] | None:
    """What a place (or 廿) adds, and the place itself; None where it cannot stand."""
    if c in _TENS:
        return None if digit or last <= 10 else (_TENS[c], 10)
    place = _PLACES.get(c)
    if place is None or place >= last or (not digit and place != 10):
        return None  # only 十 stands without a digit: 十五, 一百十五
    return (digit or 1) * place, place


def small(words: str) -> int | None:
    """`integer`, or an English word for a number ("three"), or a / an."""
    if words in ENGLISH:
        return ENGLISH[words]
    return 1 if words in {"a", "an"} else integer(words)

"""What people type and paste into a cell of a record, read as a value; and back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from forms.dates import DateNotUnderstood, parse_date
from forms.text import normalise
from plugin.school.terms import LAST_YEAR

Value = str | int | bool | Decimal | date | None

PLACES = 4
MOST = 100
EARLIEST = 90
"""Academic years before this one are slips of the finger."""

_SCORE = re.compile(r"[0-9]{1,3}(?:\.(?P<part>[0-9]{1,9}))?")
_YES = {"1", "是", "及格", "通過", "Y", "YES", "TRUE", "V", "✓"}
_NO = {"0", "否", "不及格", "未通過", "N", "NO", "FALSE", "X"}
_NONE = {"", "-1", "-", "—", "無"}


@dataclass(frozen=True)
class Code:
    """A code table; an open one is not published in full and takes other short codes as well."""

    values: Mapping[str, str]
    open: bool = False

    def said(self, code: str) -> str:
        """A code with its words, as people read it."""
        words = self.values.get(code, "")
        return f"{code} {words}" if words else code


def value_of(form: str, key: str, text: str, codes: Code | None) -> tuple[Value, str]:
    """The value of a cell of that format, and what is wrong with it in plain words."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if form == "text":
        return normalise(text) or None, ""
    if form == "score":
        return score_of(text)
    if plain in _NONE:
        return None, ""
    if form == "flag":
        return _flag(plain)
    if form == "roc7":
        return _day(plain)
    if key.endswith("_year"):
        return _whole(plain, EARLIEST, LAST_YEAR)
    if key == "grade":
        return _whole(plain, 1, 6)
    if form == "number":
        return _whole(plain, 0, 99)
    if codes is not None:
        return _code(plain, codes, number=key in {"counted", "due_term"})
    return plain.upper(), ""


def score_of(text: str) -> tuple[Decimal | None, str]:
    """A score from 0 to 100 with up to four decimals, exactly; nothing and -1 mean none.

    >>> score_of("８７.５")
    (Decimal('87.5'), '')
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain in _NONE:
        return None, ""
    found = _SCORE.fullmatch(plain)
    if found is None:
        return None, _("成績請填 0 到 100 的數字，例如 87 或 87.5；沒有成績請留白。")
    if len((found["part"] or "").rstrip("0")) > PLACES:
        return None, _("成績的小數最多 %(n)s 位；系統不替您四捨五入。", n=PLACES)
    value = Decimal(plain)
    if value > MOST:
        return None, _("成績不能超過 100 分。")
    return value.quantize(Decimal(1).scaleb(-PLACES)).normalize() + 0, ""


def text_of(form: str, value: Value) -> str:
    """A value as it is stored in `details`, and as a form shows it again."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _flag(plain: str) -> tuple[Value, str]:
    upper = plain.upper()
    if upper in _YES:
        return True, ""
    if upper in _NO:
        return False, ""
    return None, _("請填 1（是）或 0（否）；沒有請留白。")


def _day(plain: str) -> tuple[Value, str]:
    try:
        return parse_date(plain), ""
    except DateNotUnderstood:
        return None, _("看不懂這個日期，請寫成 115/11/30 或 1151130。")


def _whole(plain: str, low: int, high: int) -> tuple[Value, str]:
    if re.fullmatch(r"[0-9]{1,4}(?:\.0+)?", plain) and low <= int(Decimal(plain)) <= high:
        return int(Decimal(plain)), ""
    return None, _("請填 %(low)s 到 %(high)s 之間的整數。", low=low, high=high)


def _code(plain: str, codes: Code, *, number: bool) -> tuple[Value, str]:
    by_words = {words: code for code, words in codes.values.items()}
    found = by_words.get(plain, plain.upper() if plain.upper() in codes.values else plain)
    if found in codes.values or (codes.open and re.fullmatch(r"[0-9A-Za-z]{1,4}", found)):
        return (int(found) if number else found), ""
    listed = _("、").join(codes.said(one) for one in codes.values)
    return None, _("沒有代碼「%(code)s」，請填：%(listed)s。", code=plain[:20], listed=listed)

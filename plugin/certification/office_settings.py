"""What an issuing office sets for its certificates: the number's pattern, who signs, the field.

Kept in the school's settings under one key; what is not set has a default.
"""

from __future__ import annotations

import re
import string
from dataclasses import asdict, dataclass, fields
from typing import Any

from flask_babel import gettext as _

from plugin.certification.certificates import FIELD
from plugin.school.models import School

KEY = "certificates"
PATTERN = "({year})環教字第{serial:04}號"
SUFFIX = "之{n}"
MOST = 40
"""Characters of a number, as its column takes."""

_PLACES = {"year", "category", "serial"}
_WIDTH = re.compile(r"0?[1-9]?")


@dataclass(frozen=True)
class CertificateSettings:
    """What stands on certificates of an office beside the person's own.

    :param pattern: of the number: `{year}` (ROC), `{category}`, `{serial}` or `{serial:04}`.
    :param reissue_suffix: a reissued certificate keeps its number with 之1; otherwise it gets
        the next number of the series.
    :param head: title and name of who signs; "" leaves the place to the seal.
    """

    pattern: str = PATTERN
    reissue_suffix: bool = True
    authority: str = ""
    authority_english: str = ""
    head: str = ""
    field: str = FIELD[0]
    field_english: str = FIELD[1]


def of(school: School) -> CertificateSettings:
    """The settings of an office."""
    kept = school.settings.get(KEY) or {}
    known = {one.name for one in fields(CertificateSettings)}
    found = CertificateSettings(**{name: kept[name] for name in known & kept.keys()})
    if found.authority:
        return found
    return CertificateSettings(**(asdict(found) | {"authority": school.name}))


def number(pattern: str, *, year: int, category: str, serial: int) -> str:
    """A number by a pattern that `fault` finds nothing wrong with.

    >>> number(PATTERN, year=115, category="教", serial=7)
    '(115)環教字第0007號'
    """
    return pattern.format(year=year, category=category, serial=serial)


def fault(pattern: str) -> str:
    """What is wrong with a pattern, in plain words; "" when nothing is.

    Without `{serial}` numbers would repeat, without `{year}` they would repeat each year.
    """
    try:
        parts: list[tuple[Any, ...]] = list(string.Formatter().parse(pattern))
    except ValueError:
        return _("大括號沒有成對，請檢查。")
    places = [(name, width, turn) for _text, name, width, turn in parts if name is not None]
    names = {name for name, _width, _turn in places}
    if not {"year", "serial"} <= names:
        return _("請保留 {year} 與 {serial}，證書字號才不會重複。")
    if not names <= _PLACES or any(turn for _name, _width, turn in places):
        return _("只能使用 {year}、{category}、{serial}。")
    for name, width, _turn in places:
        if width and (name != "serial" or _WIDTH.fullmatch(width) is None):
            return _("位數只能寫在 {serial} 裡，例如 {serial:04}。")
    if len(number(pattern, year=115, category="行教", serial=10_000_000)) + len("之10") > MOST:
        return _("證書字號太長，請縮短。")
    return ""

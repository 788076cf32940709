"""How an issuing office numbers its cases: a pattern in its settings, `{year}` and `{serial}`.

A case's number is typed on the public status page, where letters become capitals, and stands in
names of files; therefore it has only capitals, digits and hyphens.
"""

from __future__ import annotations

import re
import string

from flask_babel import gettext as _

from plugin.school.models import School

KEY = "case_number"
PATTERN = "EE{year}-{serial:05}"
"""Unless the office says another."""
MOST = 40
"""Characters of a number, as its column takes."""

_TEXT = re.compile(r"[A-Z0-9-]*")
_WIDTH = re.compile(r"(?:0[1-9])?")


def of(school: School) -> str:
    """The pattern of an office."""
    return school.settings.get(KEY) or PATTERN


def number(pattern: str, *, year: int, serial: int) -> str:
    """A number by a pattern that `fault` finds nothing wrong with.

    >>> number(PATTERN, year=115, serial=7)
    'EE115-00007'
    """
    return pattern.format(year=year, serial=serial)


def fault(pattern: str) -> str:
    """What is wrong with a pattern, in plain words; "" when nothing is.

    The serial stands at the end, behind a hyphen: so no number of another pattern of the same year
    is ever the same, whatever widths the office has tried.
    """
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError:
        return _("大括號沒有成對，請檢查。")
    places = [(name, width, turn) for _text, name, width, turn in parts if name is not None]
    if [name for name, _width, _turn in places] != ["year", "serial"]:
        return _("請依序各寫一次 {year} 與 {serial}，案件編號才不會重複。")
    if places[0][1] or not _WIDTH.fullmatch(places[1][1] or "") or any(one[2] for one in places):
        return _("位數只能寫在 {serial} 裡，例如 {serial:04}。")
    if not all(_TEXT.fullmatch(text) for text, *_rest in parts):
        return _("除了 {year} 與 {serial}，只能用大寫英文字母、數字與連字號（-）。")
    if not parts[1][0].endswith("-") or parts[-1][1] != "serial":
        return _("請以連字號加 {serial} 結尾，例如 %(example)s。", example=PATTERN)
    if not parts[0][0][:1].isalpha():
        return _("請以英文字母開頭，才不會與其他號碼混淆。")
    if len(number(pattern, year=115, serial=10_000_000)) > MOST:
        return _("案件編號太長，請縮短。")
    return ""

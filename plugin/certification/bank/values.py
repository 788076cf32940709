"""What a cell of a bank's file says: days in both calendars, amounts, names, references.

Banks write as they like: full-width digits, thousands separators, dates with and without marks,
with a time behind, names with blanks between the characters.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from flask_babel import gettext as _

from plugin.certification import references
from plugin.school.terms import ROC

STYLES = ("roc", "ad")
"""How a bank counts years: 民國 or 西元."""
SIGNS = ("positive", "negative", "any")
"""Which amounts are money that came in."""
MOST = 10_000_000
"""NT dollars; a larger amount is a misread column."""

_MARKED = re.compile(r"(?:中華)?(?:民國)?(\d{1,4})[年/.\-](\d{1,2})[月/.\-](\d{1,2})日?(?!\d)")
_BARE = re.compile(r"(?:民國)?(\d{2,4})(\d{2})(\d{2})(?:\d{6})?(?:\s|$)")
_AMOUNT = re.compile(r"([+-]?)(\d{1,12})(?:\.0{1,4})?([+-]?)")
_UNKNOWN = set("?？�○〇◯＊*□■")
"""Stand where a bank could not or would not write a character."""
_RUN = re.compile(r"\d+")


class Unreadable(ValueError):
    """A cell cannot be understood; the message says so to the reader."""


def day(text: str, style: str) -> date:
    """The day of a payment.

    :param style: one of `STYLES`; four digits from 1912 on are AD in both.
    :raises Unreadable: no day, or one that the calendar does not have.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _MARKED.match(plain) or _BARE.match(plain)
    if found is None:
        raise Unreadable(_("入帳日看不懂。"))
    year, month, number = map(int, found.groups())
    if year <= ROC:
        if style != "roc" or year > 999:
            raise Unreadable(_("入帳日不是西元年，請確認年份的寫法。"))
        year += ROC
    try:
        return date(year, month, number)
    except ValueError as error:
        raise Unreadable(_("入帳日看不懂。")) from error


def amount(text: str, sign: str) -> int | None:
    """NT dollars that came in; None: the row is of no such money (none, zero, or went out).

    :param sign: one of `SIGNS`.
    :raises Unreadable: no amount in whole dollars, or an impossible one.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).replace("−", "-")
    plain = plain.upper().removeprefix("NTD").removeprefix("NT").removeprefix("TWD")
    plain = plain.replace("$", "").replace("元", "").replace(",", "")
    if not plain or plain in {"-", "--"}:
        return None
    brackets = plain.startswith("(") and plain.endswith(")")
    found = _AMOUNT.fullmatch(plain.strip("()") if brackets else plain)
    if found is None or (found[1] and found[3]):
        raise Unreadable(_("金額看不懂。"))
    value = int(found[2])
    if value > MOST:
        raise Unreadable(_("金額大得不合理，請確認選對了欄。"))
    out = brackets or "-" in (found[1], found[3])
    wanted = sign == "any" or out == (sign == "negative")
    return value if value and wanted else None


def name(text: str) -> str:
    """A name for comparing: one width, no blanks, marks or variation selectors; "" when a
    character of it is unknown, so that it never fits anybody."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if _UNKNOWN & set(plain):
        return ""
    return "".join(
        one
        for one in plain
        if unicodedata.category(one)[0] in "LN" or (unicodedata.category(one) == "Co")
    )


def found_references(*texts: str) -> list[str]:
    """References that stand in some cells, each once: alone, or at the end of a longer number, as
    of a virtual account 虛擬帳號 with the office's digits before it."""
    found: list[str] = []
    for text in texts:
        plain = unicodedata.normalize("NFKC", text)
        joined = re.sub(r"(?<=\d)[\s\-－]+(?=\d)", "", plain)
        for run in [*_RUN.findall(plain), *_RUN.findall(joined)]:
            ending = run[-references.LENGTH :]
            if references.valid(ending) and ending not in found:
                found.append(ending)
    return found

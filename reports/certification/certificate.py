"""The certificate 環境教育人員認證證書: one A4 page in both languages, with the place of the seal
and the code by which anybody may check it.

Words on it are part of the paper, in Chinese and English, whatever language its reader uses.
The law it cites: 環境教育人員認證及管理辦法 (seed 000; §15 validity and renewal).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reports.designed import qr_svg, set_pages
from reports.typeset.fonts import SERIF

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class Certificate:
    """What stands on a certificate.

    :param head: title and name of who signs; "" leaves the place to the seal alone.
    :param category, path, field: in Chinese and English.
    :param valid_until: the last day; None: it does not expire.
    :param dated_on: the day at its foot: of issue, of the last renewal or of the reissue.
    :param renewed_on: of the last renewal, or None.
    :param replaces: number of the certificate in whose place it stands, or "".
    """

    number: str
    authority: str
    authority_english: str
    head: str
    name: str
    name_english: str
    category: tuple[str, str]
    path: tuple[str, str]
    field: tuple[str, str]
    issued_on: date
    valid_until: date | None
    dated_on: date
    verify_url: str
    renewed_on: date | None = None
    replaces: str = ""


def certificate_pdf(one: Certificate) -> bytes:
    """One tagged page with its fonts embedded. Raises FontMissing, FetchRefused."""
    context = {
        "one": one,
        "title": f"環境教育人員認證證書 {one.number}",
        "roc_long": roc_long,
        "english_day": english_day,
    }
    return set_pages(
        "certification/certificate.html",
        context,
        pictures={"qr": qr_svg(one.verify_url), "frame": _FRAME.encode()},
        family=SERIF,
    )


def roc_long(day: date) -> str:
    """115 年 11 月 20 日.

    >>> roc_long(date(2026, 11, 20))
    '115 年 11 月 20 日'
    """
    return f"{day.year - 1911} 年 {day.month} 月 {day.day} 日"


def english_day(day: date) -> str:
    """20 November 2026.

    >>> english_day(date(2026, 11, 20))
    '20 November 2026'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _corner(turn: str) -> str:
    return (
        f'<g transform="{turn}" fill="none" stroke="#0B5A4A">'
        '<path d="M4 22.2 V4 H22.2" stroke-width="1.2"/>'
        '<path d="M7.5 22.2 V7.5 H22.2" stroke-width=".35"/>'
        '<path d="M4 13 C9 13 13 9 13 4 M4 17.5 C11 17.5 17.5 11 17.5 4" stroke-width=".5"/>'
        '<path d="M8 8 C8 12 11 13.5 14 13.5 C13.5 11 12 8 8 8 Z" fill="#0B5A4A" stroke="none"/>'
        "</g>"
    )


_FRAME = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 297 210">'
    '<g fill="none" stroke="#0B5A4A">'
    '<path d="M28 10.2 H269 M28 199.8 H269 M10.2 28 V182 M286.8 28 V182" stroke-width="1.2"/>'
    '<path d="M28 13.7 H269 M28 196.3 H269 M13.7 28 V182 M283.3 28 V182" stroke-width=".35"/></g>'
    + _corner("translate(6.2 6.2)")
    + _corner("translate(290.8 6.2) scale(-1 1)")
    + _corner("translate(6.2 203.8) scale(1 -1)")
    + _corner("translate(290.8 203.8) scale(-1 -1)")
    + "</svg>"
)
"""Two lines around the page and a leaf in each corner, drawn for this paper."""

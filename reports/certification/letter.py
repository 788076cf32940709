"""A letter of the issuing office: notice of a fee, of a correction, of an examination, a decision.

All have the shape of an official letter 函: letterhead, addressee, date and number, subject 主旨,
numbered explanation 說明, tables, copies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from reports.certification.words import long_date, ordinal
from reports.designed import qr_svg, set_pages


@dataclass(frozen=True)
class Grid:
    """A table of a letter.

    :param widths: of the columns in millimetres; 0 takes what is left.
    :param numeric: numbers of the columns that are set to the right.
    :param total: the last row is a sum.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    numeric: frozenset[int] = frozenset()
    total: bool = False


@dataclass(frozen=True)
class OfficialLetter:
    """One letter.

    :param title: what it is: 補正通知書.
    :param contact: label and text of the letterhead (地址, 承辦人, 電話), those that are known.
    :param number: 發文字號.
    :param points: the explanation 說明, one paragraph each, numbered when there are several.
    :param quoted: comments in the words of whoever made them, each with its heading.
    :param remedy: 救濟教示: where and until when one may object; "" when the law gives none.
    :param check_url: of the page where its reader sees how the case stands; "" without.
    """

    office: str
    title: str
    recipient: str
    dated: date
    number: str
    case_number: str
    subject: str
    points: tuple[str, ...]
    contact: tuple[tuple[str, str], ...] = ()
    tables: tuple[Grid, ...] = ()
    quoted: tuple[tuple[str, str], ...] = ()
    remedy: str = ""
    enclosures: str = ""
    copies_to: str = ""
    signer: str = ""
    check_url: str = ""
    facts: tuple[tuple[str, str], ...] = field(default=())
    """Set large in a box: until when, how much, under which number."""


def letter_pdf(letter: OfficialLetter) -> bytes:
    """The letter as a tagged PDF of A4 pages.

    :raises FontMissing: a font of the house is not installed.
    """
    pictures = {"qr": qr_svg(letter.check_url)} if letter.check_url else {}
    context = {
        "letter": letter,
        "title": f"{letter.office} {letter.title} {letter.case_number}",
        "foot": f"{letter.title}　{letter.number}",
        "long_date": long_date,
        "ordinal": ordinal,
    }
    return set_pages("certification/letter.html", context, pictures=pictures)

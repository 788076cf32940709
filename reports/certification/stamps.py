"""Lines that are stamped on pages: set once with the house's fonts, one small page for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

from reports.typeset.book import Book, Page, Sheet

WIDTH, LEADING = 595.0, 14.0
"""Of a stamp, in points: as wide as A4."""
_EDGE = 14.0
_LONGEST = 58
"""Letters of the left half that are set; a longer label is cut."""


def stamps(lines: Sequence[tuple[str, str]]) -> bytes:
    """A PDF with one stamp a page: words at the left and at the right, on white.

    :raises FontMissing: a font of the house is not installed.
    """
    out = BytesIO()
    sheet = Sheet(WIDTH, LEADING, _EDGE, _EDGE, 0, 0)
    book = Book(out, sheet, _nothing)
    small = book.setter(7.5, 9)
    for left, right in lines:
        page = book.page()
        page.under.append(f"1 g 0 0 {WIDTH} {LEADING} re f .6 w .45 G 0 .3 m {WIDTH} .3 l S")
        shown = left if len(left) <= _LONGEST else left[: _LONGEST - 1] + "…"
        book.line(small, shown, _EDGE, 4.2)
        book.line(small, right, WIDTH - _EDGE - small.width(right), 4.2)
    book.finish("", datetime(2000, 1, 1, tzinfo=UTC))
    return out.getvalue()


def _nothing(_book: Book, _page: Page) -> None:
    """A stamp has no furniture."""

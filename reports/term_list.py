"""The list 清冊 of what a school hands in of a term, class by class, to be stamped and filed."""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from reports.atomic import atomic_file
from reports.designed import qr_svg, set_pages
from reports.manifest.furniture import STAMPS
from reports.manifest.words import period, roc_moment
from reports.manifest.writer import GREEN, GREY
from reports.typeset.book import MM, Book, Page, Sheet
from reports.typeset.graft import Graft
from reports.typeset.table import Column, Table
from reports.typeset.tags import Bookmark, Element

LINES = (
    Column("座號", 8, "center"),
    Column("學號", 17),
    Column("姓名", 22, heads_row=True),
    Column("資料", 24),
    Column("內容", 206),
)
FACTS = (Column("項目", 50, heads_row=True), Column("內容", 227))
BOXES = tuple(Column(one, 1, "center") for one in STAMPS)
CHECK_WIDTH, CHECK_HEIGHT, CHECK_GAP = 277 * MM, 30 * MM, 4 * MM
EMPTY = "\u3000"
"""A line in a box that is left for a stamp."""


@dataclass(frozen=True, slots=True)
class TermLine:
    """One line: whose it is, which sheet it stands on, its cells in words."""

    class_name: str
    seat: str
    number: str
    name: str
    sheet: str
    text: str


@dataclass(frozen=True)
class TermList:
    """One version of a term's book.

    ``facts`` are printed first: label and text.  ``lines`` are read once, class by class.
    ``made_at`` is aware; it is printed in Asia/Taipei.
    """

    school_name: str
    school_code: str
    title: str
    academic_year: int
    term: int
    version: int
    made_at: datetime
    made_by: str
    facts: tuple[tuple[str, str], ...]
    lines: Iterable[TermLine]
    batch: str = ""
    verify_url: str = ""
    """The public verification page; "" where there is none."""


def write_term_list(listed: TermList, target: Path | str | BinaryIO) -> int:
    """Write the list as a tagged PDF; returns how many pages it has.

    A path is written whole or not at all.  The same input gives the same bytes.
    Raises FontMissing, OSError; what ``lines`` raises passes through.
    """
    place = atomic_file(Path(target)) if isinstance(target, str | Path) else nullcontext(target)
    with place as out:
        return _Writer(listed, out).write()


class _Writer:
    def __init__(self, listed: TermList, out: BinaryIO):
        self.listed = listed
        self.book = book = Book(out, Sheet(top=18 * MM), self._furnish)
        self.cells = book.setter(7.6, 9.6)
        self.head = book.setter(7.6, 9.6, bold=True)
        self.h1 = book.setter(16, 22, bold=True)
        self.h2 = book.setter(12.5, 16, bold=True)
        self.note = book.setter(9.5, 14)
        self.small = book.setter(7.4, 9)
        self.total_pages, self.total_name = book.late_form()
        self.period = period(listed.academic_year, listed.term, listed.batch)

    def write(self) -> int:
        book, listed = self.book, self.listed
        self._opening()
        for name, lines in groupby(listed.lines, key=lambda one: one.class_name):
            self._class(name or "（未編班）", lines)
        book.close_page()
        shown = self.small.show(f"，共 {book.pages} 頁")
        content = f"BT {self.small.select} {GREY} {shown} ET"
        book.write_form(self.total_pages, content, "0 -3 100 10")
        book.finish(f"{listed.school_name} {listed.title} {self.period}", listed.made_at)
        return book.pages

    def _opening(self) -> None:
        book, listed = self.book, self.listed
        page = book.page()
        book.bookmarks.append(Bookmark("封面", page.number, book.sheet.height))
        sect = book.tags.open("Sect", book.tags.document)
        book.paragraph(self.h1, "H1", sect, f"{listed.school_name}　{listed.title}", color=GREEN)
        made = f"製作：{listed.made_by}　{roc_moment(listed.made_at)}"
        words = f"{self.period}　第 {listed.version} 版　學校代碼 {listed.school_code}"
        book.paragraph(self.note, "P", sect, words)
        book.paragraph(self.note, "P", sect, made, after=6)
        table = Table(book, sect, FACTS, self.cells, self.head, _plain)
        for label, text in listed.facts:
            table.row(((label,), (text,)))
        table.close()
        book.paragraph(self.note, "P", sect, "核章", before=10, after=2)
        table = Table(book, sect, BOXES, self.note, self.head, _plain)
        table.row(tuple((EMPTY, EMPTY, EMPTY) for _ in BOXES))
        table.close()
        if listed.verify_url:
            self._check(sect)
        book.tags.close(sect)

    def _check(self, sect: Element) -> None:
        """The code by which whoever holds the paper may check it."""
        book, url = self.book, self.listed.verify_url
        context = {"title": self.listed.title, "url": url}
        pages = set_pages(
            "term_list_check.html", context, pictures={"qr": qr_svg(url)}, variant=None
        )
        form = book.add_form(Graft(book.pdf, pages).as_form(0))
        page = book.current or book.page()
        page.y -= CHECK_GAP
        alt = f"查驗本清冊的二維條碼，網址 {url}"
        book.figure(form, sect, alt, CHECK_WIDTH, CHECK_HEIGHT)

    def _class(self, name: str, lines: Iterable[TermLine]) -> None:
        book = self.book
        page = book.page()
        book.bookmarks.append(Bookmark(name, page.number, book.sheet.height))
        sect = book.tags.open("Sect", book.tags.document)
        book.paragraph(self.h2, "H2", sect, name, color=GREEN, after=3)

        def continued(page: Page) -> None:
            y = page.y - 0.88 * self.note.size - 2
            book.line(self.note, f"{name}（續）", book.sheet.left, y, GREEN)
            page.y -= self.note.leading + 4

        table = Table(book, sect, LINES, self.cells, self.head, continued)
        count, students = 0, set()
        for one in lines:
            table.row(((one.seat,), (one.number,), (one.name,), (one.sheet,), (one.text,)))
            count += 1
            students.add(one.number)
        table.close()
        words = f"本班合計：學生 {len(students):,} 人，{count:,} 筆。"
        book.paragraph(self.note, "P", sect, words, before=5)
        book.tags.close(sect)

    def _furnish(self, book: Book, page: Page) -> None:
        listed, sheet = self.listed, book.sheet
        top = sheet.height - 11 * MM
        words = f"{listed.school_name}　{listed.title}　{self.period}　第 {listed.version} 版"
        book.line(self.small, words, sheet.left, top, GREY)
        x, y = sheet.width / 2 + 4 * MM, 8.6 * MM
        text = f"第 {page.index} 頁"
        book.line(self.small, text, x - self.small.width(text), y, GREY)
        page.under.append(f"q 1 0 0 1 {x:.2f} {y:.2f} cm /{self.total_name} Do Q")


def _plain(_page: Page) -> None:
    """A table that goes on over the page says nothing more."""

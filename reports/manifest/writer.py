"""Set a manifest: cover, classes each on its own pages, the table of totals."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from reports.atomic import atomic_file
from reports.manifest import furniture
from reports.manifest.model import (
    SHA256_PRINTED,
    ClassBlock,
    Manifest,
    ManifestResult,
    ManifestRow,
    Totals,
)
from reports.manifest.words import file_size, roc_date
from reports.typeset.book import MM, Book, Page, Sheet
from reports.typeset.graft import Graft
from reports.typeset.table import Column, Table
from reports.typeset.tags import Bookmark, Element

log = logging.getLogger(__name__)
Progress = Callable[[int, int | None], None]

GREEN = "0.043 0.353 0.290 rg"
GREY = "0.33 g"
OUTCOMES, EXPERIENCES = "課程學習成果", "多元表現"
NOTHING = "本次無提交資料"
EVERY = 200

ROWS = (
    Column("班級", 17),
    Column("座號", 10, "center"),
    Column("學號", 19),
    Column("姓名", 25, heads_row=True),
    Column("課程（代碼）", 43),
    Column("名稱", 47),
    Column("檔名", 38),
    Column("類型", 10),
    Column("大小", 16, "right"),
    Column(f"SHA-256\n前 {SHA256_PRINTED} 碼", 23),
    Column("認證教師\n／佐證", 20),
    Column("日期", 17, "center"),
)
KIND_ROWS = tuple(Column("類別", c.share) if c.title.startswith("課程") else c for c in ROWS)
SUMMARY = (
    Column("班級", 44, heads_row=True),
    Column("學生數", 26, "right"),
    Column("成果件數", 30, "right"),
    Column("成果檔案數", 32, "right"),
    Column("多元表現件數", 34, "right"),
    Column("多元表現檔案數", 36, "right"),
    Column("檔案大小", 36, "right"),
    Column("起始頁", 26, "right"),
)


def write_manifest(
    manifest: Manifest, target: Path | str | BinaryIO, *, progress: Progress | None = None
) -> ManifestResult:
    """Write the manifest as a tagged PDF (PDF/UA-1) to a path or a binary stream.

    A path is written whole or not at all.  ``progress(done, total)`` is called about every
    200 rows and at the end; ``total`` is ``manifest.total_rows``.  The same input gives the same
    bytes.  Raises FontMissing, FetchRefused, OSError; what ``classes`` raises passes through.
    """
    place = atomic_file(Path(target)) if isinstance(target, str | Path) else nullcontext(target)
    with place as out:
        return _Writer(manifest, out, progress).write()


class _Writer:
    """One run; state is the page at hand and the running counts."""

    def __init__(self, manifest: Manifest, out: BinaryIO, progress: Progress | None):
        self.manifest = manifest
        self.progress = progress
        self.book = book = Book(out, Sheet(), self._furnish)
        self.cells = book.setter(7.6, 9.6)
        self.head = book.setter(7.6, 9.6, bold=True)
        self.h2 = book.setter(12.5, 16, bold=True)
        self.h3 = book.setter(9.5, 13, bold=True)
        self.note = book.setter(8.6, 12)
        self.small = book.setter(7.4, 9)
        graft = Graft(book.pdf, furniture.frame(manifest))
        self.frame = book.add_form(graft.as_form(0))
        self.stamps = book.add_form(graft.as_form(1))
        self.total_pages, self.total_name = book.late_form()
        self.rows = 0

    def write(self) -> ManifestResult:
        book, manifest = self.book, self.manifest
        cover, parent = book.reserve_page()
        book.bookmarks.append(Bookmark("封面", cover, book.sheet.height))
        counts: list[tuple[str, Totals, int]] = []
        for block in manifest.classes:
            totals, first_page = self._class(block)
            counts.append((block.name, totals, first_page))
        school = sum((totals for _, totals, _ in counts), Totals())
        self._summary(counts, school)
        book.close_page()
        pages = book.pages
        self._write_total_pages(pages)
        for text in (manifest.school_name, manifest.title, manifest.made_by, manifest.number):
            self.note.width(self.note.clean(text))
        missing, cleaned = sorted(book.missing), sorted(book.cleaned)
        designed = furniture.cover(manifest, school, len(counts), pages, len(missing), len(cleaned))
        Graft(book.pdf, designed).as_page(0, cover, parent, book.tags)
        book.finish(f"{manifest.school_name} {manifest.title} {manifest.number}", manifest.made_at)
        if missing or cleaned:
            log.warning(
                "manifest %s: %d characters without a font, %d invisible ones shown by code",
                manifest.number,
                len(missing),
                len(cleaned),
            )
        self._tell(force=True)
        return ManifestResult(
            pages=pages,
            rows=self.rows,
            totals=school,
            by_class=tuple((name, totals) for name, totals, _ in counts),
            missing=tuple(missing),
            cleaned=tuple(cleaned),
            sha256=book.pdf.digest.hexdigest(),
            size=book.pdf.offset,
            class_pages=tuple(page for _, _, page in counts),
        )

    def _furnish(self, book: Book, page: Page) -> None:
        page.under.append(f"q /{self.frame} Do Q")
        x, y = book.sheet.width / 2 + 4 * MM, 8.6 * MM
        text = f"第 {page.index} 頁"
        book.line(self.small, text, x - self.small.width(text), y, GREY)
        page.under.append(f"q 1 0 0 1 {x:.2f} {y:.2f} cm /{self.total_name} Do Q")

    def _write_total_pages(self, pages: int) -> None:
        shown = self.small.show(f"，共 {pages} 頁")
        content = f"BT {self.small.select} {GREY} {shown} ET"
        self.book.write_form(self.total_pages, content, "0 -3 100 10")

    def _class(self, block: ClassBlock) -> tuple[Totals, int]:
        book = self.book
        page = book.page()
        first_page = page.index
        bookmark = Bookmark(block.name, page.number, book.sheet.height)
        book.bookmarks.append(bookmark)
        sect = book.tags.open("Sect", book.tags.document)
        book.paragraph(self.h2, "H2", sect, block.name, color=GREEN, after=1)
        students: set[str] = set()
        figures: list[tuple[int, int, int]] = []
        sections = ((OUTCOMES, ROWS, block.outcomes), (EXPERIENCES, KIND_ROWS, block.experiences))
        for index, (title, columns, rows) in enumerate(sections):
            figures.append(
                self._section(block.name, title, columns, rows, sect, bookmark, students, index)
            )
        (items, files, size), (more_items, more_files, more_size) = figures
        totals = Totals(len(students), items, files, more_items, more_files, size + more_size)
        text = "本班合計：" + _in_words(totals)
        self._closing(sect, text)
        book.tags.close(sect)
        return totals, first_page

    def _closing(self, sect: Element, text: str) -> None:
        """Totals and stamp boxes, kept together."""
        book = self.book
        lines = len(self.note.lines(text, book.sheet.width - book.sheet.left - book.sheet.right))
        room = self.note.leading * lines + 13 + furniture.STAMPS_HEIGHT
        if book.current is None or book.current.y - room < book.sheet.bottom:
            book.page()
        book.paragraph(self.note, "P", sect, text, before=7, after=6)
        book.figure(
            self.stamps,
            sect,
            furniture.STAMPS_ALT,
            furniture.STAMPS_WIDTH,
            furniture.STAMPS_HEIGHT,
        )

    def _section(
        self,
        class_name: str,
        title: str,
        columns: tuple[Column, ...],
        rows: Iterable[ManifestRow],
        sect: Element,
        bookmark: Bookmark,
        students: set[str],
        index: int,
    ) -> tuple[int, int, int]:
        """Set one section; returns (items, files, bytes)."""
        book = self.book
        iterator = iter(rows)
        first = next(iterator, None)
        part = book.tags.open("Sect", sect)

        def continued(page: Page) -> None:
            self._continued(page, f"{class_name}　{title}（續）")

        table = None
        if first is not None:
            table = Table(book, part, columns, self.cells, self.head, continued)
        least = table.least_height if table else self.note.leading
        page = book.current
        if page is None or page.y - 24 - least < book.sheet.bottom:
            page = book.page()
        top = page.y
        book.paragraph(self.h3, "H3", part, title, color=GREEN, before=9 if index else 1, after=3)
        bookmark.children.append(Bookmark(title, page.number, top))
        if first is None or table is None:
            book.paragraph(self.note, "P", part, NOTHING, color=GREY, after=2)
            figures = (0, 0, 0)
        else:
            figures = self._rows(table, chain([first], iterator), students)
            table.close()
        book.tags.close(part)
        return figures

    def _continued(self, page: Page, text: str) -> None:
        setter = self.h3
        y = page.y - 0.88 * setter.size - 2
        self.book.line(setter, text, self.book.sheet.left, y, GREEN)
        page.y -= setter.leading + 4

    def _rows(
        self, table: Table, rows: Iterator[ManifestRow], students: set[str]
    ) -> tuple[int, int, int]:
        items = files = size = 0
        last_item = ""
        put = table.row
        for row in rows:
            if not row.item or row.item != last_item:
                items += 1
            last_item = row.item
            if row.file_name or row.sha256:
                files += 1
                size += row.size or 0
            students.add(row.student_number or f"{row.seat} {row.student_name}")
            put(_cells(row))
            self.rows += 1
            if self.rows % EVERY == 0:
                self._tell()
        return items, files, size

    def _tell(self, force: bool = False) -> None:
        if self.progress is not None:
            total = self.manifest.total_rows
            self.progress(self.rows, self.rows if force and total is None else total)

    def _summary(self, counts: list[tuple[str, Totals, int]], school: Totals) -> None:
        book = self.book
        page = book.page()
        book.bookmarks.append(Bookmark("全校統計", page.number, book.sheet.height))
        sect = book.tags.open("Sect", book.tags.document)
        book.paragraph(self.h2, "H2", sect, "全校統計", color=GREEN, after=4)
        if not self.rows:
            book.paragraph(self.h3, "P", sect, NOTHING, before=4, after=8)
        if counts:

            def continued(page: Page) -> None:
                self._continued(page, "全校統計（續）")

            table = Table(book, sect, SUMMARY, self.cells, self.head, continued)
            for name, totals, first_page in counts:
                table.row(_summary_cells(name, totals, str(first_page)))
            table.row(_summary_cells("全校合計", school, ""))
            table.close()
        self._closing(sect, "全校合計：" + _in_words(school))
        book.tags.close(sect)


def _cells(row: ManifestRow) -> tuple[tuple[str, ...], ...]:
    course = (row.course, row.course_code) if row.course_code else (row.course,)
    return (
        (row.class_name,),
        (row.seat,),
        (row.student_number,),
        (row.student_name,),
        course,
        (row.title,),
        (row.file_name,),
        (row.file_type,),
        (file_size(row.size),),
        (row.sha256[:SHA256_PRINTED],),
        (row.certified_by,),
        (roc_date(row.date),),
    )


def _summary_cells(name: str, totals: Totals, page: str) -> tuple[tuple[str, ...], ...]:
    figures = (
        totals.students,
        totals.outcomes,
        totals.outcome_files,
        totals.experiences,
        totals.experience_files,
    )
    return (
        (name,),
        *((f"{figure:,}",) for figure in figures),
        (file_size(totals.size),),
        (page,),
    )


def _in_words(totals: Totals) -> str:
    return (
        f"學生 {totals.students:,} 人；{OUTCOMES} {totals.outcomes:,} 件"
        f"（檔案 {totals.outcome_files:,} 個）；{EXPERIENCES} {totals.experiences:,} 件"
        f"（檔案 {totals.experience_files:,} 個）；檔案大小共 {file_size(totals.size)}。"
    )

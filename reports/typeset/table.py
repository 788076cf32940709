"""A table of uniform rows: header repeated on each page, cells that wrap, rows that grow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import getitem

from reports.typeset.book import Book, Cell, Page
from reports.typeset.tags import Element
from reports.typeset.text import Setter

PAD_X = 2.6
PAD_Y = 2.4
REMEMBERED = 1024
"""Cells kept ready of each kind."""
INK = "0 g"
GREEN = "0.043 0.353 0.290"
TINT = "0.914 0.945 0.933"
HAIR = "0.80 0.84 0.82"


@dataclass(frozen=True)
class Column:
    """One column: heading (may hold a line break), share of the width, side, heading its row."""

    title: str
    share: float
    align: str = "left"
    heads_row: bool = False


class Cells(dict[tuple[str, ...], Cell]):
    """The paragraphs of a cell -> how they are set in so many points.

    Of one book, not of one table: classes have courses, teachers and days in common.  Full, it
    begins anew, which is cheaper than to know what was used last.
    """

    def __init__(self, setter: Setter, align: str, width: float):
        super().__init__()
        self.setter = setter
        self.align = align
        self.width = width

    def __missing__(self, parts: tuple[str, ...]) -> Cell:
        if len(self) >= REMEMBERED:
            self.clear()
        setter, width = self.setter, self.width
        lines: list[str] = []
        shown: list[tuple[str, float]] = []
        for part in parts:
            fits = setter.fitting(part, width)
            if fits is not None:
                lines.append(part)
                shown.append(fits)
            else:
                more = setter.lines(part, width)
                lines += more
                shown += map(setter.measured, more)
        made = self[parts] = len(lines), arranged(setter, shown, self.align, width), tuple(lines)
        return made


def arranged(setter: Setter, shown: Sequence[tuple[str, float]], align: str, width: float) -> str:
    """Lines under one another, each with its width, to one side of so many points."""
    if align == "left":
        return shown[0][0] if len(shown) == 1 else " T* ".join([line for line, _ in shown])
    factor = 1.0 if align == "right" else 0.5
    out: list[str] = []
    last = 0.0
    for line, used in shown:
        at = max(0.0, width - used) * factor
        down = -setter.leading if out else 0
        out.append(f"{at - last:.2f} {down:g} Td {line}")
        last = at
    return " ".join(out)


class Table:
    """Rows written as they come.  Create, :meth:`row` for each, :meth:`close`.

    ``before_page`` is called after each page break inside the table (to draw a continued
    heading); the header row follows it by itself.
    """

    def __init__(
        self,
        book: Book,
        parent: Element,
        columns: Sequence[Column],
        setter: Setter,
        header: Setter,
        before_page: Callable[[Page], None],
        summary: str = "",
    ):
        self.book = book
        self.setter = setter
        self.header = header
        self.before_page = before_page
        tags = book.tags
        room = book.sheet.width - book.sheet.left - book.sheet.right
        total = sum(column.share for column in columns)
        self.columns = columns
        self.widths = [column.share / total * room for column in columns]
        edges = [book.sheet.left]
        for width in self.widths:
            edges.append(edges[-1] + width)
        self.edges = edges
        self.xs = [f"{edge + PAD_X:.2f}" for edge in edges[:-1]]
        self._cells = [self._cells_of(setter, index) for index in range(len(columns))]
        self._ascent = PAD_Y + (setter.leading - setter.size) / 2 + 0.88 * setter.size
        self._template = "".join(f"/TD<</MCID %d>>BDC 1 0 0 1 {x} %s Tm %s EMC\n" for x in self.xs)
        self._heads = [
            f"/S/TH/A {tags.row_scope} 0 R" if column.heads_row else "/S/TD" for column in columns
        ]
        self.element = tags.open("Table", parent)
        self._header_cells = [
            self._cells_of(header, index)[tuple(column.title.split("\n"))]
            for index, column in enumerate(columns)
        ]
        self._header_lines = max(cell[0] for cell in self._header_cells)
        self.header_height = self._header_lines * header.leading + 2 * PAD_Y
        self._begun = False
        self._top = 0.0
        self._rules: list[float] = []
        self.body: Element | None = None

    def _cells_of(self, setter: Setter, index: int) -> dict[tuple[str, ...], Cell]:
        like = (setter, self.columns[index].align, self.widths[index] - 2 * PAD_X)
        return self.book.cells.setdefault(like, Cells(*like))

    @property
    def least_height(self) -> float:
        """Room for the header and one plain row."""
        return self.header_height + self.setter.leading + 2 * PAD_Y

    def begin(self) -> None:
        """Set the header, on a new page if this one has no room for it and a row."""
        page = self.book.current or self.book.page()
        if page.y - self.least_height < self.book.sheet.bottom:
            page = self.book.page()
            self.before_page(page)
        tags = self.book.tags
        head = tags.open("THead", self.element)
        self._draw_header(page, head)
        tags.close(head)
        self.body = tags.open("TBody", self.element)
        self._begun = True

    def _draw_header(self, page: Page, head: Element | None) -> None:
        """The first header is tagged; the repeated ones are artifacts of paging."""
        top, height = page.y, self.header_height
        left, right = self.edges[0], self.edges[-1]
        page.under.append(
            f"{TINT} rg {left:.2f} {top - height:.2f} {right - left:.2f} {height:.2f} re f"
        )
        setter = self.header
        first = len(page.owners)
        out = [f"{setter.select} {setter.leading:g} TL {GREEN} rg"]
        for index, (lines, shown, _) in enumerate(self._header_cells):
            gap = (self._header_lines - lines) * setter.leading / 2
            y = top - PAD_Y - gap - (setter.leading - setter.size) / 2 - 0.88 * setter.size
            mark = f"/TH<</MCID {first + index}>>BDC" if head else "/Artifact BMC"
            out.append(f"{mark} 1 0 0 1 {self.xs[index]} {y:.2f} Tm {shown} EMC")
        out.append(f"{self.setter.select} {self.setter.leading:g} TL {INK}")
        page.text.append("\n".join(out))
        if head is not None:
            scope = f"/S/TH/A {self.book.tags.column_scope} 0 R"
            count = len(self.columns)
            cell = self.book.tags.row(head, page.number, first, [scope] * count)
            page.owners.extend(range(cell, cell + count))
        self._top = top
        page.y = top - height
        self._rules = [page.y]

    def _draw_rules(self, page: Page) -> None:
        left, right = self.edges[0], self.edges[-1]
        out = [f"{HAIR} RG 0.4 w"]
        out += [f"{left:.2f} {y:.2f} m {right:.2f} {y:.2f} l" for y in self._rules[1:-1]]
        out += [f"{x:.2f} {self._top:.2f} m {x:.2f} {page.y:.2f} l" for x in self.edges[1:-1]]
        out.append(f"S {GREEN} RG 0.9 w")
        out += [
            f"{left:.2f} {y:.2f} m {right:.2f} {y:.2f} l"
            for y in (self._top, self._rules[0], page.y)
        ]
        out.append("S")
        page.under.append(" ".join(out))

    def _break(self) -> Page:
        assert self.book.current is not None
        self._draw_rules(self.book.current)
        page = self.book.page()
        self.before_page(page)
        self._draw_header(page, None)
        return page

    def row(self, values: Sequence[tuple[str, ...]]) -> None:
        """One row; each value is the paragraphs of a cell."""
        if not self._begun:
            self.begin()
        cells = list(map(getitem, self._cells, values))
        counts = [cell[0] for cell in cells]
        tall = max(counts)
        leading = self.setter.leading
        height = tall * leading + 2 * PAD_Y
        page = self.book.current
        assert page is not None
        assert self.body is not None
        bottom = self.book.sheet.bottom
        if page.y - height < bottom:
            page = self._break()
            if page.y - height < bottom:
                self._split(cells)
                return
        base = page.y - self._ascent
        first = len(page.owners)
        ys = {lines: f"{base - (tall - lines) * leading / 2:.2f}" for lines in set(counts)}
        page.text.append(
            self._template
            % tuple(
                chain.from_iterable(
                    (first + index, ys[cell[0]], cell[1]) for index, cell in enumerate(cells)
                )
            )
        )
        cell = self.book.tags.row(self.body, page.number, first, self._heads)
        page.owners.extend(range(cell, cell + len(cells)))
        page.y -= height
        self._rules.append(page.y)

    def _split(self, cells: list[Cell]) -> None:
        """A row taller than a page goes on over as many as it needs."""
        leading, tags, count = self.setter.leading, self.book.tags, len(cells)
        rest = [list(cell[2]) for cell in cells]
        row = tags.alloc_row(count)
        assert self.body is not None
        places: list[tuple[int, int]] = []
        while any(rest):
            page = self._break() if places else self.book.current
            assert page is not None
            fit = int((page.y - 2 * PAD_Y - self.book.sheet.bottom) / leading)
            fit = max(1, min(fit, max(len(lines) for lines in rest)))
            first = len(page.owners)
            y = f"{page.y - self._ascent:.2f}"
            for index, lines in enumerate(rest):
                width = self.widths[index] - 2 * PAD_X
                now, rest[index] = lines[:fit], lines[fit:]
                measured = [self.setter.measured(line) for line in now]
                shown = arranged(self.setter, measured, self.columns[index].align, width)
                page.text.append(
                    f"/TD<</MCID {first + index}>>BDC 1 0 0 1 {self.xs[index]} {y} Tm {shown} EMC"
                )
            page.owners.extend(range(row + 1, row + 1 + count))
            places.append((page.number, first))
            page.y -= fit * leading + 2 * PAD_Y
            self._rules.append(page.y)
        tags.split_row(row, self.body, self._heads, places)

    def close(self) -> None:
        """End the table at the cursor."""
        page = self.book.current
        if self._begun and page is not None and self.body is not None:
            self._draw_rules(page)
            self.book.tags.close(self.body)
        self.book.tags.close(self.element)

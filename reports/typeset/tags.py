"""The structure tree of a tagged PDF (ISO 32000-1 §14.7, PDF/UA-1 ISO 14289-1 §7)."""

from dataclasses import dataclass, field

from reports.typeset.pdffile import PdfFile, text_string


@dataclass
class Element:
    """An element still open: its children are numbers of elements or ready K entries."""

    number: int
    role: str
    parent: int
    extra: str = ""
    kids: list[str] = field(default_factory=list)


class Tags:
    """Writes elements as they are closed; only numbers stay in memory."""

    def __init__(self, pdf: PdfFile):
        self.pdf = pdf
        self.root = pdf.alloc()
        self.column_scope = pdf.add("<</O/Table/Scope/Column>>")
        self.row_scope = pdf.add("<</O/Table/Scope/Row>>")
        self._parents: list[tuple[int, int]] = []
        self.document = Element(pdf.alloc(), "Document", self.root)

    def open(self, role: str, parent: Element, extra: str = "") -> Element:
        """Begin an element; ``extra`` is further dictionary text, e.g. ``/A 5 0 R``."""
        element = Element(self.pdf.alloc(), role, parent.number, extra)
        parent.kids.append(f"{element.number} 0 R")
        return element

    def close(self, element: Element) -> None:
        """Write it; it may not grow afterwards."""
        kids = " ".join(element.kids)
        self.pdf.add(
            f"<</S/{element.role}/P {element.parent} 0 R{element.extra}/K[{kids}]>>",
            element.number,
        )

    def leaf(self, role: str, parent: Element, page: int, mcid: int, extra: str = "") -> int:
        """An element whose whole content is one marked sequence; returns its number."""
        number = self.pdf.add(f"<</S/{role}/P {parent.number} 0 R/Pg {page} 0 R{extra}/K {mcid}>>")
        parent.kids.append(f"{number} 0 R")
        return number

    def row(self, parent: Element, page: int, mcid: int, heads: list[str]) -> int:
        """A TR with one cell a column (``heads``: the rest of each cell's dictionary).

        ``mcid`` is that of the first cell; returns the number of the first cell's element.
        """
        count = len(heads)
        row = self.alloc_row(count)
        kids = "%d 0 R " * count % tuple(range(row + 1, row + 1 + count))
        bodies = [f"<</S/TR/P {parent.number} 0 R/K[{kids}]>>"]
        tail = f"/P {row} 0 R/Pg {page} 0 R/K "
        bodies += [f"<<{head}{tail}{mcid + index}>>" for index, head in enumerate(heads)]
        self.pdf.add_run(row, bodies)
        parent.kids.append(f"{row} 0 R")
        return row + 1

    def alloc_row(self, count: int) -> int:
        """Numbers for a TR and its ``count`` cells, which follow it."""
        return self.pdf.alloc(count + 1)

    def split_row(
        self, row: int, parent: Element, heads: list[str], places: list[tuple[int, int]]
    ) -> None:
        """A TR whose cells go on over several pages: ``places`` are (page, first MCID)."""
        count = len(heads)
        kids = " 0 R ".join(map(str, range(row + 1, row + 1 + count)))
        bodies = [f"<</S/TR/P {parent.number} 0 R/K[{kids} 0 R]>>"]
        for index, head in enumerate(heads):
            marks = "".join(
                f"<</Type/MCR/Pg {page} 0 R/MCID {mcid + index}>>" for page, mcid in places
            )
            bodies.append(f"<<{head}/P {row} 0 R/K[{marks}]>>")
        self.pdf.add_run(row, bodies)
        parent.kids.append(f"{row} 0 R")

    def page_parents(self, parents: list[int]) -> int:
        """Note which element owns each marked sequence of a page; returns StructParents."""
        body = " ".join([f"{number} 0 R" for number in parents])
        return self.page_parents_at(self.pdf.add(f"[{body}]"))

    def page_parents_at(self, number: int) -> int:
        """The same for an array already written."""
        key = len(self._parents)
        self._parents.append((key, number))
        return key

    def finish(self) -> int:
        """Write document element, parent tree and root; returns the root's number."""
        self.close(self.document)
        nums = " ".join(f"{key} {number} 0 R" for key, number in self._parents)
        tree = self.pdf.add(f"<</Nums[{nums}]>>")
        self.pdf.add(
            f"<</Type/StructTreeRoot/K[{self.document.number} 0 R]/ParentTree {tree} 0 R"
            f"/ParentTreeNextKey {len(self._parents)}>>",
            self.root,
        )
        return self.root


@dataclass
class Bookmark:
    """An entry of the outline; ``top`` in points from the foot of the page."""

    title: str
    page: int
    top: float
    children: list["Bookmark"] = field(default_factory=list)


def write_outline(pdf: PdfFile, bookmarks: list[Bookmark]) -> int:
    """The outline tree (§12.3.3); returns its number."""
    root = pdf.alloc()
    total = _level(pdf, root, bookmarks)
    pdf.add(f"<</Type/Outlines{total}>>", root)
    return root


def _level(pdf: PdfFile, parent: int, entries: list[Bookmark]) -> str:
    if not entries:
        return ""
    first = pdf.alloc(len(entries))
    last = first + len(entries) - 1
    for index, entry in enumerate(entries):
        number = first + index
        near = f"/Prev {number - 1} 0 R" if index else ""
        near += f"/Next {number + 1} 0 R" if number < last else ""
        below = _level(pdf, number, entry.children).replace("/Count ", "/Count -")
        pdf.add(
            f"<</Title{text_string(entry.title)}/Parent {parent} 0 R{near}{below}"
            f"/Dest[{entry.page} 0 R/XYZ 0 {entry.top:.1f} null]>>",
            number,
        )
    return f"/First {first} 0 R/Last {last} 0 R/Count {len(entries)}"

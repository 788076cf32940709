"""Pages in order: a cursor that runs down the page, marked content, page objects, the catalogue."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO
from xml.sax.saxutils import escape

from reports.typeset.chars import printable
from reports.typeset.embed import embed
from reports.typeset.fonts import FontChain
from reports.typeset.pdffile import PdfFile, text_string
from reports.typeset.tags import Bookmark, Element, Tags, write_outline
from reports.typeset.text import Setter

MM = 72 / 25.4
PRODUCER = "Licheng"
KIDS = 64

Cell = tuple[int, str, tuple[str, ...]]
"""Of a table: number of lines, the operators that set them, the lines themselves."""


@dataclass
class Page:
    """The page being filled.  ``y`` is the cursor in points from the foot, going down."""

    number: int
    index: int
    y: float
    text: list[str] = field(default_factory=list)
    """Operators inside one text object per entry."""
    under: list[str] = field(default_factory=list)
    """Artifacts drawn below the text: tints, rules, furniture."""
    owners: list[int] = field(default_factory=list)
    forms: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Sheet:
    """Size and margins in points."""

    width: float = 297 * MM
    height: float = 210 * MM
    left: float = 10 * MM
    right: float = 10 * MM
    top: float = 27 * MM
    bottom: float = 15 * MM


class Book:
    """A tagged PDF under construction.

    ``furnish`` is called with every new page to draw what all pages share.  Call :meth:`page`,
    set things, and at last :meth:`finish`.
    """

    def __init__(self, out: BinaryIO, sheet: Sheet, furnish: Callable[["Book", Page], None]):
        self.pdf = PdfFile(out)
        self.tags = Tags(self.pdf)
        self.sheet = sheet
        self.furnish = furnish
        self.regular = FontChain("Regular", "R")
        self.bold = FontChain("Bold", "B")
        self.bookmarks: list[Bookmark] = []
        self.current: Page | None = None
        self.cells: dict[tuple[Setter, str, float], dict[tuple[str, ...], Cell]] = {}
        """What tables with like columns share: (setter, side, width) -> cells that are set."""
        self._pages: list[int] = []
        self._groups: list[int] = []
        self._resources = self.pdf.alloc()
        self._forms: list[int] = []
        self._setters: list[Setter] = []
        self._tree = self.pdf.alloc()

    def setter(self, size: float, leading: float, bold: bool = False) -> Setter:
        """Text of this book's fonts at a size; its findings go into the book's report."""
        setter = Setter(self.bold if bold else self.regular, size, leading)
        self._setters.append(setter)
        return setter

    @property
    def cleaned(self) -> set[str]:
        """Invisible characters that were printed by their code."""
        return set().union(*(setter.cleaned for setter in self._setters))

    @property
    def missing(self) -> set[str]:
        """Characters that no font has."""
        return {*self.regular.missing, *self.bold.missing}

    @property
    def pages(self) -> int:
        """Pages so far, reserved ones included."""
        return len(self._pages)

    def reserve_page(self) -> tuple[int, int]:
        """A place in the order for a page made elsewhere: (page object, parent)."""
        self.close_page()
        return self._number_page()

    def _number_page(self) -> tuple[int, int]:
        if len(self._pages) % KIDS == 0:
            self._groups.append(self.pdf.alloc())
        number = self.pdf.alloc()
        self._pages.append(number)
        return number, self._groups[-1]

    def page(self) -> Page:
        """Close the page at hand and begin the next."""
        self.close_page()
        number, _ = self._number_page()
        page = Page(number, len(self._pages), self.sheet.height - self.sheet.top)
        self.current = page
        self.furnish(self, page)
        return page

    def close_page(self) -> None:
        """Write the page at hand, if any."""
        page = self.current
        if page is None:
            return
        self.current = None
        content = (
            "/Artifact BMC\n"
            + "\n".join(page.under)
            + "\nEMC\nBT\n"
            + "\n".join(page.text)
            + "\nET"
        )
        stream = self.pdf.stream(content.encode("latin-1"))
        key = self.tags.page_parents(page.owners)
        box = f"0 0 {self.sheet.width:.2f} {self.sheet.height:.2f}"
        parent = self._groups[(page.index - 1) // KIDS]
        self.pdf.add(
            f"<</Type/Page/Parent {parent} 0 R/MediaBox[{box}]/Resources {self._resources} 0 R"
            f"/Contents {stream} 0 R/StructParents {key}/Tabs/S>>",
            page.number,
        )

    def add_form(self, number: int) -> str:
        """Make a Form XObject usable on every page; returns its name."""
        self._forms.append(number)
        return f"X{number}"

    def late_form(self) -> tuple[int, str]:
        """A form whose drawing is known only at the end: (number, name)."""
        number = self.pdf.alloc()
        return number, self.add_form(number)

    def write_form(self, number: int, content: str, box: str) -> None:
        """Fill a form of :meth:`late_form`; it may use the book's fonts."""
        self.pdf.stream(
            content.encode("latin-1"),
            f"/Type/XObject/Subtype/Form/BBox[{box}]/Resources {self._resources} 0 R",
            number,
        )

    def line(self, setter: Setter, text: str, x: float, y: float, color: str = "0 g") -> None:
        """Untagged text of the page's furniture, baseline at (x, y)."""
        page = self.current
        assert page is not None
        shown = setter.show(setter.clean(text))
        page.under.append(f"BT {setter.select} {color} 1 0 0 1 {x:.2f} {y:.2f} Tm {shown} ET")

    def paragraph(
        self,
        setter: Setter,
        role: str,
        parent: Element,
        text: str,
        *,
        color: str = "0 g",
        before: float = 0,
        after: float = 0,
    ) -> None:
        """Tagged text over the full width at the cursor, moving it down; wraps, may break pages."""
        sheet = self.sheet
        lines = setter.lines(text, sheet.width - sheet.left - sheet.right)
        page = self.current or self.page()
        if page.y - before - setter.leading * len(lines) < sheet.bottom:
            page = self.page()
        else:
            page.y -= before
        shown = " T* ".join(setter.show(line) for line in lines)
        baseline = page.y - 0.88 * setter.size - (setter.leading - setter.size) / 2
        mcid = len(page.owners)
        page.text.append(
            f"/{role}<</MCID {mcid}>>BDC {setter.select} {setter.leading:g} TL {color} "
            f"1 0 0 1 {sheet.left:.2f} {baseline:.2f} Tm {shown} EMC"
        )
        page.owners.append(self.tags.leaf(role, parent, page.number, mcid))
        page.y -= setter.leading * len(lines) + after

    def figure(self, name: str, parent: Element, alt: str, width: float, height: float) -> None:
        """Draw a form at the cursor as a figure with a description; moves the cursor."""
        page = self.current or self.page()
        if page.y - height < self.sheet.bottom:
            page = self.page()
        x, y = self.sheet.left, page.y - height
        mcid = len(page.owners)
        page.text.append(
            f"ET /Figure<</MCID {mcid}>>BDC q 1 0 0 1 {x:.2f} {y:.2f} cm /{name} Do Q EMC BT"
        )
        box = f"{x:.2f} {y:.2f} {x + width:.2f} {page.y:.2f}"
        extra = f"/Alt{text_string(alt)}/A<</O/Layout/Placement/Block/BBox[{box}]>>"
        page.owners.append(self.tags.leaf("Figure", parent, page.number, mcid, extra))
        page.y = y

    def finish(self, title: str, made_at: datetime, language: str = "zh-Hant-TW") -> None:
        """Write fonts, page tree, tags, outline, metadata, cross references."""
        self.close_page()
        pdf = self.pdf
        faces = [face for chain in (self.regular, self.bold) for face in chain.faces if face.used]
        fonts: list[str] = []
        for face in faces:
            number = pdf.alloc()
            embed(pdf, face, number)
            fonts.append(f"/{face.resource} {number} 0 R")
        forms = "".join(f"/X{number} {number} 0 R" for number in self._forms)
        pdf.add(f"<</Font<<{''.join(fonts)}>>/XObject<<{forms}>>>>", self._resources)
        for index, group in enumerate(self._groups):
            kids = self._pages[index * KIDS : (index + 1) * KIDS]
            refs = " ".join(f"{kid} 0 R" for kid in kids)
            pdf.add(
                f"<</Type/Pages/Parent {self._tree} 0 R/Count {len(kids)}/Kids[{refs}]>>", group
            )
        refs = " ".join(f"{group} 0 R" for group in self._groups)
        pdf.add(f"<</Type/Pages/Count {len(self._pages)}/Kids[{refs}]>>", self._tree)
        structure = self.tags.finish()
        outline = write_outline(pdf, self.bookmarks)
        metadata = pdf.stream(
            _xmp(printable(title), made_at, language).encode(),
            "/Type/Metadata/Subtype/XML",
            compress=False,
        )
        root = pdf.add(
            f"<</Type/Catalog/Pages {self._tree} 0 R/StructTreeRoot {structure} 0 R"
            f"/MarkInfo<</Marked true>>/Lang({language})/Outlines {outline} 0 R"
            f"/PageMode/UseOutlines/ViewerPreferences<</DisplayDocTitle true>>"
            f"/Metadata {metadata} 0 R>>"
        )
        stamp = made_at.strftime("%Y%m%d%H%M%S") + _zone(made_at)
        info = pdf.add(
            f"<</Title{text_string(title)}/Producer({PRODUCER})/CreationDate(D:{stamp})"
            f"/ModDate(D:{stamp})>>"
        )
        pdf.close(root, info)


def _zone(moment: datetime) -> str:
    text = moment.strftime("%z")
    return f"{text[:3]}'{text[3:5]}'"


def _xmp(title: str, made_at: datetime, language: str) -> str:
    moment = made_at.isoformat(timespec="seconds")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"'
        ' xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">'
        "<pdfuaid:part>1</pdfuaid:part>"
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt>'
        "</dc:title>"
        f"<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>"
        f"<xmp:CreateDate>{moment}</xmp:CreateDate><xmp:ModifyDate>{moment}</xmp:ModifyDate>"
        f"<pdf:Producer>{PRODUCER}</pdf:Producer>"
        '</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    )

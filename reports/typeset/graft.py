"""Take pages that WeasyPrint set into a file being written.

``as_form`` makes a page a Form XObject (furniture drawn on many pages); ``as_page`` takes a tagged
page over together with its part of the structure tree.
"""

from decimal import Decimal
from io import BytesIO

import pikepdf

from reports.typeset.pdffile import PdfFile
from reports.typeset.tags import Tags


class Graft:
    """Copies objects of one source PDF into ``target``, each once."""

    def __init__(self, target: PdfFile, source: bytes):
        self.target = target
        self.source = pikepdf.open(BytesIO(source))
        self._numbers: dict[tuple[int, int], int] = {}
        self._waiting: list[tuple[pikepdf.Object, int]] = []

    def as_form(self, index: int) -> int:
        """Page ``index`` (from 0) as a Form XObject; returns its number."""
        page = self.source.pages[index]
        box = " ".join(f"{float(value):g}" for value in page.mediabox)
        resources = self._dump(page.obj.Resources)
        data = b"\n".join(stream.read_bytes() for stream in _contents(page))
        number = self.target.stream(
            data,
            f"/Type/XObject/Subtype/Form/BBox[{box}]/Resources {resources.decode('latin-1')}",
        )
        self._drain()
        return number

    def as_page(self, index: int, number: int, parent: int, tags: Tags) -> None:
        """Page ``index`` becomes page object ``number`` under ``parent``, its tags come along."""
        page = self.source.pages[index]
        root = self.source.Root.StructTreeRoot
        document = root.K[0]
        self._numbers[page.obj.objgen] = number
        self._numbers[document.objgen] = tags.document.number
        tags.document.kids[:0] = [self._dump(kid).decode("latin-1") for kid in document.K]
        own = int(page.obj.StructParents)
        nums = list(root.ParentTree.Nums)
        owners = nums[[int(key) for key in nums[::2]].index(own) * 2 + 1]
        key = tags.page_parents_at(self.target.add(self._dump_direct(owners)))
        entries = [f"/Type/Page/Parent {parent} 0 R/StructParents {key}/Tabs/S".encode()]
        entries += [
            name.encode() + b" " + self._dump(page.obj[name])
            for name in ("/MediaBox", "/Resources", "/Contents")
        ]
        self.target.add(b"<<" + b"".join(entries) + b">>", number)
        self._drain()

    def _drain(self) -> None:
        while self._waiting:
            item, number = self._waiting.pop()
            if isinstance(item, pikepdf.Stream):
                entries = b"".join(
                    _name(key) + b" " + self._dump(value)
                    for key, value in item.items()
                    if key != "/Length"
                )
                raw = item.read_raw_bytes()
                self.target.stream(raw, entries.decode("latin-1"), number, compress=False)
            else:
                self.target.add(self._dump_direct(item), number)

    def _dump(self, item) -> bytes:
        if isinstance(item, pikepdf.Object) and item.is_indirect:
            number = self._numbers.get(item.objgen)
            if number is None:
                number = self._numbers[item.objgen] = self.target.alloc()
                self._waiting.append((item, number))
            return b"%d 0 R" % number
        return self._dump_direct(item)

    def _dump_direct(self, item) -> bytes:
        if isinstance(item, bool):
            return b"true" if item else b"false"
        if item is None:
            return b"null"
        if isinstance(item, int | Decimal | float):
            return f"{item:f}".encode() if not isinstance(item, int) else str(item).encode()
        if isinstance(item, pikepdf.Dictionary):
            inside = b"".join(_name(key) + b" " + self._dump(value) for key, value in item.items())
            return b"<<" + inside + b">>"
        if isinstance(item, pikepdf.Array):
            return b"[" + b" ".join(self._dump(part) for part in item) + b"]"
        return item.unparse()


def _name(key: str) -> bytes:
    return pikepdf.Name(key).unparse()


def _contents(page: pikepdf.Page) -> list[pikepdf.Object]:
    contents = page.obj.Contents
    return list(contents) if isinstance(contents, pikepdf.Array) else [contents]

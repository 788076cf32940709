"""Reads a tagged PDF back: which text stands in which cell, by structure tree and content."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pikepdf


@dataclass
class Reader:
    """``rows()`` gives every TR as the texts of its cells, in reading order."""

    path: Path
    pdf: pikepdf.Pdf = field(init=False)

    def __post_init__(self) -> None:
        self.pdf = pikepdf.open(self.path)
        self._marks: dict[tuple[int, int], dict[int, str]] = {}

    def elements(self, role: str | None = None) -> Iterator[pikepdf.Dictionary]:
        waiting = [self.pdf.Root.StructTreeRoot.K[0]]
        while waiting:
            element = waiting.pop()
            if role is None or f"/{role}" == element.S:
                yield element
            waiting.extend(reversed(list(_kids(element))))

    def roles(self) -> Counter:
        return Counter(str(element.S)[1:] for element in self.elements())

    def rows(self) -> list[list[str]]:
        return [[self.text(cell) for cell in _kids(tr)] for tr in self.elements("TR")]

    def text(self, element: pikepdf.Dictionary) -> str:
        """All text under an element."""
        kids = element.get("/K")
        if kids is None:
            return ""
        parts = []
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, int):
                parts.append(self._marks_of(element.Pg)[kid])
            elif "/MCID" in kid:
                parts.append(self._marks_of(kid.Pg)[int(kid.MCID)])
            else:
                parts.append(self.text(kid))
        return "".join(parts)

    def _marks_of(self, page: pikepdf.Dictionary) -> dict[int, str]:
        if page.objgen not in self._marks:
            self._marks[page.objgen] = _marked_text(page)
        return self._marks[page.objgen]

    def owners_agree(self) -> bool:
        """Every marked sequence of a page belongs to an element that names that page."""
        tree = list(self.pdf.Root.StructTreeRoot.ParentTree.Nums)
        owners = {int(key): value for key, value in zip(tree[::2], tree[1::2], strict=True)}
        for page in self.pdf.pages:
            marks = _marked_text(page.obj)
            listed = owners[int(page.obj.StructParents)]
            if sorted(marks) != list(range(len(listed))):
                return False
            for number, owner in enumerate(listed):
                named = owner.get("/Pg")
                kids = owner.K if isinstance(owner.K, pikepdf.Array) else [owner.K]
                own = [kid for kid in kids if isinstance(kid, int) and kid == number]
                away = [
                    kid
                    for kid in kids
                    if isinstance(kid, pikepdf.Dictionary)
                    and kid.get("/MCID") == number
                    and kid.Pg.objgen == page.obj.objgen
                ]
                if not away and not (own and named.objgen == page.obj.objgen):
                    return False
        return True


def _kids(element: pikepdf.Dictionary) -> Iterator[pikepdf.Dictionary]:
    kids = element.get("/K")
    if kids is None or isinstance(kids, int):
        return
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid


def _marked_text(page: pikepdf.Dictionary) -> dict[int, str]:
    fonts = {name: _unicode_map(font) for name, font in page.Resources.Font.items()}
    found: dict[int, str] = {}
    stack: list[tuple[int | None, str | None]] = []
    font: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name == "Tf":
            font = fonts[str(operands[0])]
        elif name in ("BDC", "BMC"):
            properties = operands[1] if name == "BDC" else {}
            mcid = properties.get("/MCID")
            actual = properties.get("/ActualText")
            stack.append((mcid, None if actual is None else str(actual)))
            if mcid is not None:
                found[int(mcid)] = ""
            owner = _owner(stack)
            if actual is not None and owner is not None:
                found[owner] += str(actual)
        elif name == "EMC":
            stack.pop()
        elif name in ("Tj", "TJ"):
            owner = _owner(stack)
            if owner is None or any(actual is not None for _, actual in stack):
                continue
            pieces = operands[0] if name == "TJ" else [operands[0]]
            for piece in pieces:
                if isinstance(piece, pikepdf.String):
                    data = bytes(piece)
                    codes = [data[at] << 8 | data[at + 1] for at in range(0, len(data), 2)]
                    assert 0 not in codes, "a .notdef glyph is shown"
                    found[owner] += "".join(font[code] for code in codes)
    return found


def _owner(stack: list) -> int | None:
    return next((int(mcid) for mcid, _ in reversed(stack) if mcid is not None), None)


def _unicode_map(font: pikepdf.Dictionary) -> dict[int, str]:
    text = font.ToUnicode.read_bytes().decode("ascii")
    return {
        int(code, 16): bytes.fromhex(value).decode("utf-16-be")
        for code, value in re.findall(r"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4,})>", text)
    }


def qpdf_check(path: Path) -> str:
    """qpdf's opinion; raises when it finds a fault or has to warn."""
    return subprocess.run(
        ["qpdf", "--check", str(path)], check=True, capture_output=True, text=True
    ).stdout


@cache
def poppler_text(path: Path) -> str:
    """The text as poppler extracts it, without white space."""
    out = subprocess.run(["pdftotext", "-raw", str(path), "-"], check=True, capture_output=True)
    return "".join(out.stdout.decode().split())


def embedded_fonts(path: Path) -> list[bool]:
    """For each font of the file, whether it is embedded (poppler)."""
    out = subprocess.run(["pdffonts", str(path)], check=True, capture_output=True, text=True)
    return [line.split()[-5] == "yes" for line in out.stdout.splitlines()[2:]]

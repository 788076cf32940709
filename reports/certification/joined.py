"""The table of hours and the proofs behind it as one file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pikepdf

from reports.atomic import atomic_file

A4 = (595.0, 842.0)
MARGIN = 24.0


class ProofBroken(Exception):
    """A proof cannot be joined. :param number: which, from 1."""

    code = "report.proof_broken"

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"proof {number}")


@dataclass(frozen=True)
class Proof:
    """A certificate: a PDF, or a JPEG of which the size in pixels is known.

    :param pixels: width and height; None for a PDF.
    """

    title: str
    path: Path
    pixels: tuple[int, int] | None = None


def join_proofs(target: Path, table: bytes, proofs: Sequence[Proof]) -> tuple[int, int]:
    """Write the table and then every proof, with a bookmark each.

    :returns: pages of the whole, and of the table.
    :raises ProofBroken: one cannot be read. :raises OSError: the disk would not.
    """
    with ExitStack() as opened:
        whole = opened.enter_context(pikepdf.open(BytesIO(table)))
        first = len(whole.pages)
        with whole.open_outline() as outline:
            outline.root.clear()
            outline.root.append(pikepdf.OutlineItem("研習時數統計表", 0))
            for number, one in enumerate(proofs, 1):
                at = len(whole.pages)
                try:
                    if one.pixels is not None:
                        _picture(whole, one.path, one.pixels)
                    else:
                        _document(whole, opened.enter_context(pikepdf.open(one.path)))
                except (pikepdf.PdfError, ValueError, KeyError, TypeError) as error:
                    raise ProofBroken(number) from error
                outline.root.append(pikepdf.OutlineItem(f"{number}. {one.title}", at))
        with atomic_file(target) as out:
            whole.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return len(whole.pages), first


def _document(whole: pikepdf.Pdf, source: pikepdf.Pdf) -> None:
    if source.is_encrypted:
        raise ValueError("encrypted")
    if "/AcroForm" in source.Root:
        source.flatten_annotations("screen")
    for page in source.pages:
        whole.pages.append(page)
        added = whole.pages[-1].obj
        for name in ("/AA", "/Annots", "/StructParents", "/Tabs", "/B"):
            if name in added:
                del added[name]


def _picture(whole: pikepdf.Pdf, path: Path, pixels: tuple[int, int]) -> None:
    """A page of A4, lying when the picture does, with the picture as large as fits."""
    width, height = pixels
    across, down = A4 if height >= width else A4[::-1]
    scale = min((across - 2 * MARGIN) / width, (down - 2 * MARGIN) / height)
    wide, high = width * scale, height * scale
    page = whole.add_blank_page(page_size=(across, down))
    image = pikepdf.Stream(whole, path.read_bytes())
    for name, value in (
        ("/Type", pikepdf.Name.XObject),
        ("/Subtype", pikepdf.Name.Image),
        ("/Width", width),
        ("/Height", height),
        ("/ColorSpace", pikepdf.Name.DeviceRGB),
        ("/BitsPerComponent", 8),
        ("/Filter", pikepdf.Name.DCTDecode),
    ):
        image[name] = value
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=image))
    left, low = (across - wide) / 2, (down - high) / 2
    content = f"q {wide:.2f} 0 0 {high:.2f} {left:.2f} {low:.2f} cm /P Do Q"
    page.obj.Contents = whole.make_stream(content.encode())

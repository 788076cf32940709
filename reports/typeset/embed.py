"""Write the faces a document used: subset, widths, ToUnicode (ISO 32000-1 §9.7, §9.10.3)."""

import hashlib
import struct
from itertools import islice

import uharfbuzz as hb

from reports.typeset.fonts import Face
from reports.typeset.pdffile import PdfFile

DROPPED = ("BASE", "DSIG", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx", "JSTF", "post")


def tag(name: str) -> int:
    """A four-letter OpenType tag as HarfBuzz's number."""
    return int.from_bytes(name.encode("ascii"), "big")


def subset_face(face: hb.Face, glyphs: set[int], retain_ids: bool, drop=DROPPED) -> hb.Face:
    """The face with only ``glyphs`` (and .notdef)."""
    wanted = hb.SubsetInput()
    wanted.glyph_set.update(glyphs | {0})
    wanted.drop_table_tag_set.update(tag(name) for name in drop)
    wanted.flags = hb.SubsetFlags.NO_LAYOUT_CLOSURE | hb.SubsetFlags.NO_HINTING
    if retain_ids:
        wanted.flags |= hb.SubsetFlags.RETAIN_GIDS
    return hb.subset(face, wanted)


def embed(pdf: PdfFile, face: Face, number: int) -> None:
    """Write ``face`` as the composite font ``number``; character codes are glyph ids.

    Noto Sans CJK is CID-keyed with CID = glyph id and a CFF subset keeps its charset, so its ids
    may close up; TrueType ids stay where they are.
    """
    glyphs = set(face.used)
    subset = subset_face(face.face, glyphs, retain_ids=not face.is_cff)
    if face.is_cff:
        program = bytes(subset.reference_table("CFF ").data)
        file_number = pdf.stream(program, "/Subtype/CIDFontType0C")
        file_key, subtype, to_gid = "FontFile3", "CIDFontType0", ""
    else:
        program = bytes(subset.blob.data)
        file_number = pdf.stream(program, f"/Length1 {len(program)}")
        file_key, subtype, to_gid = "FontFile2", "CIDFontType2", "/CIDToGIDMap/Identity"
    name = f"{_prefix(face)}+{_postscript(face)}"
    box = struct.unpack(">4h", bytes(face.face.reference_table("head").data)[36:44])
    bounds = " ".join(str(round(value * face.scale)) for value in box)
    descriptor = pdf.add(
        f"<</Type/FontDescriptor/FontName/{name}/Flags 4/FontBBox[{bounds}]/ItalicAngle 0"
        f"/Ascent 880/Descent -120/CapHeight 733/StemV 80/{file_key} {file_number} 0 R>>"
    )
    descendant = pdf.add(
        f"<</Type/Font/Subtype/{subtype}/BaseFont/{name}"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        f"/FontDescriptor {descriptor} 0 R/DW 1000/W[{_widths(face)}]{to_gid}>>"
    )
    unicode_map = pdf.stream(_to_unicode(face).encode("ascii"))
    pdf.add(
        f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"
        f"/DescendantFonts[{descendant} 0 R]/ToUnicode {unicode_map} 0 R>>",
        number,
    )


def _prefix(face: Face) -> str:
    """Six letters, the same for the same glyphs (§9.6.4)."""
    digest = hashlib.sha256(repr(sorted(face.used)).encode()).digest()
    return "".join(chr(65 + byte % 26) for byte in digest[:6])


def _postscript(face: Face) -> str:
    family = "".join(char for char in face.source.family if char.isalnum() or char == "-")
    return f"{family}-{face.source.style}"


def _widths(face: Face) -> str:
    parts: list[str] = []
    last = -2
    for glyph in sorted(face.used):
        width = face.advances[glyph]
        if width == 1000:
            continue
        if glyph == last + 1:
            parts[-1] = f"{parts[-1][:-1]} {width}]"
        else:
            parts.append(f"{glyph}[{width}]")
        last = glyph
    return " ".join(parts)


def _to_unicode(face: Face) -> str:
    lines = [
        "/CIDInit/ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def",
        "/CMapName/Adobe-Identity-UCS def/CMapType 2 def",
        "1 begincodespacerange<0000><FFFF>endcodespacerange",
    ]
    pairs = iter(sorted(face.used.items()))
    while block := list(islice(pairs, 100)):
        lines.append(f"{len(block)} beginbfchar")
        for glyph, text in block:
            lines.append(f"<{glyph:04X}><{text.encode('utf-16-be').hex().upper()}>")
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict/CMap defineresource pop end end")
    return "\n".join(lines)

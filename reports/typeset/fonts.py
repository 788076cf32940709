"""Fonts: found by fontconfig, shaped by HarfBuzz, subset when the document is done.

A chain holds faces in order of preference.  A character takes the first face that has it; one
that no face has is printed as a geta mark 〓 (the printer's sign for a missing type), keeps its
code in the text layer, is logged, and is reported by the caller.
"""

import logging
import subprocess
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import uharfbuzz as hb

from reports.errors import FontMissing

log = logging.getLogger(__name__)

SANS = "Noto Sans CJK TC"
SERIF = "Noto Serif CJK TC"
"""For papers that hang on a wall; Debian brings it in the same package."""
FALLBACKS = ("TW-Sung", "TW-Sung-Ext-B", "TW-Sung-Plus")
REQUIRED = frozenset({SANS, "TW-Sung-Ext-B"})
GETA = "〓"


@dataclass(frozen=True)
class FontFile:
    """Where fontconfig says a family lies; ``index`` is the face inside a collection."""

    family: str
    style: str
    path: Path
    index: int


@lru_cache(maxsize=64)
def find_font(family: str, style: str) -> FontFile | None:
    """Ask fontconfig; None when it offers another family instead (it always offers one)."""
    pattern = family.replace("-", r"\-") + f":style={style}"
    answer = subprocess.run(  # noqa: S603 - a fixed program, families from this file
        ["fc-match", "-f", "%{family}\n%{file}\n%{index}", pattern],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    names, path, index = answer[0], answer[1], answer[2]
    if family not in names.replace("\\", "").split(","):
        return None
    return FontFile(family, style, Path(path), int(index) & 0xFFFF)


@dataclass
class Face:
    """One opened font and the glyphs of it that the document uses."""

    source: FontFile
    resource: str
    used: dict[int, str] = field(default_factory=dict)
    """glyph id -> the text it stands for (ToUnicode)."""
    advances: dict[int, int] = field(default_factory=dict)
    """glyph id -> advance in thousandths of the em."""

    def __post_init__(self) -> None:
        blob = hb.Blob.from_file_path(str(self.source.path))
        self.face = hb.Face(blob, self.source.index)
        self.font = hb.Font(self.face)
        self.scale = 1000 / self.face.upem
        self.is_cff = "CFF " in self.face.table_tags

    def has(self, cluster: str) -> bool:
        return all(self.font.get_nominal_glyph(ord(char)) or _is_selector(char) for char in cluster)

    def shape(self, cluster: str) -> list[tuple[int, int, int, int]]:
        """Glyphs as (id, advance, x offset, y offset), thousandths of the em."""
        buffer = hb.Buffer()
        buffer.add_str(cluster)
        buffer.guess_segment_properties()
        buffer.direction = "ltr"
        buffer.language = "zh-tw"
        buffer.flags = hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES
        hb.shape(self.font, buffer, {"kern": False, "liga": False})
        return [
            (
                info.codepoint,
                round(at.x_advance * self.scale),
                round(at.x_offset * self.scale),
                round(at.y_offset * self.scale),
            )
            for info, at in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        ]


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


ESCAPED = str.maketrans({sign: f"\\{sign}" for sign in "()\\"} | {"\r": r"\r", "\n": r"\n"})


def literal(glyph: int) -> str:
    """A glyph id inside a literal string (ISO 32000-1 §7.3.4.2), one character a byte.

    Half as long as hex digits, so there is half as much to pack.
    """
    return glyph.to_bytes(2, "big").decode("latin-1").translate(ESCAPED)


@dataclass(frozen=True)
class Piece:
    """One cluster ready to set; ``advance`` in thousandths of the em.

    A ``plain`` piece is one glyph standing for one character: its ``codes``, the two bytes of the
    glyph id as a literal string has them, can be joined with its neighbours'.  Others bring their
    own operators, with their text (ActualText).
    """

    face: Face
    codes: str
    advance: int
    plain: bool
    meant: str
    glyphs: tuple[tuple[int, int, int, int], ...]

    def show(self, size: float) -> str:
        """The operators that set it at ``size`` points, wherever marks have to sit."""
        actual = self.meant.encode("utf-16-be").hex().upper()
        body = " ".join(self._positioned(glyph, size) for glyph in self.glyphs)
        return f"/Span<</ActualText<FEFF{actual}>>>BDC {body} EMC"

    def _positioned(self, glyph: tuple[int, int, int, int], size: float) -> str:
        gid, advance, dx, dy = glyph
        back = dx + self.face.advances[gid] - advance
        text = f"[{-dx}<{gid:04X}>{back}]TJ" if dx or back else f"<{gid:04X}>Tj"
        return f"{dy * size / 1000:.2f} Ts {text} 0 Ts" if dy else text


class FontChain:
    """Faces in order of preference, for one weight of one document.

    :param first: a family that goes before all others where it is installed.
    """

    def __init__(self, style: str = "Regular", prefix: str = "R", *, first: str = SANS):
        self.faces: list[Face] = []
        self.missing: dict[str, int] = {}
        self._pieces: dict[str, Piece] = {}
        wanted = [(SANS, style), *((family, "Regular") for family in FALLBACKS)]
        if first != SANS:
            wanted.insert(0, (first, style))
        for family, wanted_style in wanted:
            source = find_font(family, wanted_style)
            if source is None:
                if family in REQUIRED:
                    raise FontMissing(family, wanted_style)
                continue
            self.faces.append(Face(source, f"{prefix}{len(self.faces)}"))

    def covers(self, cluster: str) -> bool:
        """Whether some face of the chain has it."""
        return any(face.has(cluster) for face in self.faces)

    def piece(self, cluster: str) -> Piece:
        """Shape a cluster once; later calls are a dictionary look-up."""
        found = self._pieces.get(cluster)
        if found is None:
            found = self._pieces[cluster] = self._make(cluster)
        return found

    def _make(self, cluster: str) -> Piece:
        for face in self.faces:
            if face.has(cluster):
                return self._set(face, cluster, cluster)
        self.missing[cluster] = self.missing.get(cluster, 0) + 1
        codes = " ".join(f"U+{ord(char):04X}" for char in cluster)
        log.warning("no font has %s; printed as %s", codes, GETA)
        return self._set(self.faces[0], GETA, cluster)

    def _set(self, face: Face, shown: str, meant: str) -> Piece:
        glyphs = tuple(face.shape(shown))
        for glyph, *_ in glyphs:
            nominal = face.font.get_glyph_h_advance(glyph)
            face.advances[glyph] = round(nominal * face.scale)
        codes = "".join(literal(glyph) for glyph, *_ in glyphs)
        advance = sum(glyph[1] for glyph in glyphs)
        plain = len(glyphs) == 1 and len(meant) == 1 and shown == meant
        plain = plain and glyphs[0][1:] == (face.advances[glyphs[0][0]], 0, 0)
        plain = plain and face.used.setdefault(glyphs[0][0], meant) == meant
        for glyph, *_ in glyphs:
            face.used.setdefault(glyph, shown)
        return Piece(face, codes, advance, plain, meant, glyphs)

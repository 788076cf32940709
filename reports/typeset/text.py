"""From a string to lines of shaped text inside a given width.

Breaks follow the usual rules for Chinese: anywhere between Han characters, not before closing
punctuation, not after opening punctuation, Latin words at blanks and after ``- _ / .``; a word
longer than the line is broken where it must be.  Nothing is ever cut off.
"""

from bisect import bisect_right
from itertools import accumulate
from math import inf

from reports.typeset.chars import JOINED, ODD, clusters, invisible_in, printable
from reports.typeset.fonts import FontChain, Piece

NO_START = frozenset("，。、；：？！）」』》〉】〕］｝…—·・％,.;:?!)]}%”’々ー")
NO_END = frozenset("（「『《〈【〔［｛([{“‘")
BREAK_AFTER = frozenset(" -_/.,;&|+　")


class _Advances(dict):
    """Cluster -> advance in thousandths of the em."""

    def __init__(self, chain: FontChain):
        super().__init__()
        self.chain = chain

    def __missing__(self, cluster: str) -> int:
        advance = self[cluster] = self.chain.piece(cluster).advance
        return advance


class _Plain(_Advances):
    """The same for single characters that the first face sets as they are.

    They need no cleaning and join with nothing.  ``codes``: those met so far -> their bytes in a
    string, as a table of :meth:`str.translate`.
    """

    def __init__(self, chain: FontChain):
        super().__init__(chain)
        self.codes: dict[int, str] = {}

    def __missing__(self, char: str) -> int:
        if ODD.search(char) or JOINED.search(char):
            raise KeyError(char)
        piece = self.chain.piece(char)
        if not piece.plain or piece.face is not self.chain.faces[0]:
            raise KeyError(char)
        self.codes[ord(char)] = piece.codes
        self[char] = piece.advance
        return piece.advance


class Setter:
    """Sets text of one chain at one size.

    ``size`` and ``leading`` in points.  ``cleaned`` collects the invisible characters met.
    """

    def __init__(self, chain: FontChain, size: float, leading: float):
        self.chain = chain
        self.size = size
        self.leading = leading
        self.select = f"/{chain.faces[0].resource} {size:g} Tf"
        self.cleaned: set[str] = set()
        self._advances = _Advances(chain)
        self._plain = _Plain(chain)
        self._width = self._plain.__getitem__

    def clean(self, text: str) -> str:
        """Printable text; what had to be shown by its code is remembered."""
        if ODD.search(text):
            self.cleaned.update(invisible_in(text))
            return printable(text)
        return text

    def width(self, text: str) -> float:
        """Width in points of clean text."""
        return sum(map(self._advances.__getitem__, clusters(text))) * self.size / 1000

    def show(self, line: str) -> str:
        """The operators that set one line of clean text at the current position."""
        return self.measured(line)[0]

    def _show_mixed(self, line: str) -> str:
        parts: list[str] = []
        run: list[str] = []
        base = current = self.chain.faces[0]

        def close_run() -> None:
            if run:
                parts.append(f"({''.join(run)})Tj")
                run.clear()

        for cluster in clusters(line):
            piece: Piece = self.chain.piece(cluster)
            if piece.face is not current:
                close_run()
                current = piece.face
                parts.append(f"/{current.resource} {self.size:g} Tf")
            if piece.plain:
                run.append(piece.codes)
            else:
                close_run()
                parts.append(piece.show(self.size))
        close_run()
        if current is not base:
            parts.append(self.select)
        return " ".join(parts)

    def fitting(self, text: str, width: float) -> tuple[str, float] | None:
        """Most cells: one line of plain characters of the first face that needs no cleaning.

        The operators that set it and its width in points; None for all other text.
        """
        try:
            used = sum(map(self._width, text)) * self.size
            if used > width * 1000:
                return None
            return f"({text.translate(self._plain.codes)})Tj", used / 1000
        except KeyError:
            return None

    def measured(self, line: str) -> tuple[str, float]:
        """The operators that set a line of clean text, and its width in points."""
        return self.fitting(line, inf) or (self._show_mixed(line), self.width(line))

    def lines(self, text: str, width: float) -> list[str]:
        """Any text cleaned and wrapped."""
        return self.wrap(self.clean(text), width)

    def wrap(self, text: str, width: float) -> list[str]:
        """Clean text as lines not wider than ``width`` points (at least one character each).

        A single blank may hang beyond the edge, so that no character of the text is lost.
        """
        limit = width * 1000 / self.size
        units = clusters(text)
        # ends[i]: how far the first i units reach
        ends = list(accumulate(map(self._advances.__getitem__, units), initial=0))
        if ends[-1] <= limit:
            return [text]
        lines: list[str] = []
        start, count = 0, len(units)
        while (over := bisect_right(ends, ends[start] + limit) - 1) < count:
            over = max(over, start + 1)  # a letter wider than the line stands there by itself
            if over < count and units[over] == " " != units[over - 1]:
                over += 1
            if over >= count:
                break
            cut = over
            while cut > start and not _may_break(units[cut - 1], units[cut]):
                cut -= 1
            if cut == start:
                cut = over
            lines.append("".join(units[start:cut]))
            start = cut
        lines.append("".join(units[start:]))
        return lines


def _may_break(before: str, after: str) -> bool:
    if after in NO_START or before in NO_END or after == " ":
        return False
    return before in BREAK_AFTER or ord(after[0]) >= 0x2E80 or ord(before[0]) >= 0x2E80

"""From a string to lines of shaped text inside a given width.

Breaks follow the usual rules for Chinese: anywhere between Han characters, not before closing
punctuation, not after opening punctuation, Latin words at blanks and after ``- _ / .``; a word
longer than the line is broken where it must be.  Nothing is ever cut off.
"""

from reports.typeset.chars import JOINED, ODD, clusters, invisible_in, printable
from reports.typeset.fonts import FontChain, Piece

NO_START = frozenset("，。、；：？！）」』》〉】〕］｝…—·・％,.;:?!)]}%”’々ー")
NO_END = frozenset("（「『《〈【〔［｛([{“‘")
BREAK_AFTER = frozenset(" -_/.,;&|+　")


class _Codes(dict):
    """Character -> four hex digits, for characters that are set by the first face as they are."""

    def __init__(self, chain: FontChain):
        super().__init__()
        self.chain = chain

    def __missing__(self, char: str) -> str:
        piece = self.chain.piece(char)
        if not piece.plain or piece.face is not self.chain.faces[0]:
            raise KeyError(char)
        self[char] = piece.codes
        return piece.codes


class _Advances(dict):
    """Cluster -> advance in thousandths of the em."""

    def __init__(self, chain: FontChain):
        super().__init__()
        self.chain = chain

    def __missing__(self, cluster: str) -> int:
        advance = self[cluster] = self.chain.piece(cluster).advance
        return advance


class _Plain(_Advances):
    """The same for single characters that need no cleaning and join with nothing."""

    def __missing__(self, cluster: str) -> int:
        if ODD.search(cluster) or JOINED.search(cluster):
            raise KeyError(cluster)
        return super().__missing__(cluster)


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
        self._codes = _Codes(chain)
        self._advances = _Advances(chain)
        self._plain = _Plain(chain)

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
        try:
            return f"<{''.join(map(self._codes.__getitem__, line))}>Tj"
        except KeyError:
            return self._show_mixed(line)

    def _show_mixed(self, line: str) -> str:
        parts: list[str] = []
        run: list[str] = []
        base = current = self.chain.faces[0]

        def close_run() -> None:
            if run:
                parts.append(f"<{''.join(run)}>Tj")
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

    def lines(self, text: str, width: float) -> list[str]:
        """Any text cleaned and wrapped; the common case, one plain line, is a single sum."""
        try:
            if sum(map(self._plain.__getitem__, text)) * self.size <= width * 1000:
                return [text]
        except KeyError:
            text = self.clean(text)
        return self.wrap(text, width)

    def wrap(self, text: str, width: float) -> list[str]:
        """Clean text as lines not wider than ``width`` points (at least one character each).

        A single blank may hang beyond the edge, so that no character of the text is lost.
        """
        limit = width * 1000 / self.size
        units = clusters(text)
        advances = list(map(self._advances.__getitem__, units))
        if sum(advances) <= limit:
            return [text]
        lines: list[str] = []
        start = 0
        used = 0
        opportunity = 0
        for index, unit in enumerate(units):
            if index > start and _may_break(units[index - 1], unit):
                opportunity = index
            used += advances[index]
            if used <= limit or index == start:
                continue
            if unit == " " and units[index - 1] != " ":
                continue
            cut = opportunity if opportunity > start else index
            lines.append("".join(units[start:cut]))
            start = cut
            used = sum(advances[start : index + 1])
            while used > limit and start < index:
                lines.append("".join(units[start:index]))
                start = index
                used = advances[index]
        lines.append("".join(units[start:]))
        return lines


def _may_break(before: str, after: str) -> bool:
    if after in NO_START or before in NO_END or after == " ":
        return False
    return before in BREAK_AFTER or ord(after[0]) >= 0x2E80 or ord(before[0]) >= 0x2E80

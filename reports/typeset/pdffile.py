"""A PDF file written from front to back: objects, object streams, cross-reference stream.

Only what is needed to write: numbers are handed out in advance, bytes go out at once, memory
holds seven bytes an object.  (ISO 32000-1 §7.5.7 object streams, §7.5.8 cross-reference streams.)
"""

import hashlib
import struct
import zlib
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import BinaryIO

ENTRY = struct.Struct(">BIH")
CONTAINED = struct.Struct(">BI")
"""The front of an entry of an object that lies in a stream; its place in there follows."""
PER_STREAM = 400
LEVEL = 2


class PdfFile:
    """The file being written.  ``alloc`` numbers, ``add``/``stream`` objects, then ``close``."""

    def __init__(self, out: BinaryIO):
        self.out = out
        self.offset = 0
        self.digest = hashlib.sha256()
        self._xref = bytearray(ENTRY.pack(0, 0, 0xFFFF))
        self._count = 1
        self._runs: list[tuple[int, int]] = []
        """Of what waits in ``_bodies``: first number and how many follow one another."""
        self._bodies: list[str] = []
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def _write(self, data: bytes) -> None:
        self.out.write(data)
        self.digest.update(data)
        self.offset += len(data)

    def alloc(self, count: int = 1) -> int:
        """Reserve ``count`` consecutive object numbers; the first is returned."""
        first = self._count
        self._count += count
        self._xref += bytes(ENTRY.size * count)
        return first

    def add(self, body: str | bytes, number: int = 0) -> int:
        """An object that is not a stream; returns its number."""
        number = number or self.alloc()
        self.add_run(number, [body if isinstance(body, str) else body.decode("latin-1")])
        return number

    def add_run(self, first: int, bodies: Sequence[str]) -> None:
        """Objects with consecutive numbers from ``first``; text of one byte a character."""
        self._runs.append((first, len(bodies)))
        self._bodies += bodies
        if len(self._bodies) >= PER_STREAM:
            self._flush()

    def stream(self, data: bytes, entries: str = "", number: int = 0, compress: bool = True) -> int:
        """A stream object with the dictionary ``entries``; returns its number."""
        number = number or self.alloc()
        if compress:
            data = zlib.compress(data, LEVEL)
            entries += "/Filter/FlateDecode"
        self._set(number, 1, self.offset, 0)
        head = f"{number} 0 obj\n<<{entries}/Length {len(data)}>>stream\n"
        self._write(head.encode("latin-1"))
        self._write(data)
        self._write(b"\nendstream\nendobj\n")
        return number

    def _set(self, number: int, kind: int, where: int, index: int) -> None:
        ENTRY.pack_into(self._xref, number * ENTRY.size, kind, where, index)

    def _flush(self) -> None:
        if not self._bodies:
            return
        runs, bodies = self._runs, self._bodies
        self._runs, self._bodies = [], []
        container = self.alloc()
        # a school has some 150,000 cells: what is done for each object is done by whole lists
        front = CONTAINED.pack(2, container)
        places = [index.to_bytes(2, "big") for index in range(len(bodies))]
        at = 0
        for first, count in runs:
            self._xref[first * ENTRY.size : (first + count) * ENTRY.size] = front + front.join(
                places[at : at + count]
            )
            at += count
        numbers = chain.from_iterable(range(first, first + count) for first, count in runs)
        starts = accumulate([len(body) + 1 for body in bodies], initial=0)
        pairs = zip(numbers, starts, strict=False)
        table = " ".join([f"{number} {start}" for number, start in pairs]) + "\n"
        self.stream(
            (table + "\n".join(bodies)).encode("latin-1"),
            f"/Type/ObjStm/N {len(bodies)}/First {len(table)}",
            container,
        )

    def close(self, root: int, info: int) -> None:
        """Write what is left, the cross-reference stream and the trailer."""
        self._flush()
        number = self.alloc()
        where = self.offset
        self._set(number, 1, where, 0)
        mark = self.digest.hexdigest()[:32].upper()
        # every object number handed out must be used, or a reader sees a hole as free
        packer = zlib.compressobj(LEVEL)
        packed = packer.compress(self._xref)
        self.stream(
            packed + packer.flush(),
            f"/Type/XRef/Size {self._count}/W[1 4 2]/Root {root} 0 R/Info {info} 0 R"
            f"/ID[<{mark}><{mark}>]/Filter/FlateDecode",
            number,
            compress=False,
        )
        self._write(f"startxref\n{where}\n%%EOF\n".encode())


def text_string(text: str) -> str:
    """A PDF text string, UTF-16BE with its mark (lone surrogates replaced)."""
    data = text.encode("utf-16-be", "replace").hex().upper()
    return f"<FEFF{data}>"

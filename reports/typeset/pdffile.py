"""A PDF file written from front to back: objects, object streams, cross-reference stream.

Only what is needed to write: numbers are handed out in advance, bytes go out at once, memory
holds seven bytes an object.  (ISO 32000-1 §7.5.7 object streams, §7.5.8 cross-reference streams.)
"""

import hashlib
import struct
import zlib
from collections.abc import Sequence
from typing import BinaryIO

ENTRY = struct.Struct(">BIH")
PER_STREAM = 400
LEVEL = 3


class PdfFile:
    """The file being written.  ``alloc`` numbers, ``add``/``stream`` objects, then ``close``."""

    def __init__(self, out: BinaryIO):
        self.out = out
        self.offset = 0
        self.digest = hashlib.sha256()
        self._xref = bytearray(ENTRY.pack(0, 0, 0xFFFF))
        self._count = 1
        self._numbers: list[int] = []
        self._bodies: list[bytes] = []
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
        self._numbers.append(number)
        self._bodies.append(body.encode("latin-1") if isinstance(body, str) else body)
        if len(self._numbers) >= PER_STREAM:
            self._flush()
        return number

    def add_run(self, first: int, bodies: Sequence[bytes]) -> None:
        """Objects with consecutive numbers from ``first``."""
        self._numbers.extend(range(first, first + len(bodies)))
        self._bodies.extend(bodies)
        if len(self._numbers) >= PER_STREAM:
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
        if not self._numbers:
            return
        numbers, bodies = self._numbers, self._bodies
        self._numbers, self._bodies = [], []
        container = self.alloc()
        head: list[int] = []
        at = 0
        pack, size, xref = ENTRY.pack_into, ENTRY.size, self._xref
        for index, (number, body) in enumerate(zip(numbers, bodies, strict=True)):
            head += (number, at)
            at += len(body) + 1
            pack(xref, number * size, 2, container, index)
        table = " ".join(map(str, head)).encode() + b"\n"
        self.stream(
            table + b"\n".join(bodies),
            f"/Type/ObjStm/N {len(numbers)}/First {len(table)}",
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

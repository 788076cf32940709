"""A ZIP of stored entries whose sizes and CRC-32 are known beforehand.

Nothing is compressed and nothing is computed: file bytes go from disk to disk inside the kernel.
(APPNOTE.TXT 6.3: §4.3.7 local header, §4.3.12 central directory, §4.3.14 zip64, bit 11 UTF-8.)
"""

import errno
import hashlib
import os
import struct
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from reports.errors import SourceChanged

LOCAL = struct.Struct("<IHHHHHIIIHH")
CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
END = struct.Struct("<IHHHHIIH")
END64 = struct.Struct("<IQHHIIQQQQ")
LOCATOR = struct.Struct("<IIQI")
MAX32 = 0xFFFFFFFF
MAX16 = 0xFFFF
UTF8 = 0x0800
CHUNK = 1 << 20
IN_KERNEL = 1 << 26
FALL_BACK = frozenset(
    {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF}
)


class Sink:
    """Where bytes go: a real file, fed by the kernel, or any stream with ``write``."""

    def __init__(self, out: BinaryIO):
        self.out = out
        self.offset = 0
        try:
            self._descriptor = out.fileno()
        except (AttributeError, OSError):
            self._descriptor = -1
        self._ways: list[Callable[[int, int], int]] = []
        if self._descriptor >= 0:
            out.flush()
            self._ways = [self._by_range, self._by_sendfile]

    def write(self, data: bytes) -> None:
        """Write all of ``data``."""
        self.offset += len(data)
        if self._descriptor < 0:
            self.out.write(data)
            return
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def copy(
        self, source: Path, size: int, moved: Callable[[int], None], sha256: str | None = None
    ) -> None:
        """Append the whole of ``source``; ``moved`` hears of each piece in bytes.

        With ``sha256`` the bytes are hashed as they pass.  Raises SourceChanged when it is not
        exactly ``size`` bytes, or not these; OSError of the disk.
        """
        descriptor = os.open(source, os.O_RDONLY)
        seen = hashlib.sha256() if sha256 is not None else None
        try:
            if os.fstat(descriptor).st_size != size:
                raise SourceChanged(f"檔案大小與收件時不同：{source.name}", source)
            left = size
            while left:
                done = (
                    self._piece(descriptor, left)
                    if seen is None
                    else self._read(descriptor, left, seen.update)
                )
                if done == 0:
                    raise SourceChanged(f"檔案在複製時變短：{source.name}", source)
                left -= done
                self.offset += done
                moved(done)
        finally:
            os.close(descriptor)
        if seen is not None and seen.hexdigest() != sha256:
            raise SourceChanged(f"檔案內容與收件時不同：{source.name}", source)

    def _piece(self, source: int, left: int) -> int:
        while self._ways:
            try:
                return self._ways[0](source, min(left, IN_KERNEL))
            except OSError as error:
                if error.errno not in FALL_BACK:
                    raise
                self._ways.pop(0)
        return self._read(source, left)

    def _read(self, source: int, left: int, seen: Callable[[bytes], object] | None = None) -> int:
        data = os.read(source, min(left, CHUNK))
        if seen is not None:
            seen(data)
        if self._descriptor < 0:
            self.out.write(data)
            return len(data)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        return len(data)

    def _by_range(self, source: int, count: int) -> int:
        return os.copy_file_range(source, self._descriptor, count)

    def _by_sendfile(self, source: int, count: int) -> int:
        return os.sendfile(self._descriptor, source, None, count)


class StoredZip:
    """Entries are written in the order given; :meth:`close` writes the directory."""

    def __init__(self, sink: Sink, modified: datetime):
        self.sink = sink
        year = min(max(modified.year, 1980), 2107)
        self._date = (year - 1980) << 9 | modified.month << 5 | modified.day
        self._time = modified.hour << 11 | modified.minute << 5 | modified.second // 2
        self._directory: list[bytes] = []

    def begin(self, name: str, size: int, crc32: int) -> None:
        """The header of an entry; exactly ``size`` bytes must be written after it."""
        path = name.encode()
        where = self.sink.offset
        big = size >= MAX32
        extra = struct.pack("<HHQQ", 1, 16, size, size) if big else b""
        short = MAX32 if big else size
        needs = 45 if big else 20
        self.sink.write(
            LOCAL.pack(
                0x04034B50,
                needs,
                UTF8,
                0,
                self._time,
                self._date,
                crc32,
                short,
                short,
                len(path),
                len(extra),
            )
            + path
            + extra
        )
        far = where >= MAX32
        wide = [size, size] if big else []
        wide += [where] if far else []
        extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
        self._directory.append(
            CENTRAL.pack(
                0x02014B50,
                3 << 8 | 45,
                45 if wide else 20,
                UTF8,
                0,
                self._time,
                self._date,
                crc32,
                short,
                short,
                len(path),
                len(extra),
                0,
                0,
                0,
                0o100644 << 16,
                MAX32 if far else where,
            )
            + path
            + extra
        )

    def close(self) -> None:
        """Write the central directory and the end records."""
        start = self.sink.offset
        count = len(self._directory)
        for at in range(0, count, 1000):
            self.sink.write(b"".join(self._directory[at : at + 1000]))
        size = self.sink.offset - start
        if count >= MAX16 or start >= MAX32 or size >= MAX32:
            where = self.sink.offset
            self.sink.write(
                END64.pack(0x06064B50, 44, 3 << 8 | 45, 45, 0, 0, count, count, size, start)
                + LOCATOR.pack(0x07064B50, 0, where, 1)
            )
        short = min(count, MAX16)
        self.sink.write(
            END.pack(0x06054B50, 0, 0, short, short, min(size, MAX32), min(start, MAX32), 0)
        )

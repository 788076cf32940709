"""The package that leaves the school: a BagIt bag (RFC 8493), as one ZIP or as a directory.

Sizes, CRC-32 and SHA-256 come from the vault, which computed them when the file was accepted, so
no file is read twice.  Without ``check`` they are taken at their word and the bytes never leave
the kernel; with it each file is hashed on its way into the package, in the one reading that
copying takes anyway.
"""

import hashlib
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from reports.atomic import atomic_file, sync_directory
from reports.paths import Names, safe_name
from reports.zipstream import Sink, StoredZip

TAIPEI = ZoneInfo("Asia/Taipei")
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
AGENT = "Licheng"
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A file of the vault: ``path_in_bag`` below ``data/``, bytes, CRC-32, SHA-256 in hex."""

    path_in_bag: str
    size: int
    crc32: int
    sha256: str
    source_path: Path


@dataclass(frozen=True, slots=True)
class PackageMember:
    """Something small made for this package (a manifest, a workbook), held in memory."""

    path_in_bag: str
    data: bytes


@dataclass(frozen=True)
class BagInfo:
    """``bag-info.txt`` (RFC 8493 §2.2.2).  ``made_at`` is aware.  ``more``: further labels."""

    source_organization: str
    external_identifier: str
    external_description: str
    made_at: datetime
    contact_name: str = ""
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class PackageResult:
    """``size`` of the ZIP (0 for a directory) and what the payload holds, in bytes and files.

    ``renamed`` maps paths that had to be changed (unsafe letters, collisions) to what they became.
    """

    size: int
    payload_bytes: int
    payload_files: int
    renamed: dict[str, str] = field(default_factory=dict)


def write_package(
    target: Path | str | BinaryIO,
    files: Iterable[PackageFile | PackageMember],
    info: BagInfo,
    *,
    root: str = "",
    total_bytes: int | None = None,
    progress: Progress | None = None,
    check: bool = False,
) -> PackageResult:
    """Write the bag as a stored ZIP to a path (whole or not at all) or a binary stream.

    ``root`` names the single top folder (default: the external identifier).  ``files`` is read
    once.  ``progress(done, total_bytes)`` in payload bytes.  The same input gives the same bytes.
    ``check``: compare each file's SHA-256 while it is copied.
    Raises UnsafePath, SourceChanged (naming the source), OSError.
    """
    top = safe_name(root or info.external_identifier, "bag")
    place = atomic_file(Path(target)) if isinstance(target, str | Path) else nullcontext(target)
    with place as out:
        sink = Sink(out)
        archive = StoredZip(sink, info.made_at.astimezone(TAIPEI))
        bag = _Bag(info, total_bytes, progress)

        def put_bytes(path: str, data: bytes) -> None:
            archive.begin(f"{top}/{path}", len(data), zlib.crc32(data))
            sink.write(data)

        def put_file(path: str, item: PackageFile) -> None:
            archive.begin(f"{top}/{path}", item.size, item.crc32)
            sha256 = item.sha256 if check else None
            sink.copy(Path(item.source_path), item.size, bag.moved, sha256)

        result = bag.write(files, put_bytes, put_file)
        if not result[1]:
            archive.begin(f"{top}/data/", 0, 0)
        archive.close()
        return PackageResult(sink.offset, *result)


def write_bag_directory(
    target: Path | str,
    files: Iterable[PackageFile | PackageMember],
    info: BagInfo,
    *,
    total_bytes: int | None = None,
    progress: Progress | None = None,
) -> PackageResult:
    """The same bag as a directory, which must not exist; it appears whole or not at all.

    Raises FileExistsError, UnsafePath, SourceChanged, OSError.
    """
    target = Path(target)
    if target.exists():
        raise FileExistsError(target)
    work = Path(tempfile.mkdtemp(dir=target.parent, prefix=".", suffix=".part"))
    bag = _Bag(info, total_bytes, progress)

    def put_bytes(path: str, data: bytes) -> None:
        with _new_file(work / path) as handle:
            handle.write(data)

    def put_file(path: str, item: PackageFile) -> None:
        with _new_file(work / path) as handle:
            Sink(handle).copy(Path(item.source_path), item.size, bag.moved)

    try:
        (work / "data").mkdir()
        result = bag.write(files, put_bytes, put_file)
        for folder, _, _ in os.walk(work):
            sync_directory(Path(folder))
        work.chmod(0o755)
        work.rename(target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    sync_directory(target.parent)
    return PackageResult(0, *result)


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file opened for writing, fsynced when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as handle:
        yield handle
        handle.flush()
        os.fsync(handle.fileno())


class _Bag:
    """The order and the tag files of a bag, whatever it is written to."""

    def __init__(self, info: BagInfo, total: int | None, progress: Progress | None):
        self.info = info
        self.total = total
        self.progress = progress
        self.done = 0

    def moved(self, count: int) -> None:
        """Bytes of the payload that arrived."""
        self.done += count
        if self.progress is not None:
            self.progress(self.done, self.total)

    def write(
        self,
        files: Iterable[PackageFile | PackageMember],
        put_bytes: Callable[[str, bytes], None],
        put_file: Callable[[str, PackageFile], None],
    ) -> tuple[int, int, dict[str, str]]:
        """Payload first, then the tag files; returns (bytes, files, renamed)."""
        names = Names()
        lines: list[str] = []
        renamed: dict[str, str] = {}
        size = 0
        put_bytes("bagit.txt", DECLARATION)
        for item in files:
            path = names.settle(item.path_in_bag)
            if path != item.path_in_bag:
                renamed[item.path_in_bag] = path
            if isinstance(item, PackageFile):
                put_file(f"data/{path}", item)
                size += item.size
                digest = item.sha256.lower()
            else:
                put_bytes(f"data/{path}", item.data)
                self.moved(len(item.data))
                size += len(item.data)
                digest = hashlib.sha256(item.data).hexdigest()
            lines.append(f"{digest}  data/{path}\n")
        tags = {
            "bagit.txt": DECLARATION,
            "bag-info.txt": "".join(self._info_lines(size, len(lines))).encode(),
            "manifest-sha256.txt": "".join(lines).encode(),
        }
        for name in ("bag-info.txt", "manifest-sha256.txt"):
            put_bytes(name, tags[name])
        sums = (f"{hashlib.sha256(tags[name]).hexdigest()}  {name}\n" for name in sorted(tags))
        put_bytes("tagmanifest-sha256.txt", "".join(sums).encode())
        return size, len(lines), renamed

    def _info_lines(self, size: int, count: int) -> Iterator[str]:
        info = self.info
        pairs = [
            ("Source-Organization", info.source_organization),
            ("Contact-Name", info.contact_name),
            ("External-Identifier", info.external_identifier),
            ("External-Description", info.external_description),
            ("Bagging-Date", f"{info.made_at.astimezone(TAIPEI):%Y-%m-%d}"),
            ("Bag-Software-Agent", AGENT),
            *info.more,
            ("Payload-Oxum", f"{size}.{count}"),
        ]
        for label, value in pairs:
            if value:
                yield f"{label}: {' '.join(value.split())}\n"

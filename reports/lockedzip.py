"""ZIPs with a password: read as something a stranger made, written with AES.

Whatever is wrong with an archive (bytes changed, a password that does not fit, names that leave
their folder, sizes that are lies) becomes one `PackageRefused` with a reason and the name of the
file; nothing is unpacked to disk, and no more is read than the limits allow. Both encryptions that
schools meet are read: WinZip AES and the old ZipCrypto (central-rosters §7).
"""

import hashlib
import lzma
import os
import posixpath
import struct
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyzipper

CHUNK = 1 << 20
END_AT_MOST = 22 + 0xFFFF
"""Bytes of the end record with the longest comment (APPNOTE 4.3.16)."""

_BROKEN = (
    pyzipper.BadZipFile,
    pyzipper.LargeZipFile,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    IndexError,
    KeyError,
    NotImplementedError,
    OverflowError,
    UnicodeError,
    ValueError,
    AttributeError,
    TypeError,
    RecursionError,
)
"""What a reader of archives raises when bytes are not what they should be."""


class PackageRefused(Exception):
    """The archive is not taken.

    ``reason``: ``not_zip``, ``password_needed``, ``password_wrong``, ``broken``, ``path``,
    ``twice``, ``too_many``, ``too_large``, ``missing``; ``name`` is the file it is about, if one.
    """

    def __init__(self, reason: str, name: str = ""):
        super().__init__(f"{reason} {name}".strip())
        self.reason = reason
        self.name = name


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold: files, bytes of one, bytes of all, and how often a file may be
    larger than what is stored of it (beyond a megabyte, which anything may be)."""

    files: int = 20_000
    file_bytes: int = 64 << 20
    all_bytes: int = 2 << 30
    ratio: int = 200


class LockedZip:
    """An archive that is read by name. Use it as a context manager."""

    def __init__(self, path: Path, password: str = "", limits: Limits = Limits()):
        self.limits = limits
        self._password = password.encode()
        self._left = limits.all_bytes
        try:
            self._zip = pyzipper.AESZipFile(path)
        except _BROKEN as error:
            raise PackageRefused("not_zip") from error
        try:
            if (said := _said(path)) is not None and said != len(self._zip.infolist()):
                raise PackageRefused("broken")
            self._members = self._look()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """Every file, in the order of the archive; folders are left out."""
        return list(self._members)

    @property
    def encrypted(self) -> bool:
        """Whether any file wants a password."""
        return any(one.flag_bits & 1 for one in self._members.values())

    def size(self, name: str) -> int:
        """Bytes of a file, as the archive says.  Raises PackageRefused when it is not there."""
        return int(self._member(name).file_size)

    def chunks(self, name: str) -> Generator[bytes, None, None]:
        """The bytes of a file, checked as far as its encryption and CRC do.

        Raises PackageRefused: not there, broken, wrong password, more than the limits.
        """
        member = self._member(name)
        if member.flag_bits & 1 and not self._password:
            raise PackageRefused("password_needed", name)
        seen = 0
        try:
            with self._zip.open(member, pwd=self._password or None) as stream:
                while chunk := stream.read(CHUNK):
                    seen += len(chunk)
                    self._left -= len(chunk)
                    if seen > self.limits.file_bytes or self._left < 0:
                        raise PackageRefused("too_large", name)
                    yield chunk
        except RuntimeError as error:
            wrong = "assword" in str(error)
            raise PackageRefused("password_wrong" if wrong else "broken", name) from error
        except _BROKEN as error:
            raise PackageRefused(self._why(member), name) from error
        if seen != member.file_size:
            raise PackageRefused("broken", name)

    def read(self, name: str) -> bytes:
        """A whole file.  Raises as ``chunks``."""
        return b"".join(self.chunks(name))

    def digest(self, name: str, *kinds: str) -> dict[str, str]:
        """The hashes of a file in hex by name (``md5``, ``sha256``).  Raises as ``chunks``."""
        found = {kind: hashlib.new(kind, usedforsecurity=False) for kind in kinds}
        for chunk in self.chunks(name):
            for one in found.values():
                one.update(chunk)
        return {kind: one.hexdigest() for kind, one in found.items()}

    def copy(self, name: str, target: Path) -> None:
        """Write a file to a path of the caller's.  Raises as ``chunks``, OSError of the disk."""
        with target.open("xb") as out:
            for chunk in self.chunks(name):
                out.write(chunk)

    def _why(self, member: Any) -> str:
        """ZipCrypto lets one wrong password in 256 pass, and only the CRC shows it."""
        aes = getattr(member, "wz_aes_version", None) is not None
        return "password_or_broken" if member.flag_bits & 1 and not aes else "broken"

    def _member(self, name: str) -> Any:
        try:
            return self._members[name]
        except KeyError:
            raise PackageRefused("missing", name) from None

    def _look(self) -> dict[str, Any]:
        """Judge the directory before anything is read."""
        found: dict[str, Any] = {}
        total = 0
        for one in self._zip.infolist():
            name = safe_name(one)
            if name is None:
                raise PackageRefused("path", one.filename[:200])
            if one.filename.endswith("/"):
                continue
            if name in found:
                raise PackageRefused("twice", name)
            found[name] = one
            total += one.file_size
            if len(found) > self.limits.files:
                raise PackageRefused("too_many")
            stored = max(one.compress_size, 1)
            if one.file_size > self.limits.file_bytes or (
                one.file_size > CHUNK and one.file_size // stored > self.limits.ratio
            ):
                raise PackageRefused("too_large", name)
            if total > self.limits.all_bytes:
                raise PackageRefused("too_large")
        if not found:
            raise PackageRefused("not_zip")
        return found


def _said(path: Path) -> int | None:
    """How many entries the end of the archive speaks of; None where 16 bits cannot say it.

    Readers do not ask: a length that is off by 256 in one entry of the directory swallows the next
    entries without a word (APPNOTE 4.4.22).
    """
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - END_AT_MOST))
        tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 12:
        return None
    count = int.from_bytes(tail[at + 10 : at + 12], "little")
    return None if count == 0xFFFF else count


def safe_name(member: Any) -> str | None:
    """The name of a member inside the archive; None for one that points anywhere else."""
    name = member.filename
    folders = name.rstrip("/").split("/")
    kind = (member.external_attr >> 16) & 0o170000
    if (
        not name
        or "\\" in name
        or "\0" in name
        or ":" in folders[0]
        or any(part in {"", ".", ".."} for part in folders)
        or posixpath.isabs(name)
        or kind
        not in {0, 0o100000, 0o040000}  # nothing given, a file, a folder: no link, no device
    ):
        return None
    return str(name)


@dataclass(frozen=True)
class Member:
    """A file for an archive: its name in it, and its bytes or where they are."""

    name: str
    content: bytes | Path

    @property
    def size(self) -> int:
        """In bytes."""
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)


def write_locked(
    target: Path,
    members: Iterator[Member],
    password: str,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write an archive whose every file is encrypted by AES-256, in bounded memory.

    ``progress`` hears how many bytes are in.  Raises ValueError without a password, OSError.
    """
    if not password:
        raise ValueError("an exchange package is never without a password")
    done = 0
    with target.open("wb") as out:
        with pyzipper.AESZipFile(
            out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES, allowZip64=True
        ) as archive:
            archive.setpassword(password.encode())
            for one in members:
                with archive.open(one.name, "w", force_zip64=one.size > 1 << 31) as stream:
                    for chunk in _pieces(one.content):
                        stream.write(chunk)
                        done += len(chunk)
                        if progress is not None:
                            progress(done)
        out.flush()
        os.fsync(out.fileno())


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk

"""Bytes on disk: write-once objects named by their SHA-256, in one or two places.

Nothing here knows of the database. An object is `objects/ab/abcd…`, written elsewhere on the
same file system, fsynced, linked into place, and its folder fsynced: after a power cut it is there
whole or not at all.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from plugin.settings import Settings

OBJECT_MODE = 0o440
"""Objects are written once; nobody opens them for writing."""

_READ = 1024 * 1024
_UNLINKABLE = {errno.EEXIST, errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


@dataclass(frozen=True)
class Copy:
    """One place that keeps every object; `name` is `primary` or `second`."""

    name: str
    root: Path
    links: bool
    """Whether a staged file may become the object by a hard link. Never on the second copy: two
    names of one file on one disk would be one copy that looks like two."""

    def path(self, sha256: str) -> Path:
        """Where an object is, or would be."""
        return self.root / "objects" / sha256[:2] / sha256

    def place(self, source: Path, sha256: str) -> None:
        """Put a file under its name, and make bytes and name durable.

        The source stays. An object that is already there is replaced by the bytes that were just
        hashed: they are known to be right, those on disk only were so once.

        :raises OSError: the disk would not, or gave back something else than the hash promises.
        """
        target = self.path(sha256)
        self._prefixes()
        if self.links and _link(source, target):
            # Named first, fsynced then: one commit of the file system's journal holds both. Until
            # the row is committed nobody refers to the name, so a torn file under it is an orphan.
            sync_file(target)
            sync_folder(target.parent)
            return
        sync_file(source)  # here a good object may be replaced: the new one must be whole before
        incoming = self.root / "incoming"
        self._folder(incoming)
        waiting = incoming / uuid.uuid4().hex
        try:
            if not (self.links and _link(source, waiting)):  # linked: the object was there already
                _copy(source, waiting, sha256)
            waiting.replace(target)
        finally:  # also left over when both were names of one file: rename(2) does nothing then
            with suppress(FileNotFoundError):
                waiting.unlink()
        sync_folder(target.parent)

    def has(self, sha256: str, size: int) -> bool:
        """Whether an object of that name and size is there; says nothing of its bytes."""
        try:
            found = self.path(sha256).stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size == size

    def remove(self, sha256: str) -> None:
        """Remove an object, durably; one that is not there is no error."""
        target = self.path(sha256)
        with suppress(FileNotFoundError):
            target.unlink()
            sync_folder(target.parent)

    def set_aside(self, source: Path) -> None:
        """Move a wrong or unknown file out of the way, for whoever must look at it."""
        folder = self.root / "set-aside"
        self._folder(folder)
        with suppress(FileNotFoundError):
            source.rename(folder / f"{source.name}.{uuid.uuid4().hex[:8]}")
            sync_folder(source.parent)
            sync_folder(folder)

    def tidy(self, older_than: float) -> int:
        """Remove what killed processes were just writing; returns how many files.

        :param older_than: seconds since the epoch; younger files may still be written to.
        """
        removed = 0
        for entry in _sorted(self.root / "incoming"):
            with suppress(FileNotFoundError):
                if entry.stat().st_ctime < older_than:
                    Path(entry.path).unlink()
                    removed += 1
        return removed

    def objects(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Every file below `objects` in order of name; also what does not belong there."""
        objects = self.root / "objects"
        for folder in _sorted(objects):
            for entry in _sorted(folder):
                with suppress(FileNotFoundError):
                    yield Path(entry.path), entry.stat()

    def _prefixes(self) -> None:
        """Make the 256 folders at once: the first of each would cost an upload its own fsync."""
        objects = self.root / "objects"
        if not (objects / "ff").is_dir():
            self._folder(objects)
            for number in range(256):
                (objects / f"{number:02x}").mkdir(exist_ok=True)
            sync_folder(objects)

    def _folder(self, folder: Path) -> None:
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for one in reversed(missing):
            one.mkdir(exist_ok=True)
            sync_folder(one.parent)


def copies(settings: Settings | None = None) -> tuple[Copy, ...]:
    """The places of this installation: two, or one by explicit setting."""
    settings = settings or current_app.extensions["licheng.settings"]
    primary = Copy("primary", settings.vault_primary, links=True)
    if settings.vault_single_copy or settings.vault_second is None:
        return (primary,)
    return (primary, Copy("second", settings.vault_second, links=False))


def put(source: Path, sha256: str, size: int, places: tuple[Copy, ...]) -> None:
    """Keep a staged file in every place; returns when all of them have it on disk.

    The source stays where it is: it is needed again should somebody purge the same bytes just
    before the new reference is committed.

    :raises OSError: some disk would not; what was placed until then is an orphan, harmless.
    """
    for place in places:
        place.place(source, sha256)
    for place in places:
        if not place.has(sha256, size):
            raise OSError(errno.EIO, "object is not as long as what was written", str(place.root))


def readable(sha256: str, size: int) -> Path:
    """The first copy that has the object.

    :raises FileNotFoundError: none has.
    """
    for place in copies():
        if place.has(sha256, size):
            return place.path(sha256)
    raise FileNotFoundError(errno.ENOENT, "no copy has the object", sha256)


def digest(path: Path) -> str:
    """SHA-256 of a file, read without leaving it in the page cache's way of other work."""
    found = hashlib.sha256()
    with path.open("rb", buffering=0) as stream:
        # Drop cached pages first, so that the disk is asked and not the memory.
        with suppress(OSError):
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := stream.read(_READ):
            found.update(chunk)
    return found.hexdigest()


def sync_file(path: Path) -> None:
    """fsync a file's bytes and length."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fdatasync(fd)
    finally:
        os.close(fd)


def sync_folder(path: Path) -> None:
    """fsync a folder: names that were made or removed in it."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno in _UNLINKABLE:
            return False
        raise
    return True


def _copy(source: Path, target: Path, sha256: str) -> None:
    # Read and written by hand: copy_file_range may share blocks on disk, which is one copy again.
    found = hashlib.sha256()
    with source.open("rb", buffering=0) as reading:
        fd = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, OBJECT_MODE)
        try:
            while chunk := reading.read(_READ):
                found.update(chunk)
                view = memoryview(chunk)
                while view:
                    view = view[os.write(fd, view) :]
            os.fdatasync(fd)
        finally:
            os.close(fd)
    if found.hexdigest() != sha256:
        raise OSError(errno.EIO, "bytes are not what was hashed", str(source))


def _sorted(folder: str | os.PathLike[str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []

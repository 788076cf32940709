"""Bytes of a file that is being received go to the disk at once, past the page cache.

What is kept must be on the disk before anybody says so anyway; copying it into the page cache
first costs more than hashing it. And the disk works while the next bytes are received: a thread
of the file's own writes what is full, so that the wait is over soon after the last byte.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

CHUNK = 512 * 1024
"""Bytes written at a time."""

BUFFERS = 3
"""Chunks of one file in memory: one is filled while the disk has the others."""

_SPARES = 2 * BUFFERS
_spare: list[mmap.mmap] = []
"""Buffers used again and again; they begin at a page, as direct writes ask."""


class DirectWriter:
    """Writes a new file from its beginning. For one thread at a time.

    Errors of the disk come to light with a later call than the one that brought the bytes, at the
    latest with `finish`. `stop` must be called in every case: it ends the thread.
    """

    def __init__(self, fd: int) -> None:
        """:param fd: opened for writing, empty; the caller closes it, after `stop`."""
        self._fd = fd
        self._owned = [_take()]
        self._buffer = self._owned[0]
        self._filled = 0
        self._thread: Thread | None = None  # begun with the first full chunk, so after any fork
        self._full: SimpleQueue[mmap.mmap | None] = SimpleQueue()
        self._free: SimpleQueue[mmap.mmap] = SimpleQueue()
        self._error: OSError | None = None
        with suppress(OSError):  # tmpfs and some file systems of a network have none
            _switch(fd, on=True)

    def write(self, data: memoryview) -> None:
        """Take bytes; waits only when the disk is `BUFFERS` behind.

        :raises OSError: the disk would not take earlier bytes.
        """
        taken = 0
        while taken < len(data):
            piece = data[taken : taken + CHUNK - self._filled]
            self._buffer[self._filled : self._filled + len(piece)] = piece
            self._filled += len(piece)
            taken += len(piece)
            if self._filled == CHUNK:
                self._hand_over()

    def finish(self) -> None:
        """Write what did not fill a chunk, and wait until the disk has taken all.

        :raises OSError: the disk would not.
        """
        self._end_thread()
        if self._error is not None:
            raise self._error
        pages = self._filled - self._filled % mmap.PAGESIZE
        with memoryview(self._buffer) as whole:
            _write(self._fd, whole[:pages])
            if pages < self._filled:  # direct writes take only whole blocks
                _switch(self._fd, on=False)
                _write(self._fd, whole[pages : self._filled])
        self._filled = 0

    def stop(self) -> None:
        """End the thread; the file is not touched any more. May be called again."""
        self._end_thread()
        _spare.extend(self._owned[: _SPARES - len(_spare)])
        self._owned.clear()

    def _hand_over(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._work, name="direct-writer", daemon=True)
            self._thread.start()
        self._full.put(self._buffer)
        if len(self._owned) < BUFFERS:
            self._buffer = _take()
            self._owned.append(self._buffer)
        else:
            self._buffer = self._free.get()
        self._filled = 0
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (buffer := self._full.get()) is not None:
            try:
                if self._error is None:
                    with memoryview(buffer) as whole:
                        _write(self._fd, whole)
            except OSError as error:
                self._error = error
            self._free.put(buffer)

    def _end_thread(self) -> None:
        if self._thread is not None:
            self._full.put(None)
            self._thread.join()
            self._thread = None


def _take() -> mmap.mmap:
    try:
        return _spare.pop()
    except IndexError:  # private: a forked process must not write into its parent's
        return mmap.mmap(-1, CHUNK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _switch(fd: int, *, on: bool) -> None:
    """Direct writes on or off.

    :raises OSError: the file system has none.
    """
    direct = getattr(os, "O_DIRECT", 0)
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    fcntl.fcntl(fd, fcntl.F_SETFL, flags | direct if on else flags & ~direct)


def _write(fd: int, data: memoryview) -> None:
    written = 0
    while written < len(data):
        try:
            written += os.write(fd, data[written:])
        except OSError as error:
            direct = fcntl.fcntl(fd, fcntl.F_GETFL) & getattr(os, "O_DIRECT", 0)
            if error.errno != errno.EINVAL or not direct:
                raise
            # Blocks larger than a page, or a write cut short within a block.
            _switch(fd, on=False)

"""Chunks are written by a thread of the file's own; nothing is lost, nothing is left behind."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin import direct
from plugin.direct import CHUNK, DirectWriter


@pytest.fixture
def fd(tmp_path: Path) -> Iterator[int]:
    found = os.open(tmp_path / "file", os.O_CREAT | os.O_WRONLY)
    yield found
    os.close(found)


def writers() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "direct-writer"]


@pytest.mark.parametrize("size", [0, 1, 4096, CHUNK - 1, CHUNK, CHUNK + 1, 7 * CHUNK + 4097])
@pytest.mark.parametrize("step", [1 << 16, (1 << 20) + 17])
def test_every_byte_is_in_the_file(tmp_path: Path, fd: int, size: int, step: int) -> None:
    content = os.urandom(size)
    writer = DirectWriter(fd)
    for at in range(0, size, step):
        writer.write(memoryview(content)[at : at + step])
    writer.finish()
    writer.stop()
    assert (tmp_path / "file").read_bytes() == content
    assert writers() == []


def test_a_full_disk_is_told_at_the_latest_by_finish() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    writer = DirectWriter(full)
    try:
        with pytest.raises(OSError) as caught:
            for _ in range(direct.BUFFERS + 1):
                writer.write(memoryview(bytes(CHUNK)))
            writer.finish()
        assert caught.value.errno == errno.ENOSPC
        with pytest.raises(OSError):
            writer.finish()
    finally:
        writer.stop()
        os.close(full)
    assert writers() == []


def test_who_stops_half_way_leaves_no_thread_and_may_stop_again(fd: int) -> None:
    writer = DirectWriter(fd)
    writer.write(memoryview(bytes(3 * CHUNK + 5)))
    assert len(writers()) == 1
    writer.stop()
    writer.stop()
    assert writers() == []


def test_buffers_are_used_again_by_one_file_at_a_time(tmp_path: Path) -> None:
    for turn in range(3):
        pair = []
        for name in ("one", "other"):
            opened = os.open(tmp_path / f"{name}{turn}", os.O_CREAT | os.O_WRONLY)
            pair.append((opened, DirectWriter(opened), os.urandom(2 * CHUNK + 100)))
        for at in range(0, 2 * CHUNK + 100, 100_000):
            for _opened, writer, content in pair:
                writer.write(memoryview(content)[at : at + 100_000])
        for (opened, writer, content), name in zip(pair, ("one", "other"), strict=True):
            writer.finish()
            writer.stop()
            os.close(opened)
            assert (tmp_path / f"{name}{turn}").read_bytes() == content
    assert len(set(map(id, direct._spare))) == len(direct._spare) <= direct._SPARES


def test_a_forked_process_writes_into_buffers_of_its_own(tmp_path: Path, fd: int) -> None:
    writer = DirectWriter(fd)
    writer.write(memoryview(b"parent" * 100))
    child = os.fork()
    if not child:  # pragma: no cover
        writer.write(memoryview(b"child" * 100))
        writer._buffer[:600] = bytes(600)
        os._exit(0)
    os.waitpid(child, 0)
    writer.finish()
    writer.stop()
    assert (tmp_path / "file").read_bytes() == b"parent" * 100

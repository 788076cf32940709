"""Uploads are staged while they arrive: never whole in memory, nothing typed lost, nothing left."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.datastructures import FileStorage
from werkzeug.test import EnvironBuilder

from plugin import retention, uploads
from plugin.settings import Settings
from tests.plugin.vault.conftest import MIB

BOUNDARY = "----boundary-of-the-test"


class Body(io.RawIOBase):
    """A multipart body that is made while it is read."""

    def __init__(self, *parts: tuple[str, bytes, int], ending: bytes | None = None) -> None:
        """:param parts: headers, a block, how many times the block."""
        self.parts = parts
        self.ending = f"\r\n--{BOUNDARY}--\r\n".encode() if ending is None else ending
        self.length = sum(len(piece) for piece in self.pieces())
        self.left = self.pieces()
        self.buffer = b""

    def pieces(self) -> Iterator[bytes]:
        for number, (headers, block, times) in enumerate(self.parts):
            start = "" if number == 0 else "\r\n"
            yield f"{start}--{BOUNDARY}\r\n{headers}\r\n\r\n".encode()
            for _ in range(times):
                yield block
        yield self.ending

    def read(self, size: int = -1) -> bytes:
        while len(self.buffer) < size:
            piece = next(self.left, None)
            if piece is None:
                break
            self.buffer += piece
        found, self.buffer = self.buffer[:size], self.buffer[size:]
        return found


def file_part(name: str = "document", file_name: str = "心得.pdf") -> str:
    return (
        f'Content-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        "Content-Type: application/pdf"
    )


def field_part(name: str) -> str:
    return f'Content-Disposition: form-data; name="{name}"'


def arrive(app: Flask, body: Body, length: int | None = None) -> Any:
    """A request context in which `body` arrives."""
    environ = EnvironBuilder("/anything", method="POST").get_environ()
    environ["CONTENT_TYPE"] = f"multipart/form-data; boundary={BOUNDARY}"
    environ["wsgi.input"] = body
    environ["CONTENT_LENGTH"] = str(body.length if length is None else length)
    return app.request_context(environ)


def staged_files(settings: Settings) -> list[Path]:
    return list(settings.staging.glob("*.part"))


def test_a_file_and_its_fields_arrive(app: Flask, settings: Settings) -> None:
    block = os.urandom(1000)
    body = Body((field_part("title"), "閱讀心得".encode(), 1), (file_part(), block, 5000))
    with arrive(app, body):
        document = request.files["document"]
        assert request.form["title"] == "閱讀心得"
        staged = document.staged  # type: ignore[attr-defined]
        content = block * 5000
        assert document.filename == staged.file_name == "心得.pdf"
        assert staged.size == len(content)
        assert staged.sha256 == hashlib.sha256(content).hexdigest()
        assert staged.crc32 == zlib.crc32(content)
        assert staged.claimed_type == "application/pdf"
        assert document.stream.read() == content == staged.path.read_bytes()
    assert staged_files(settings) == []


@pytest.mark.parametrize("megabytes", [5, 60])
def test_no_file_sits_in_memory(app: Flask, megabytes: int) -> None:
    body = Body((file_part(), os.urandom(MIB), megabytes))
    with arrive(app, body):
        tracemalloc.start()
        staged = request.files["document"].staged  # type: ignore[attr-defined]
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert staged.size == megabytes * MIB
        assert peak < 4 * MIB


def test_payload_that_looks_like_boundaries(app: Flask) -> None:
    block = f"\r\n--{BOUNDARY[:-1]}\r\n--\r\n\r".encode()
    body = Body((file_part(), block, 30_000))
    with arrive(app, body):
        staged = request.files["document"].staged  # type: ignore[attr-defined]
        assert staged.sha256 == hashlib.sha256(block * 30_000).hexdigest()


def test_a_file_over_the_cap_loses_nothing_that_was_typed(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads.Request, "max_file_size", 2 * MIB)
    body = Body(
        (file_part(), bytes(MIB), 6),
        (field_part("summary"), "打了很久的簡述".encode(), 1),
        (file_part("media", "b.mp3"), b"x", 10),
    )
    with arrive(app, body):
        staged = request.files["document"].staged  # type: ignore[attr-defined]
        assert staged.too_large
        assert not staged.whole
        assert staged.size == 6 * MIB
        assert staged.path.stat().st_size == 0
        assert request.form["summary"] == "打了很久的簡述"
        assert request.files["media"].staged.whole  # type: ignore[attr-defined]
    assert staged_files(settings) == []


def test_a_disk_that_will_not_is_told_later(app: Flask, settings: Settings) -> None:
    """The limit of file size stands in for a full disk: write(2) fails in the middle."""
    body = Body((file_part(), bytes(MIB), 3), (field_part("title"), b"kept", 1))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with arrive(app, body):
        resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, before[1]))
        try:
            staged = request.files["document"].staged  # type: ignore[attr-defined]
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert staged.failed
        assert request.form["title"] == "kept"
    assert staged_files(settings) == []


def test_a_file_field_left_empty_is_no_file(app: Flask, settings: Settings) -> None:
    body = Body((file_part(file_name=""), b"", 1), (field_part("title"), b"t", 1))
    with arrive(app, body):
        assert not request.files["document"]
        assert staged_files(settings) == []


def test_many_files_of_one_field(app: Flask) -> None:
    body = Body(*[(file_part("many", f"{n}.pdf"), b"%d" % n, 1) for n in range(5)])
    with arrive(app, body):
        found = request.files.getlist("many")
        assert [one.filename for one in found] == [f"{n}.pdf" for n in range(5)]
        assert [one.stream.read() for one in found] == [b"%d" % n for n in range(5)]


@pytest.mark.parametrize(
    ("body", "length", "status"),
    [
        (Body((field_part("a"), b"x" * 1000, 600)), None, 413),
        (Body(*[(field_part(f"f{n}"), b"x", 1) for n in range(1001)]), None, 413),
        (Body((file_part(), b"x", 10), ending=b""), None, 400),
        (Body((file_part(), b"x", 10)), 10_000, 400),
        (Body(("Content-Disposition: attachment", b"x", 1)), None, 400),
        (Body((file_part(), b"x", 1)), 2 * uploads.BODY_BOUND, 413),
    ],
    ids=["field memory", "parts", "cut off", "client gone", "no name", "body bound"],
)
def test_what_cannot_be_read_leaves_nothing(
    app: Flask, settings: Settings, body: Body, length: int | None, status: int
) -> None:
    from werkzeug.exceptions import HTTPException

    body.left, body.buffer = body.pieces(), b""
    with arrive(app, body, length), pytest.raises(HTTPException) as caught:
        _ = request.files
    assert caught.value.code == status
    assert staged_files(settings) == []


def test_what_is_not_multipart_is_werkzeugs(app: Flask) -> None:
    with app.test_request_context("/x", method="POST", data={"a": "1"}):
        assert request.form["a"] == "1"


def test_leftovers_of_killed_processes_go(settings: Settings) -> None:
    settings.staging.mkdir(parents=True)
    staged = retention.Row("staging", retention.Action.DELETE, date.min, "", timedelta(hours=1))
    old, new, other = (settings.staging / name for name in ("a.part", "b.part", "keep.txt"))
    for path in (old, new, other):
        path.write_bytes(b"x")
    long_ago = time.time() - 2 * staged.period.total_seconds()
    for path in (old, other):
        os.utime(path, (long_ago, long_ago))
    assert uploads.sweep(settings.staging, staged) == 1
    assert not old.exists()
    assert new.exists()
    assert other.exists()


def test_staging_bytes_that_come_otherwise(app: Flask) -> None:
    staged = uploads.stage(io.BytesIO(b"abc"), "chat.pdf")
    assert staged.sha256 == hashlib.sha256(b"abc").hexdigest()
    staged.discard()
    assert not staged.path.exists()


def test_a_staged_file_is_a_file_storage(app: Flask) -> None:
    with arrive(app, Body((file_part(), b"abc", 1))):
        document = request.files["document"]
        assert isinstance(document, FileStorage)
        assert document
        assert document.read() == b"abc"
        assert document.mimetype == "application/pdf"

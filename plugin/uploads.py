"""Uploads are written to disk and hashed while they arrive; no file sits whole in memory.

`create_app` sets `app.request_class = uploads.Request`. In a view nothing changes:
`request.files["document"]` is a FileStorage whose `staged` tells where the bytes wait and what
they hash to, and `request.form` holds the fields. What nobody took (`Staged.take`) is removed when
the request ends; what a killed process left is removed by `sweep`.

A file over the cap, or one that the disk would not take, does not end the request with 413 or
500: reading goes on without keeping, so that the browser gets an answer, what was typed is kept,
and the error stands at the field (`Staged.too_large`, `Staged.failed`).
"""

from __future__ import annotations

import errno
import hashlib
import os
import time
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import flask
from flask import Flask, current_app
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser
from werkzeug.datastructures import FileStorage, Headers, MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from plugin import body
from plugin.direct import CHUNK, DirectWriter
from plugin.retention import Row
from plugin.settings import Settings

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FILE_CAP = 64 * 1024 * 1024
"""Bytes of one file that are ever kept, whatever a form allows (the largest form allows 20 MiB)."""

BODY_BOUND = 512 * 1024 * 1024
"""Bytes of one request that are read at all; beyond, the connection is refused (413)."""

LARGER_FILES: dict[str, int] = {}
"""Endpoint → bytes of one file that are kept there: a room says so of a form that takes packages;
it is never more than `BODY_BOUND` lets in."""

NAMELESS = "未命名"
"""Stands in where bytes came without a file name; an empty name would count as no file."""

_SUFFIX = ".part"


@dataclass
class Staged:
    """One uploaded file on its way: on disk, hashed, in nobody's care yet.

    :param path: where the bytes are, in `settings.staging`.
    :param size: bytes that arrived, also when not all were kept.
    :param sha256: hexadecimal.
    :param crc32: unsigned, as ZIP wants it.
    :param file_name: as the browser sent it; see `plugin.vault.names.clean`.
    :param claimed_type: as the browser sent it; never believed.
    :param too_large: over the cap, therefore not kept.
    :param failed: errno of the disk that would not take it, else 0.
    """

    path: Path
    size: int
    sha256: str
    crc32: int
    file_name: str
    claimed_type: str = ""
    too_large: bool = False
    failed: int = 0
    taken: bool = field(default=False, compare=False)

    @property
    def whole(self) -> bool:
        """Whether every byte that arrived is on disk."""
        return not (self.too_large or self.failed)

    def take(self) -> None:
        """Somebody else answers for the path now; the request will not remove it."""
        self.taken = True

    def discard(self) -> None:
        """Remove the bytes, unless taken."""
        if not self.taken:
            with suppress(FileNotFoundError):
                self.path.unlink()


class StagedFile(FileStorage):
    """A FileStorage over a staged file; `stream` opens it on first use."""

    def __init__(self, staged: Staged, name: str, headers: Headers) -> None:
        self.staged = staged
        self._stream: IO[bytes] | None = None
        super().__init__(None, staged.file_name, name, headers=headers)

    @property
    def stream(self) -> IO[bytes]:  # type: ignore[override]
        """The bytes as kept; empty when they were not."""
        if self._stream is None:
            self._stream = self.staged.path.open("rb")
        return self._stream

    @stream.setter
    def stream(self, _value: IO[bytes]) -> None:
        """FileStorage assigns an empty stream when made; ours is opened on first use."""

    def close(self) -> None:
        """Close the stream and remove what was not taken."""
        if self._stream is not None:
            self._stream.close()
        self.staged.discard()


class Request(flask.Request):
    """The request whose multipart bodies are staged while they arrive."""

    @property
    def max_file_size(self) -> int:
        """Bytes of one file that are kept."""
        return LARGER_FILES.get(self.endpoint or "", FILE_CAP)

    def make_form_data_parser(self) -> FormDataParser:
        return _StagingParser(
            max_form_memory_size=self.max_form_memory_size,
            max_content_length=self.max_content_length,
            max_form_parts=self.max_form_parts,
            cls=self.parameter_storage_class,
            environ=self.environ,
            max_file_size=self.max_file_size,
        )


def staging(app: Flask | None = None) -> Path:
    """The folder of uploads on their way; made when missing."""
    settings: Settings = (app or current_app).extensions["licheng.settings"]
    settings.staging.mkdir(parents=True, exist_ok=True)
    return settings.staging


def stage(content: IO[bytes], file_name: str, claimed_type: str = "") -> Staged:
    """Stage bytes that do not come by a form: a chat's attachment, an import, a demo.

    :raises OSError: the disk would not take them.
    """
    writer = _Writer(staging(), FILE_CAP)
    try:
        while chunk := content.read(CHUNK):
            writer.write(memoryview(chunk))
        staged = writer.finish(file_name, claimed_type)
    except BaseException:
        writer.abandon()
        raise
    if staged.failed:
        staged.discard()
        raise OSError(staged.failed, os.strerror(staged.failed))
    return staged


def sweep(folder: Path, row: Row) -> int:
    """Remove what killed processes left in the staging folder; returns how many files.

    :param row: how long without a write a staged file belongs to somebody.
    """
    # By age alone: process numbers mean nothing between containers that share the folder, and
    # an upload that still arrives is written to all the time.
    limit = time.time() - row.period.total_seconds()
    removed = 0
    for entry in os.scandir(folder) if folder.is_dir() else ():
        if entry.name.endswith(_SUFFIX):
            with suppress(FileNotFoundError):
                if entry.stat().st_mtime < limit:
                    Path(entry.path).unlink()
                    removed += 1
    return removed


class _Writer:
    """Bytes → temporary file and hashes, in one pass."""

    def __init__(self, folder: Path, cap: int) -> None:
        self.path = folder / f"{uuid.uuid4().hex}{_SUFFIX}"
        self.cap = cap
        self.size = 0
        self.crc32 = 0
        self.too_large = False
        self.failed = 0
        self.sha256 = hashlib.sha256()
        self.fd = -1
        self._disk: DirectWriter | None = None
        try:
            # Readable only, also for us: the vault may keep this very file as its object.
            self.fd = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o440)
            self._disk = DirectWriter(self.fd)
        except OSError as error:
            self.failed = error.errno or errno.EIO

    def write(self, data: memoryview) -> None:
        self.size += len(data)
        if self._disk is None:
            return
        if self.size > self.cap:
            self.too_large = True
            self._give_up()
            return
        try:
            self._disk.write(data)
        except OSError as error:
            self.failed = error.errno or errno.EIO
            self._give_up()
            return
        self.sha256.update(data)
        self.crc32 = zlib.crc32(data, self.crc32)

    def finish(self, file_name: str, claimed_type: str) -> Staged:
        if self._disk is not None:
            try:
                self._disk.finish()
            except OSError as error:
                self.failed = error.errno or errno.EIO
                self._give_up()
        self.close()
        return Staged(
            path=self.path,
            size=self.size,
            sha256=self.sha256.hexdigest(),
            crc32=self.crc32,
            file_name=file_name,
            claimed_type=claimed_type,
            too_large=self.too_large,
            failed=self.failed,
        )

    def close(self) -> None:
        if self._disk is not None:
            self._disk.stop()
            self._disk = None
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def abandon(self) -> None:
        self.close()
        with suppress(FileNotFoundError):
            self.path.unlink()

    def _give_up(self) -> None:
        """Keep nothing; what still comes is only counted."""
        if self._disk is not None:
            self._disk.stop()  # or the thread would write behind our back
            self._disk = None
        with suppress(OSError):
            os.ftruncate(self.fd, 0)


class _StagingParser(FormDataParser):
    """Werkzeug's form parser with another way through `multipart/form-data`."""

    def __init__(self, *, environ: Mapping[str, Any], max_file_size: int, **werkzeug: Any) -> None:
        super().__init__(**werkzeug)
        self.environ = environ
        self.max_file_size = max_file_size

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        if mimetype != "multipart/form-data":
            return super().parse(stream, mimetype, content_length, options)
        boundary = (options or {}).get("boundary", "")
        if not boundary:
            raise BadRequest("multipart body without a boundary")
        form = _Form(
            staging(),
            self.max_file_size,
            self.max_form_memory_size or 500_000,
            self.max_form_parts or 1000,
        )
        try:
            parser = MultipartParser(boundary, form.callbacks())
            for chunk in self._chunks(stream, content_length):
                parser.write(chunk)
            if not form.ended:
                raise BadRequest("multipart body cut off")
        except BaseException as error:
            form.abandon()
            if isinstance(error, FormParserError):
                raise BadRequest("multipart body cannot be read") from error
            raise
        return stream, self.cls(form.fields), self.cls(form.files)

    def _chunks(self, stream: IO[bytes], content_length: int | None) -> Iterator[bytes]:
        bound = self.max_content_length or BODY_BOUND
        if content_length is None:
            return body.of_any_length(stream, bound, CHUNK)
        if content_length > bound:
            raise RequestEntityTooLarge
        return body.of_length(self.environ["wsgi.input"], content_length, CHUNK)


class _Form:
    """What the parser tells, part by part."""

    def __init__(self, folder: Path, file_cap: int, field_cap: int, max_parts: int) -> None:
        self.folder = folder
        self.file_cap = file_cap
        self.field_memory = field_cap
        self.parts_left = max_parts
        self.fields: MultiDict[str, str] = MultiDict()
        self.files: MultiDict[str, FileStorage] = MultiDict()
        self.ended = False
        self._headers = Headers()
        self._header_name = b""
        self._header_value = b""
        self._name = ""
        self._file_name: str | None = None
        self._value = bytearray()
        self._writer: _Writer | None = None

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header_name,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers,
            "on_part_data": self._on_data,
            "on_part_end": self._end,
            "on_end": self._on_end,
        }

    def abandon(self) -> None:
        """The request cannot be read: remove what it brought."""
        if self._writer is not None:
            self._writer.abandon()
        for _name, files in self.files.lists():
            for one in files:
                one.close()

    def _begin(self) -> None:
        self.parts_left -= 1
        if self.parts_left < 0:
            raise RequestEntityTooLarge
        self._headers = Headers()
        self._value = bytearray()
        self._file_name = None
        self._name = ""

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        value = self._header_value.decode(errors="replace").replace("\r", "").replace("\n", "")
        self._headers.add(self._header_name.decode("latin-1"), value)
        self._header_name = self._header_value = b""

    def _on_headers(self) -> None:
        kind, options = parse_options_header(self._headers.get("Content-Disposition"))
        if kind != "form-data" or "name" not in options:
            raise BadRequest("a part without a name")
        self._name = options["name"]
        self._file_name = options.get("filename")
        # A browser sends an empty part for a file field that was left empty: nothing to stage.
        if self._file_name:
            self._writer = _Writer(self.folder, self.file_cap)

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._file_name is None:
            self.field_memory -= end - start
            if self.field_memory < 0:
                raise RequestEntityTooLarge
            self._value += data[start:end]
            return
        if self._writer is None:  # bytes without a file name: some apps send pictures so
            self._writer = _Writer(self.folder, self.file_cap)
        with memoryview(data) as view:
            self._writer.write(view[start:end])

    def _end(self) -> None:
        if self._file_name is None:
            self.fields.add(self._name, self._value.decode(errors="replace"))
        elif self._writer is not None:
            claimed = self._headers.get("Content-Type", "")
            staged = self._writer.finish(self._file_name or NAMELESS, claimed)
            self._writer = None
            self.files.add(self._name, StagedFile(staged, self._name, self._headers))
        else:
            self.files.add(self._name, FileStorage(None, "", self._name, headers=self._headers))

    def _on_end(self) -> None:
        self.ended = True

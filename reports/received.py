"""The central side's receipt package: every hash checked, every record found, nothing decided.

A package is a ZIP with a password, of JSON and CSV files, and a list ``SHA.txt`` of their hashes; a
bare CSV comes without one. Which column means what is data (``data/receipts.yaml``, a school's own
mapping). JSON may be nested: what stands above a record is part of it. However large a package is,
memory holds one file of JSON or one row of CSV at a time.
"""

import codecs
import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, ParamSpec

import yaml

from reports.lockedzip import LockedZip, PackageRefused

DATA = Path(__file__).resolve().parent / "data" / "receipts.yaml"
DEPTH = 12
"""How deep a JSON may be nested."""
CHUNK = 1 << 16
JSON_BYTES = 32 << 20
"""Of one JSON file, which is read as a whole: about 40,000 records."""
LIST_BYTES = 8 << 20
ROW_CHARS = 1 << 20
TEXT_CHARS = 2000
"""Of one cell; nothing that was handed in is as long."""
P = ParamSpec("P")
ROLES = ("student", "number", "title", "summary", "code", "file", "hash", "status", "note")
KINDS = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
"""Length of a hash in hex → which it is."""
EMPTY = {hashlib.new(kind, b"", usedforsecurity=False).hexdigest() for kind in KINDS.values()}
_HASH = re.compile(
    r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{128}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}"
    r"|[0-9A-Fa-f]{32})(?![0-9A-Fa-f])"
)


@dataclass(frozen=True)
class Names:
    """Role → names of its columns; ``words`` mean "received"."""

    names: Mapping[str, tuple[str, ...]]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Received:
    """One record: of whom, which item, which files, and what the central side says of it.

    ``accepted`` is True where nothing says otherwise. ``hashes`` are lower case, without those of
    zero bytes.
    """

    source: str
    student: str
    number: str
    title: str
    summary: str
    code: str
    files: tuple[str, ...]
    hashes: tuple[str, ...]
    accepted: bool
    note: str

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory."""
        said = (self.student, self.number, self.title, self.summary, self.code, self.note)
        return 1000 + 2 * sum(map(len, (*said, *self.files, *self.hashes)))


@lru_cache(maxsize=1)
def default_mapping() -> Names:
    """As ``data/receipts.yaml`` says."""
    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    names = {role: tuple(data["names"][role]) for role in ROLES}
    return Names(names, tuple(str(word) for word in data["words"]))


@lru_cache(maxsize=1)
def list_name() -> str:
    """Of the list of hashes."""
    return str(yaml.safe_load(DATA.read_text(encoding="utf-8"))["list_file"])


def _some(read: Callable[P, Iterator[Received]]) -> Callable[P, Iterator[Received]]:
    """At the end, without a record, refuse."""

    @wraps(read)
    def reading(*args: P.args, **more: P.kwargs) -> Iterator[Received]:
        found = False
        for one in read(*args, **more):
            found = True
            yield one
        if not found:
            raise PackageRefused("no_records")

    return reading


def verify(
    package: LockedZip, progress: Callable[[int, int], None] | None = None
) -> dict[str, str]:
    """Compare every file of a package with ``SHA.txt``; the readable ones by name, each with the
    encoding of its text. Reads each file once, and holds a piece of it at a time.

    Raises PackageRefused, with the name of the file: a hash differs (``hash``), a file is missing
    or not listed, the list is not there or not readable, a text is in no encoding we know.
    """
    listed = _list(package)
    names = [name for name in package.names if not _is_list(name)]
    if lost := sorted(set(listed) - set(names)):
        raise PackageRefused("missing", lost[0])
    found: dict[str, str] = {}
    for done, name in enumerate(names, 1):
        if name not in listed:
            raise PackageRefused("unlisted", name)
        kind, wanted = listed[name]
        digest, encodings = hashlib.new(kind, usedforsecurity=False), _Encodings()
        readable = name.lower().endswith((".json", ".csv"))
        for chunk in package.chunks(name):
            digest.update(chunk)
            if readable:
                encodings.feed(chunk)
        if digest.hexdigest() != wanted:
            raise PackageRefused("hash", name)
        if readable:
            found[name] = encodings.found(name)
        if progress is not None:
            progress(done, len(names))
    return found


@_some
def read_zip(
    package: LockedZip, encodings: Mapping[str, str], mapping: Names
) -> Iterator[Received]:
    """The records of a package that `verify` has looked through, one file at a time: a CSV row by
    row, of JSON one file in memory.

    Raises PackageRefused, with the name of the file: not JSON or CSV inside, or a row of more than
    ROW_CHARS (``layout``), a JSON file of more than JSON_BYTES (``json_large``), no record.
    """
    for name, encoding in encodings.items():
        if name.lower().endswith(".json"):
            if package.size(name) > JSON_BYTES:
                raise PackageRefused("json_large", name)
            yield from _json(name, package.read(name), encoding, mapping)
        else:
            yield from _csv(name, package.chunks(name), encoding, mapping)


@_some
def read_csv(name: str, path: Path, mapping: Names) -> Iterator[Received]:
    """The records of a CSV by itself, row by row.

    Raises PackageRefused when it is not readable or holds no record; OSError.
    """
    encodings = _Encodings()
    for chunk in _chunks(path):
        encodings.feed(chunk)
    yield from _csv(name, _chunks(path), encodings.found(name), mapping)


class _Encodings:
    """In which encoding a text is, found out piece by piece: UTF-8 with or without BOM, UTF-16
    with one, else Big5 as older systems write."""

    def __init__(self) -> None:
        self._left: dict[str, codecs.IncrementalDecoder] | None = None

    def feed(self, chunk: bytes, final: bool = False) -> None:
        if self._left is None:
            if not chunk:
                return
            wide = chunk.startswith((b"\xff\xfe", b"\xfe\xff"))
            names = ("utf-16",) if wide else ("utf-8-sig", "cp950")
            self._left = {name: codecs.getincrementaldecoder(name)() for name in names}
        for name, decoder in list(self._left.items()):
            try:
                decoder.decode(chunk, final)
            except UnicodeDecodeError:
                del self._left[name]

    def found(self, name: str) -> str:
        """Raises PackageRefused when it is none of them."""
        self.feed(b"", final=True)
        if self._left is None:
            return "utf-8-sig"
        if not self._left:
            raise PackageRefused("layout", name)
        return next(iter(self._left))


class _Raw(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            if (more := next(self._chunks, None)) is None:
                return 0
            self._rest = more
        some, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(some)] = some
        return len(some)


class _Lines:
    """The lines of a text; no row may take more than ROW_CHARS of them."""

    def __init__(self, name: str, chunks: Iterator[bytes], encoding: str) -> None:
        self._name = name
        self._text = io.TextIOWrapper(
            io.BufferedReader(_Raw(chunks), CHUNK), encoding=encoding, newline=""
        )
        self.taken = 0
        """Characters since the last row ended."""

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(ROW_CHARS + 1):
            self.taken += len(line)
            if self.taken > ROW_CHARS:
                raise PackageRefused("layout", self._name)
            yield line


def _chunks(path: Path) -> Generator[bytes, None, None]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _is_list(name: str) -> bool:
    return name.rpartition("/")[2].lower() == list_name().lower()


def _list(package: LockedZip) -> dict[str, tuple[str, str]]:
    """Name → (kind of hash, hash), however the line is written: hash first, or name first."""
    lists = [name for name in package.names if _is_list(name)]
    if len(lists) != 1:
        raise PackageRefused("no_list")
    (name,) = lists
    if package.size(name) > LIST_BYTES:
        raise PackageRefused("too_large", name)
    found: dict[str, tuple[str, str]] = {}
    names = set(package.names)
    by_base = {one.rpartition("/")[2]: one for one in names}
    encodings, content = _Encodings(), package.read(name)
    encodings.feed(content)
    for line in content.decode(encodings.found(name)).splitlines():
        if not line.strip():
            continue
        hashes = list(_HASH.finditer(line))
        if len(hashes) != 1:
            if "." not in line and not hashes:
                continue  # a heading
            raise PackageRefused("list", name)
        (one,) = hashes
        rest = (line[: one.start()] + " " + line[one.end() :]).strip().strip(" \t,;:=*|\"'()")
        rest = re.sub(r"^(?:SHA-?\d*|MD5)\s*[(:]?\s*", "", rest, flags=re.IGNORECASE).strip()
        path = rest.replace("\\", "/").removeprefix("./")
        known = path if path in names else by_base.get(path, path)
        if not known or known in found:
            raise PackageRefused("list", name)
        found[known] = (KINDS[len(one[0])], one[0].lower())
    if not found:
        raise PackageRefused("list", name)
    return found


def _json(name: str, content: bytes, encoding: str, mapping: Names) -> Iterator[Received]:
    try:
        said = json.loads(content.decode(encoding))
    except (ValueError, RecursionError) as error:
        raise PackageRefused("layout", name) from error
    del content
    for record in _flat(said, {}, 0):
        if (made := _received(name, record, mapping)) is not None:
            yield made


def _csv(
    name: str, chunks: Generator[bytes, None, None], encoding: str, mapping: Names
) -> Iterator[Received]:
    lines = _Lines(name, chunks, encoding)
    try:
        for row in csv.DictReader(lines, strict=True):
            lines.taken = 0
            values = {str(key).strip(): value for key, value in row.items() if key is not None}
            if (made := _received(name, values, mapping)) is not None:
                yield made
    except (csv.Error, UnicodeDecodeError) as error:
        raise PackageRefused("layout", name) from error
    finally:
        chunks.close()  # a row that is refused leaves the rest unread


def _flat(said: Any, above: Mapping[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    """Every innermost object, with the plain values of those around it."""
    if depth > DEPTH:
        return
    if isinstance(said, list):
        for one in said:
            yield from _flat(one, above, depth + 1)
    elif isinstance(said, dict):
        own = {key: one for key, one in said.items() if not isinstance(one, dict | list)}
        inner = [one for one in said.values() if isinstance(one, dict | list) and one]
        if not inner:
            yield {**above, **own}
            return
        # an object beside lists, like 基本資料, says whose the lists are
        for one in inner:
            if isinstance(one, dict) and not any(isinstance(v, dict | list) for v in one.values()):
                own = {**one, **own}
        for one in inner:
            if not (isinstance(one, dict) and len(inner) > 1 and _plain(one)):
                yield from _flat(one, {**above, **own}, depth + 1)


def _plain(said: Mapping[str, Any]) -> bool:
    return not any(isinstance(one, dict | list) for one in said.values())


def _received(source: str, record: Mapping[str, Any], mapping: Names) -> Received | None:
    """None for a record that names no student, or no item."""

    def every(role: str) -> Iterator[str]:
        for name in mapping.names[role]:
            value = record.get(name)
            text = "" if value is None else str(value).strip()[:TEXT_CHARS]
            if text:
                yield text

    def first(role: str) -> str:
        return next(every(role), "")

    student, number = first("student").upper(), first("number")
    hashes = tuple(
        one.lower() for one in every("hash") if len(one) in KINDS and one.lower() not in EMPTY
    )
    files = tuple(dict.fromkeys(every("file")))
    title, summary, code = first("title"), first("summary"), first("code").upper()
    if not (student or number) or not (title or summary or code or files or hashes):
        return None
    status = first("status")
    accepted = not status or status.casefold() in {word.casefold() for word in mapping.words}
    return Received(
        source, student, number, title, summary, code, files, hashes, accepted,
        " ".join(filter(None, ("" if accepted else status, first("note")))),
    )  # fmt: skip

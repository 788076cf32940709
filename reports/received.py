"""The central side's receipt package: every hash checked, every record found, nothing decided.

A package is a ZIP with a password, of JSON and CSV files, and a list ``SHA.txt`` of their hashes; a
bare CSV comes without one. Which column means what is data (``data/receipts.yaml``, a school's own
mapping). JSON may be nested: what stands above a record is part of it.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from reports.lockedzip import LockedZip, PackageRefused

DATA = Path(__file__).resolve().parent / "data" / "receipts.yaml"
DEPTH = 12
"""How deep a JSON may be nested."""
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


def read_zip(
    package: LockedZip,
    mapping: Names,
    progress: Callable[[int, int], None] | None = None,
) -> list[Received]:
    """Every record of a package whose every file is what ``SHA.txt`` says.

    Raises PackageRefused, with the name of the file: a hash differs (``hash``), a file is missing
    or not listed, the list is not there or not readable, a file is not JSON or CSV, no record.
    """
    contents = _verified(package, progress)
    found: list[Received] = []
    for done, (name, content) in enumerate(contents.items(), 1):
        found += _records(name, content, mapping)
        if progress is not None:
            progress(len(contents) + done, 2 * len(contents))
    if not found:
        raise PackageRefused("no_records")
    return found


def _verified(package: LockedZip, progress: Callable[[int, int], None] | None) -> dict[str, bytes]:
    """The readable files of the package, once every file of it was compared with the list."""
    listed = _list(package)
    names = [name for name in package.names if not _is_list(name)]
    if lost := sorted(set(listed) - set(names)):
        raise PackageRefused("missing", lost[0])
    contents: dict[str, bytes] = {}
    for done, name in enumerate(names, 1):
        if name not in listed:
            raise PackageRefused("unlisted", name)
        kind, wanted = listed[name]
        content = package.read(name)
        if hashlib.new(kind, content, usedforsecurity=False).hexdigest() != wanted:
            raise PackageRefused("hash", name)
        if name.lower().endswith((".json", ".csv")):
            contents[name] = content
        if progress is not None:
            progress(done, 2 * len(names))
    return contents


def read_csv(name: str, content: bytes, mapping: Names) -> list[Received]:
    """A CSV by itself.  Raises PackageRefused when it is not readable or holds no record."""
    found = list(_csv(name, content, mapping))
    if not found:
        raise PackageRefused("no_records")
    return found


def _is_list(name: str) -> bool:
    return name.rpartition("/")[2].lower() == list_name().lower()


def _list(package: LockedZip) -> dict[str, tuple[str, str]]:
    """Name → (kind of hash, hash), however the line is written: hash first, or name first."""
    lists = [name for name in package.names if _is_list(name)]
    if len(lists) != 1:
        raise PackageRefused("no_list")
    (name,) = lists
    found: dict[str, tuple[str, str]] = {}
    by_base = {one.rpartition("/")[2]: one for one in package.names}
    for line in _text(name, package.read(name)).splitlines():
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
        known = path if path in package.names else by_base.get(path, path)
        if not known or known in found:
            raise PackageRefused("list", name)
        found[known] = (KINDS[len(one[0])], one[0].lower())
    if not found:
        raise PackageRefused("list", name)
    return found


def _text(name: str, content: bytes) -> str:
    """UTF-8 with or without BOM, UTF-16 with one, else Big5 as older systems write."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp950")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PackageRefused("layout", name)


def _records(name: str, content: bytes, mapping: Names) -> Iterator[Received]:
    if name.lower().endswith(".json"):
        try:
            said = json.loads(_text(name, content))
        except (ValueError, RecursionError) as error:
            raise PackageRefused("layout", name) from error
        for record in _flat(said, {}, 0):
            if (made := _received(name, record, mapping)) is not None:
                yield made
    elif name.lower().endswith(".csv"):
        yield from _csv(name, content, mapping)


def _csv(name: str, content: bytes, mapping: Names) -> Iterator[Received]:
    text = _text(name, content)
    try:
        for row in csv.DictReader(io.StringIO(text, newline=""), strict=True):
            values = {str(key).strip(): value for key, value in row.items() if key is not None}
            if (made := _received(name, values, mapping)) is not None:
                yield made
    except csv.Error as error:
        raise PackageRefused("layout", name) from error


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
            text = "" if value is None else str(value).strip()
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

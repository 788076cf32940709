"""The exchange package between schools, out and in: plain records on one side, a ZIP on the other.

What stands where is data (``data/exchange.yaml``, central-rosters §7). The package holds one JSON
of the ZIP's own name, and per student a folder named by the national ID with the files of the
outcomes and of the experiences, each folder with its ``filename_mapping.json``. Beside them lies a
file of our own: the SHA-256 of everything, and what the common format has no place for.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from reports.lockedzip import LockedZip, Member, PackageRefused, write_locked

DATA = Path(__file__).resolve().parent / "data" / "exchange.yaml"
OWN = "licheng.json"
"""The file of our own; other systems need not know it."""
MAPPING = "filename_mapping.json"
EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"
"""Of an item without a file: the MD5 of zero bytes (central-rosters §7)."""
FORMAT = 1


@dataclass(frozen=True)
class Cell:
    """One value of a record: our key, its name in the JSON, other names, how it is written."""

    key: str
    title: str
    also: tuple[str, ...] = ()
    format: str = "text"

    def of(self, record: Mapping[str, Any]) -> str:
        """The value in a record as text; "" when it is not there."""
        for name in (self.title, *self.also):
            if name in record and record[name] is not None:
                return self.read(str(record[name]).strip())
        return ""

    def read(self, text: str) -> str:
        """Theirs → ours: dates as ISO, IDs in capitals; what cannot be read stays as it is."""
        if self.format == "id":
            return text.upper()
        if self.format == "date":
            return text[:10].replace("/", "-")
        return text

    def written(self, text: str) -> str:
        """Ours → theirs."""
        return text.replace("-", "/") if self.format == "date" else text


@dataclass(frozen=True)
class KindLayout:
    """A list of experiences: its names, own cells, and how the document's link is called."""

    key: str
    titles: tuple[str, ...]
    own: tuple[Cell, ...]
    head: tuple[Cell, ...]
    tail: tuple[Cell, ...]


@dataclass(frozen=True)
class Layout:
    """The whole format."""

    unit_code: str
    no_term: str
    certified: str
    other: str
    folders: Mapping[str, str]
    prefixes: Mapping[str, str]
    top: Mapping[str, str]
    posts_title: str
    basic: tuple[Cell, ...]
    posts: tuple[Cell, ...]
    outcomes: tuple[Cell, ...]
    kinds: Mapping[str, KindLayout]


@lru_cache(maxsize=1)
def layout() -> Layout:
    """The format as ``data/exchange.yaml`` says."""
    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    head, tail = _cells(data["experience_head"]), _cells(data["experience_tail"])
    kinds = {}
    for key, one in data["kinds"].items():
        names = {name: one[name] for name in ("document", "document_md5") if name in one}
        own_tail = tuple(
            Cell(cell.key, names.get(cell.key, cell.title), (cell.title,), cell.format)
            if cell.key in names
            else cell
            for cell in tail
        )
        titles = (one["list"], *one.get("also", ()))
        kinds[key] = KindLayout(key, titles, _cells(one["own"]), head, own_tail)
    return Layout(
        unit_code=data["unit_code"],
        no_term=data["no_term"],
        certified=data["status"]["certified"],
        other=data["status"]["other"],
        folders=data["folders"],
        prefixes=data["prefixes"],
        top=data["top"],
        posts_title=data["posts_title"],
        basic=_cells(data["basic"]),
        posts=_cells(data["posts"]),
        outcomes=_cells(data["outcomes"]),
        kinds=kinds,
    )


def _cells(rows: Iterable[Mapping[str, Any]]) -> tuple[Cell, ...]:
    return tuple(
        Cell(one["key"], one["title"], tuple(one.get("also", ())), one.get("format", "text"))
        for one in rows
    )


@dataclass(frozen=True)
class GivenFile:
    """A file to go out: where its bytes are, what it was called, its kind, its hashes."""

    path: Path
    name: str
    kind: str
    size: int
    md5: str
    sha256: str


@dataclass(frozen=True)
class GivenItem:
    """An outcome (``kind`` "") or an experience to go out.

    ``record`` holds the cells of the format by key, ``own`` those of the kind, ``extra`` what the
    format has no place for; it travels in our own file.
    """

    kind: str = ""
    record: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    document: GivenFile | None = None
    media: GivenFile | None = None


@dataclass(frozen=True)
class GivenStudent:
    """One student to go out; ``basic`` holds the cells of 基本資料 by key."""

    basic: Mapping[str, str]
    posts: tuple[Mapping[str, str], ...] = ()
    outcomes: tuple[GivenItem, ...] = ()
    experiences: tuple[GivenItem, ...] = ()


def write_exchange(
    target: Path,
    base_name: str,
    students: Iterable[GivenStudent],
    password: str,
    progress: Callable[[int], None] | None = None,
) -> dict[str, int]:
    """Write the package; returns how many ``students``, ``outcomes``, ``experiences``, ``posts``,
    ``files`` and ``bytes`` are in it.

    Raises ValueError without a password or without a national ID, OSError of the disk.
    """
    made = _Package(base_name)
    for student in students:
        made.add(student)
    write_locked(target, made.members(), password, progress)
    return made.totals


class _Package:
    """What goes into an archive, gathered; the bytes of the files stay on disk."""

    def __init__(self, base_name: str):
        self.base_name = base_name
        self.layout = layout()
        self.records: list[dict[str, Any]] = []
        self.files: list[tuple[str, GivenFile]] = []
        self.names: dict[str, dict[str, str]] = {}
        self.extras: dict[str, Any] = {}
        counted = ("students", "outcomes", "experiences", "posts", "files", "bytes")
        self.totals = dict.fromkeys(counted, 0)

    def add(self, student: GivenStudent) -> None:
        said = self.layout
        national_id = student.basic.get("national_id", "").upper()
        if not national_id:
            raise ValueError("a student without a national ID has no folder")
        basic = _record(said.basic, student.basic)
        basic[said.posts_title] = [_record(said.posts, one) for one in student.posts]
        outcomes = [
            _record(said.outcomes, dict(one.record) | self._store(national_id, "outcomes", one))
            for one in student.outcomes
        ]
        lists: dict[str, list[dict[str, Any]]] = {
            kind.titles[0]: [] for kind in said.kinds.values()
        }
        for one in student.experiences:
            kind = said.kinds[one.kind]
            record = dict(one.record) | self._store(national_id, "experiences", one)
            lists[kind.titles[0]].append(
                _record(kind.head, record) | _record(kind.own, one.own) | _record(kind.tail, record)
            )
        self.records.append(
            {said.top["basic"]: basic, said.top["outcomes"]: outcomes,
             said.top["experiences"]: lists}
        )  # fmt: skip
        by_kind: dict[str, list[Any]] = {}
        for one in student.experiences:
            by_kind.setdefault(one.kind, []).append(dict(one.extra))
        self.extras[national_id] = {
            "outcomes": [dict(one.extra) for one in student.outcomes],
            "experiences": by_kind,
        }
        self.totals["students"] += 1
        self.totals["outcomes"] += len(student.outcomes)
        self.totals["experiences"] += len(student.experiences)
        self.totals["posts"] += len(student.posts)

    def _store(self, national_id: str, part: str, item: GivenItem) -> dict[str, str]:
        """Give the item's files their stored names; returns the cells about them."""
        folder = f"{national_id}/{self.layout.folders[part]}"
        known = self.names.setdefault(folder, {})
        found: dict[str, str] = {}
        for slot in ("document", "media"):
            file: GivenFile | None = getattr(item, slot)
            found[slot], found[f"{slot}_md5"] = "", EMPTY_MD5
            if file is None:
                continue
            name = f"{self.layout.prefixes[part]}{len(known) + 1:02}.{file.kind}"
            known[name] = file.name
            self.files.append((f"{folder}/{name}", file))
            found[slot], found[f"{slot}_md5"] = f"{folder}/{name}", file.md5
            self.totals["files"] += 1
            self.totals["bytes"] += file.size
        return found

    def members(self) -> Iterator[Member]:
        """The JSON first, then the files, then our own file, which names the hash of all."""
        sums: dict[str, str] = {}

        def made(name: str, value: Any) -> Member:
            content = json.dumps(value, ensure_ascii=False, indent=1).encode()
            sums[name] = hashlib.sha256(content).hexdigest()
            return Member(name, content)

        yield made(f"{self.base_name}.json", self.records)
        for name, file in self.files:
            sums[name] = file.sha256
            yield Member(name, file.path)
        for folder, names in self.names.items():
            yield made(f"{folder}/{MAPPING}", names)
        own = {"format": FORMAT, "sha256": sums, "students": self.extras}
        yield Member(OWN, json.dumps(own, ensure_ascii=False, indent=1).encode())


def _record(cells: Iterable[Cell], values: Mapping[str, str]) -> dict[str, Any]:
    return {cell.title: cell.written(values.get(cell.key, "")) for cell in cells}


__all__ = [
    "EMPTY_MD5",
    "MAPPING",
    "OWN",
    "Cell",
    "GivenFile",
    "GivenItem",
    "GivenStudent",
    "KindLayout",
    "Layout",
    "LockedZip",
    "PackageRefused",
    "layout",
    "write_exchange",
]

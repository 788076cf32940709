"""Reading another school's exchange package: every MD5 is checked, every fault has its cell.

``read_package`` goes through the whole package once and takes nothing; bytes of a file are asked
for afterwards by the name that stands in ``FoundFile.path``.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reports.exchange import EMPTY_MD5, MAPPING, OWN, Cell, layout
from reports.lockedzip import LockedZip, PackageRefused

BASE = re.compile(r"(?P<school>[0-9A-Za-z]{6})_[0-9]{4}(?:_[0-9]{1,2}){5}")
"""Of a package's JSON: the school's code and when it was made."""
ID = re.compile(r"[0-9A-Za-z]{4,20}")


@dataclass(frozen=True)
class FoundFile:
    """A file of the package: its place in it, what it was called, its MD5 and SHA-256, its size."""

    path: str
    name: str
    md5: str
    sha256: str
    size: int


@dataclass(frozen=True)
class FoundItem:
    """An outcome (``kind`` "") or an experience; see ``reports.exchange.GivenItem``."""

    kind: str
    place: str
    record: Mapping[str, str]
    own: Mapping[str, str]
    extra: Mapping[str, Any]
    document: FoundFile | None
    media: FoundFile | None

    @property
    def files(self) -> tuple[FoundFile, ...]:
        """Those there are."""
        return tuple(one for one in (self.document, self.media) if one is not None)


@dataclass(frozen=True)
class FoundStudent:
    """One student of the package."""

    basic: Mapping[str, str]
    posts: tuple[Mapping[str, str], ...]
    items: tuple[FoundItem, ...]

    @property
    def national_id(self) -> str:
        """In capitals."""
        return self.basic["national_id"]


@dataclass(frozen=True)
class Fault:
    """What is wrong: of which student (national ID), in which record, in which cell.

    ``reason``: ``not_there`` (a linked file), ``md5`` (bytes differ), ``path`` (the link leaves the
    student's folder), ``no_id``, ``twice`` (a student stands in it twice).
    """

    national_id: str
    place: str
    cell: str
    reason: str
    value: str = ""


@dataclass
class Found:
    """A package: the school that made it, its students, its faults."""

    base_name: str
    origin_code: str
    students: list[FoundStudent] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_package(package: LockedZip, progress: Callable[[int, int], None] | None = None) -> Found:
    """Everything in it, with every file read and compared.

    Raises PackageRefused: no JSON of a package, not readable, a hash of our own list differs.
    """
    return _Reader(package, progress).read()


class _Reader:
    def __init__(self, package: LockedZip, progress: Callable[[int, int], None] | None):
        self.package = package
        self.progress = progress
        self.layout = layout()
        self.names = set(package.names)
        self.sums: dict[str, dict[str, str]] = {}
        self.own: dict[str, Any] = {}
        self.total = sum(package.size(name) for name in package.names)
        self.done = 0

    def read(self) -> Found:
        name = self._main()
        base = name.rpartition("/")[2].removesuffix(".json")
        self._check_own()
        records = _json(self.package, name)
        if isinstance(records, Mapping):
            records = [records]
        if not isinstance(records, list):
            raise PackageRefused("layout", name)
        code = BASE.fullmatch(base)
        found = Found(base, code["school"].upper() if code else "")
        seen: set[str] = set()
        for number, record in enumerate(records, 1):
            student = self._student(record, number, found)
            if student is None:
                continue
            if student.national_id in seen:
                found.faults.append(Fault(student.national_id, "", "ID", "twice"))
                continue
            seen.add(student.national_id)
            found.students.append(student)
        if not found.students and not found.faults:
            raise PackageRefused("layout", name)
        if not found.origin_code and found.students:
            found.origin_code = found.students[0].basic.get("school", "").upper()
        return found

    def _main(self) -> str:
        """The JSON of the package: named as the source says, or the only one that is no mapping."""
        candidates = [
            one
            for one in self.package.names
            if one.lower().endswith(".json") and one.rpartition("/")[2] not in {MAPPING, OWN}
        ]
        named = [one for one in candidates if BASE.fullmatch(one.rpartition("/")[2][:-5])]
        if len(named or candidates) != 1:
            raise PackageRefused("layout", "" if not candidates else candidates[0])
        return (named or candidates)[0]

    def _check_own(self) -> None:
        """The list of our own, where the package came from one of us: everything, and no more."""
        if OWN not in self.names:
            for name in self.names:  # also what nothing refers to: a list whose name broke
                self._sums(name)
            return
        own = _json(self.package, OWN)
        sums = own.get("sha256") if isinstance(own, Mapping) else None
        if not isinstance(sums, Mapping):
            raise PackageRefused("layout", OWN)
        for name in sorted({*sums, *self.names} - {OWN}):
            if name not in self.names:
                raise PackageRefused("missing", name)
            if self._sums(name)["sha256"] != sums.get(name):
                raise PackageRefused("hash", name)
        students = own.get("students")
        self.own = dict(students) if isinstance(students, Mapping) else {}

    def _sums(self, name: str) -> dict[str, str]:
        if name not in self.sums:
            self.sums[name] = self.package.digest(name, "md5", "sha256")
            self.done += self.package.size(name)
            if self.progress is not None:
                self.progress(self.done, self.total)
        return self.sums[name]

    def _student(self, record: Any, number: int, found: Found) -> FoundStudent | None:
        top = self.layout.top
        basic = record.get(top["basic"]) if isinstance(record, Mapping) else None
        if not isinstance(basic, Mapping):
            found.faults.append(Fault("", f"#{number}", top["basic"], "no_id"))
            return None
        said = {cell.key: cell.of(basic) for cell in self.layout.basic}
        national_id = said["national_id"]
        if not ID.fullmatch(national_id):
            found.faults.append(Fault("", f"#{number}", "ID", "no_id", national_id[:20]))
            return None
        posts = tuple(
            {cell.key: cell.of(one) for cell in self.layout.posts}
            for one in _list(basic.get(self.layout.posts_title))
        )
        own = self.own.get(national_id)
        extras = own if isinstance(own, Mapping) else {}
        items = [
            self._item("", one, index, national_id, _at(extras.get("outcomes"), index), found)
            for index, one in enumerate(_list(record.get(top["outcomes"])))
        ]
        lists = record.get(top["experiences"])
        more = extras.get("experiences")
        for kind in self.layout.kinds.values():
            known = more.get(kind.key) if isinstance(more, Mapping) else None
            rows = _first_list(lists, kind.titles)
            items += [
                self._item(kind.key, one, index, national_id, _at(known, index), found)
                for index, one in enumerate(rows)
            ]
        return FoundStudent(said, posts, tuple(items))

    def _item(
        self,
        kind: str,
        record: Mapping[str, Any],
        index: int,
        national_id: str,
        extra: Mapping[str, Any],
        found: Found,
    ) -> FoundItem:
        part = "experiences" if kind else "outcomes"
        if kind:
            known = self.layout.kinds[kind]
            cells, own, title = (*known.head, *known.tail), known.own, known.titles[0]
        else:
            cells, own, title = self.layout.outcomes, (), self.layout.top["outcomes"]
        said = {cell.key: cell.of(record) for cell in cells}
        place = f"{title} {index + 1}"
        files = {}
        for slot in ("document", "media"):
            link = next(cell for cell in cells if cell.key == slot)
            files[slot] = self._file(link, said, national_id, part, place, found)
        return FoundItem(
            kind, place, said, {cell.key: cell.of(record) for cell in own}, extra, **files
        )

    def _file(
        self, link: Cell, said: Mapping[str, str], national_id: str, part: str, place: str,
        found: Found,
    ) -> FoundFile | None:  # fmt: skip
        path, md5 = said[link.key], said[f"{link.key}_md5"].lower()

        def fault(reason: str, value: str) -> None:
            found.faults.append(Fault(national_id, place, link.title, reason, value))

        if not path:
            if md5 not in {"", EMPTY_MD5}:
                fault("not_there", md5)
            return None
        folder = f"{national_id}/{self.layout.folders[part]}"
        if path not in self.names and f"{folder}/{path}" in self.names:
            path = f"{folder}/{path}"
        if not path.startswith(f"{folder}/"):
            fault("path", path)
            return None
        if path not in self.names:
            fault("not_there", path)
            return None
        sums = self._sums(path)
        if sums["md5"] != md5:
            fault("md5", path)
            return None
        name = self._names(folder).get(path.rpartition("/")[2], path.rpartition("/")[2])
        return FoundFile(path, name, sums["md5"], sums["sha256"], self.package.size(path))

    def _names(self, folder: str) -> Mapping[str, str]:
        """Stored name → original name; without the mapping, files keep their stored names."""
        name = f"{folder}/{MAPPING}"
        if name not in self.names:
            return {}
        found = _json(self.package, name)
        if not isinstance(found, Mapping):
            raise PackageRefused("layout", name)
        return {str(stored): str(original) for stored, original in found.items()}


def _json(package: LockedZip, name: str) -> Any:
    """A JSON file, with or without a BOM."""
    try:
        return json.loads(package.read(name).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise PackageRefused("layout", name) from error


def _list(value: Any) -> Iterator[Mapping[str, Any]]:
    return (one for one in (value if isinstance(value, list) else ()) if isinstance(one, Mapping))


def _first_list(lists: Any, titles: tuple[str, ...]) -> list[Mapping[str, Any]]:
    if not isinstance(lists, Mapping):
        return []
    return next((list(_list(lists[one])) for one in titles if one in lists), [])


def _at(rows: Any, index: int) -> Mapping[str, Any]:
    if isinstance(rows, list) and index < len(rows) and isinstance(rows[index], Mapping):
        return rows[index]  # type: ignore[no-any-return]
    return {}

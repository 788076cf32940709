"""The central side's records beside what was handed in: which is which, what is missing.

A record is first recognised by a hash of a file, then by its name, then by summary, course code or
title; the stronger sign goes first over all records, so that a title takes nothing that a hash
proves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import sqlalchemy as sa

from forms.text import normalise
from plugin import db
from plugin.portfolio.models import CentralItem, CentralMatch, SubmissionRow
from plugin.portfolio.queries.receipts.sheets import FILES, line_of
from plugin.vault import operations as vault
from plugin.vault import queries as vault_queries
from reports.received import Received

CHUNK = 500


@dataclass
class Item:
    """A handed-in item as a record may be recognised by."""

    row: SubmissionRow
    hashes: dict[str, str]
    """Hash → slot."""
    names: dict[str, str]
    """File name (as handed in, and in the package) → slot."""

    @property
    def titles(self) -> set[str]:
        """What it may be called."""
        cells = self.row.cells
        said = (
            cells.get("title"),
            cells.get("course_name"),
            *(cells.get("details") or {}).values(),
        )
        return {normalise(str(one)) for one in said if one}


@dataclass
class Owner:
    """A student of the submission and their items."""

    student_id: int
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True)
class Recognised:
    """A record and what it is about."""

    record: Received
    match: CentralMatch
    student_id: int | None = None
    row_id: int | None = None
    slots: str = ""


@dataclass
class People:
    """The students of a submission: as many as there are is all that memory holds."""

    by_id: dict[str, int] = field(default_factory=dict)
    by_number: dict[str, int] = field(default_factory=dict)
    items: dict[int, int] = field(default_factory=dict)
    """Student → how many items were handed in."""

    def of(self, record: Received) -> int | None:
        """Whose record it is; None: of nobody here."""
        found = self.by_id.get(record.student)
        return found if found is not None else self.by_number.get(record.number)


def people(submission_id: int) -> People:
    """The students of a submission by national ID and by student number."""
    found = People()
    for row in _rows(SubmissionRow.submission_id == submission_id):
        found.items[row.student_id] = found.items.get(row.student_id, 0) + 1
        if number := str(row.cells.get("student_number") or ""):
            found.by_number.setdefault(number, row.student_id)
        if row.national_id:
            found.by_id[row.national_id.strip().upper()] = row.student_id
    return found


def owners(submission_id: int, student_ids: Collection[int], *, md5: bool) -> dict[int, Owner]:
    """Some students of a submission with their items.

    :param md5: also know the files by their MD5, which is made now where it is not known: that
        reads the files.
    """
    found: dict[int, Owner] = {}
    where = (
        SubmissionRow.submission_id == submission_id, SubmissionRow.student_id.in_(student_ids),
    )  # fmt: skip
    for row, extra in _with_md5(_rows(*where), md5=md5):
        owner = found.setdefault(row.student_id, Owner(row.student_id))
        hashes, names = {}, {}
        for slot in FILES:
            cell = row.cells.get(slot)
            if cell:
                hashes[cell["sha256"]] = slot
                if cell["id"] in extra:
                    hashes[extra[cell["id"]]] = slot
                names[normalise(cell["name"])] = slot
                names[cell["path"].rpartition("/")[2]] = slot
        owner.items.append(Item(row, hashes, names))
    return found


def _rows(*where: sa.ColumnElement[bool]) -> Iterator[SubmissionRow]:
    after = 0
    while True:
        session = db.reading()
        query = (
            sa.select(SubmissionRow)
            .where(*where, SubmissionRow.sequence > after)
            .order_by(SubmissionRow.sequence)
            .limit(CHUNK)
        )
        rows = session.scalars(query).all()
        for row in rows:
            session.expunge(row)
            yield row
        if len(rows) < CHUNK:
            return
        after = rows[-1].sequence


def _with_md5(
    rows: Iterator[SubmissionRow], *, md5: bool
) -> Iterator[tuple[SubmissionRow, Mapping[int, str]]]:
    while chunk := list(islice(rows, CHUNK)):
        extra: dict[int, str] = {}
        if md5:
            ids = [cell["id"] for row in chunk for slot in FILES if (cell := row.cells.get(slot))]
            vault.know_md5(ids)
            found = vault_queries.objects_for_package(ids)
            extra = {key: one.md5 for key, one in found.items() if one.md5}
        for row in chunk:
            yield row, extra


def recognise(owner: Owner, records: dict[int, Received]) -> dict[int, Recognised]:
    """All records of one student with their items, by the place of the record."""
    fitting = _Fitting(owner, records)
    fitting.by_files(lambda item, record: {
        item.hashes[one] for one in record.hashes if one in item.hashes
    })  # fmt: skip
    # a hash that fits nothing is not to be explained away by a name, nor a name by a title
    fitting.leave(lambda record: bool(record.hashes))
    fitting.by_files(lambda item, record: {
        item.names[one] for one in _base_names(record) if one in item.names
    })  # fmt: skip
    fitting.leave(lambda record: bool(record.files))
    for sign in (_by_summary, _by_code, _by_title):
        fitting.by_words(sign)
    return fitting.all()


class _Fitting:
    """A student's records, one after the other given their items."""

    def __init__(self, owner: Owner, records: dict[int, Received]) -> None:
        self.owner, self.records = owner, records
        self.left = dict(records)
        self.found: dict[int, Recognised] = {}
        self.taken: set[int] = set()

    def by_files(self, slots_of: Callable[[Item, Received], set[str]]) -> None:
        """Records that name files of an item; several may be about one item."""
        for index, record in list(self.left.items()):
            for item in self.owner.items:
                if slots := slots_of(item, record):
                    self._note(index, item, slots)
                    break

    def by_words(self, fits: Callable[[Item, Received], bool]) -> None:
        """Records that describe an item; each item once."""
        for index, record in list(self.left.items()):
            for item in self.owner.items:
                if item.row.id not in self.taken and fits(item, record):
                    self._note(index, item, set())
                    break

    def leave(self, which: Callable[[Received], bool]) -> None:
        """Look no further for these."""
        self.left = {key: one for key, one in self.left.items() if not which(one)}

    def all(self) -> dict[int, Recognised]:
        """Every record; what fits nothing is an item that was not handed in."""
        student_id = self.owner.student_id
        return {
            index: self.found.get(index)
            or Recognised(record, CentralMatch.UNKNOWN_ITEM, student_id)
            for index, record in self.records.items()
        }

    def _note(self, index: int, item: Item, slots: set[str]) -> None:
        self.taken.add(item.row.id)
        self.found[index] = Recognised(
            self.left.pop(index), CentralMatch.MATCHED, self.owner.student_id, item.row.id,
            " ".join(slot for slot in FILES if slot in slots),
        )  # fmt: skip


def _base_names(record: Received) -> list[str]:
    return [normalise(one.replace("\\", "/").rpartition("/")[2]) for one in record.files]


def _by_summary(item: Item, record: Received) -> bool:
    said = normalise(record.summary)
    return bool(said) and said == normalise(str(item.row.cells.get("summary") or ""))


def _by_code(item: Item, record: Received) -> bool:
    code = str(item.row.cells.get("course_code") or "")
    return bool(code) and record.code == code and not record.summary


def _by_title(item: Item, record: Received) -> bool:
    return bool(record.title) and not record.summary and normalise(record.title) in item.titles


def received_count(items: Sequence[Item], mine: list[CentralItem]) -> int:
    """How many of a student's items the central side wholly has."""
    return sum(line_of(one.row, mine).received is True for one in items)


def label_of(record: Received) -> str:
    """What a record is called in a list."""
    parts: list[Any] = [record.title or record.code, record.summary, *record.files[:1]]
    return " · ".join(str(one) for one in parts if one)[:200]

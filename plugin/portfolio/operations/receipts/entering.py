"""Every record of a receipt package, compared and entered in bounded memory.

To tell which item a record is about, all records of its student must be seen together, wherever in
the package they stand. So the package is read once to count, and then once for each group of
students whose records fit into memory (one group, for a school of some thousand). What a submission
and its package say does not change: a worker that died is followed by one that comes to the same
and enters what is not there yet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice

import sqlalchemy as sa

from plugin import db
from plugin.portfolio.models import CentralImport, CentralItem, CentralMatch, CentralState
from plugin.portfolio.operations.receipts import comparing
from plugin.portfolio.operations.receipts.comparing import People, Recognised
from reports.lockedzip import PackageRefused
from reports.received import Received

GROUP_BYTES = 48 << 20
"""Of records that are held at once."""
BATCH = 200
"""Records of one write transaction."""
STUDENTS = 50
"""Whose items are looked at together."""
MD5_DIGITS = 32

Read = Callable[[], Iterator[Received]]
"""Reads the package from the start."""
Tell = Callable[[int, int], None]


@dataclass
class Figures:
    """What was found.

    :param received: of each student of the submission, how many items were wholly received.
    :param items: of each, how many were handed in.
    """

    items: dict[int, int]
    received: dict[int, int]
    students: int = 0
    records: int = 0
    matches: dict[CentralMatch, int] = field(default_factory=lambda: dict.fromkeys(CentralMatch, 0))


@dataclass
class _Seen:
    """What counting has shown: how many records, how heavy those of each student are."""

    records: int = 0
    weights: dict[int, int] = field(default_factory=dict)
    md5: bool = False


def enter(made: CentralImport, read: Read, tell: Tell) -> Figures:
    """Compare every record with what was handed in, and enter it. Done twice is done once; it
    counts when the import is finished.

    :param tell: hears how many records are done, of how many.
    :raises PackageRefused: nothing was entered.
    """
    people = comparing.people(made.submission_id)
    seen = _count(people, read)
    figures = Figures(
        people.items, dict.fromkeys(people.items, 0), len(seen.weights), seen.records
    )  # fmt: skip
    done = 0

    def keep(some: list[tuple[int, Recognised]]) -> None:
        nonlocal done
        _keep(made.id, some)
        for _sequence, one in some:
            figures.matches[one.match] += 1
        done += len(some)
        tell(done, seen.records)

    groups = list(_groups(seen.weights)) or [set[int]()]
    for number, group in enumerate(groups):
        held: dict[int, dict[int, Received]] = {}
        strangers: list[tuple[int, Recognised]] = []
        for sequence, record in enumerate(read(), 1):
            student_id = people.of(record)
            if student_id in group:
                held.setdefault(student_id, {})[sequence] = record
            elif student_id is None and number == 0:
                strangers.append((sequence, Recognised(record, CentralMatch.UNKNOWN_STUDENT)))
                if len(strangers) == BATCH:
                    keep(strangers)
                    strangers = []
        keep(strangers)
        _compare(made.submission_id, held, figures, keep, md5=seen.md5)
    return figures


def _compare(
    submission_id: int,
    held: dict[int, dict[int, Received]],
    figures: Figures,
    keep: Callable[[list[tuple[int, Recognised]]], None],
    *,
    md5: bool,
) -> None:
    ids = iter(sorted(held))
    while some := list(islice(ids, STUDENTS)):
        found = comparing.owners(submission_id, some, md5=md5)
        for student_id in some:
            owner = found[student_id]
            known = comparing.recognise(owner, held.pop(student_id))
            mine = [_item(0, sequence, one) for sequence, one in known.items()]
            figures.received[student_id] = comparing.received_count(owner.items, mine)
            lines = iter(sorted(known.items()))
            while batch := list(islice(lines, BATCH)):
                keep(batch)


def _count(people: People, read: Read) -> _Seen:
    """:raises PackageRefused: something in it cannot be read; one student has too much."""
    seen = _Seen()
    heavy = None
    for record in read():
        seen.records += 1
        seen.md5 |= any(len(one) == MD5_DIGITS for one in record.hashes)
        student_id = people.of(record)
        if student_id is not None:
            seen.weights[student_id] = seen.weights.get(student_id, 0) + record.weight
            if seen.weights[student_id] > GROUP_BYTES:
                heavy = record.source
    if heavy is not None:
        raise PackageRefused("too_large", heavy)
    return seen


def _groups(weights: dict[int, int]) -> Iterator[set[int]]:
    """Students whose records together are not too heavy."""
    group: set[int] = set()
    total = 0
    for student_id, weight in weights.items():
        if group and total + weight > GROUP_BYTES:
            yield group
            group, total = set(), 0
        group.add(student_id)
        total += weight
    if group:
        yield group


def _keep(central_import_id: int, some: Collection[tuple[int, Recognised]]) -> None:
    """Enter those that an earlier worker has not."""
    if not some:
        return
    wanted = sa.select(CentralItem.sequence).where(
        CentralItem.import_id == central_import_id,
        CentralItem.sequence.in_([sequence for sequence, _one in some]),
    )
    with db.writing() as session:
        made = session.get_one(
            CentralImport, central_import_id, with_for_update=db.HELD, populate_existing=True
        )
        if made.state is not CentralState.QUEUED:
            return
        there = set(session.scalars(wanted))
        session.add_all(
            _item(central_import_id, sequence, one)
            for sequence, one in some
            if sequence not in there
        )


def _item(central_import_id: int, sequence: int, one: Recognised) -> CentralItem:
    unknown = one.match is CentralMatch.UNKNOWN_STUDENT
    return CentralItem(
        import_id=central_import_id,
        sequence=sequence,
        match=one.match,
        student_id=one.student_id,
        row_id=one.row_id,
        accepted=one.record.accepted,
        slots=one.slots,
        label=comparing.label_of(one.record),
        note=one.record.note[:200],
        source=one.record.source[:255],
        stranger=(one.record.student or one.record.number)[:40] if unknown else None,
    )

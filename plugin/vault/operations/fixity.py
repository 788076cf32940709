"""Is everything that was accepted still there, in every copy, byte for byte? And if not: heal.

Three things are compared: the ledger (what came and went), the rows (what is referred to), and
the disks. Unknown is not well: what was not read in time is a finding too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import aliased

from plugin import clock, db
from plugin.trail.chain import record
from plugin.vault import store
from plugin.vault.models import (
    FileState,
    LedgerEntry,
    LedgerKind,
    StoredFile,
    VaultObject,
)
from plugin.vault.operations import ledger
from plugin.vault.store import Copy

log = structlog.get_logger(__name__)

EVERY = timedelta(hours=24)
"""How often the sweep reads each object to its end."""
OVERDUE = timedelta(hours=72)
"""From when on an unread object is an alarm (a machine may be off over a weekend)."""
YOUNG = 15 * 60
"""Seconds for which an object without a row may be an upload that is just being committed."""
BATCH = 100


@dataclass(frozen=True)
class Finding:
    """One doubt. `kind`:

    * `missing`, `altered`, `unreadable`: a copy is not there, has other bytes, gives an error;
    * `lost`: no whole copy is left (`heal` only);
    * `untracked`: bytes that no row knows (an upload that was cut off; harmless);
    * `dangling`: a file refers to bytes that were purged;
    * `unreferenced`: an object that nothing refers to, and no purge on record;
    * `unledgered`: an object that came or went without the ledger;
    * `ledger`: the chain does not hold (`detail`: sequence and reason);
    * `overdue`: not read to its end in time.
    """

    kind: str
    sha256: str = ""
    place: str = ""
    detail: str = ""

    def __str__(self) -> str:
        return "\t".join(part or "-" for part in (self.kind, self.sha256, self.place, self.detail))


def verify(*, quick: bool = False) -> Iterator[Finding]:
    """Compare ledger, copies and references; yields every doubt, in bounded memory.

    :param quick: names and sizes only; bytes count as unread, so `overdue` is reported. The full
        walk reads everything and remembers when it did.
    """
    whole = True
    for broken in ledger.breaks():
        whole = False
        yield Finding("ledger", detail=f"{broken.sequence} {broken.reason}")
    yield from _rows()
    places = store.copies()
    checked = wrong = 0
    for batch in _objects():
        sound = []
        for one in batch:
            findings = list(_look(one.sha256, one.size, places, deep=not quick))
            checked, wrong = checked + 1, wrong + bool(findings)
            yield from findings
            if findings:
                continue
            if not quick:
                sound.append(one.id)
            elif one.checked_at < clock.now() - OVERDUE:
                yield Finding("overdue", one.sha256, detail=one.checked_at.isoformat())
        if sound:
            _remember(sound)
    for place in places:
        yield from (Finding("untracked", path.name, place.name) for path in _untracked(place))
    if not quick and whole:  # nothing is added to a chain that does not hold
        with db.writing() as session:
            ledger.append(session, LedgerKind.VERIFY, checked=checked, wrong=wrong)


def heal() -> Iterator[Finding]:
    """Read everything; restore each missing or wrong copy from a whole one; set aside the rest.

    :yields: what was found, with `detail` `healed` or `set aside`; and `lost` where nothing could
        be done.
    """
    for batch in _objects():
        for one in batch:
            yield from _heal(one)
    for place in store.copies():
        for path in _untracked(place):
            place.set_aside(path)
            yield Finding("untracked", path.name, place.name, "set aside")


def sweep(limit: int = BATCH) -> tuple[int, int]:
    """Read the objects whose turn it is, longest unread first, and heal what is wrong.

    :returns: how many were read, and how many of them had a doubt.
    """
    due = sa.select(VaultObject).where(
        VaultObject.purged_at.is_(None),
        VaultObject.damaged_at.is_(None),  # `retry_damaged` has those; here they would never leave
        VaultObject.checked_at < clock.now() - EVERY,
    )
    batch = db.reading().scalars(due.order_by(VaultObject.checked_at).limit(limit)).all()
    db.reading().expunge_all()
    wrong = sum(bool(list(_heal(one))) for one in batch)
    if batch:
        with db.writing() as session:
            ledger.append(session, LedgerKind.VERIFY, checked=len(batch), wrong=wrong)
    return len(batch), wrong


def retry_damaged() -> int:
    """Try once more to heal what could not be healed (a disk may be back); returns how many."""
    tried = 0
    for batch in _objects(VaultObject.damaged_at.is_not(None)):
        for one in batch:
            list(_heal(one))
            tried += 1
    return tried


def _heal(one: VaultObject) -> Iterator[Finding]:
    places = store.copies()
    findings = list(_look(one.sha256, one.size, places, deep=True))
    if not findings:
        _remember([one.id])
        return
    bad = {finding.place for finding in findings}
    good = next((place for place in places if place.name not in bad), None)
    if good is None:
        yield from findings
        yield Finding("lost", one.sha256, detail="no whole copy")
        _damaged(one)
        return
    for finding in findings:
        place = next(place for place in places if place.name == finding.place)
        try:
            if finding.kind != "missing":
                place.set_aside(place.path(one.sha256))
            place.place(good.path(one.sha256), one.sha256)
        except OSError as error:
            log.error("vault_heal_failed", sha256=one.sha256, place=place.name, error=str(error))
            yield Finding(finding.kind, one.sha256, place.name, f"not healed: {error.strerror}")
            _damaged(one)
            return
        yield Finding(finding.kind, one.sha256, place.name, "healed")
    _healed(one, findings, len(places))


def _look(sha256: str, size: int, places: Sequence[Copy], *, deep: bool) -> Iterator[Finding]:
    for place in places:
        path = place.path(sha256)
        try:
            found = path.stat()
            if found.st_size != size:
                yield Finding("altered", sha256, place.name, f"size {found.st_size}, not {size}")
            elif deep and store.digest(path) != sha256:
                yield Finding("altered", sha256, place.name, "other bytes")
        except (FileNotFoundError, NotADirectoryError):
            yield Finding("missing", sha256, place.name)
        except OSError as error:
            yield Finding("unreadable", sha256, place.name, f"errno {error.errno} {error.strerror}")


def _rows() -> Iterator[Finding]:
    """References against objects against ledger, by questions to the database alone."""
    session = db.reading()
    live = StoredFile.state != FileState.PURGED
    dangling = (
        sa.select(StoredFile.id, StoredFile.sha256)
        .join(VaultObject, StoredFile.object_id == VaultObject.id, isouter=True)
        .where(live)
        .where(
            VaultObject.id.is_(None)
            | VaultObject.purged_at.is_not(None)
            | (VaultObject.sha256 != StoredFile.sha256)
            | (VaultObject.size != StoredFile.size)
        )
    )
    for file_id, sha256 in session.execute(dangling):
        yield Finding("dangling", sha256, detail=f"file {file_id}")
    unreferenced = sa.select(VaultObject.sha256).where(
        VaultObject.purged_at.is_(None),
        ~sa.exists().where(StoredFile.object_id == VaultObject.id, live),
    )
    for sha256 in session.scalars(unreferenced):
        yield Finding("unreferenced", sha256)
    put = sa.exists().where(
        LedgerEntry.sha256 == VaultObject.sha256,
        LedgerEntry.size == VaultObject.size,
        LedgerEntry.kind == LedgerKind.PUT,
    )
    for sha256 in session.scalars(sa.select(VaultObject.sha256).where(~put)):
        yield Finding("unledgered", sha256, detail="no put")
    yield from (
        Finding("unledgered", sha256, detail="put, but no object, and no purge")
        for sha256 in session.scalars(_put_without_object())
    )


def _put_without_object() -> sa.Select[Any]:
    """Bytes whose last word in the ledger is `put`, though no object says that it has them."""
    later = aliased(LedgerEntry)
    return (
        sa.select(LedgerEntry.sha256)
        .where(LedgerEntry.kind == LedgerKind.PUT)
        .where(
            ~sa.exists().where(
                VaultObject.sha256 == LedgerEntry.sha256, VaultObject.purged_at.is_(None)
            )
        )
        .where(
            ~sa.exists().where(
                later.sha256 == LedgerEntry.sha256,
                later.kind == LedgerKind.PURGE,
                later.sequence > LedgerEntry.sequence,
            )
        )
        .distinct()
    )


def _objects(*conditions: sa.ColumnElement[bool]) -> Iterator[list[VaultObject]]:
    """Every object that must be there, by pages; rows are let go so that memory stays bounded."""
    last = 0
    while True:
        session = db.reading()
        query = (
            sa.select(VaultObject)
            .where(VaultObject.purged_at.is_(None), VaultObject.id > last, *conditions)
            .order_by(VaultObject.id)
            .limit(BATCH)
        )
        batch = list(session.scalars(query))
        if not batch:
            return
        last = batch[-1].id
        session.expunge_all()
        yield batch


def _untracked(place: Copy) -> Iterator[Path]:
    """Files that no row asks for, old enough not to be an upload of this minute."""
    limit = time.time() - YOUNG
    paths: list[Path] = []
    for path, found in place.objects():
        if path != place.path(path.name):
            yield path  # not where any object would be
        elif found.st_mtime < limit:
            paths.append(path)
        if len(paths) >= BATCH:
            yield from _unknown(paths)
            paths = []
    yield from _unknown(paths)


def _unknown(paths: list[Path]) -> list[Path]:
    known = sa.select(VaultObject.sha256).where(
        VaultObject.sha256.in_([path.name for path in paths]), VaultObject.removed_at.is_(None)
    )
    found = set(db.reading().scalars(known))
    return [path for path in paths if path.name not in found]


def _remember(ids: list[int]) -> None:
    with db.writing() as session:
        session.execute(
            sa.update(VaultObject)
            .where(VaultObject.id.in_(ids))
            .values(checked_at=clock.now(), damaged_at=None, copies=len(store.copies()))
        )


def _healed(one: VaultObject, findings: list[Finding], copies: int) -> None:
    with db.writing() as session:
        for finding in findings:
            ledger.append(
                session, LedgerKind.HEAL, one.sha256, one.size,
                place=finding.place, found=finding.kind,
            )  # fmt: skip
        record(None, "vault.heal", "object", one.id, sha256=one.sha256)
        session.execute(
            sa.update(VaultObject)
            .where(VaultObject.id == one.id)
            .values(checked_at=clock.now(), damaged_at=None, copies=copies)
        )


def _damaged(one: VaultObject) -> None:
    log.error("vault_damaged", sha256=one.sha256)
    with db.writing() as session:
        stored = session.get_one(VaultObject, one.id)
        if stored.damaged_at is None:  # told once; it stays on the alarm until healed
            stored.damaged_at = clock.now()
            ledger.append(session, LedgerKind.DAMAGE, one.sha256, one.size)
            record(None, "vault.damage", "object", one.id, sha256=one.sha256)

"""The ledger of the vault: what came, was checked, healed, and went; append-only, hash-chained."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.vault.models import LedgerEntry, LedgerHead, LedgerKind

GENESIS = "0" * 64


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold. `reason`: `missing`, `altered`, `unlinked` or `cut`."""

    sequence: int
    reason: str


def lock(session: Session) -> LedgerHead:
    """The chain's head, locked until the transaction ends.

    Whoever adds or removes references to objects takes this first, so that one cannot remove the
    bytes that another is about to refer to. (SQLite has one writer anyway.)
    """
    held: LedgerHead | None = session.info.get("ledger_head")
    if held is not None:
        return held
    head = session.get(LedgerHead, 1, with_for_update=db.HELD)
    if head is None:
        head = LedgerHead(id=1, sequence=0, hash=GENESIS)
        session.add(head)
    session.info["ledger_head"] = head
    return head


def append(
    session: Session, kind: LedgerKind, sha256: str = "", size: int = 0, /, **detail: object
) -> LedgerEntry:
    """Add a link within the current write transaction.

    :param detail: JSON values without personal data.
    """
    head = lock(session)
    entry = LedgerEntry(
        sequence=head.sequence + 1,
        at=clock.now(),
        kind=kind,
        sha256=sha256,
        size=size,
        detail=detail,
        previous=head.hash,
    )
    entry.hash = link_hash(entry)
    head.sequence, head.hash = entry.sequence, entry.hash
    session.add(entry)
    return entry


def link_hash(entry: LedgerEntry) -> str:
    """SHA-256 over everything a link says and the link before it."""
    said = [
        entry.sequence,
        entry.at.isoformat(timespec="microseconds"),
        entry.kind,
        entry.sha256,
        entry.size,
        entry.detail,
        entry.previous,
    ]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def breaks() -> Iterator[Break]:
    """Walk the chain in bounded memory; yields each place where it does not hold."""
    session = db.reading()
    expected, previous = 1, GENESIS
    query = sa.select(LedgerEntry).order_by(LedgerEntry.sequence)
    for entry in session.scalars(query.execution_options(yield_per=1000)):
        if entry.sequence != expected:
            yield Break(expected, "missing")
        elif entry.previous != previous:
            yield Break(entry.sequence, "unlinked")
        if link_hash(entry) != entry.hash:
            yield Break(entry.sequence, "altered")
        expected, previous = entry.sequence + 1, entry.hash
    head = session.get(LedgerHead, 1)
    at_head = (head.sequence, head.hash) if head is not None else (0, GENESIS)
    if at_head != (expected - 1, previous):
        yield Break(expected, "cut")

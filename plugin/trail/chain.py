"""The audit chain: append a link, verify all links."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugin import clock, db, tenancy
from plugin.actor import Actor
from plugin.inserting import insert_new
from plugin.trail.models import AuditEvent, AuditHead

GENESIS = "0" * 64
INSTALLATION = 0
"""The chain of events that belong to no school."""
_WAITING = "audit_events"
"""Where a session keeps what is to be linked."""


def record(
    actor: Actor | None,
    verb: str,
    subject_kind: str,
    subject_id: int | None = None,
    /,
    **detail: Any,
) -> None:
    """Append one event to the actor's school's chain, with the current write transaction.

    It is linked when the transaction is about to be committed: the chain's head is a lock that
    everybody of a school needs, so whoever has it must not wait for any other.

    :param verb: `room.verb`, e.g. `outcome.send`.
    :param detail: JSON values without personal data: ids, states, hashes, codes, numbers.
    """
    chain = (actor.school_id if actor else None) or INSTALLATION
    if chain != INSTALLATION:
        tenancy.require(chain)
    with db.writing() as session:
        event = AuditEvent(
            chain=chain,
            at=clock.now(),
            actor_id=actor.person_id if actor else None,
            actor_name=actor.name if actor else "",
            verb=verb,
            subject_kind=subject_kind,
            subject_id=subject_id,
            detail=detail,
        )
        session.info.setdefault(_WAITING, []).append(event)
        db.before_commit(_link)


@tenancy.across("the chains' heads; `record` has asked whose each chain is")
def _link(session: Session) -> None:
    """Link what was recorded; chains in one order for all, so that two cannot block each other."""
    events: list[AuditEvent] = session.info.pop(_WAITING, [])
    session.flush()
    for chain, recorded in groupby(sorted(events, key=_chain), _chain):
        head = _locked_head(session, chain)
        for event in recorded:
            event.sequence, event.previous = head.sequence + 1, head.hash
            event.hash = link_hash(event)
            head.sequence, head.hash = event.sequence, event.hash
            session.add(event)
    session.flush()


def _chain(event: AuditEvent) -> int:
    return event.chain


def _locked_head(session: Session, chain: int) -> AuditHead:
    """The chain's head, locked until the transaction ends; begun when there is none.

    Two transactions may begin the same chain at once (PostgreSQL): one of them waits here.
    """
    head = session.get(AuditHead, chain, with_for_update=db.HELD)
    if head is None:
        insert_new(session, AuditHead, [{"chain": chain, "sequence": 0, "hash": GENESIS}])
        head = session.get_one(AuditHead, chain, with_for_update=db.HELD)
    return head


def link_hash(event: AuditEvent) -> str:
    """SHA-256 over everything a link says and the link before it."""
    said = [
        event.chain,
        event.sequence,
        event.at.isoformat(timespec="microseconds"),
        event.actor_id,
        event.actor_name,
        event.verb,
        event.subject_kind,
        event.subject_id,
        event.detail,
        event.previous,
    ]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold. `reason`: `missing`, `altered`, `unlinked` or `cut`."""

    chain: int
    sequence: int
    reason: str


def verify() -> Iterator[Break]:
    """Walk every chain, in bounded memory; yields each place where it does not hold.

    `cut`: the last links are gone, though the head remembers them.
    """
    session = db.reading()
    heads = {head.chain: head for head in session.scalars(sa.select(AuditHead))}
    chains = set(heads) | set(session.scalars(sa.select(AuditEvent.chain).distinct()))
    for chain in sorted(chains):
        expected, previous = 1, GENESIS
        query = sa.select(AuditEvent).where(AuditEvent.chain == chain)
        for event in session.scalars(
            query.order_by(AuditEvent.sequence).execution_options(yield_per=1000)
        ):
            if event.sequence != expected:
                yield Break(chain, expected, "missing")
            elif event.previous != previous:
                yield Break(chain, event.sequence, "unlinked")
            if link_hash(event) != event.hash:
                yield Break(chain, event.sequence, "altered")
            expected, previous = event.sequence + 1, event.hash
        head = heads.get(chain)
        if head is None or (head.sequence, head.hash) != (expected - 1, previous):
            yield Break(chain, expected, "cut")

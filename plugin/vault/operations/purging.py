"""Drafts that end: thrown away by their owner, or expired after a warning.

Two steps, so that a reference never points at nothing: the reference ends in one transaction
(tombstone: hash, time, reason), the bytes go in a later one, and only if nothing refers to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa
import structlog
from flask_babel import gettext as _
from sqlalchemy.orm import Session, joinedload

from plugin import actor as actors
from plugin import clock, db, retention, tenancy
from plugin.actor import Actor
from plugin.errors import NotFound
from plugin.retention import Row
from plugin.trail.chain import record
from plugin.vault import events, store
from plugin.vault.errors import NotADraft
from plugin.vault.models import FileState, LedgerKind, StoredFile, VaultObject
from plugin.vault.operations import ledger

log = structlog.get_logger(__name__)

WARN_BEFORE = timedelta(days=3)
"""Owners are told this long before a draft expires…"""
WARN_LEAST = timedelta(days=1)
"""…and always this long before it goes, also after downtime."""
BATCH = 200


def discard(actor: Actor, file_id: int) -> None:
    """Throw a draft away; its hash, time and reason stay on record.

    Whose draft it is asks the caller; the school is asked here. Joins the caller's transaction.

    :raises NotFound: no such file in the actor's school.
    :raises NotADraft: accepted files stay.
    """
    with db.writing() as session:
        ledger.lock(session)
        file = _find(session, file_id)
        if file is None or file.school_id != actor.school_id:
            raise NotFound(_("找不到這個檔案。"))
        if file.state == FileState.PURGED:
            return
        if file.state != FileState.DRAFT:
            raise NotADraft(_("這個檔案已經收下，不能刪除。"))
        _end(session, actor, file, "discarded")
        db.after_commit(_remove_quietly)


def warn_expiring(rows: Iterable[Row]) -> int:
    """Tell of drafts that expire soon, once each (`events.drafts_expiring`); returns how many.

    :param rows: of the retention table; files in slots that none of them names never end.
    :raises NothingEnds: a row allows no tombstone.
    """
    slots = retention.slots_of(rows)
    with db.writing() as session:
        now = clock.now()
        files = session.scalars(
            sa.select(StoredFile)
            .where(StoredFile.state == FileState.DRAFT, StoredFile.warned_at.is_(None))
            .where(StoredFile.expires_at <= now + WARN_BEFORE, StoredFile.slot.in_(slots))
            .order_by(StoredFile.expires_at)
            .limit(BATCH)
        ).all()
        for file in files:
            file.warned_at = now
        told = tuple(
            events.Expiring(file.id, file.school_id, file.owner_id, file.name, file.expires_at)
            for file in files
            if file.expires_at is not None
        )
        if told:
            # Within the transaction: who mails puts the mail into the outbox, or nobody was told.
            events.drafts_expiring.send("vault", files=told)
        return len(told)


def purge_expired(rows: Iterable[Row]) -> int:
    """End drafts whose time is over and whose owner was told; returns how many.

    :param rows: as of `warn_expiring`.
    :raises NothingEnds: a row allows no tombstone.
    """
    slots = retention.slots_of(rows)
    with db.writing() as session:
        ledger.lock(session)
        now = clock.now()
        due = session.scalars(
            sa.select(StoredFile)
            .where(StoredFile.state == FileState.DRAFT, StoredFile.expires_at <= now)
            .where(StoredFile.warned_at <= now - WARN_LEAST, StoredFile.slot.in_(slots))
            .options(joinedload(StoredFile.stored))
            .order_by(StoredFile.expires_at)
            .limit(BATCH)
        ).all()
        for file in due:
            _end(session, actors.system(file.school_id), file, "expired")
        if due:
            db.after_commit(_remove_quietly)
        return len(due)


def remove_purged() -> int:
    """Remove the bytes of objects that nothing refers to any more; returns how many.

    :raises OSError: a disk would not; the rest stays for the next time.
    """
    with db.writing() as session:
        ledger.lock(session)
        query = (
            sa.select(VaultObject)
            .where(VaultObject.purged_at.is_not(None), VaultObject.removed_at.is_(None))
            .limit(BATCH)
        )
        gone = [one for one in session.scalars(query) if not _referred(session, one.id)]
        for stored in gone:
            for place in store.copies():
                place.remove(stored.sha256)
            stored.removed_at = clock.now()
            ledger.append(session, LedgerKind.REMOVE, stored.sha256, stored.size)
        return len(gone)


def _find(session: Session, file_id: int) -> StoredFile | None:
    return session.scalar(
        sa.select(StoredFile).where(StoredFile.id == file_id).options(joinedload(StoredFile.stored))
    )


def _end(session: Session, actor: Actor, file: StoredFile, reason: str) -> None:
    now = clock.now()
    file.state, file.purged_at, file.purge_reason = FileState.PURGED, now, reason
    file.name = ""  # a name may tell of a person; the tombstone is hash, time and reason
    session.flush()
    if not _referred(session, file.object_id):
        file.stored.purged_at = now
        ledger.append(session, LedgerKind.PURGE, file.sha256, file.size, reason=reason)
    record(actor, "file.purge", "file", file.id, sha256=file.sha256, reason=reason)


@tenancy.across("equal bytes are stored once: another school's file may refer to them, too")
def _referred(session: Session, object_id: int) -> bool:
    query = sa.select(StoredFile.id).where(
        StoredFile.object_id == object_id, StoredFile.state != FileState.PURGED
    )
    return session.scalar(query.limit(1)) is not None


def _remove_quietly() -> None:
    """The draft is ended whatever happens to its bytes now; the sweep removes what is left."""
    try:
        remove_purged()
    except (OSError, sa.exc.OperationalError) as error:
        log.warning("vault_remove_later", error=str(error))

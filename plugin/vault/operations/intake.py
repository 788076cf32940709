"""Taking files in.

The order keeps the promise (a power cut may come between any two lines):

1. the bytes are on disk in the staging folder, hashed while they arrived;
2. they are fsynced and placed in every copy, folders fsynced: until here an orphan at worst;
3. one transaction: object, file, receipt, ledger link, audit link; committed with fsync;
4. only then does anybody hear of a receipt.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
import structlog
from flask_babel import gettext as _
from sqlalchemy.orm import Session, joinedload

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import NotFound
from plugin.trail.chain import record
from plugin.uploads import CHUNK, FILE_CAP, Staged
from plugin.vault import check, names, receipts, store
from plugin.vault.errors import FileRefused, VaultUnavailable
from plugin.vault.models import (
    FileState,
    LedgerKind,
    Receipt,
    ReceiptKind,
    StoredFile,
    VaultObject,
)
from plugin.vault.operations import ledger

log = structlog.get_logger(__name__)


def accept(
    actor: Actor,
    staged: Staged,
    *,
    owner_id: int,
    slot: str,
    max_bytes: int,
    kinds: Collection[str],
    expires_at: datetime | None,
) -> StoredFile:
    """Check an upload and keep it as a draft, with a draft receipt (`queries.receipts`).

    Call it before opening a transaction of your own: bytes are copied here.

    :param slot: what it is handed in as (`document`, `media`, …).
    :param max_bytes: the rule's limit, inclusive.
    :param kinds: allowed keys of `check.MEDIA_TYPES`.
    :param expires_at: when the draft may be purged; None keeps it until somebody discards it.
    :raises FileRefused: a subclass that says why; nothing is stored, an audit line is left.
    :raises VaultUnavailable: a disk would not take it; nothing is acknowledged.
    """
    if staged.failed:
        log.error("vault_staging_failed", errno=staged.failed)
        raise unavailable()
    limit = min(max_bytes, FILE_CAP)
    try:
        checked = check.inspect(staged.path, staged.size, max_bytes=limit, kinds=kinds)
    except FileRefused as refusal:
        with db.writing():
            record(
                actor, "file.refused", "person", owner_id,
                code=refusal.code, slot=slot, size=staged.size, sha256=staged.sha256,
            )  # fmt: skip
        raise
    with _or_unavailable():
        store.put(staged.path, staged.sha256, staged.size, store.copies())
        with db.writing() as session:
            now = clock.now()
            stored = _object(session, staged, now)
            file = StoredFile(
                school_id=actor.school_id,
                owner_id=owner_id,
                stored=stored,
                slot=slot,
                name=names.clean(staged.file_name),
                kind=checked.kind,
                media_type=checked.media_type,
                detail=checked.detail,
                size=staged.size,
                sha256=staged.sha256,
                state=FileState.DRAFT,
                created_at=now,
                expires_at=expires_at,
            )
            receipt = receipts.make(file, ReceiptKind.DRAFT, now, stored.copies)
            session.add_all([file, receipt])
            session.flush()
            record(
                actor, "file.draft", "file", file.id,
                slot=slot, sha256=file.sha256, size=file.size, receipt=receipt.number,
            )  # fmt: skip
            return file


def deposit(
    actor: Actor,
    path: Path,
    *,
    slot: str,
    name: str,
    media_type: str,
    kind: str,
    expires_at: datetime | None = None,
) -> StoredFile:
    """Keep for good a file that the product itself made: a manifest, a workbook, a package.

    The bytes are read once, for their hash. The file at `path` stays, but must not be written to
    afterwards.

    :param kind: short name of the type, e.g. `pdf`, `xlsx`, `zip`.
    :param expires_at: what can be made again is kept until then, as a draft; who asked for it is
        told by the caller, so no other warning is sent.
    :raises VaultUnavailable: a disk would not take it.
    """
    with _or_unavailable():
        staged = _hashed(path, name)
        store.put(path, staged.sha256, staged.size, store.copies())
        with db.writing() as session:
            now = clock.now()
            stored = _object(session, staged, now)
            file = StoredFile(
                school_id=actor.school_id,
                owner_id=actor.person_id,
                stored=stored,
                slot=slot,
                name=names.clean(name),
                kind=kind,
                media_type=media_type,
                detail={},
                size=staged.size,
                sha256=staged.sha256,
                state=FileState.ACCEPTED if expires_at is None else FileState.DRAFT,
                created_at=now,
                accepted_at=now if expires_at is None else None,
                expires_at=expires_at,
                warned_at=None if expires_at is None else now,
            )
            promise = ReceiptKind.ACCEPTED if expires_at is None else ReceiptKind.DRAFT
            receipt = receipts.make(file, promise, now, stored.copies)
            session.add_all([file, receipt])
            session.flush()
            record(
                actor, "file.deposit", "file", file.id,
                slot=slot, sha256=file.sha256, size=file.size, receipt=receipt.number,
            )  # fmt: skip
            return file


def keep(actor: Actor, file_ids: Sequence[int]) -> list[Receipt]:
    """Drafts become accepted: never purged from now on; each gets its final receipt.

    A file that is accepted already keeps its receipt. Joins the caller's transaction.

    :returns: the final receipts, in the order asked.
    :raises NotFound: no such file in the actor's school, or it has been purged.
    :raises VaultUnavailable: a copy is not there; the receipt would say what is not so.
    """
    with db.writing() as session:
        ledger.lock(session)
        query = (
            sa.select(StoredFile)
            .where(StoredFile.id.in_(file_ids), StoredFile.school_id == actor.school_id)
            .where(StoredFile.state != FileState.PURGED)
            .options(joinedload(StoredFile.stored))
        )
        files = {file.id: file for file in session.scalars(query)}
        if len(files) != len(set(file_ids)):
            raise NotFound(_("找不到這個檔案，可能已逾期刪除。"), remedy=_("請重新上傳檔案。"))
        final = sa.select(Receipt).where(
            Receipt.file_id.in_(file_ids), Receipt.kind == ReceiptKind.ACCEPTED
        )
        found = {receipt.file_id: receipt for receipt in session.scalars(final)}
        now = clock.now()
        for file in files.values():
            if file.id not in found:
                found[file.id] = _keep(session, actor, file, now)
        session.flush()
        return [found[file_id] for file_id in file_ids]


def know_md5(file_ids: Collection[int]) -> None:
    """See that the objects of these files have their MD5, reading those that have none yet."""
    wanted = (
        sa.select(VaultObject.id, VaultObject.sha256, VaultObject.size)
        .where(VaultObject.md5.is_(None), VaultObject.purged_at.is_(None))
        .where(
            VaultObject.id.in_(sa.select(StoredFile.object_id).where(StoredFile.id.in_(file_ids)))
        )
    )
    for object_id, sha256, size in db.reading().execute(wanted).all():
        with store.readable(sha256, size).open("rb") as stream:
            md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
        with db.writing() as session:
            session.get_one(VaultObject, object_id).md5 = md5.hexdigest()


def unavailable() -> VaultUnavailable:
    """The one answer to every disk that will not: nothing stored, try later."""
    return VaultUnavailable(
        _("目前無法收件，這個檔案沒有收下。"),
        remedy=_("請保留您的檔案，稍後再試一次；若持續發生，請告知學校的系統管理者。"),
    )


def _keep(session: Session, actor: Actor, file: StoredFile, now: datetime) -> Receipt:
    places = store.copies()
    if not all(place.has(file.sha256, file.size) for place in places):
        log.error("vault_copy_missing", file=file.id, sha256=file.sha256)
        raise unavailable()
    file.state, file.accepted_at, file.expires_at = FileState.ACCEPTED, now, None
    receipt = receipts.make(file, ReceiptKind.ACCEPTED, now, min(len(places), file.stored.copies))
    session.add(receipt)
    record(actor, "file.accept", "file", file.id, sha256=file.sha256, receipt=receipt.number)
    return receipt


def _object(session: Session, staged: Staged, now: datetime) -> VaultObject:
    """The object of bytes that were just placed; also one that was about to be removed."""
    ledger.lock(session)
    places = store.copies()
    for place in places:
        # Between placing and this lock a purge of the same bytes may have removed them.
        if not place.has(staged.sha256, staged.size):
            place.place(staged.path, staged.sha256)
    stored = session.scalar(sa.select(VaultObject).where(VaultObject.sha256 == staged.sha256))
    if stored is None:
        stored = VaultObject(
            sha256=staged.sha256,
            size=staged.size,
            crc32=staged.crc32,
            stored_at=now,
        )
        session.add(stored)
    stored.copies, stored.checked_at = len(places), now
    stored.purged_at = stored.removed_at = stored.damaged_at = None
    ledger.append(session, LedgerKind.PUT, staged.sha256, staged.size, copies=len(places))
    return stored


@contextmanager
def _or_unavailable() -> Iterator[None]:
    """Full, broken or read-only disks, and a database that cannot commit, become one refusal."""
    try:
        yield
    except (OSError, sa.exc.OperationalError) as error:
        log.error("vault_unavailable", error=str(error), errno=getattr(error, "errno", None))
        raise unavailable() from error


def _hashed(path: Path, name: str) -> Staged:
    sha256, crc, size = hashlib.sha256(), 0, 0
    with path.open("rb", buffering=0) as stream:
        while chunk := stream.read(CHUNK):
            sha256.update(chunk)
            crc = zlib.crc32(chunk, crc)
            size += len(chunk)
    return Staged(path, size, sha256.hexdigest(), crc, name)

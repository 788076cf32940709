"""Reads of the vault, for pages, packages and the alarm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import NotFound
from plugin.paging import PAGE_SIZE, Page
from plugin.settings import Settings
from plugin.vault import store
from plugin.vault.errors import FileDamaged
from plugin.vault.models import (
    FileLending,
    FileLink,
    FileOpening,
    FileState,
    Receipt,
    StoredFile,
    VaultObject,
)
from plugin.vault.operations.fixity import OVERDUE


@dataclass(frozen=True)
class PackageObject:
    """What a package writer needs to copy a file's bytes without reading them."""

    file_id: int
    path: Path
    size: int
    crc32: int
    sha256: str
    md5: str | None
    """None until somebody asked (`operations.know_md5`)."""


@dataclass(frozen=True)
class Health:
    """What the banner and the desk of the administrator tell.

    :param single_copy: one copy by explicit setting.
    :param damaged: objects with a copy that could not be healed.
    :param overdue: objects that were not read in time.
    """

    single_copy: bool
    damaged: int
    overdue: int

    @property
    def alarm(self) -> bool:
        return bool(self.damaged or self.overdue)


def find(actor: Actor, file_id: int) -> StoredFile:
    """A file of the actor's school that has not been purged.

    :raises NotFound: none such; another school's looks the same.
    """
    file = db.reading().get(StoredFile, file_id)
    if file is None or file.school_id != actor.school_id or file.state == FileState.PURGED:
        raise NotFound(_("找不到這個檔案，可能已逾期刪除。"))
    return file


def files(file_ids: Iterable[int]) -> dict[int, StoredFile]:
    """Files by id, also purged ones; one query. Relation is the caller's question."""
    query = sa.select(StoredFile).where(StoredFile.id.in_(set(file_ids)))
    return {file.id: file for file in db.reading().scalars(query)}


def receipts(file_ids: Iterable[int]) -> dict[int, Receipt]:
    """Each file's newest receipt (the final one, if there is one) by file id; one query."""
    query = sa.select(Receipt).where(Receipt.file_id.in_(set(file_ids))).order_by(Receipt.id)
    return {receipt.file_id: receipt for receipt in db.reading().scalars(query)}


def receipt(number: str) -> Receipt | None:
    """A receipt by its number, with its file; None when there is none."""
    query = sa.select(Receipt).where(Receipt.number == number).options(joinedload(Receipt.file))
    return db.reading().scalar(query)


def objects_for_package(file_ids: Iterable[int]) -> dict[int, PackageObject]:
    """Where the bytes of files are, and their hashes as known since the upload; one query.

    :raises NotFound: a file that is purged or not there.
    :raises FileDamaged: no copy has the bytes.
    """
    wanted = set(file_ids)
    query = (
        sa.select(StoredFile.id, VaultObject)
        .join(VaultObject, StoredFile.object_id == VaultObject.id)
        .where(StoredFile.id.in_(wanted), StoredFile.state != FileState.PURGED)
    )
    found = {
        file_id: PackageObject(
            file_id, path(one.sha256, one.size), one.size, one.crc32, one.sha256, one.md5
        )
        for file_id, one in db.reading().execute(query)
    }
    if len(found) != len(wanted):
        raise NotFound(_("有檔案不在保管庫中。"))
    return found


def path(sha256: str, size: int) -> Path:
    """A copy of an object that can be read now.

    :raises FileDamaged: none can.
    """
    try:
        return store.readable(sha256, size)
    except OSError as error:
        raise FileDamaged(
            _("這個檔案暫時無法讀取。"),
            remedy=_("已通知系統管理者；紀錄與雜湊值仍在，請稍後再試。"),
        ) from error


def health() -> Health:
    """The state of the whole installation's vault."""
    settings: Settings = current_app.extensions["licheng.settings"]
    present = VaultObject.purged_at.is_(None)
    count = sa.select(sa.func.count()).select_from(VaultObject).where(present)
    session = db.reading()
    return Health(
        single_copy=settings.vault_single_copy or settings.vault_second is None,
        damaged=session.scalar(count.where(VaultObject.damaged_at.is_not(None))) or 0,
        overdue=session.scalar(count.where(VaultObject.checked_at < clock.now() - OVERDUE)) or 0,
    )


@dataclass(frozen=True)
class Opening:
    """A file opened by a link; the file as it is now."""

    id: int
    at: datetime
    file_id: int
    file_name: str
    """Empty when it was purged."""
    reader_id: int | None
    lent: bool
    """By a lasting link, by whoever had the workbook."""


@dataclass(frozen=True)
class LentFile:
    """A lasting link with what a list says of it."""

    link: FileLink
    file: StoredFile
    times: int
    last: datetime | None


def lending(subject: str) -> FileLending | None:
    """What is lent for `subject`, of the current school."""
    return db.reading().scalar(sa.select(FileLending).where(FileLending.subject == subject))


def lent(lending_id: int, file_id: int) -> FileLink | None:
    """The link of a lent file, if it holds now."""
    query = sa.select(FileLink).where(
        FileLink.lending_id == lending_id, FileLink.file_id == file_id, *_standing()
    )
    return db.reading().scalar(query)


def lent_for(
    lending: FileLending, *, after: int | None = None, limit: int = PAGE_SIZE
) -> Page[LentFile]:
    """The links of a lending, with how often each was opened."""
    session = db.reading()
    query = (
        sa.select(FileLink, StoredFile)
        .join(StoredFile, StoredFile.id == FileLink.file_id)
        .where(FileLink.lending_id == lending.id)
    )
    if after is not None:
        query = query.where(FileLink.id > after)
    rows = session.execute(query.order_by(FileLink.id).limit(limit + 1)).all()
    page = Page.cut(rows, limit, lambda row: row[0].id)
    counted = session.execute(
        sa.select(FileOpening.link_id, sa.func.count(), sa.func.max(FileOpening.at))
        .where(FileOpening.link_id.in_([link.id for link, _file in page.items]))
        .group_by(FileOpening.link_id)
    )
    said = {link_id: (times, last) for link_id, times, last in counted}
    items = tuple(LentFile(link, file, *said.get(link.id, (0, None))) for link, file in page.items)
    return Page(items, page.next)


def file_of_link(lending: FileLending, link_id: int) -> StoredFile | None:
    """The file that one link of this lending opens, or opened."""
    query = (
        sa.select(StoredFile)
        .join(FileLink, FileLink.file_id == StoredFile.id)
        .where(FileLink.lending_id == lending.id, FileLink.id == link_id)
    )
    return db.reading().scalar(query)


def standing_links(lending: FileLending) -> int:
    """How many links of a lending still open something."""
    query = sa.select(sa.func.count(FileLink.id)).where(
        FileLink.lending_id == lending.id, *_standing()
    )
    return db.reading().scalar(query) or 0


def _standing() -> tuple[sa.ColumnElement[bool], ...]:
    running = sa.select(FileLending.id).where(FileLending.expires_at >= clock.now())
    return FileLink.revoked_at.is_(None), FileLink.lending_id.in_(running)


def openings(
    actor: Actor,
    *,
    owner_id: int | None = None,
    file_id: int | None = None,
    before: int | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Opening]:
    """Openings of the actor's school's files, newest first.

    :param owner_id: only of this person's files.
    :param file_id: only of this file.
    """
    query = (
        sa.select(
            FileOpening.id,
            FileOpening.at,
            FileOpening.file_id,
            StoredFile.name,
            FileOpening.reader_id,
            FileOpening.link_id.is_not(None),
        )
        .join(StoredFile, StoredFile.id == FileOpening.file_id)
        .where(FileOpening.school_id == actor.school_id)
    )
    if owner_id is not None:
        query = query.where(StoredFile.owner_id == owner_id)
    if file_id is not None:
        query = query.where(FileOpening.file_id == file_id)
    if before is not None:
        query = query.where(FileOpening.id < before)
    rows = db.reading().execute(query.order_by(FileOpening.id.desc()).limit(limit + 1)).all()
    return Page.cut([Opening(*row) for row in rows], limit, lambda one: one.id)

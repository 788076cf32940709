"""A bank's file: brought in, its columns chosen, then taken by the queue."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db, jobs, retention
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.bank import reading
from plugin.certification.bank.columns import REQUIRED, Columns, header_of
from plugin.certification.models import BankImport, BankMapping
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.jobs import JobState
from plugin.trail import chain
from plugin.uploads import Staged
from plugin.vault import operations as vault
from plugin.vault.models import FileState, StoredFile

TAKE = "certification.bank"
SLOT = "certification.bank"
NAME_POINTS = 60
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "txt": "text/plain",
}


def receive(actor: Actor, staged: Staged) -> StoredFile:
    """Keep an uploaded file; nothing is taken from it yet.

    :raises FileUnreadable: no file that rows can be read from; nothing is kept.
    :raises NotFound: not one of the office.
    """
    _require_office(actor)
    if staged.failed:
        raise vault.intake.unavailable()
    reading.head(staged.path)
    ending = Path(staged.file_name).suffix.lstrip(".").lower()
    kind = ending if ending in _TYPES else "csv"
    return vault.deposit(
        actor,
        staged.path,
        slot=SLOT,
        name=staged.file_name,
        media_type=_TYPES[kind],
        kind=kind,
        expires_at=clock.now() + retention.row("import_file").period,
    )


def begin(actor: Actor, file_id: int, path: Path) -> BankImport:
    """A new import of an uploaded file, its columns as the office's last fitting mapping has them,
    or as they can be told.

    :param path: where the file's bytes are.
    :raises NotFound: no such file of this person's.
    """
    school_id = _require_office(actor)
    head = reading.head(path)
    with db.writing() as session:
        file = session.get(StoredFile, file_id)
        mine = file is not None and (file.school_id, file.owner_id, file.slot) == (
            school_id, actor.person_id, SLOT,
        )  # fmt: skip
        if file is None or not mine or file.state is FileState.PURGED:
            raise NotFound(_("找不到這個檔案，可能已逾期刪除。"), remedy=_("請重新上傳檔案。"))
        mapping, columns = _fitting(session, school_id, head)
        row = BankImport(
            school_id=school_id,
            file_id=file.id,
            mapping_id=mapping.id if mapping is not None else None,
            columns=columns.as_json(),
            counts={},
            faults=[],
            made_by_id=actor.person_id,
            made_at=clock.now(),
        )
        session.add(row)
        session.flush()
        chain.record(actor, "certification.bank.begin", "bank_import", row.id, sha256=file.sha256)
        return row


def choose(actor: Actor, bank_id: int, bank: str, columns: Columns) -> BankImport:
    """Say which column is which, and keep it for the next file of this bank.

    :param bank: the bank's name; a mapping of that name is replaced.
    :raises InvalidInput: no name, or neither day nor amount.
    :raises NotFound: no such import. :raises Conflict: it is taken already.
    """
    bank = bank.strip()
    if not 0 < len(bank) <= NAME_POINTS:
        fault = _("請填銀行名稱，%(n)s 字以內。", n=NAME_POINTS)
        raise InvalidInput(fault, fields={"bank": fault})
    _require_columns(columns)
    with db.writing() as session:
        row = _waiting(session, actor, bank_id)
        mapping = session.scalar(
            sa.select(BankMapping)
            .where(BankMapping.school_id == row.school_id, BankMapping.name == bank)
            .with_for_update()
        )
        if mapping is None:
            mapping = BankMapping(school_id=row.school_id, name=bank)
            session.add(mapping)
        mapping.columns, mapping.changed_at = columns.as_json(), clock.now()
        session.flush()
        row.columns, row.mapping_id, row.error = columns.as_json(), mapping.id, ""
        chain.record(actor, "certification.bank.columns", "bank_import", row.id)
        return row


def start(actor: Actor, bank_id: int) -> int:
    """Have the file taken by the queue; asked twice, or again after a failure, it goes on.

    :returns: the job's id.
    :raises InvalidInput: columns are not chosen yet.
    :raises NotFound: no such import. :raises Conflict: it is taken already.
    """
    with db.writing() as session:
        row = _waiting(session, actor, bank_id, again=True)
        _require_columns(Columns.of(row.columns))
        if row.job_id is not None:
            job = session.get_one(jobs.Job, row.job_id)
            if job.state is not JobState.FAILED:
                return job.id
        row.error = ""
        row.job_id = jobs.enqueue(actor, TAKE, {"bank_id": row.id})
        chain.record(actor, "certification.bank.start", "bank_import", row.id)
        return row.job_id


def _fitting(
    session: Session, school_id: int, head: reading.Head
) -> tuple[BankMapping | None, Columns]:
    """The newest mapping whose columns are all in the file; else what can be told."""
    query = sa.select(BankMapping).where(BankMapping.school_id == school_id)
    for mapping in session.scalars(query.order_by(BankMapping.changed_at.desc())):
        columns = Columns.of(mapping.columns)
        header = header_of(columns, head.lines)
        if header is None or not re.search(r"[^#A-Z]", "".join(columns.places.values())):
            continue  # letters alone fit every file
        if columns.fits(head.headings(header)):
            return mapping, Columns(columns.places, header, columns.style, columns.sign)
    return None, head.columns


def _waiting(session: Session, actor: Actor, bank_id: int, *, again: bool = False) -> BankImport:
    """An import that is not taken yet, held.

    :param again: one whose work has begun as well.
    """
    school_id = _require_office(actor)
    row = session.scalar(
        sa.select(BankImport)
        .where(BankImport.id == bank_id, BankImport.school_id == school_id)
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound(_("找不到這次匯入。"))
    if row.finished_at is not None or (row.done and not again):
        raise Conflict(_("這個檔案已經匯入了。"))
    return row


def _require_columns(columns: Columns) -> None:
    missing = [role for role in REQUIRED if role not in columns.places]
    if missing:
        fault = _("請選擇入帳日與金額在哪一欄。")
        raise InvalidInput(fault, fields=dict.fromkeys(missing, fault))


def _require_office(actor: Actor) -> int:
    """:raises NotFound: not one of an office."""
    policy.require(policy.office(actor), _("找不到這個頁面。"))
    assert actor.school_id is not None
    return actor.school_id

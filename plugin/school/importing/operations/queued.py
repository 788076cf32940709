"""What the queue does with an import, each step a transaction of its own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.school.importing.checking import Batch
from plugin.school.importing.definition import importable
from plugin.school.importing.models import (
    WORKING,
    ImportChange,
    ImportFault,
    ImportState,
    SchoolImport,
)
from plugin.school.importing.operations import applying
from plugin.school.importing.operations._own import clear, context_of, numbers
from plugin.school.importing.values import pack
from plugin.trail.chain import record
from plugin.trail.notify import notify

MOST_FAULTS = 5_000
"""Bad rows that are kept; whoever has more has chosen the wrong file."""


def begin_check(import_id: int) -> None:
    """Forget what an earlier check found."""
    with db.writing() as session:
        one = session.get_one(SchoolImport, import_id)
        one.counts, one.faults_file_id = {}, None
        clear(session, import_id)


def keep_batch(import_id: int, batch: Batch, kept_faults: int) -> None:
    """Keep what came of a chunk of rows."""
    sheet = importable(batch.kind).sheet
    with db.writing() as session:
        if batch.changes:
            session.execute(
                sa.insert(ImportChange),
                [
                    {
                        "import_id": import_id,
                        "kind": batch.kind,
                        "row": one.row,
                        "action": one.action,
                        "content": pack(one, sheet),
                    }
                    for one in batch.changes
                ],
            )
        told = batch.faults[: max(MOST_FAULTS - kept_faults, 0)]
        if told:
            session.execute(
                sa.insert(ImportFault),
                [
                    {
                        "import_id": import_id,
                        "sheet": one.sheet[:60],
                        "row": one.row,
                        "cell": one.cell[:60],
                        "column": one.column[:60],
                        "value": one.value[:200] or None,
                        "reason": one.reason[:300],
                        "remedy": one.remedy[:300],
                    }
                    for one in told
                ],
            )


def end_check(
    actor: Actor,
    import_id: int,
    counts: dict[str, Any],
    faults_file_id: int | None,
    term: tuple[int, int],
) -> None:
    """Say how the check ended, and tell who asked.

    :param term: the one that a cover sheet named, or the one that was chosen.
    """
    with db.writing() as session:
        one = session.get_one(SchoolImport, import_id)
        one.counts, one.checked_at = counts, clock.now()
        one.faults_file_id = faults_file_id
        one.academic_year, one.term = term
        total = numbers(one)
        if total["faults"]:
            one.state = ImportState.FAULTY
        elif total["new"] or total["changed"] or total["gone"]:
            one.state = ImportState.READY
        else:
            one.state = ImportState.UNCHANGED
        record(actor, "import.checked", "import", import_id, state=one.state, counts=total)
        _tell(actor, one, _("匯入檔案檢查完成"))


def refuse(actor: Actor, import_id: int, message: str) -> None:
    """The file cannot be read at all."""
    with db.writing() as session:
        one = session.get_one(SchoolImport, import_id)
        clear(session, import_id)
        one.state, one.message, one.counts = ImportState.REFUSED, message[:1000], {}
        one.checked_at = clock.now()
        record(actor, "import.refused", "import", import_id)
        _tell(actor, one, _("匯入檔案無法讀取"))


def write(actor: Actor, import_id: int, progress: applying.Progress) -> None:
    """All changes in one transaction: a kill leaves all or nothing.

    :raises ImportStale: nothing is written.
    """
    with db.writing() as session:
        one = _held(session, import_id)
        if one.state is not ImportState.APPLYING:
            return  # a worker that was thought dead has done it
        applying.apply(import_id, context_of(one), progress)
        one.state, one.applied_at = ImportState.APPLIED, clock.now()
        record(actor, "import.applied", "import", import_id, counts=numbers(one))
        _tell(actor, one, _("資料匯入完成"))


def take_back(actor: Actor, import_id: int, progress: applying.Progress) -> None:
    """All changes back, in one transaction.

    :raises UndoBlocked: nothing is taken back.
    """
    with db.writing() as session:
        one = _held(session, import_id)
        if one.state is not ImportState.UNDOING:
            return
        applying.undo(import_id, context_of(one), progress)
        one.state, one.undone_at = ImportState.UNDONE, clock.now()
        record(actor, "import.undone", "import", import_id)
        _tell(actor, one, _("匯入已復原"))


def put_off(actor: Actor, import_id: int, state: ImportState, message: str) -> None:
    """What was asked was refused; nothing has changed."""
    with db.writing() as session:
        one = session.get_one(SchoolImport, import_id)
        one.state, one.message = state, message[:1000]
        record(actor, "import.put_off", "import", import_id, state=state)
        _tell(actor, one, _("匯入沒有完成"))


def _held(session: Session, import_id: int) -> SchoolImport:
    """The import, with all others of the school waiting."""
    one = session.get_one(SchoolImport, import_id, with_for_update=db.HELD)
    query = sa.select(SchoolImport.id).where(
        SchoolImport.school_id == one.school_id, SchoolImport.state.in_(WORKING)
    )
    session.execute(query.order_by(SchoolImport.id).with_for_update(**db.HELD)).all()
    return one


def _tell(actor: Actor, one: SchoolImport, subject: str) -> None:
    if actor.person_id is not None:
        notify(
            [actor.person_id],
            subject,
            _("請到「匯入資料」頁查看結果。"),
            f"/school/imports/{one.id}",
            school_id=one.school_id,
            mail=False,
        )

"""Receipt packages of the central side: brought, read in the queue, compared, superseded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.text import normalise
from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio import receipt_notices
from plugin.portfolio.models import (
    CentralImport,
    CentralMatch,
    CentralState,
    ReceiptMapping,
    ReceiptSheet,
    Submission,
    SubmissionState,
)
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.portfolio.operations.receipts.entering import Figures
from plugin.portfolio.packages import RECEIPT_SLOT, own_package
from plugin.trail.chain import record
from plugin.vault import operations as vault
from reports.received import ROLES, Names, default_mapping

READ = "receipt.read"
NAME_POINTS = 60
MOST_NAMES = 30
CHUNK = 500


def begin(actor: Actor, submission_id: int, file_id: int, password: str) -> CentralImport:
    """Have a package read. The same bytes by the same mapping lead to what they led to before.

    :raises InvalidInput: not the actor's own upload, or expired.
    :raises Conflict: the submission is not frozen.
    :raises NotFound: no submission of this school; no registry.
    """
    submission = _submission(actor, submission_id)
    file = own_package(actor, file_id, RECEIPT_SLOT)
    if file is None:
        words = _("先前上傳的檔案已經過期，請重新上傳。")
        raise InvalidInput(words, fields={"package": words})
    with db.writing() as session:
        held = said_mapping(mapping(submission.school_id))
        there = session.scalar(
            sa.select(CentralImport)
            .where(
                CentralImport.submission_id == submission.id,
                CentralImport.sha256 == file.sha256,
                CentralImport.state != CentralState.REFUSED,
                CentralImport.superseded_at.is_(None),
            )
            .order_by(CentralImport.id.desc())
            .limit(1)
        )
        if there is not None:
            _close_if_dead(session, actor, there)
            if there.state is not CentralState.REFUSED and there.mapping == held:
                return there
        vault.keep(actor, [file.id])
        made = CentralImport(
            school_id=submission.school_id,
            academic_year=submission.academic_year,
            submission_id=submission.id,
            file_id=file.id,
            name=file.name,
            sha256=file.sha256,
            password=password or None,
            mapping=held,
            state=CentralState.QUEUED,
            made_by_id=actor.person_id,
            made_by_name=actor.name,
            made_at=clock.now(),
        )
        session.add(made)
        session.flush()
        record(actor, "receipt.import", "central_import", made.id, sha256=file.sha256)
        made.job_id = jobs.enqueue(
            actor, READ, {"central_import_id": made.id}, key=f"{READ}:{made.id}"
        )
        return made


def finish(
    actor: Actor, central_import_id: int, figures: Figures, *, files: int, verified: bool
) -> None:
    """What was entered counts from now on; the import before is superseded and stays."""
    with db.writing() as session:
        made = session.get_one(
            CentralImport, central_import_id, with_for_update=db.HELD, populate_existing=True
        )
        if made.state is not CentralState.QUEUED:
            return
        now = clock.now()
        session.execute(
            sa.update(CentralImport)
            .where(
                CentralImport.submission_id == made.submission_id,
                CentralImport.state == CentralState.DONE,
                CentralImport.superseded_at.is_(None),
            )
            .values(superseded_at=now)
        )
        _tell_sheets(session, made, figures)
        lacking = {
            student_id: items - figures.received[student_id]
            for student_id, items in figures.items.items()
            if items > figures.received[student_id]
        }
        made.state, made.finished_at, made.verified = CentralState.DONE, now, verified
        made.totals = {
            "files": files,
            "records": figures.records,
            "students": figures.students,
            "matched": figures.matches[CentralMatch.MATCHED],
            "missing": sum(lacking.values()),
            "unknown_students": figures.matches[CentralMatch.UNKNOWN_STUDENT],
            "unknown_items": figures.matches[CentralMatch.UNKNOWN_ITEM],
        }
        record(
            actor, "receipt.imported", "central_import", made.id,
            sha256=made.sha256, verified=verified, **made.totals,
        )  # fmt: skip
        receipt_notices.import_finished(made)
        receipt_notices.missing_items(made, list(lacking))


def refuse(actor: Actor, central_import_id: int, reason: str) -> None:
    """Nothing of the package is taken."""
    with db.writing() as session:
        made = session.get_one(
            CentralImport, central_import_id, with_for_update=db.HELD, populate_existing=True
        )
        if made.state is CentralState.QUEUED:
            made.state, made.failure = CentralState.REFUSED, reason[:500]
            made.finished_at = clock.now()
            record(actor, "receipt.refuse_import", "central_import", made.id)
            receipt_notices.import_finished(made)


def mapping(school_id: int) -> Names:
    """Which column means what for a school: its own, else the product's."""
    query = sa.select(ReceiptMapping).where(ReceiptMapping.school_id == school_id)
    found = db.reading().scalar(query.order_by(ReceiptMapping.id.desc()).limit(1))
    return names_of(found.mapping) if found is not None else default_mapping()


def names_of(said: Mapping[str, Any]) -> Names:
    """A stored mapping."""
    names = {role: tuple(said["names"].get(role, ())) for role in ROLES}
    return Names(names, tuple(said["words"]))


def said_mapping(held: Names) -> dict[str, Any]:
    """A mapping as it is stored."""
    names = {role: list(names) for role, names in held.names.items()}
    return {"names": names, "words": list(held.words)}


def set_mapping(
    actor: Actor, names: Mapping[str, Sequence[str]], words: Sequence[str]
) -> ReceiptMapping:
    """Set which column means what; packages that were read keep theirs.

    :raises InvalidInput: no column for the student, or none by which an item could be known.
    :raises NotFound: no registry.
    """
    if not actor.has(Role.REGISTRY) or actor.school_id is None:
        raise missing()
    clean = {role: _names(names.get(role, ())) for role in ROLES}
    faults = {}
    if not clean["student"] and not clean["number"]:
        faults["student"] = _("身分證號與學號至少要有一個欄位名稱。")
    if not any(clean[role] for role in ("title", "summary", "code", "file", "hash")):
        faults["title"] = _("名稱、簡述、課程代碼、檔名、雜湊值至少要有一個欄位名稱。")
    if faults:
        raise InvalidInput(_("欄位對照沒有變更。"), fields=faults)
    with db.writing() as session:
        made = ReceiptMapping(
            school_id=actor.school_id,
            mapping={
                "names": {role: list(some) for role, some in clean.items()},
                "words": list(_names(words)),
            },
            set_by_id=actor.person_id,
            set_by_name=actor.name,
            set_at=clock.now(),
        )
        session.add(made)
        session.flush()
        record(actor, "receipt.set_mapping", "receipt_mapping", made.id)
        return made


@audited
def seen(actor: Actor, central_id: int) -> CentralImport:
    """An import of the registry's own school.

    :raises NotFound: none, another school's, no registry.
    """
    found = db.reading().get(CentralImport, central_id)
    if found is None:
        raise nowhere(CentralImport, central_id)
    if not actor.has(Role.REGISTRY) or found.school_id != actor.school_id:
        raise ForeignRecord("central_import", central_id)
    return found


def _names(given: Sequence[str]) -> tuple[str, ...]:
    found = (normalise(one)[:NAME_POINTS] for one in given)
    return tuple(dict.fromkeys(one for one in found if one))[:MOST_NAMES]


def _submission(actor: Actor, submission_id: int) -> Submission:
    found = db.reading().get(Submission, submission_id)
    if found is None or not actor.has(Role.REGISTRY) or found.school_id != actor.school_id:
        raise missing()
    if found.state is not SubmissionState.FROZEN:
        raise Conflict(_("這個版本的提交還沒有完成，不能比對收訖檔案。"))
    return found


def _close_if_dead(session: Session, actor: Actor, made: CentralImport) -> None:
    """What the queue has given up is refused, so that the same file can be brought again."""
    job = session.get(jobs.Job, made.job_id) if made.job_id else None
    if made.state is CentralState.QUEUED and job is not None and job.state is jobs.JobState.FAILED:
        refuse(actor, made.id, _("處理時發生系統錯誤，沒有任何資料被變更。"))


def _tell_sheets(session: Session, made: CentralImport, figures: Figures) -> None:
    """Write into each sheet how much of it was received."""
    after = 0
    while True:
        query = sa.select(ReceiptSheet).where(
            ReceiptSheet.submission_id == made.submission_id, ReceiptSheet.id > after
        )
        sheets = session.scalars(query.order_by(ReceiptSheet.id).limit(CHUNK)).all()
        for sheet in sheets:
            sheet.received = figures.received.get(sheet.student_id, sheet.received)
        session.flush()
        for sheet in sheets:
            session.expunge(sheet)
        if len(sheets) < CHUNK:
            return
        after = sheets[-1].id

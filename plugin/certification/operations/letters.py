"""Papers that are sent or made on demand: a row, a PDF that the queue makes, kept in the vault.

What stands in a paper is read once, when the queue first takes it, and kept with the row; a worker
that is killed leaves at most a file that the next one finds by its name.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugin import actor as actors
from plugin import clock, db, jobs, retention
from plugin.actor import Actor
from plugin.certification import letter_pages
from plugin.certification.models import CaseEvent, CaseVersion, CertificationCase, Letter, Mode
from plugin.certification.queries import letter_facts
from plugin.certification.queries import letters as queries
from plugin.errors import Conflict
from plugin.settings import Settings
from plugin.trail import chain
from plugin.vault import operations as vault
from plugin.vault.models import FileState, StoredFile

BUILD = "certification.letter"
SLOT, DOSSIER_SLOT = "certification.letter", "certification.dossier"

AFTER: Mapping[str, str] = {
    "ask_correction": "correction",
    "accept": "fee",
    "call_oral": "oral",
    "change_oral": "oral",
    "certify": "decision",
    "refuse": "decision",
    "lapse_correction": "decision",
    "lapse_fee": "decision",
}
"""Event of a case → the letter that follows it."""

ON_DEMAND = frozenset({"application", "dossier"})
"""Made when somebody asks for it; again when there is a newer version of the application."""

NAMES = {
    "fee": _l("繳費通知"),
    "correction": _l("補正通知書"),
    "oral": _l("展示（口試）通知書"),
    "decision": _l("審查結果通知"),
    "application": _l("申請書"),
    "dossier": _l("審查卷"),
}
"""Kind → what people call it."""


def follow(session: Session, actor: Actor, case: CertificationCase, step: CaseEvent) -> None:
    """Send the letter that an event asks for, if any; the kernel calls it within its transaction.

    On the school side nothing is sent: the issuing office is another house.
    """
    kind = AFTER.get(step.event)
    if kind is not None and case.mode is Mode.OFFICE:
        issue(session, actor, case, kind, step.id)


def issue(
    session: Session,
    actor: Actor,
    case: CertificationCase,
    kind: str,
    event_id: int | None = None,
    **facts: Any,
) -> Letter:
    """Put a paper on record and have its PDF made. Who may have it made asks the caller.

    :param kind: a key of `NAMES`.
    :param event_id: the step that it tells of.
    :param facts: plain values that stand in it instead of what would be read.
    """
    if kind not in NAMES:
        raise ValueError(f"no letter {kind}")
    letter = Letter(
        case_id=case.id,
        kind=kind,
        event_id=event_id,
        facts=json.dumps({"given": facts}, ensure_ascii=False) if facts else None,
        made_at=clock.now(),
    )
    session.add(letter)
    session.flush()
    letter.job_id = jobs.enqueue(actor, BUILD, {"letter_id": letter.id}, key=f"{BUILD}-{letter.id}")
    session.flush()
    return letter


def ask(actor: Actor, case_id: int, kind: str) -> Letter:
    """Have a paper of `ON_DEMAND` made; the one that holds already is given back.

    :raises NotFound: no such case for this person. :raises Conflict: nothing is confirmed yet.
    """
    queries.require_may_ask(actor, case_id, kind)
    with db.writing() as session:
        case = session.scalars(
            sa.select(CertificationCase)
            .where(CertificationCase.id == case_id)
            .with_for_update(**db.HELD)
        ).one()
        version = session.scalar(
            sa.select(sa.func.max(CaseVersion.number)).where(CaseVersion.case_id == case.id)
        )
        if version is None:
            raise Conflict(
                _("這件申請案還沒有確認送出，沒有可以列印的申請書。"),
                remedy=_("請先完成填寫並確認。"),
            )
        found = _standing(session, case, kind, version)
        if found is not None:
            return found
        letter = issue(session, actor, case, kind, version=version)
        chain.record(
            actor, "certification.letter.ask", "certification_case", case.id,
            kind=kind, letter=letter.id, version=version,
        )  # fmt: skip
        return letter


def build(run: jobs.Run, letter_id: int) -> int | None:
    """Make the PDF of a paper; done anew from the start after a kill, never twice.

    :returns: the id of its file.
    :raises Refusal: what it tells of is not there.
    """
    letter = db.reading().get(Letter, letter_id)
    if letter is None:
        return None
    if letter.file_id is not None:
        return letter.file_id
    facts = _facts(letter)
    settings: Settings = current_app.extensions["licheng.settings"]
    folder = settings.reports / f"letter-{letter.id}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        case = db.reading().get_one(CertificationCase, letter.case_id)
        # The name tells which paper it is: one that a killed worker had kept is found again.
        name = f"{case.number}-{letter.id}-{letter_pages.title(letter.kind, facts)}.pdf"
        found = _kept(case.school_id, _slot(letter.kind), name)
        if found is None:
            target = folder / "paper.pdf"
            letter_pages.write(target, letter.kind, facts, run.progress)
            found = _deposit(case.school_id, letter.kind, target, name)
        _attach(letter.id, found)
        return found.id
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _facts(letter: Letter) -> dict[str, Any]:
    """What stands in the paper: kept already, or read now and kept."""
    kept: dict[str, Any] = json.loads(letter.facts) if letter.facts else {}
    if "read" not in kept:
        given = kept.get("given", {})
        kept = {"given": given, "read": letter_facts.read(letter) | given}
        with db.writing() as session:
            session.get_one(Letter, letter.id).facts = json.dumps(kept, ensure_ascii=False)
    found: dict[str, Any] = kept["read"]
    return found


def _slot(kind: str) -> str:
    return DOSSIER_SLOT if kind == "dossier" else SLOT


def _kept(school_id: int, slot: str, name: str) -> StoredFile | None:
    query = sa.select(StoredFile).where(
        StoredFile.school_id == school_id,
        StoredFile.slot == slot,
        StoredFile.name == name,
        StoredFile.state != FileState.PURGED,
    )
    return db.reading().scalar(query.limit(1))


def _deposit(school_id: int, kind: str, path: Path, name: str) -> StoredFile:
    return vault.deposit(
        actors.system(school_id),
        path,
        slot=_slot(kind),
        name=name,
        media_type="application/pdf",
        kind="pdf",
        expires_at=_until(kind),
    )


def _until(kind: str) -> datetime | None:
    """What repeats the attachments is kept for a while, and made again when it is asked for."""
    if kind != "dossier":
        return None
    return clock.now() + retention.row("download").period


def _attach(letter_id: int, file: StoredFile) -> None:
    with db.writing() as session:
        letter = session.get_one(Letter, letter_id, with_for_update=True)
        if letter.file_id is not None:
            return
        letter.file_id = file.id
        chain.record(
            actors.system(file.school_id), "certification.letter.made", "certification_case",
            letter.case_id, letter=letter.id, kind=letter.kind, file=file.id, sha256=file.sha256,
        )  # fmt: skip


def _standing(session: Session, case: CertificationCase, kind: str, version: int) -> Letter | None:
    """The paper of this version, unless its file has expired or its making has failed."""
    letter = session.scalar(
        sa.select(Letter)
        .where(Letter.case_id == case.id, Letter.kind == kind)
        .order_by(Letter.id.desc())
        .limit(1)
    )
    if letter is None or queries.version_of(letter) != version:
        return None
    if letter.file_id is not None:
        file = session.get(StoredFile, letter.file_id)
        return letter if file is not None and file.state is not FileState.PURGED else None
    job = session.get(jobs.Job, letter.job_id) if letter.job_id else None
    return letter if job is not None and job.state is not jobs.JobState.FAILED else None

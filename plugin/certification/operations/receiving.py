"""Taking in the documents of an application: accepted at once, kept with its draft."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import papers
from plugin.errors import InvalidInput, NotFound
from plugin.school import rules, terms
from plugin.uploads import Staged
from plugin.vault import operations as vault
from plugin.vault.models import FileState, StoredFile

KINDS = ("pdf",)


def receive(actor: Actor, staged: Staged, name: str) -> StoredFile:
    """Keep an upload as a draft file, with a draft receipt; its content must be that of a PDF.

    :param name: of the document (`papers.yaml`).
    :raises FileRefused: a subclass that says why; nothing is stored.
    """
    paper = papers.papers().get(name)
    if actor.school_id is None or actor.person_id is None or paper is None:
        raise NotFound(_("找不到這個欄位。"))
    year = terms.term_of(clock.today()).academic_year
    days = rules.number(actor.school_id, "draft.keep_days", year)
    return vault.accept(
        actor,
        staged,
        owner_id=actor.person_id,
        slot=paper.slot,
        max_bytes=papers.max_bytes(actor.school_id, paper),
        kinds=KINDS,
        expires_at=clock.now() + timedelta(days=days),
    )


def require_own(session: Session, actor: Actor, files: Mapping[str, int]) -> None:
    """Every file is the applicant's own, still there, and was handed in for its document.

    :raises InvalidInput: `fields` names the documents at fault.
    """
    query = sa.select(StoredFile).where(StoredFile.id.in_(files.values()))
    known = {one.id: one for one in session.scalars(query)}
    faults = {}
    for name, file_id in files.items():
        file, paper = known.get(file_id), papers.papers().get(name)
        mine = file is not None and (file.owner_id, file.school_id) == (
            actor.person_id, actor.school_id,
        )  # fmt: skip
        if file is None or not mine or file.state is FileState.PURGED:
            faults[name] = _("先前上傳的檔案已經過期，請重新上傳。")
        elif paper is None or file.slot != paper.slot:
            faults[name] = _("這個檔案是為另一個欄位上傳的，請在這裡重新上傳。")
    if faults:
        raise InvalidInput(
            _("有檔案需要重新上傳。"), remedy=_("請修改下列項目後再送出。"), fields=faults
        )


def let_go(actor: Actor, file_ids: Collection[int]) -> None:
    """Draft files of the applicant that nothing needs any more; accepted ones stay for good."""
    if not file_ids:
        return
    with db.writing() as session:
        query = sa.select(StoredFile.id).where(
            StoredFile.id.in_(file_ids),
            StoredFile.owner_id == actor.person_id,
            StoredFile.state == FileState.DRAFT,
        )
        for file_id in session.scalars(query).all():
            vault.discard(actor, file_id)


def end_file(session: Session, actor: Actor, owner_id: int, file_id: int) -> None:
    """A draft file of `owner_id` ends, if it is one; hash, time and reason stay."""
    file = session.get(StoredFile, file_id)
    if file is not None and file.owner_id == owner_id and file.state is FileState.DRAFT:
        vault.discard(actor, file.id)

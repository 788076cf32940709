"""Answering a request for correction: exactly its items, until its last day."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import drafting, ending
from plugin.certification.clocks import Clock
from plugin.certification.drafting import Application
from plugin.certification.forms.application import NAME, Basics
from plugin.certification.models import (
    CaseFile,
    CaseState,
    CaseVersion,
    CertificationCase,
    Correction,
    CorrectionItem,
)
from plugin.certification.operations import applying, clocks, kernel
from plugin.drafts.operations import Drafts
from plugin.errors import Conflict, InvalidInput, WindowClosed


def answer(actor: Actor, case_id: int, application: Application, basics: Basics) -> None:
    """Hand the corrected items in: the next version stands beside the old, the rest is as it was.

    :raises Conflict: no correction is open (any more).
    :raises WindowClosed: its last day is over.
    :raises InvalidInput: something beyond its items was changed, or a file is not there.
    """
    with db.writing() as session:
        case = applying.own(session, actor, case_id)
        correction = open_one(session, case)
        if correction is None:
            raise nothing_open()
        if over(session, case):
            raise too_late()
        _require_only_items(session, case, correction, application)
        applying.fill(case, basics)
        version = applying.add_version(session, actor, case, application)
        correction.answered_at = correction.ended_at = clock.now()
        kernel.happen(session, actor, case, "answer_correction", version=version.number)
        store = Drafts(actor)
        store.delete(store.key(NAME, drafting.correction_subject(correction.id)))


def nothing_open() -> Conflict:
    """No request for correction is open."""
    return Conflict(_("目前沒有待補正的項目。"), remedy=_("請重新整理頁面，看看最新的狀態。"))


def too_late() -> WindowClosed:
    """The last day of a request is over."""
    return WindowClosed(_("補正期限已過。"), remedy=_("核發機關會依規定處理，結果將另行通知。"))


def open_one(session: Session, case: CertificationCase) -> Correction | None:
    """The request that is open."""
    if case.state is not CaseState.CORRECTION:
        return None
    return session.scalar(
        sa.select(Correction)
        .where(Correction.case_id == case.id, Correction.ended_at.is_(None))
        .order_by(Correction.id.desc())
        .limit(1)
    )


def items_of(session: Session, correction: Correction) -> dict[str, str]:
    """Field → what is to be corrected."""
    query = sa.select(CorrectionItem).where(CorrectionItem.correction_id == correction.id)
    return {one.field: one.words for one in session.scalars(query.order_by(CorrectionItem.id))}


def over(session: Session, case: CertificationCase) -> bool:
    """Whether the period's last moment has gone by, acted on or not."""
    found = [one for one in clocks.running(session, case.id) if one.kind == Clock.CORRECTION]
    return any(clock.now() >= ending.ends_at(one) for one in found)


def _require_only_items(
    session: Session, case: CertificationCase, correction: Correction, application: Application
) -> None:
    items = set(items_of(session, correction)) | {"organisation_code", "unlisted"}
    old = session.scalar(
        sa.select(CaseVersion)
        .where(CaseVersion.case_id == case.id)
        .order_by(CaseVersion.number.desc())
        .limit(1)
    )
    before = drafting.read_answers(old.answers) if old is not None else {}
    query = sa.select(CaseFile).where(CaseFile.version_id == (old.id if old else 0))
    files = {one.slot: one.file_id for one in session.scalars(query)}
    # What another path or category asks for no longer may go; nothing else may come or change.
    touched = {name for name, said in application.answers.items() if before.get(name) != said}
    touched |= {name for name, file in application.files.items() if files.get(name) != file}
    if beyond := touched - items:
        raise InvalidInput(
            _("只能修改被要求補正的項目。"),
            fields=dict.fromkeys(sorted(beyond), _("這一項沒有開放補正。")),
        )

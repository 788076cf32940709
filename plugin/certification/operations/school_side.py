"""The school side: what was prepared here is filed with the issuing office outside, and what became
of it is noted."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.drafts import Draft
from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import drafting, policy
from plugin.certification.forms.application import NAME, VERSION
from plugin.certification.forms.filling import words_of
from plugin.certification.models import CaseFile, CaseVersion, CertificationCase, SchoolSide
from plugin.certification.operations import applying, kernel
from plugin.drafts.operations import Drafts
from plugin.errors import InvalidInput


def take_back(actor: Actor, case_id: int) -> None:
    """Change what was made ready: the draft opens again with the newest version's answers.

    :raises Conflict: it is filed already.
    """
    with db.writing() as session:
        case = applying.own(session, actor, case_id)
        kernel.happen(session, actor, case, "take_back", tell=False)
        version = session.scalar(
            sa.select(CaseVersion)
            .where(CaseVersion.case_id == case.id)
            .order_by(CaseVersion.number.desc())
            .limit(1)
        )
        assert version is not None
        query = sa.select(CaseFile).where(CaseFile.version_id == version.id)
        files = {one.slot: one.file_id for one in session.scalars(query)}
        values = words_of(drafting.read_answers(version.answers), files)
        store = Drafts(actor)
        key = store.key(NAME, drafting.subject(case.id))
        done = ("consent", "basics", "essays", "papers")
        store.save(Draft(key, VERSION, values, done))


def note_filed(actor: Actor, case_id: int, filed_on: date, outside_number: str) -> None:
    """It was handed in on the issuing office's own site.

    :raises InvalidInput: a day to come, or before it was made ready.
    """
    with db.writing() as session:
        case = _seen(session, actor, case_id)
        ready = case.confirmed_at.date() if case.confirmed_at else filed_on
        if not ready <= filed_on <= clock.today():
            raise InvalidInput(
                _("送件日期不合理。"),
                fields={"filed_on": _("送件日期應在備妥之後，且不晚於今天。")},
            )
        side = _side(session, case)
        side.filed_on, side.outside_number = filed_on, outside_number.strip()[:40]
        kernel.happen(session, actor, case, "note_filed", tell=False)


def note_outcome(actor: Actor, case_id: int, passed: bool, note: str) -> None:
    """What the issuing office decided."""
    with db.writing() as session:
        case = _seen(session, actor, case_id)
        _side(session, case).note = note.strip()[:1000]
        event = "note_certified" if passed else "note_refused"
        kernel.happen(session, actor, case, event, words=note.strip()[:1000])


def _seen(session: Session, actor: Actor, case_id: int) -> CertificationCase:
    case = kernel.held(session, actor.school_id, case_id)
    policy.require(bool(policy.stands(actor, case)), _("找不到這件申請案。"))
    return case


def _side(session: Session, case: CertificationCase) -> SchoolSide:
    side = session.get(SchoolSide, case.id)
    if side is None:
        side = SchoolSide(case_id=case.id)
        session.add(side)
        session.flush()
    return side

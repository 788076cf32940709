"""The student's drafts: whatever was typed and uploaded is kept, right or wrong.

Rules are asked when an outcome is sent, not when it is saved; so a refused form loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio.models import Outcome, OutcomeState
from plugin.portfolio.operations import attaching
from plugin.portfolio.operations.found import audited, missing, own
from plugin.portfolio.operations.intake import SLOTS
from plugin.portfolio.queries import shared
from plugin.portfolio.states import EDITABLE, LABELS
from plugin.school import terms, windows
from plugin.school.models import Course, WindowKind
from plugin.trail.chain import record

DRAFT_TEXT_POINTS = 5000
"""A draft may be longer than what can be sent, but not endless."""


@dataclass(frozen=True)
class OutcomeInput:
    """What a student says of an outcome; files are ids of draft files in the vault."""

    course_id: int | None = None
    title: str = ""
    summary: str = ""
    ai_note: str = ""
    document_file_id: int | None = None
    media_file_id: int | None = None


@audited
def start(
    actor: Actor, values: OutcomeInput, *, begun_at: datetime, page_key: str | None = None
) -> Outcome:
    """Begin a draft.

    :param begun_at: when the upload began (the request's first byte).
    :param page_key: made anew for every page that is shown; a page that is sent twice (a double
        click, a second try after a lost connection) gets what it began the first time.
    :raises InvalidInput: a text beyond all measure.
    :raises NotFound: a course or file that is not the student's own.
    """
    with db.writing() as session:
        today = terms.term_of(clock.today())
        assert actor.school_id is not None
        assert actor.person_id is not None
        if page_key:
            begun = session.scalar(
                sa.select(Outcome).where(
                    Outcome.student_id == actor.person_id, Outcome.page_key == page_key[:32]
                )
            )
            if begun is not None:
                if begun.state in EDITABLE:
                    _fill(session, actor, begun, values, begun_at)
                    record(actor, "outcome.save", "outcome", begun.id, **attaching.told(begun))
                    session.flush()
                return begun
        outcome = Outcome(
            school_id=actor.school_id,
            student_id=actor.person_id,
            academic_year=today.academic_year,
            term=today.term,
            state=OutcomeState.DRAFT,
            started_at=begun_at,
            page_key=page_key[:32] if page_key else None,
        )
        session.add(outcome)
        _fill(session, actor, outcome, values, begun_at)
        session.flush()
        record(actor, "outcome.start", "outcome", outcome.id, **attaching.told(outcome))
        return outcome


@audited
def save(
    actor: Actor,
    outcome_id: int,
    values: OutcomeInput,
    *,
    begun_at: datetime,
    version: int | None = None,
) -> Outcome:
    """Keep what is typed in a draft or a returned outcome.

    :param version: what the page showed; another one now means that another tab was faster.
    :raises Conflict: sent meanwhile, or changed in another tab.
    :raises NotFound: somebody else's.
    """
    with db.writing() as session:
        outcome = own(session, actor, outcome_id)
        if outcome.state not in EDITABLE:
            raise Conflict(
                _("這件成果目前是「%(state)s」，不能修改。", state=LABELS[outcome.state].text),
                remedy=_("待認證的成果請先撤回；已認證的成果請先選「重新編輯」。"),
            )
        if version is not None and outcome.version != version:
            raise Conflict(
                _("這份草稿剛才在另一個視窗存過，這次的修改沒有蓋過它。"),
                remedy=_("請比對另一個視窗的內容後，重新開啟草稿再修改。"),
            )
        _fill(session, actor, outcome, values, begun_at)
        record(actor, "outcome.save", "outcome", outcome.id, **attaching.told(outcome))
        session.flush()
        return outcome


@audited
def discard(actor: Actor, outcome_id: int) -> None:
    """Throw a draft away that was never sent; its draft files go with it.

    :raises Conflict: it was sent once: then its history stays.
    """
    with db.writing() as session:
        outcome = own(session, actor, outcome_id)
        if outcome.state is not OutcomeState.DRAFT or outcome.sent_at is not None:
            raise Conflict(
                _("曾經送出的成果會保留紀錄，不能刪除。"),
                remedy=_("不想提交的成果，不勾選即可。"),
            )
        record(actor, "outcome.discard", "outcome", outcome.id, **attaching.told(outcome))
        files = attaching.ids_of(outcome)
        session.delete(outcome)
        session.flush()
        for file_id in files:
            attaching.let_go(session, actor, file_id)


def _fill(
    session: Session, actor: Actor, outcome: Outcome, values: OutcomeInput, begun_at: datetime
) -> None:
    for name in ("title", "summary", "ai_note"):
        text = normalise(getattr(values, name))
        if len(text) > (200 if name == "title" else DRAFT_TEXT_POINTS):
            raise InvalidInput(
                _("文字太長，無法存成草稿。"), fields={name: _("文字太長，請刪減後再存。")}
            )
        setattr(outcome, name, text)
    if values.course_id != outcome.course_id or outcome.id is None:
        _place(actor, outcome, values.course_id, session)
    for slot in SLOTS:
        file_id = getattr(values, f"{slot}_file_id")
        attaching.exchange(session, actor, outcome, SLOTS, slot, file_id)
    window = windows.find(
        outcome.school_id,
        WindowKind.OUTCOME_UPLOAD,
        outcome.academic_year,
        outcome.term,
        shared.grade_of(outcome.student_id, outcome.academic_year),
        student_id=outcome.student_id,
    )
    if window is not None and windows.open_at(window, begun_at):
        outcome.started_at = begun_at


def _place(actor: Actor, outcome: Outcome, course_id: int | None, session: Session) -> None:
    """Put the outcome into a course of the student's own, and so into its term."""
    if course_id is None:
        outcome.course_id = None
        return
    course = session.get(Course, course_id)
    if course is None or course.school_id != actor.school_id:
        raise missing()
    outcome.course_id = course.id
    outcome.academic_year, outcome.term = course.academic_year, course.term

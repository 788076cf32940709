"""A student says that something is wrong; the registry (posts: student affairs) answers."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import InvalidInput, LimitReached
from plugin.portfolio.academic_states import move_case
from plugin.portfolio.models import CaseArea, CaseState, CourseRecord, OfficerPost, RecordCase
from plugin.portfolio.operations.academic import found, telling
from plugin.portfolio.operations.found import ForeignRecord, audited, hold_student, missing, nowhere
from plugin.school.terms import Term
from plugin.trail.chain import record

MOST_OPEN = 20
"""Open reports of one student: more is a mistake, and each is somebody's work."""


@audited
def report(
    actor: Actor,
    area: CaseArea,
    term: Term,
    text: str,
    *,
    subject_id: int | None = None,
    page_key: str | None = None,
) -> RecordCase:
    """Report an error, at any time; the same page sent twice is one report.

    :param subject_id: the own post or course record that it is about.
    :raises InvalidInput: nothing is said, or too much.
    :raises NotFound: the actor is no student, or the post or record is not theirs.
    :raises LimitReached: twenty reports are open already.
    """
    said = normalise(text)
    if not said or len(said) > found.TEXT_POINTS:
        words = _("請說明哪裡有錯、正確的內容是什麼，最多 %(most)s 字。", most=found.TEXT_POINTS)
        raise InvalidInput(words, fields={"text": words})
    if not actor.has(Role.STUDENT) or actor.person_id is None or actor.school_id is None:
        raise missing()
    with db.writing() as session:
        hold_student(session, actor.person_id)
        if page_key and (known := _by_page(session, actor.person_id, page_key)):
            return known
        _require_room(session, actor.person_id)
        about, term = _about(session, actor, area, term, subject_id)
        case = RecordCase(
            school_id=actor.school_id,
            student_id=actor.person_id,
            area=area,
            academic_year=term.academic_year,
            term=term.term,
            subject_id=subject_id,
            about=about[:200],
            text=said,
            reported_at=clock.now(),
            state=CaseState.OPEN,
            page_key=page_key,
        )
        session.add(case)
        session.flush()
        record(actor, "case.report", "record_case", case.id, area=area, subject_id=subject_id)
        telling.reported(case)
        return case


@audited
def answer(actor: Actor, case_id: int, text: str, *, corrected: bool) -> RecordCase:
    """Answer a report; it is dated, the student sees it, and it is never changed.

    :param corrected: the record was put right.
    :raises InvalidInput: no words, or too many.
    :raises Conflict: somebody has answered it already.
    :raises NotFound: none, another school's, or another office's.
    """
    said = normalise(text)
    if not said or len(said) > found.TEXT_POINTS:
        words = _("請寫下答覆，最多 %(most)s 字；學生會看到。", most=found.TEXT_POINTS)
        raise InvalidInput(words, fields={"answer": words})
    with db.writing() as session:
        school_id = found.school_as(actor, Role.REGISTRY, Role.STUDENT_AFFAIRS)
        case = found.kept(session, RecordCase, school_id, case_id)
        require_keeper(actor, case)
        move_case(case, "correct" if corrected else "answer")
        case.answer = said
        case.answered_by_id, case.answered_by_name = actor.person_id, actor.name
        case.answered_at = clock.now()
        record(actor, "case.answer", "record_case", case.id, state=case.state)
        session.flush()
        telling.answered(case)
        return case


@audited
def seen_by_keeper(actor: Actor, case_id: int) -> RecordCase:
    """A report, for the office whose case it is; raises as `answer`."""
    school_id = found.school_as(actor, Role.REGISTRY, Role.STUDENT_AFFAIRS)
    case = db.reading().get(RecordCase, case_id)
    if case is None:
        raise nowhere(RecordCase, case_id)
    if case.school_id != school_id:
        raise ForeignRecord("record_case", case_id)
    require_keeper(actor, case)
    return case


def require_keeper(actor: Actor, case: RecordCase) -> None:
    """:raises NotFound: it is another office's."""
    if not actor.has(telling.KEEPERS[case.area]):
        raise ForeignRecord("record_case", case.id)


def _by_page(session: Session, student_id: int, page_key: str) -> RecordCase | None:
    return session.scalar(
        sa.select(RecordCase).where(
            RecordCase.student_id == student_id, RecordCase.page_key == page_key
        )
    )


def _require_room(session: Session, student_id: int) -> None:
    query = sa.select(sa.func.count()).select_from(RecordCase)
    waiting = session.scalar(
        query.where(RecordCase.student_id == student_id, RecordCase.state == CaseState.OPEN)
    )
    if (waiting or 0) >= MOST_OPEN:
        raise LimitReached(
            _("您已有 %(n)s 件回報等待答覆。", n=MOST_OPEN),
            remedy=_("請等學校答覆後再回報，或直接洽註冊組。"),
        )


def _about(
    session: Session, actor: Actor, area: CaseArea, term: Term, subject_id: int | None
) -> tuple[str, Term]:
    """What the report is about, as it is called now, and of which term."""
    if subject_id is None or area is CaseArea.BASIC:
        words = {
            CaseArea.BASIC: _("%(term)s 學籍資料", term=term.label),
            CaseArea.POSTS: _("%(term)s 幹部紀錄", term=term.label),
            CaseArea.COURSES: _("%(term)s 修課紀錄", term=term.label),
        }
        return words[area], term
    model = OfficerPost if area is CaseArea.POSTS else CourseRecord
    one: OfficerPost | CourseRecord | None = session.get(model, subject_id)  # type: ignore[assignment]
    if one is None:
        raise nowhere(model, subject_id)
    if one.student_id != actor.person_id or one.removed_at is not None:
        raise ForeignRecord(model.__tablename__, subject_id)
    named = f"{one.unit} {one.duty}" if isinstance(one, OfficerPost) else one.subject
    of = Term(one.academic_year, one.term)
    return f"{of.label} {named}", of

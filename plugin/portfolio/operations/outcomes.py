"""Sending an outcome to its teacher, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput, LimitReached
from plugin.portfolio import notices
from plugin.portfolio.models import Decision, Outcome, SelectionItem, Verdict
from plugin.portfolio.operations import attaching
from plugin.portfolio.operations.found import audited, hold_student, own
from plugin.portfolio.operations.intake import SLOTS
from plugin.portfolio.queries import shared
from plugin.portfolio.states import move
from plugin.school import queries as school_queries
from plugin.school import rules, windows
from plugin.school.models import Course, WindowKind
from plugin.trail.chain import record
from plugin.vault import operations as vault
from plugin.vault.models import Receipt

PER_TERM = "outcome.per_term.max"
SUMMARY = "outcome.summary.max_points"


@dataclass(frozen=True)
class Sent:
    """What sending led to: the final receipts, and whether an earlier certification stands."""

    outcome: Outcome
    receipts: list[Receipt] = field(default_factory=list)
    restored: bool = False


@audited
def send(actor: Actor, outcome_id: int) -> Sent:
    """Send a draft, or a returned outcome again, to the teachers of its course.

    When its files and summary are those of an item of the same course whose last decision was
    *certified*, that certification stands again at once, whatever the calendar says: so work
    that was lost and uploaded anew needs no second judgement (SPEC §1, Outcome life).

    :raises InvalidInput: something is missing or too long; `fields` says what.
    :raises WindowClosed: outside the upload window and its grace.
    :raises LimitReached: the term's places are taken.
    :raises Conflict: it was sent already.
    """
    with db.writing() as session:
        outcome = own(session, actor, outcome_id)
        course = _complete(session, outcome)
        hold_student(session, outcome.student_id)
        earlier = _certified_before(session, outcome)
        outcome.grade = shared.grade_of(outcome.student_id, outcome.academic_year)
        if earlier is None:
            windows.require_open(
                outcome.school_id,
                WindowKind.OUTCOME_UPLOAD,
                course.academic_year,
                course.term,
                outcome.grade,
                started_at=outcome.started_at,
                student_id=outcome.student_id,
            )
        _require_place(outcome)
        move(outcome, "send_in" if earlier is None else "restore")
        now = clock.now()
        outcome.sent_at, outcome.decided_at, outcome.certify_until = now, None, None
        receipts = vault.keep(actor, attaching.ids_of(outcome))
        record(
            actor,
            "outcome.send",
            "outcome",
            outcome.id,
            course=course.id,
            receipts=[receipt.number for receipt in receipts],
        )
        if earlier is None:
            session.flush()
            notices.sent(outcome)
        else:
            _restore(session, actor, outcome, earlier)
        return Sent(outcome, receipts, earlier is not None)


@audited
def withdraw(actor: Actor, outcome_id: int) -> Outcome:
    """Take a sent outcome back before it is decided; its place is free again.

    :raises Conflict: decided already, or not sent.
    :raises WindowClosed: what is withdrawn now could not be sent again.
    """
    with db.writing() as session:
        outcome = own(session, actor, outcome_id)
        move(outcome, "withdraw")
        windows.require_open(
            outcome.school_id,
            WindowKind.OUTCOME_UPLOAD,
            outcome.academic_year,
            outcome.term,
            outcome.grade,
            student_id=outcome.student_id,
        )
        vault.end_links(actor, [outcome.document_file_id, outcome.media_file_id])
        record(actor, "outcome.withdraw", "outcome", outcome.id)
        return outcome


@audited
def reopen(actor: Actor, outcome_id: int) -> Outcome:
    """Take a certified outcome up again to change it; its certification rests meanwhile.

    :raises Conflict: it is selected, or not certified.
    :raises WindowClosed: changes could not be sent any more.
    """
    with db.writing() as session:
        outcome = own(session, actor, outcome_id)
        chosen = sa.select(SelectionItem.id).where(SelectionItem.outcome_id == outcome.id)
        if session.scalar(chosen.limit(1)) is not None:
            raise Conflict(
                _("這件成果已被勾選，不能重新編輯。"), remedy=_("請先到勾選頁取消勾選。")
            )
        windows.require_open(
            outcome.school_id,
            WindowKind.OUTCOME_UPLOAD,
            outcome.academic_year,
            outcome.term,
            outcome.grade,
            student_id=outcome.student_id,
        )
        move(outcome, "reopen")
        outcome.decided_at = None
        outcome.started_at = clock.now()
        record(actor, "outcome.reopen", "outcome", outcome.id)
        return outcome


def _complete(session: Session, outcome: Outcome) -> Course:
    """Everything that must be there is there; all faults are told at once."""
    faults: dict[str, str] = {}
    course = session.get(Course, outcome.course_id) if outcome.course_id else None
    if course is None:
        faults["course_id"] = _("請選擇這件成果所屬的課程。")
    elif not school_queries.enrolled(course.id, outcome.student_id):
        faults["course_id"] = _("您沒有修習這門課程，請改選您修習的課程。")
    elif not school_queries.course_carries_credit(course):
        faults["course_id"] = _(
            "「%(course)s」不採計學分，不能上傳課程學習成果；請改選有學分的課程。",
            course=course.name,
        )
    if not outcome.title:
        faults["title"] = _("請填寫「成果名稱」。")
    most = rules.number(outcome.school_id, SUMMARY, outcome.academic_year)
    rule = None
    if not outcome.summary:
        faults["summary"] = _("請填寫「成果簡述」。")
    elif len(outcome.summary) > most:
        rule = SUMMARY
        faults["summary"] = ngettext(
            "「成果簡述」最多 %(most)s 字，目前多了 %(num)s 字，請刪減後再送出。",
            "「成果簡述」最多 %(most)s 字，目前多了 %(num)s 字，請刪減後再送出。",
            len(outcome.summary) - most,
            most=most,
        )
    if not attaching.ids_of(outcome):
        faults["document"] = _("請至少上傳一個檔案：文件檔或影音檔。")
    faults |= attaching.oversized(outcome, SLOTS)
    if faults:
        raise InvalidInput(
            _("還有資料需要補齊，已為您存成草稿。"),
            remedy=_("請修改下列項目後再送出。"),
            rule=rule,
            fields=faults,
        )
    assert course is not None
    return course


def _require_place(outcome: Outcome) -> None:
    limit = rules.number(outcome.school_id, PER_TERM, outcome.academic_year)
    taken = shared.places_taken(outcome.student_id, outcome.academic_year, outcome.term)
    if taken >= limit:
        raise LimitReached(
            _("本學期已送出 %(taken)s 件，上限是 %(limit)s 件。", taken=taken, limit=limit),
            remedy=_("可以先撤回一件尚未認證的成果，再送出這一件；草稿已保留。"),
            rule=PER_TERM,
        )


def _certified_before(session: Session, outcome: Outcome) -> Decision | None:
    """The decision that stands again for exactly these files and this summary, if there is one.

    It must be the last one about this very content, of whatever item of the course, and the last
    one about its own item: work that was returned is not certified by an older twin of it.
    """
    hashes = shared.hashes_of(outcome)
    same = (
        sa.select(Decision)
        .join(Outcome, Outcome.id == Decision.outcome_id)
        .where(
            Outcome.student_id == outcome.student_id,
            Decision.course_id == outcome.course_id,
            Decision.summary == outcome.summary,
            Decision.document_sha256.is_not_distinct_from(hashes.document),
            Decision.media_sha256.is_not_distinct_from(hashes.media),
        )
    )
    found = session.scalar(same.order_by(Decision.id.desc()).limit(1))
    if found is None or found.verdict is not Verdict.CERTIFIED:
        return None
    later = sa.select(Decision.id).where(
        Decision.outcome_id == found.outcome_id, Decision.id > found.id
    )
    return found if session.scalar(later.limit(1)) is None else None


def _restore(session: Session, actor: Actor, outcome: Outcome, earlier: Decision) -> None:
    outcome.decided_at = clock.now()
    decision = Decision(
        outcome_id=outcome.id,
        verdict=Verdict.CERTIFIED,
        by_id=earlier.by_id,
        by_name=earlier.by_name,
        at=clock.now(),
        substitute=earlier.substitute,
        course_id=earlier.course_id,
        title=outcome.title,
        summary=outcome.summary,
        document_sha256=earlier.document_sha256,
        media_sha256=earlier.media_sha256,
        restores_id=earlier.id,
    )
    session.add(decision)
    session.flush()
    notices.restored(outcome, decision)
    record(actor, "outcome.restore", "outcome", outcome.id, decision=earlier.id)

"""What every decision needs: the outcomes held, who may decide them today, and the decision itself.

Loaded at once for however many: a bulk reads as much as a single decision does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.jinja import roc_date
from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio import notices
from plugin.portfolio.models import Decision, Outcome, OutcomeState, Verdict
from plugin.portfolio.operations.found import ForeignRecord, nowhere
from plugin.portfolio.queries.shared import Hashes, hashes_of_many
from plugin.portfolio.queries.teaching import parts_in
from plugin.portfolio.queries.teaching_queue import last_decisions
from plugin.portfolio.states import LABELS, VERDICT_LABELS, move
from plugin.school import windows
from plugin.school.models import TeachingKind, WindowKind
from plugin.trail.chain import record

REASON_POINTS = 500
LEADS_TO = {
    Verdict.CERTIFIED: OutcomeState.CERTIFIED,
    Verdict.RETURNED: OutcomeState.RETURNED,
}
"""The state in which a decision leaves its outcome."""


@dataclass(frozen=True)
class Bench:
    """Some outcomes, their rows held until the transaction ends."""

    outcomes: Mapping[int, Outcome]
    parts: Mapping[int, TeachingKind]
    """As what the actor teaches each course today."""
    hashes: Mapping[int, Hashes]
    last: Mapping[int, Decision]


def load(session: Session, actor: Actor, outcome_ids: Iterable[int]) -> Bench:
    """Hold some outcomes and read what deciding them takes."""
    ids = list(outcome_ids)
    rows = session.scalars(
        sa.select(Outcome)
        .where(Outcome.id.in_(ids))
        .order_by(Outcome.id)  # one order for all, so that two bulks cannot block each other
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    ).all()
    ours = [one for one in rows if one.course_id is not None]
    courses = [one.course_id for one in ours if one.course_id is not None]
    return Bench(
        outcomes={one.id: one for one in rows},
        parts=parts_in(actor, courses, clock.today()),
        hashes=hashes_of_many(ours),
        last=last_decisions([one.id for one in rows]),
    )


def mine(actor: Actor, bench: Bench, outcome_id: int) -> Outcome:
    """An outcome that was sent in a course in which the actor may certify today.

    :raises NotFound: none such; reaching for it leaves an audit line (see `audited`).
    """
    outcome = bench.outcomes.get(outcome_id)
    if outcome is None:
        raise nowhere(Outcome, outcome_id)
    never_sent = outcome.sent_at is None
    if (
        never_sent
        or outcome.course_id not in bench.parts
        or not actor.has(Role.TEACHER, Role.SUBSTITUTE)
    ):
        raise ForeignRecord("outcome", outcome_id)
    return outcome


def require_seen(outcome: Outcome, version: int | None) -> None:
    """:raises Conflict: the outcome is not any more what the teacher looked at."""
    if version is not None and version != outcome.version:
        raise Conflict(
            _("「%(title)s」在您開啟後又更新過，請重新檢視內容再決定。", title=outcome.title),
            remedy=_("請重新開啟這件成果。"),
        )


def require_time(outcome: Outcome) -> None:
    """:raises WindowClosed: certification is closed and the item has no extension."""
    if outcome.certify_until is not None and clock.now() < outcome.certify_until:
        return
    windows.require_open(
        outcome.school_id,
        WindowKind.CERTIFICATION,
        outcome.academic_year,
        outcome.term,
        outcome.grade,
        student_id=outcome.student_id,
        course_id=outcome.course_id,
    )


def already(actor: Actor, outcome: Outcome, last: Decision | None) -> Conflict:
    """What the second of two teachers is told: who was faster, and with what."""
    remedy = _("請重新整理清單，看看最新的狀態。")
    if last is None or outcome.state is not LEADS_TO[last.verdict]:
        return Conflict(
            _(
                "「%(title)s」目前是「%(state)s」，不能再處理；學生可能已經撤回。",
                title=outcome.title,
                state=LABELS[outcome.state].text,
            ),
            remedy=remedy,
        )
    words = {
        "title": outcome.title,
        "when": roc_date(last.at),
        "verdict": VERDICT_LABELS[last.verdict].text,
    }
    if last.by_id == actor.person_id:
        return Conflict(
            _("「%(title)s」您已經在 %(when)s %(verdict)s過了。", **words),
            remedy=_("決定有誤時，請開啟這件成果並選「更正這個決定」。"),
        )
    return Conflict(
        _("「%(title)s」已由 %(name)s 老師在 %(when)s %(verdict)s。", name=last.by_name, **words),
        remedy=_("不需要再處理；如有疑義，請與這位老師討論後再更正。"),
    )


def decide(
    session: Session,
    actor: Actor,
    bench: Bench,
    outcome: Outcome,
    verdict: Verdict,
    reason: str,
    *,
    event: str | None,
    verb: str = "",
) -> Decision:
    """Write the decision, its audit line, and what its student is told.

    :param event: of `OutcomeLife`; None when the state stays what it is.
    :param verb: of the audit line, where it is not that of a first decision.
    """
    assert outcome.course_id is not None
    assert actor.person_id is not None
    if event is not None:
        move(outcome, event)
    outcome.decided_at = clock.now()
    hashes = bench.hashes[outcome.id]
    decision = Decision(
        outcome_id=outcome.id,
        verdict=verdict,
        reason=reason,
        by_id=actor.person_id,
        by_name=actor.name,
        at=outcome.decided_at,
        substitute=bench.parts[outcome.course_id] is TeachingKind.SUBSTITUTE,
        course_id=outcome.course_id,
        title=outcome.title,
        summary=outcome.summary,
        document_sha256=hashes.document,
        media_sha256=hashes.media,
    )
    session.add(decision)
    session.flush()
    record(
        actor,
        verb or ("outcome.certify" if verdict is Verdict.CERTIFIED else "outcome.return"),
        "outcome",
        outcome.id,
        decision=decision.id,
        document=hashes.document,
        media=hashes.media,
        substitute=decision.substitute,
    )
    notices.decided(actor, outcome, decision)
    return decision


def reason_of(text: str) -> str:
    """The reason as it is kept.

    :raises InvalidInput: none, or too long a one.
    """
    reason = normalise(text)
    if not reason:
        raise InvalidInput(
            _("請寫下退回的原因，讓學生知道要改什麼。"),
            fields={"reason": _("請填寫「退回原因」。")},
        )
    if len(reason) > REASON_POINTS:
        raise InvalidInput(
            _("退回原因最多 %(most)s 字。", most=REASON_POINTS),
            fields={"reason": _("「退回原因」最多 %(most)s 字，請刪減。", most=REASON_POINTS)},
        )
    return reason

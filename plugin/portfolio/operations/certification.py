"""The teacher's decisions: made in this course, or returned with a reason (SPEC §1).

A decision says nothing of quality, is never edited, and names the files it was made about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput, Refusal
from plugin.portfolio import notices
from plugin.portfolio.models import Decision, Outcome, OutcomeState, Verdict
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.portfolio.queries.shared import Hashes, hashes_of_many
from plugin.portfolio.queries.teaching import parts_in
from plugin.portfolio.states import LABELS, move
from plugin.school import windows
from plugin.school.models import TeachingKind, WindowKind
from plugin.trail.chain import record

REASON_POINTS = 500
BULK = 200
"""Most items of one bulk decision: what a person can have looked at."""


@dataclass(frozen=True)
class Result:
    """What became of one item of a bulk decision."""

    outcome_id: int
    title: str
    done: bool
    message: str = ""


@dataclass(frozen=True)
class _Bench:
    """What is needed to decide some outcomes, loaded at once."""

    outcomes: Mapping[int, Outcome]
    parts: Mapping[int, TeachingKind]
    hashes: Mapping[int, Hashes]


@audited
def certify(actor: Actor, outcome_id: int, *, version: int | None = None) -> Decision:
    """Certify one outcome.

    :param version: what the teacher looked at; sent anew meanwhile means look again.
    :raises Conflict: decided or withdrawn meanwhile.
    :raises WindowClosed: certification is closed and the item has no extension.
    :raises NotFound: not of a course in which the actor may certify today.
    """
    with db.writing() as session:
        bench = _bench(session, actor, [outcome_id])
        return _decide(session, actor, bench, outcome_id, version, Verdict.CERTIFIED, "")


@audited
def return_(actor: Actor, outcome_id: int, reason: str, *, version: int | None = None) -> Decision:
    """Return one outcome with a reason that tells the student what to change.

    :raises InvalidInput: no reason, or too long a one.
    :raises Conflict, WindowClosed, NotFound: as `certify`.
    """
    reason = _reason(reason)
    with db.writing() as session:
        bench = _bench(session, actor, [outcome_id])
        return _decide(session, actor, bench, outcome_id, version, Verdict.RETURNED, reason)


@audited
def seen_by_teacher(actor: Actor, outcome_id: int) -> Outcome:
    """An outcome that was sent in a course in which the actor may certify today, to look at.

    :raises NotFound: none, or of somebody else's course; reaching for that leaves an audit line.
    """
    outcome = db.reading().get(Outcome, outcome_id)
    if outcome is None:
        raise nowhere(Outcome, outcome_id)
    if outcome.state is OutcomeState.DRAFT and outcome.sent_at is not None:
        raise missing()  # withdrawn: the student's own again, no business of the audit chain
    courses = [outcome.course_id] if outcome.course_id and outcome.sent_at else []
    if not parts_in(actor, courses, clock.today()):
        raise ForeignRecord("outcome", outcome_id)
    return outcome


def certify_many(actor: Actor, versions: Mapping[int, int | None]) -> list[Result]:
    """Certify many; each item is its own truth, one that cannot be done stops no other.

    :param versions: outcome id → the version that the teacher saw.
    :raises InvalidInput: none, or more than `BULK`.
    """
    return _decide_many(actor, versions, Verdict.CERTIFIED, "")


def return_many(actor: Actor, versions: Mapping[int, int | None], reason: str) -> list[Result]:
    """Return many with the same reason; as `certify_many`."""
    return _decide_many(actor, versions, Verdict.RETURNED, _reason(reason))


def _decide_many(
    actor: Actor, versions: Mapping[int, int | None], verdict: Verdict, reason: str
) -> list[Result]:
    if not versions:
        raise InvalidInput(_("還沒有選取任何成果。"), remedy=_("請先勾選要處理的成果。"))
    if len(versions) > BULK:
        raise InvalidInput(_("一次最多處理 %(most)s 件。", most=BULK), remedy=_("請分批處理。"))
    results = []
    with db.writing() as session:
        bench = _bench(session, actor, versions)
        for outcome_id, version in versions.items():
            known = bench.outcomes.get(outcome_id)
            title = known.title if known is not None and known.course_id in bench.parts else ""
            try:
                _decide_one(actor, session, bench, outcome_id, version, verdict, reason)
            except Refusal as refusal:
                results.append(Result(outcome_id, title, False, refusal.message))
            else:
                results.append(Result(outcome_id, title, True))
    return results


@audited
def _decide_one(
    actor: Actor,
    session: Session,
    bench: _Bench,
    outcome_id: int,
    version: int | None,
    verdict: Verdict,
    reason: str,
) -> Decision:
    return _decide(session, actor, bench, outcome_id, version, verdict, reason)


def _decide(
    session: Session,
    actor: Actor,
    bench: _Bench,
    outcome_id: int,
    version: int | None,
    verdict: Verdict,
    reason: str,
) -> Decision:
    outcome = _decidable(actor, bench, outcome_id, version)
    assert outcome.course_id is not None
    assert actor.person_id is not None
    move(outcome, "certify" if verdict is Verdict.CERTIFIED else "return_")
    outcome.decided_at = clock.now()
    hashes = bench.hashes[outcome_id]
    decision = Decision(
        outcome_id=outcome_id,
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
        "outcome.certify" if verdict is Verdict.CERTIFIED else "outcome.return",
        "outcome",
        outcome_id,
        decision=decision.id,
        document=hashes.document,
        media=hashes.media,
        substitute=decision.substitute,
    )
    notices.decided(actor, outcome, decision)
    return decision


def _decidable(actor: Actor, bench: _Bench, outcome_id: int, version: int | None) -> Outcome:
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
    if outcome.state is not OutcomeState.SENT:
        raise Conflict(
            _(
                "「%(title)s」目前是「%(state)s」，可能已由其他老師處理或學生已撤回。",
                title=outcome.title,
                state=LABELS[outcome.state].text,
            ),
            remedy=_("請重新整理清單，看看最新的狀態。"),
        )
    if version is not None and version != outcome.version:
        raise Conflict(
            _("「%(title)s」在您開啟後又更新過，請重新檢視內容再決定。", title=outcome.title),
            remedy=_("請重新開啟這件成果。"),
        )
    extended = outcome.certify_until is not None and clock.now() < outcome.certify_until
    if not extended:
        windows.require_open(
            outcome.school_id,
            WindowKind.CERTIFICATION,
            outcome.academic_year,
            outcome.term,
            outcome.grade,
            student_id=outcome.student_id,
            course_id=outcome.course_id,
        )
    return outcome


def _bench(session: Session, actor: Actor, outcome_ids: Iterable[int]) -> _Bench:
    rows = session.scalars(
        sa.select(Outcome)
        .where(Outcome.id.in_(list(outcome_ids)))
        .order_by(Outcome.id)  # one order for all, so that two bulks cannot block each other
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    ).all()
    ours = [one for one in rows if one.course_id is not None]
    courses = [one.course_id for one in ours if one.course_id is not None]
    return _Bench(
        outcomes={one.id: one for one in rows},
        parts=parts_in(actor, courses, clock.today()),
        hashes=hashes_of_many(ours),
    )


def _reason(text: str) -> str:
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

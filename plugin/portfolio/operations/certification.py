"""The teacher's decisions: made in this course, or returned with a reason (SPEC §1).

A decision says nothing of quality, is never edited, and names the files it was made about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import InvalidInput, Refusal
from plugin.portfolio.models import Decision, Outcome, OutcomeState, Verdict
from plugin.portfolio.operations import certification_bench as benches
from plugin.portfolio.operations.certification_bench import REASON_POINTS, Bench
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.portfolio.queries.teaching import parts_in

__all__ = [
    "BULK",
    "REASON_POINTS",
    "Result",
    "certify",
    "certify_many",
    "return_",
    "return_many",
    "seen_by_teacher",
]

BULK = 200
"""Most items of one bulk decision: what a person can have looked at."""


@dataclass(frozen=True)
class Result:
    """What became of one item of a bulk decision."""

    outcome_id: int
    title: str
    done: bool
    message: str = ""


@audited
def certify(actor: Actor, outcome_id: int, *, version: int | None = None) -> Decision:
    """Certify one outcome.

    :param version: what the teacher looked at; sent anew meanwhile means look again.
    :raises Conflict: decided or withdrawn meanwhile.
    :raises WindowClosed: certification is closed and the item has no extension.
    :raises NotFound: not of a course in which the actor may certify today.
    """
    with db.writing() as session:
        bench = benches.load(session, actor, [outcome_id])
        return _decide(session, actor, bench, outcome_id, version, Verdict.CERTIFIED, "")


@audited
def return_(actor: Actor, outcome_id: int, reason: str, *, version: int | None = None) -> Decision:
    """Return one outcome with a reason that tells the student what to change.

    :raises InvalidInput: no reason, or too long a one.
    :raises Conflict, WindowClosed, NotFound: as `certify`.
    """
    reason = benches.reason_of(reason)
    with db.writing() as session:
        bench = benches.load(session, actor, [outcome_id])
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
    return _decide_many(actor, versions, Verdict.RETURNED, benches.reason_of(reason))


def _decide_many(
    actor: Actor, versions: Mapping[int, int | None], verdict: Verdict, reason: str
) -> list[Result]:
    if not versions:
        raise InvalidInput(_("還沒有選取任何成果。"), remedy=_("請先勾選要處理的成果。"))
    if len(versions) > BULK:
        raise InvalidInput(_("一次最多處理 %(most)s 件。", most=BULK), remedy=_("請分批處理。"))
    results = []
    with db.writing() as session:
        bench = benches.load(session, actor, versions)
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
    bench: Bench,
    outcome_id: int,
    version: int | None,
    verdict: Verdict,
    reason: str,
) -> Decision:
    return _decide(session, actor, bench, outcome_id, version, verdict, reason)


def _decide(
    session: Session,
    actor: Actor,
    bench: Bench,
    outcome_id: int,
    version: int | None,
    verdict: Verdict,
    reason: str,
) -> Decision:
    outcome = benches.mine(actor, bench, outcome_id)
    if outcome.state is not OutcomeState.SENT:
        raise benches.already(actor, outcome, bench.last.get(outcome_id))
    benches.require_seen(outcome, version)
    benches.require_time(outcome)
    event = "certify" if verdict is Verdict.CERTIFIED else "return_"
    return benches.decide(session, actor, bench, outcome, verdict, reason, event=event)

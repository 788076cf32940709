"""Correcting a decision: it is never edited, only followed by another (SPEC §1, Outcome life)."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import db
from plugin.actor import Actor
from plugin.errors import Conflict, LimitReached
from plugin.portfolio.models import Decision, Outcome, OutcomeState, SelectionItem, Verdict
from plugin.portfolio.operations import certification_bench as benches
from plugin.portfolio.operations.certification_bench import Bench
from plugin.portfolio.operations.found import audited, hold_student
from plugin.portfolio.operations.outcomes import PER_TERM
from plugin.portfolio.queries import shared
from plugin.portfolio.states import LABELS
from plugin.school import rules

VERB = "outcome.correct"


@audited
def correct(
    actor: Actor, outcome_id: int, verdict: Verdict, reason: str = "", *, version: int | None = None
) -> Decision:
    """Follow the last decision by another: a certified item goes back with a reason, a returned
    one is certified after all, or is returned with better words.

    :raises Conflict: it is not decided, is certified already, has been selected by its student, or
        its student has changed it since.
    :raises WindowClosed, InvalidInput, NotFound: as `certification.return_`.
    :raises LimitReached: the student has taken the place meanwhile.
    """
    said = benches.reason_of(reason) if verdict is Verdict.RETURNED else ""
    with db.writing() as session:
        bench = benches.load(session, actor, [outcome_id])
        outcome = benches.mine(actor, bench, outcome_id)
        last = bench.last.get(outcome_id)
        if last is None or outcome.state is not benches.LEADS_TO[last.verdict]:
            raise Conflict(
                _(
                    "「%(title)s」目前是「%(state)s」，沒有可以更正的決定。",
                    title=outcome.title,
                    state=LABELS[outcome.state].text,
                ),
                remedy=_("請重新開啟這件成果，看看最新的狀態。"),
            )
        benches.require_seen(outcome, version)
        benches.require_time(outcome)
        event: str | None = "correct"
        if verdict is Verdict.CERTIFIED:
            _require_as_returned(bench, outcome, last)
            _require_place(session, outcome)
        elif outcome.state is OutcomeState.RETURNED:
            event = None
        else:
            _require_not_selected(session, outcome)
        return benches.decide(session, actor, bench, outcome, verdict, said, event=event, verb=VERB)


def _require_as_returned(bench: Bench, outcome: Outcome, last: Decision) -> None:
    if outcome.state is OutcomeState.CERTIFIED:
        raise Conflict(
            _("「%(title)s」已經認證，不需要再認證一次。", title=outcome.title),
            remedy=_("要退回時，請寫下退回原因。"),
        )
    hashes = bench.hashes[outcome.id]
    now = (outcome.title, outcome.summary, hashes.document, hashes.media)
    if now != (last.title, last.summary, last.document_sha256, last.media_sha256):
        raise Conflict(
            _("學生在退回後已經開始修改「%(title)s」。", title=outcome.title),
            remedy=_("請等學生修改後再送出，再認證新的內容。"),
        )


def _require_not_selected(session: Session, outcome: Outcome) -> None:
    chosen = sa.select(SelectionItem.id).where(SelectionItem.outcome_id == outcome.id)
    hold_student(session, outcome.student_id)
    if session.scalar(chosen.limit(1)) is not None:
        raise Conflict(
            _("學生已經勾選「%(title)s」，不能改為退回。", title=outcome.title),
            remedy=_("請學生先到勾選頁取消勾選；已經提交的，請洽註冊組。"),
        )


def _require_place(session: Session, outcome: Outcome) -> None:
    hold_student(session, outcome.student_id)
    limit = rules.number(outcome.school_id, PER_TERM, outcome.academic_year)
    taken = shared.places_taken(outcome.student_id, outcome.academic_year, outcome.term)
    if taken >= limit:
        raise LimitReached(
            _("這位學生本學期已送出 %(taken)s 件，上限是 %(limit)s 件。", taken=taken, limit=limit),
            remedy=_("請學生先撤回一件尚未認證的成果，再更正這個決定。"),
            rule=PER_TERM,
        )

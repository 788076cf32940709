"""When certification closes: undecided outcomes become overdue, the registry may extend."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.actor import Actor, system
from plugin.errors import InvalidInput
from plugin.portfolio import notices, policy
from plugin.portfolio.models import Outcome, OutcomeState
from plugin.portfolio.operations.found import ForeignRecord, audited, nowhere
from plugin.portfolio.states import move
from plugin.school import extensions, windows
from plugin.school.models import WindowKind
from plugin.trail.chain import record

CHUNK = 500
"""Items of one transaction, so that nobody waits long for the write lock."""


def mark_overdue() -> int:
    """Mark every sent outcome whose certification has closed; returns how many.

    Safe to run at any time and twice: what is marked is not looked at again.
    """
    now = clock.now()
    marked = 0
    for school_id, year, term, grade in _waiting_groups():
        window = windows.find(school_id, WindowKind.CERTIFICATION, year, term, grade)
        if window is None or now < window.closes_at:
            continue
        while done := _mark_some(school_id, year, term, grade, now):
            marked += done
    return marked


@audited
def extend(actor: Actor, outcome_ids: Collection[int], until: datetime) -> int:
    """Let the teachers decide some overdue outcomes until a moment; returns how many.

    :raises InvalidInput: a moment that has passed, or nothing chosen.
    :raises NotFound: another school's outcome, or not the registry's to extend.
    """
    if until <= clock.now():
        raise InvalidInput(
            _("延長的期限必須是以後的時間。"), fields={"until": _("請填以後的日期。")}
        )
    if not outcome_ids:
        raise InvalidInput(_("還沒有選取任何成果。"), remedy=_("請先勾選要延長的成果。"))
    with db.writing() as session:
        rows = session.scalars(
            sa.select(Outcome)
            .where(Outcome.id.in_(outcome_ids))
            .order_by(Outcome.id)
            .with_for_update(**db.HELD)
            .execution_options(populate_existing=True)
        ).all()
        if absent := set(outcome_ids) - {outcome.id for outcome in rows}:
            raise nowhere(Outcome, min(absent))
        for outcome in rows:
            if not policy.keeps(actor, outcome):
                raise ForeignRecord("outcome", outcome.id)
            move(outcome, "extend")
            outcome.certify_until = until
            record(actor, "outcome.extend", "outcome", outcome.id, until=until.isoformat())
        notices.extended(actor, rows, until)
        return len(rows)


def _waiting_groups() -> list[tuple[int, int, int, int]]:
    keys = (Outcome.school_id, Outcome.academic_year, Outcome.term, Outcome.grade)
    query = sa.select(*keys).where(Outcome.state == OutcomeState.SENT).distinct()
    return [tuple(row) for row in db.reading().execute(query)]  # type: ignore[misc]


def _mark_some(school_id: int, year: int, term: int, grade: int, now: datetime) -> int:
    with db.writing() as session:
        rows = session.scalars(
            sa.select(Outcome)
            .where(
                Outcome.school_id == school_id,
                Outcome.academic_year == year,
                Outcome.term == term,
                Outcome.grade == grade,
                Outcome.state == OutcomeState.SENT,
                sa.or_(Outcome.certify_until.is_(None), Outcome.certify_until <= now),
                ~extensions.held_by(
                    school_id,
                    WindowKind.CERTIFICATION,
                    year,
                    term,
                    now,
                    student=Outcome.student_id,
                    course=Outcome.course_id,
                ),
            )
            .order_by(Outcome.id)
            .limit(CHUNK)
            .with_for_update(**db.HELD)
        ).all()
        for outcome in rows:
            move(outcome, "expire")
            record(system(school_id), "outcome.expire", "outcome", outcome.id)
        return len(rows)

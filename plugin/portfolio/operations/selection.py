"""Selection 勾選: a year's certified outcomes, at most six, confirmed, reopened in time."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput, LimitReached
from plugin.portfolio import notices
from plugin.portfolio.models import (
    Outcome,
    OutcomeState,
    Selection,
    SelectionItem,
    SelectionKind,
)
from plugin.portfolio.operations.found import audited, hold_student, own
from plugin.portfolio.queries.shared import grade_of
from plugin.portfolio.states import LABELS
from plugin.school import rules, windows
from plugin.school.models import WindowKind
from plugin.trail.chain import record

LIMIT = "selection.outcomes.max"


@audited
def select(actor: Actor, outcome_id: int) -> Selection:
    """Select one more outcome for its academic year.

    :raises LimitReached: the seventh.
    :raises Conflict: not certified, or the selection is confirmed.
    :raises WindowClosed: selection is not open.
    :raises NotFound: somebody else's.
    """
    with db.writing() as session:
        outcome = own(session, actor, outcome_id)
        selection = _open(session, actor, outcome.academic_year)
        chosen = _chosen(session, selection)
        if outcome_id not in chosen:
            _change(session, actor, selection, chosen, {*chosen, outcome_id})
        return selection


@audited
def unselect(actor: Actor, outcome_id: int) -> Selection:
    """Take one outcome out of the selection; raises as `select`."""
    with db.writing() as session:
        outcome = own(session, actor, outcome_id)
        selection = _open(session, actor, outcome.academic_year)
        chosen = _chosen(session, selection)
        if outcome_id in chosen:
            _change(session, actor, selection, chosen, chosen - {outcome_id})
        return selection


@audited
def choose(actor: Actor, academic_year: int, outcome_ids: Collection[int]) -> Selection:
    """Make exactly these outcomes the selection of a year; raises as `select`."""
    with db.writing() as session:
        wanted = set(outcome_ids)
        for outcome_id in sorted(wanted):  # at most as many as the page offers
            if own(session, actor, outcome_id).academic_year != academic_year:
                raise InvalidInput(_("勾選的成果不屬於這個學年度。"))
        selection = _open(session, actor, academic_year)
        _change(session, actor, selection, _chosen(session, selection), wanted)
        return selection


@audited
def lock(actor: Actor, academic_year: int) -> Selection:
    """Confirm the selection; changes need `reopen` first.

    :raises InvalidInput: nothing is selected.
    """
    with db.writing() as session:
        selection = _open(session, actor, academic_year)
        chosen = _chosen(session, selection)
        if not chosen:
            raise InvalidInput(
                _("還沒有勾選任何成果。"), remedy=_("請先勾選要提交的成果，再確認。")
            )
        selection.locked_at = selection.changed_at = clock.now()
        record(actor, "selection.lock", "selection", selection.id, outcomes=sorted(chosen))
        notices.selected(selection.school_id, selection.student_id, academic_year)
        return selection


@audited
def reopen(actor: Actor, academic_year: int) -> Selection:
    """Unlock a confirmed selection while the window is open."""
    with db.writing() as session:
        selection = _held(session, actor, academic_year)
        if selection.locked_at is None:
            raise Conflict(_("勾選尚未確認，可以直接修改。"))
        selection.locked_at, selection.changed_at = None, clock.now()
        record(actor, "selection.reopen", "selection", selection.id)
        return selection


def _open(session: Session, actor: Actor, academic_year: int) -> Selection:
    selection = _held(session, actor, academic_year)
    if selection.locked_at is not None:
        raise Conflict(
            _("勾選已確認，目前是鎖定狀態。"), remedy=_("要修改請先按「重新開放修改」。")
        )
    return selection


def _held(session: Session, actor: Actor, academic_year: int) -> Selection:
    """The year's selection, made when it is first needed; its window must be open."""
    assert actor.school_id is not None
    assert actor.person_id is not None
    hold_student(session, actor.person_id)
    windows.require_open(
        actor.school_id,
        WindowKind.SELECTION,
        academic_year,
        grade=grade_of(actor.person_id, academic_year),
    )
    selection = session.scalar(
        sa.select(Selection).where(
            Selection.student_id == actor.person_id,
            Selection.academic_year == academic_year,
            Selection.kind == SelectionKind.OUTCOME,
        )
    )
    if selection is None:
        selection = Selection(
            school_id=actor.school_id,
            student_id=actor.person_id,
            academic_year=academic_year,
            kind=SelectionKind.OUTCOME,
            changed_at=clock.now(),
        )
        session.add(selection)
        session.flush()
    return selection


def _chosen(session: Session, selection: Selection) -> set[int]:
    return set(
        session.scalars(
            sa.select(SelectionItem.outcome_id).where(SelectionItem.selection_id == selection.id)
        )
    )


def _change(
    session: Session, actor: Actor, selection: Selection, before: set[int], after: set[int]
) -> None:
    limit = rules.number(selection.school_id, LIMIT, selection.academic_year)
    if len(after) > limit:
        raise LimitReached(
            _("每學年最多勾選 %(limit)s 件，您選了 %(n)s 件。", limit=limit, n=len(after)),
            remedy=_("請先取消一件，再勾選新的；原來的勾選沒有改變。"),
            rule=LIMIT,
        )
    added, dropped = after - before, before - after
    _require_certified(session, added)
    if dropped:
        session.execute(
            sa.delete(SelectionItem).where(
                SelectionItem.selection_id == selection.id, SelectionItem.outcome_id.in_(dropped)
            )
        )
    now = clock.now()
    session.add_all(
        SelectionItem(selection_id=selection.id, outcome_id=outcome_id, chosen_at=now)
        for outcome_id in sorted(added)
    )
    if added or dropped:
        selection.changed_at = now
        record(
            actor,
            "selection.change",
            "selection",
            selection.id,
            added=sorted(added),
            dropped=sorted(dropped),
        )
    session.flush()


def _require_certified(session: Session, outcome_ids: set[int]) -> None:
    query = sa.select(Outcome).where(
        Outcome.id.in_(outcome_ids), Outcome.state != OutcomeState.CERTIFIED
    )
    for outcome in session.scalars(query.limit(1)):
        raise Conflict(
            _(
                "「%(title)s」目前是「%(state)s」，只有已認證的成果可以勾選。",
                title=outcome.title,
                state=LABELS[outcome.state].text,
            ),
            remedy=_("請等老師認證後再勾選。"),
        )

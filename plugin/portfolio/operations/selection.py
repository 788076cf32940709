"""Selection 勾選: what is handed in for a year, confirmed, reopened in time.

Certified outcomes and sent experiences are selected, counted and confirmed apart from each other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput, LimitReached
from plugin.portfolio import notices
from plugin.portfolio.models import (
    Experience,
    ExperienceState,
    Outcome,
    OutcomeState,
    SelectedExperience,
    Selection,
    SelectionItem,
    SelectionKind,
)
from plugin.portfolio.operations.found import audited, hold_student, own, own_experience
from plugin.portfolio.queries import holding
from plugin.portfolio.queries.holding import Standing
from plugin.portfolio.states import EXPERIENCE_LABELS, LABELS
from plugin.school import rules
from plugin.trail.chain import record

LIMIT = "selection.outcomes.max"
EXPERIENCE_LIMIT = "selection.experiences.max"


@dataclass(frozen=True)
class _Shelf:
    """How one kind of record is selected.

    :param reference: column of `item` that names the record.
    :param own: loads the actor's own record, or says that there is none.
    :param ready: the state in which it may be selected.
    :param told: what the audit line calls them.
    """

    limit: str
    model: type[Outcome | Experience]
    item: Any
    reference: Any
    own: Callable[[Session, Actor, int], Outcome | Experience]
    ready: OutcomeState | ExperienceState
    told: str


_SHELVES = {
    SelectionKind.OUTCOME: _Shelf(
        LIMIT, Outcome, SelectionItem, SelectionItem.outcome_id, own, OutcomeState.CERTIFIED,
        "outcomes",
    ),
    SelectionKind.EXPERIENCE: _Shelf(
        EXPERIENCE_LIMIT, Experience, SelectedExperience, SelectedExperience.experience_id,
        own_experience, ExperienceState.SENT, "experiences",
    ),
}  # fmt: skip


@audited
def select(actor: Actor, record_id: int, kind: SelectionKind = SelectionKind.OUTCOME) -> Selection:
    """Select one more for its academic year.

    :raises LimitReached: the seventh outcome, the eleventh experience.
    :raises Conflict: not certified (not sent), or the selection is confirmed.
    :raises WindowClosed: selection is not open.
    :raises NotFound: somebody else's.
    """
    with db.writing() as session:
        found = _SHELVES[kind].own(session, actor, record_id)
        selection, standing = _open(session, actor, found.academic_year, kind)
        chosen = _chosen(session, selection)
        if record_id not in chosen:
            _change(session, actor, selection, standing, chosen, {*chosen, record_id})
        return selection


@audited
def unselect(
    actor: Actor, record_id: int, kind: SelectionKind = SelectionKind.OUTCOME
) -> Selection:
    """Take one out of the selection; raises as `select`."""
    with db.writing() as session:
        found = _SHELVES[kind].own(session, actor, record_id)
        selection, standing = _open(session, actor, found.academic_year, kind)
        chosen = _chosen(session, selection)
        if record_id in chosen:
            _change(session, actor, selection, standing, chosen, chosen - {record_id})
        return selection


@audited
def choose(
    actor: Actor,
    academic_year: int,
    record_ids: Collection[int],
    kind: SelectionKind = SelectionKind.OUTCOME,
) -> Selection:
    """Make exactly these the selection of a year; raises as `select`.

    What the first batch has handed in stays selected, whether it is named or not.
    """
    with db.writing() as session:
        wanted = set(record_ids)
        for record_id in sorted(wanted):  # at most as many as the page offers
            if _SHELVES[kind].own(session, actor, record_id).academic_year != academic_year:
                raise InvalidInput(
                    _("勾選的成果不屬於這個學年度。")
                    if kind is SelectionKind.OUTCOME
                    else _("勾選的多元表現不屬於這個學年度。")
                )
        selection, standing = _open(session, actor, academic_year, kind)
        chosen = _chosen(session, selection)
        wanted |= chosen & standing.fixed_of(kind)
        _change(session, actor, selection, standing, chosen, wanted)
        return selection


@audited
def lock(
    actor: Actor, academic_year: int, kind: SelectionKind = SelectionKind.OUTCOME
) -> Selection:
    """Confirm the selection; changes need `reopen` first.

    :raises InvalidInput: nothing is selected.
    """
    with db.writing() as session:
        selection, _standing = _open(session, actor, academic_year, kind)
        chosen = _chosen(session, selection)
        if not chosen:
            raise InvalidInput(
                _("還沒有勾選任何成果。")
                if kind is SelectionKind.OUTCOME
                else _("還沒有勾選任何多元表現。"),
                remedy=_("請先勾選要提交的項目，再確認。"),
            )
        selection.locked_at = selection.changed_at = clock.now()
        told = {_SHELVES[kind].told: sorted(chosen)}
        record(actor, "selection.lock", "selection", selection.id, **told)
        notices.selected(selection.school_id, selection.student_id, academic_year, kind)
        return selection


@audited
def reopen(
    actor: Actor, academic_year: int, kind: SelectionKind = SelectionKind.OUTCOME
) -> Selection:
    """Unlock a confirmed selection while the window is open."""
    with db.writing() as session:
        selection, _standing = _held(session, actor, academic_year, kind)
        if selection.locked_at is None:
            raise Conflict(_("勾選尚未確認，可以直接修改。"))
        selection.locked_at, selection.changed_at = None, clock.now()
        record(actor, "selection.reopen", "selection", selection.id, kind=kind.value)
        return selection


def _open(
    session: Session, actor: Actor, academic_year: int, kind: SelectionKind
) -> tuple[Selection, Standing]:
    selection, standing = _held(session, actor, academic_year, kind)
    if selection.locked_at is not None:
        raise Conflict(
            _("勾選已確認，目前是鎖定狀態。"), remedy=_("要修改請先按「重新開放修改」。")
        )
    return selection, standing


def _held(
    session: Session, actor: Actor, academic_year: int, kind: SelectionKind
) -> tuple[Selection, Standing]:
    """The year's selection, made when it is first needed; it must be open to changes."""
    assert actor.school_id is not None
    assert actor.person_id is not None
    hold_student(session, actor.person_id)
    standing = holding.require_open(actor.school_id, actor.person_id, academic_year)
    selection = session.scalar(
        sa.select(Selection).where(
            Selection.student_id == actor.person_id,
            Selection.academic_year == academic_year,
            Selection.kind == kind,
        )
    )
    if selection is None:
        selection = Selection(
            school_id=actor.school_id,
            student_id=actor.person_id,
            academic_year=academic_year,
            kind=kind,
            changed_at=clock.now(),
        )
        session.add(selection)
        session.flush()
    return selection, standing


def _chosen(session: Session, selection: Selection) -> set[int]:
    shelf = _SHELVES[selection.kind]
    return set(
        session.scalars(sa.select(shelf.reference).where(shelf.item.selection_id == selection.id))
    )


def _change(
    session: Session,
    actor: Actor,
    selection: Selection,
    standing: Standing,
    before: set[int],
    after: set[int],
) -> None:
    shelf = _SHELVES[selection.kind]
    limit = rules.number(selection.school_id, shelf.limit, selection.academic_year)
    added, dropped = after - before, before - after
    # what the first batch has handed in counts, also when it was taken out before the second
    n = len(after | standing.fixed_of(selection.kind)) if added else len(after)
    if n > limit:
        raise LimitReached(
            _("每學年最多勾選 %(limit)s 件，您選了 %(n)s 件。", limit=limit, n=n),
            remedy=_("請先取消一件，再勾選新的；原來的勾選沒有改變。"),
            rule=shelf.limit,
        )
    if dropped & standing.fixed_of(selection.kind):
        raise Conflict(
            _("第一梯次已經提交的項目不能取消勾選，也不會再提交一次。"),
            remedy=_("請勾選要在第二梯次提交的其他項目。"),
        )
    _require_ready(session, shelf, added)
    if dropped:
        session.execute(
            sa.delete(shelf.item).where(
                shelf.item.selection_id == selection.id, shelf.reference.in_(dropped)
            )
        )
    now = clock.now()
    session.add_all(
        shelf.item(
            selection_id=selection.id,
            chosen_at=now,
            batch=standing.batch,
            **{shelf.reference.key: one},
        )
        for one in sorted(added)
    )
    if added or dropped:
        selection.changed_at = now
        record(
            actor,
            "selection.change",
            "selection",
            selection.id,
            kind=selection.kind.value,
            added=sorted(added),
            dropped=sorted(dropped),
        )
    session.flush()


def _require_ready(session: Session, shelf: _Shelf, record_ids: set[int]) -> None:
    model: Any = shelf.model
    query = sa.select(model).where(model.id.in_(record_ids), model.state != shelf.ready)
    for found in session.scalars(query.limit(1)):
        if isinstance(found, Outcome):
            raise Conflict(
                _(
                    "「%(title)s」目前是「%(state)s」，只有已認證的成果可以勾選。",
                    title=found.title,
                    state=LABELS[found.state].text,
                ),
                remedy=_("請等老師認證後再勾選。"),
            )
        raise Conflict(
            _(
                "「%(title)s」目前是「%(state)s」，只有已送出的多元表現可以勾選。",
                title=found.title,
                state=EXPERIENCE_LABELS[found.state].text,
            ),
            remedy=_("請先送出，再勾選。"),
        )

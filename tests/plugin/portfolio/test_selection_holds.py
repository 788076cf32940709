"""Confirming locks, reopening unlocks until the window closes; the registry's word on a class."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from plugin import clock as now
from plugin import db
from plugin.errors import Conflict, InvalidInput, NotFound, WindowClosed
from plugin.portfolio.models import RecordIsFinal, SelectionHold, SelectionKind
from plugin.portfolio.operations import holds, selection
from plugin.portfolio.queries import slips
from plugin.portfolio.queries.overviews import matrix
from plugin.portfolio.queries.overviews.duties import Duty
from plugin.school import queries as school_queries
from plugin.school import reminding
from plugin.school.models import WindowKind
from plugin.trail.models import AuditEvent, Message
from tests.factories import make_class, make_window
from tests.plugin.portfolio.experience_world import close, sent
from tests.plugin.portfolio.submission_world import YEAR, another, being
from tests.plugin.portfolio.world import World, make_world

REASON = "導師收齊確認單後發現有誤"


@pytest.mark.parametrize("kind", SelectionKind)
def test_confirming_locks_and_the_student_reopens_until_the_window_closes(
    world: World, clock: Any, kind: SelectionKind
) -> None:
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    one = world.certified() if kind is SelectionKind.OUTCOME else sent(world)
    selection.select(world.pupil, one.id, kind)
    selection.lock(world.pupil, YEAR, kind)
    with pytest.raises(Conflict):
        selection.unselect(world.pupil, one.id, kind)
    selection.reopen(world.pupil, YEAR, kind)
    selection.unselect(world.pupil, one.id, kind)
    selection.select(world.pupil, one.id, kind)
    selection.lock(world.pupil, YEAR, kind)
    clock.advance(days=11)
    with pytest.raises(WindowClosed):
        selection.reopen(world.pupil, YEAR, kind)


def test_a_locked_class_changes_nothing_whatever_the_window_says(world: World) -> None:
    one = world.certified()
    holds.lock_classes(world.clerk, [world.school_class.id], REASON)
    with pytest.raises(Conflict) as refused:
        selection.select(world.pupil, one.id)
    assert REASON in refused.value.message
    other = another(world, make_class(world.school))
    with being(world, other):
        selection.select(world.pupil, world.certified().id)  # another class goes on


def test_an_opened_class_may_change_after_the_window_until_the_day(
    world: World, clock: Any
) -> None:
    one = world.certified()
    close(world, WindowKind.SELECTION, days=-1)
    with pytest.raises(WindowClosed):
        selection.select(world.pupil, one.id)
    until = now.now() + timedelta(days=3)
    holds.open_classes(world.clerk, [world.school_class.id], REASON, until)
    selection.select(world.pupil, one.id)
    selection.lock(world.pupil, YEAR)
    selection.reopen(world.pupil, YEAR)
    clock.advance(days=3)
    with pytest.raises(WindowClosed):
        selection.unselect(world.pupil, one.id)


def test_the_newest_word_holds_and_none_is_edited(world: World) -> None:
    one, here = world.certified(), [world.school_class.id]
    holds.lock_classes(world.clerk, here, REASON)
    holds.open_classes(world.clerk, here, REASON, now.now() + timedelta(days=1))
    selection.select(world.pupil, one.id)
    with pytest.raises(RecordIsFinal), db.writing() as session:
        session.scalars(sa.select(SelectionHold)).first().reason = "改寫"


def test_students_are_told_and_the_chain_knows(world: World) -> None:
    holds.lock_classes(world.clerk, [world.school_class.id], REASON)
    (message,) = db.reading().scalars(
        sa.select(Message).where(Message.person_id == world.student.id)
    )
    assert REASON in message.body
    assert message.path == f"/selection?year={YEAR}"
    verbs = db.reading().scalars(sa.select(AuditEvent.verb)).all()
    assert "selection.class_locked" in verbs


@pytest.mark.parametrize("reason", ["", "  ", "字" * 201])
def test_a_reason_is_needed(world: World, reason: str) -> None:
    with pytest.raises(InvalidInput):
        holds.lock_classes(world.clerk, [world.school_class.id], reason)


def test_only_the_registry_and_only_its_own_classes(world: World) -> None:
    here = [world.school_class.id]
    for actor in (world.pupil, world.master, make_world().clerk):
        with pytest.raises(NotFound):
            holds.lock_classes(actor, here, REASON)
    with pytest.raises(InvalidInput):
        holds.lock_classes(world.clerk, [], REASON)
    with pytest.raises(InvalidInput):
        holds.open_classes(world.clerk, here, REASON, now.now())


def test_the_classes_figures(world: World) -> None:
    selection.select(world.pupil, world.certified().id)
    with being(world, another(world)):
        selection.select(world.pupil, world.certified().id)
        selection.lock(world.pupil, YEAR)
    make_class(world.school)
    holds.lock_classes(world.clerk, [world.school_class.id], REASON)
    mine, empty = slips.classes(world.clerk, YEAR)
    outcome = SelectionKind.OUTCOME
    assert (mine.students, mine.begun[outcome], mine.confirmed[outcome]) == (2, 2, 1)
    assert mine.hold is not None
    assert (empty.students, dict(empty.begun), empty.hold) == (0, {}, None)


def asked(world: World, client: Any, act_as: Any) -> tuple[bool, ...]:
    """Whether the matrix, the first page and the reminder ask the student to select."""
    db._close_reads()
    (line,) = [
        one
        for one in matrix.of_class(
            world.school_class, school_queries.students_of_class(world.school_class.id)
        )
        if one.student.id == world.student.id
    ]
    act_as(world.pupil)
    todo = "勾選並確認要提交的成果" in client.get("/").text
    task = reminding.task_of(WindowKind.SELECTION)
    assert task is not None
    told = any(
        reminding.must_act(task, slot, world.student.id)
        for slot in reminding.closing(timedelta(days=60), school_id=world.school.id)
        if slot.kind is WindowKind.SELECTION
    )
    return Duty.SELECT in line.duties, todo, told


def test_who_is_locked_is_asked_for_nothing_and_who_is_opened_is(
    world: World, client: Any, act_as: Any
) -> None:
    world.certified()
    here = [world.school_class.id]
    assert asked(world, client, act_as) == (True, True, True)
    holds.lock_classes(world.clerk, here, REASON)
    assert asked(world, client, act_as) == (False, False, False)
    other = make_class(world.school)
    with being(world, another(world, other)):
        world.certified()
        holds.open_classes(world.clerk, [other.id], REASON, now.now() + timedelta(days=1))
        world.school_class, mine = other, world.school_class
        assert asked(world, client, act_as) == (True, True, True)
        world.school_class = mine
    close(world, WindowKind.SELECTION, days=-1)
    holds.open_classes(world.clerk, here, REASON, now.now() + timedelta(days=1))
    # nobody is reminded of a day that the calendar does not have; the pages say it
    assert asked(world, client, act_as) == (True, True, False)

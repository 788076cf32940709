"""The third year's two batches under any order of choosing and handing in, and their windows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from plugin import clock as app_clock
from plugin import db
from plugin.errors import Refusal, WindowClosed
from plugin.portfolio.models import (
    SelectedExperience,
    Selection,
    SelectionItem,
    SelectionKind,
)
from plugin.portfolio.operations import selection
from plugin.portfolio.operations import submission as operations
from plugin.portfolio.queries import batches as queries
from plugin.portfolio.queries import submissions
from plugin.school import windows
from plugin.school.batches import Batch
from plugin.school.calendar_models import WindowExtension
from plugin.school.models import Window, WindowKind
from tests.factories import FrozenClock, make_rule, make_window
from tests.plugin.portfolio.experience_world import sent
from tests.plugin.portfolio.submission_world import YEAR, frozen, third_year
from tests.plugin.portfolio.world import World, make_world

OUTCOME, EXPERIENCE = SelectionKind.OUTCOME, SelectionKind.EXPERIENCE
MOST, THERE_ARE = 2, 4
BATCHES = st.sampled_from([Batch.FIRST, Batch.SECOND])
STEPS = st.lists(
    st.tuples(BATCHES, st.sets(st.integers(0, THERE_ARE - 1), max_size=MOST + 1), st.booleans()),
    min_size=2,
    max_size=5,
)
"""Whose window is open, what is then chosen, whether it is then handed in."""
MOMENTS = st.integers(-90, 40 * 24 * 60)
"""Minutes from the opening of the first."""
CLOSES, OPENS_AGAIN, ENDS = 10 * 24 * 60, 20 * 24 * 60, 30 * 24 * 60


def third_year_world() -> tuple[World, dict[SelectionKind, list[int]]]:
    world = make_world()
    third_year(world)
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    make_rule(world.school, "outcome.per_term.max", THERE_ARE)
    make_rule(world.school, "selection.outcomes.max", MOST)
    make_rule(world.school, "selection.experiences.max", MOST)
    return world, {
        OUTCOME: [world.certified().id for _ in range(THERE_ARE)],
        EXPERIENCE: [sent(world).id for _ in range(THERE_ARE)],
    }


def open_for(world: World, batch: Batch) -> None:
    """The windows of this batch are open, those of the other are over."""
    with db.writing() as session:
        for window in session.scalars(
            sa.select(Window).where(
                Window.school_id == world.school.id,
                Window.kind.in_(windows.BATCHED),
                Window.term > 0,
            )
        ):
            later = timedelta(days=1 if window.term == batch.place else -1)
            window.opens_at = app_clock.now() - timedelta(days=2)
            window.closes_at = app_clock.now() + later


def did(act: Callable[[], Any]) -> bool:
    db._close_reads()
    try:
        act()
    except Refusal:
        return False
    finally:
        db._close_reads()
    return True


def chosen(world: World, kind: SelectionKind) -> set[int]:
    item, reference = (
        (SelectionItem, SelectionItem.outcome_id)
        if kind is OUTCOME
        else (SelectedExperience, SelectedExperience.experience_id)
    )
    query = (
        sa.select(reference)
        .join(Selection, Selection.id == item.selection_id)
        .where(Selection.student_id == world.student.id)
    )
    return set(db.reading().scalars(query))


def handed_in(world: World, batch: Batch, kind: SelectionKind) -> set[int]:
    newest = queries.newest(world.school.id, YEAR, batch)
    rows = submissions.all_rows(newest) if newest is not None else ()
    return {one.record_id for one in rows if one.record_kind is kind}


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
@example(  # the first was handed in, then chosen otherwise, then nobody corrected it
    steps=[(Batch.FIRST, {0, 1}, True), (Batch.FIRST, {1, 2}, False), (Batch.SECOND, {2}, True)]
)
@example(  # the second was handed in, then the first prolonged and corrected
    steps=[(Batch.FIRST, {0}, True), (Batch.SECOND, {0, 1}, True), (Batch.FIRST, {2, 3}, True)]
)
def test_no_order_hands_in_twice_too_much_or_too_little(
    app: Flask, steps: list[tuple[Batch, set[int], bool]]
) -> None:
    """What stands in the newest version of one batch stands not in that of the other; both
    together keep the limits of the year; after the second, everything selected is handed in."""
    world, there = third_year_world()
    for batch, some, ready in steps:
        open_for(world, batch)
        for kind, ids in there.items():
            wanted = {ids[one] for one in some}
            fixed = chosen(world, kind) & handed_in(world, Batch.FIRST, kind)
            if did(lambda: selection.choose(world.pupil, YEAR, wanted, kind)):  # noqa: B023
                # what the first has handed in is final once the second is at hand
                assert chosen(world, kind) == wanted | (fixed if batch.place == 2 else set())
            assert len(chosen(world, kind)) <= MOST, kind
        done = ready and did(lambda: frozen(world, batch))  # noqa: B023
        for kind in SelectionKind:
            first, second = (handed_in(world, one, kind) for one in (Batch.FIRST, Batch.SECOND))
            assert not first & second, kind
            assert len(first | second) <= MOST, kind
            if done and batch is Batch.SECOND:
                assert chosen(world, kind) <= first | second, kind


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    at=MOMENTS | st.sampled_from([0, CLOSES, OPENS_AGAIN, ENDS]),
    longer=st.tuples(*[st.integers(-600, 12 * 24 * 60)] * 2),
    edge=st.sampled_from([-1, 0]),
)
def test_an_act_is_possible_exactly_in_the_windows_of_the_batches(
    app: Flask, clock: FrozenClock, at: int, longer: tuple[int, int], edge: int
) -> None:
    """Choosing: in the window of a batch, or until the end of what this student was given for that
    batch. Handing in: in the window of just that batch; a student's extension does not move it."""
    world, record, start = _scene(clock)
    closes = {1: CLOSES, 2: ENDS}
    with db.writing() as session:
        session.execute(sa.delete(WindowExtension))
        for place, more in zip(closes, longer, strict=True):
            session.add(
                WindowExtension(
                    school_id=world.school.id, academic_year=YEAR, term=place,
                    kind=WindowKind.SELECTION, student_id=world.student.id, reason="公假",
                    until=start + timedelta(minutes=closes[place] + more),
                    given_by_name="", given_at=start,
                )
            )  # fmt: skip
    clock.set(start + timedelta(minutes=at, seconds=edge))
    now = at + edge / 60
    batch = {
        Batch.FIRST: 0 <= now < CLOSES,
        Batch.SECOND: OPENS_AGAIN <= now < ENDS,
    }
    may = 0 <= now < max(CLOSES, CLOSES + longer[0]) or OPENS_AGAIN <= now < ENDS + max(
        0, longer[1]
    )
    assert did(lambda: selection.select(world.pupil, record)) == may
    assert did(lambda: selection.unselect(world.pupil, record)) == may
    for one, open_ in batch.items():
        db._close_reads()
        try:
            operations.begin(world.clerk, YEAR, one)
        except WindowClosed:
            assert not open_
        except Refusal:  # nothing is selected
            assert open_


_scenes: dict[int, tuple[World, int, Any]] = {}


def _scene(clock: FrozenClock) -> tuple[World, int, Any]:
    """One school for all examples of a test: its clock is the key."""
    if id(clock) not in _scenes:
        world = make_world()
        third_year(world)
        record, start = world.certified().id, clock()
        with db.writing() as session:
            for window in session.scalars(sa.select(Window).where(Window.term > 0)):
                if window.kind in windows.BATCHED:
                    first = window.term == 1
                    begin, end = (0, CLOSES) if first else (OPENS_AGAIN, ENDS)
                    window.opens_at = start + timedelta(minutes=begin)
                    window.closes_at = start + timedelta(minutes=end)
        _scenes.clear()
        _scenes[id(clock)] = world, record, start
    return _scenes[id(clock)]

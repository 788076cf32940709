"""The third year's two batches: each its window, its choice, its number; nothing twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from plugin import db
from plugin.errors import Conflict, LimitReached, WindowClosed
from plugin.portfolio.models import SelectionKind, SubmissionFileKind, SubmissionState
from plugin.portfolio.operations import selection
from plugin.portfolio.operations import submission as operations
from plugin.portfolio.queries import holding, snapshot, submissions
from plugin.school import batches, reminding
from plugin.school.batches import Batch
from plugin.school.models import Window, WindowKind
from tests.factories import make_rule, make_window
from tests.plugin.portfolio.experience_world import sent
from tests.plugin.portfolio.submission_world import (
    YEAR,
    another,
    being,
    build,
    frozen,
    opened,
    path_of,
    third_year,
)
from tests.plugin.portfolio.world import World

EXPERIENCE = SelectionKind.EXPERIENCE


@pytest.fixture
def third(world: World) -> World:
    first_year = world.certified(title="一年級的成果")
    selection.select(world.pupil, first_year.id)
    third_year(world)
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    return world


def ids(made: Any) -> set[int]:
    return {row.record_id for row in submissions.all_rows(made.id)}


def ids_now(world: World, batch: Batch) -> set[int]:
    """What a submission would hold now."""
    groups = snapshot.by_class(world.school.id, YEAR, batch, personal=False)
    return {one.record.id for group in groups for one in group}


def test_each_batch_hands_in_what_the_other_has_not(third: World, clock: Any) -> None:
    early = third.certified(title="第一梯次的成果")
    done = sent(third, "work", summary="第一梯次")
    selection.select(third.pupil, early.id)
    selection.select(third.pupil, done.id, EXPERIENCE)
    first = frozen(third, Batch.FIRST)
    assert first.number == f"115-{third.school.code}-A-01"
    assert ids(first) == {early.id, done.id}
    late = third.certified(title="第二梯次的成果")
    clock.advance(days=30)
    standing = holding.standing(third.school.id, third.student.id, YEAR)
    assert (standing.batch, standing.fixed) == (
        Batch.SECOND, (frozenset({early.id}), frozenset({done.id})),
    )  # fmt: skip
    selection.choose(third.pupil, YEAR, [late.id])
    second = frozen(third, Batch.SECOND)
    assert second.number == f"115-{third.school.code}-B-01"
    assert ids(second) == {late.id}
    # and a correction of the first would not hand in what the second has
    assert ids_now(third, Batch.FIRST) == {early.id, done.id}
    assert ids_now(third, Batch.SECOND) == {late.id}


@pytest.mark.parametrize(("batch", "numbers"), [(Batch.FIRST, "36 35"), (Batch.SECOND, "76 75")])
def test_the_covers_bear_the_numbers_of_the_batch(
    third: World, clock: Any, batch: Batch, numbers: str
) -> None:
    one = third.certified()
    if batch is Batch.SECOND:
        clock.advance(days=30)
    selection.select(third.pupil, one.id)
    made = build(third, batch)
    kinds = (SubmissionFileKind.WORKBOOK, SubmissionFileKind.EXPERIENCES)
    assert [opened(made, kind)["封面"]["D2"].value for kind in kinds] == numbers.split()
    assert path_of(made, SubmissionFileKind.MANIFEST).stat().st_size > 1000


def test_the_ordinary_submission_has_nobody_of_the_third_year(third: World) -> None:
    selection.select(third.pupil, third.certified(title="三年級的").id)
    made = frozen(third)
    assert [row.cells["title"] for row in submissions.all_rows(made.id)] == ["一年級的成果"]
    assert {row.cells["grade"] for row in submissions.all_rows(made.id)} == {1}


def test_what_the_first_batch_has_handed_in_cannot_be_taken_back(third: World, clock: Any) -> None:
    early, late = third.certified(), third.certified()
    selection.select(third.pupil, early.id)
    frozen(third, Batch.FIRST)
    clock.advance(days=30)
    with pytest.raises(Conflict):
        selection.unselect(third.pupil, early.id)
    selection.choose(third.pupil, YEAR, [late.id])  # the page does not offer the early one
    assert snapshot.count(third.school.id, YEAR, Batch.SECOND)[SelectionKind.OUTCOME] == 1
    selection.choose(third.pupil, YEAR, [])
    assert snapshot.count(third.school.id, YEAR, Batch.SECOND)[SelectionKind.OUTCOME] == 0


def test_both_batches_together_keep_the_limit_of_the_year(third: World, clock: Any) -> None:
    make_rule(third.school, "selection.outcomes.max", 2)
    three = [third.certified() for _ in range(3)]
    selection.select(third.pupil, three[0].id)
    frozen(third, Batch.FIRST)
    clock.advance(days=30)
    selection.select(third.pupil, three[1].id)
    with pytest.raises(LimitReached):
        selection.select(third.pupil, three[2].id)


def test_what_the_first_batch_missed_goes_with_the_second(third: World, clock: Any) -> None:
    selection.select(third.pupil, third.certified().id)
    frozen(third, Batch.FIRST)
    with being(third, another(third)):
        missed = third.certified()
        selection.select(third.pupil, missed.id)
    clock.advance(days=30)
    assert ids(frozen(third, Batch.SECOND)) == {missed.id}


def test_a_correction_of_the_first_does_not_swallow_the_second(third: World, clock: Any) -> None:
    early, late = third.certified(), third.certified()
    selection.select(third.pupil, early.id)
    frozen(third, Batch.FIRST)
    clock.advance(days=30)
    selection.select(third.pupil, late.id)  # for the second; not handed in yet
    with db.writing() as session:
        window = session.scalars(
            sa.select(Window).where(Window.kind == WindowKind.SUBMISSION, Window.term == 1)
        ).one()
        window.closes_at += timedelta(days=30)  # the registry prolongs the first
    corrected = frozen(third, Batch.FIRST)
    assert (corrected.version, ids(corrected)) == (2, {early.id})
    assert ids(frozen(third, Batch.SECOND)) == {late.id}


def test_each_batch_has_its_window(third: World, clock: Any) -> None:
    one = third.certified()
    selection.select(third.pupil, one.id)
    with pytest.raises(WindowClosed):
        operations.begin(third.clerk, YEAR, Batch.SECOND)
    clock.advance(days=61)
    with pytest.raises(WindowClosed):
        selection.unselect(third.pupil, one.id)
    with pytest.raises(WindowClosed):
        operations.begin(third.clerk, YEAR, Batch.FIRST)


def test_without_windows_of_its_own_a_batch_has_those_of_the_school(world: World) -> None:
    from tests.factories import make_class, make_student

    placed = make_class(world.school, grade=3)
    world.student = make_student(world.school, placed, 1)
    standing = holding.standing(world.school.id, world.student.id, YEAR)
    assert standing.open
    assert standing.batch is Batch.FIRST


def test_windows_of_the_grades_are_those_of_the_ordinary_submission(
    world: World, clock: Any, client: Any, act_as: Any
) -> None:
    with db.writing() as session:
        session.execute(sa.delete(Window).where(Window.kind == WindowKind.SUBMISSION))
    db._close_reads()
    now = clock()
    for grade, begin in ((1, now - timedelta(days=1)), (2, now + timedelta(days=3))):
        make_window(
            world.school, WindowKind.SUBMISSION, grade=grade,
            opens_at=begin, closes_at=begin + timedelta(days=5),
        )  # fmt: skip
    selection.select(world.pupil, world.certified().id)
    act_as(world.clerk)
    assert "預檢並建立本學年的提交" in client.get("/").text
    for days, grade in ((0, 1), (3, 2), (3, 2)):  # the first's, both, the second's alone
        clock.advance(days=days)
        db._close_reads()
        found = batches.window(world.school.id, WindowKind.SUBMISSION, YEAR, Batch.ORDINARY)
        assert found is not None
        assert found.grade == grade
        assert frozen(world).state is SubmissionState.FROZEN
    clock.advance(days=3)
    with pytest.raises(WindowClosed, match="已截止"):
        operations.begin(world.clerk, YEAR)


def test_the_registry_is_reminded_of_each_batch(third: World, clock: Any) -> None:
    def told() -> set[int]:
        db._close_reads()
        task = reminding.task_of(WindowKind.SUBMISSION)
        assert task is not None
        return {
            slot.term
            for slot in reminding.closing(timedelta(days=60), school_id=third.school.id)
            if slot.kind is WindowKind.SUBMISSION
            and reminding.waiting(task, slot, after=0, limit=9) == [third.registry.id]
        }

    selection.select(third.pupil, third.certified().id)
    assert told() == {0, 1}
    frozen(third)
    assert told() == {1}
    frozen(third, Batch.FIRST)
    assert told() == set()
    late = sent(third)
    clock.advance(days=30)
    assert told() == set()  # nothing is left to hand in
    selection.select(third.pupil, late.id, EXPERIENCE)
    assert told() == {2}
    frozen(third, Batch.SECOND)
    assert told() == set()


def test_versions_count_by_batch(third: World, clock: Any) -> None:
    selection.select(third.pupil, third.certified().id)
    assert [frozen(third, Batch.FIRST).version, frozen(third).version] == [1, 1]
    mine = submissions.versions(third.clerk, YEAR, Batch.FIRST)
    assert [(one.version, one.state) for one in mine] == [(1, SubmissionState.FROZEN)]

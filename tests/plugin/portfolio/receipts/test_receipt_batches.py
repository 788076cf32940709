"""The third year confirms each of its hand-ins in the window of that batch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plugin import clock as now
from plugin import db
from plugin.errors import WindowClosed
from plugin.portfolio.models import ReceiptSheet, SheetState, Submission
from plugin.portfolio.operations import selection
from plugin.portfolio.operations.receipts import sheets, stating
from plugin.portfolio.queries import receipts as queries
from plugin.portfolio.queries.overviews import matrix
from plugin.portfolio.queries.overviews.duties import Duty
from plugin.school import concerns, operations, reminding, year_plan
from plugin.school import queries as school_queries
from plugin.school.batches import Batch
from plugin.school.calendar_models import WindowExtension
from plugin.school.models import WindowKind
from tests.factories import YEAR, FrozenClock, make_window
from tests.plugin.portfolio.submission_world import frozen, third_year
from tests.plugin.portfolio.world import World, make_world

RECEIPT = WindowKind.RECEIPT
MONTH = timedelta(days=30)


@pytest.fixture
def third(app: Any, clock: FrozenClock) -> World:
    """Both batches are handed in; the first is confirmed in the second month from now, the second
    in the fourth."""
    world = make_world()
    third_year(world)
    for batch, month in ((1, 1), (2, 3)):
        make_window(
            world.school, RECEIPT, term=batch, grade=3,
            opens_at=clock() + MONTH * month, closes_at=clock() + MONTH * (month + 1),
        )  # fmt: skip
    early, late = world.certified(), world.certified()
    selection.select(world.pupil, early.id)
    sheets.open_sheets(frozen(world, Batch.FIRST).id)
    clock.advance(days=30)
    selection.select(world.pupil, late.id)
    sheets.open_sheets(frozen(world, Batch.SECOND).id)
    return world


def sheet(world: World, batch: Batch) -> ReceiptSheet:
    db._close_reads()
    found = {
        db.reading().get_one(Submission, one.submission_id).batch: one
        for one in queries.sheets.waiting_sheets(world.pupil)
    }
    return found[batch]


def asked(world: World, client: Any, act_as: Any) -> tuple[bool, bool, set[int]]:
    """Whether the matrix and the first page ask, and of which batch one is reminded."""
    db._close_reads()
    seats = school_queries.students_of_class(world.school_class.id)
    (line,) = matrix.of_class(world.school_class, seats)
    act_as(world.pupil)
    page = client.get("/").text
    task = reminding.task_of(RECEIPT)
    assert task is not None
    told = {
        slot.term
        for slot in reminding.closing(timedelta(days=60), school_id=world.school.id)
        if slot.kind is RECEIPT and reminding.must_act(task, slot, world.student.id)
    }
    return Duty.RECEIPT in line.duties, "確認收訖明細（1 件）" in page, told


def test_each_is_confirmed_in_the_window_of_its_batch(
    third: World, clock: FrozenClock, client: Any, act_as: Any
) -> None:
    first, second = sheet(third, Batch.FIRST).id, sheet(third, Batch.SECOND).id
    with pytest.raises(WindowClosed):
        stating.confirm(third.pupil, second)
    assert asked(third, client, act_as) == (True, True, {1})
    page = client.get("/handed-in").text
    assert "收訖明細確認（三年級第 1 梯次）" in page
    assert "收訖明細確認（三年級第 2 梯次）" in page
    assert page.count(f"/handed-in/{first}/confirm") == 1
    assert f"/handed-in/{second}/confirm" not in page
    stating.dispute(third.pupil, first, row_id=None, reason="other", text="少了一件")
    stating.confirm(third.pupil, first)
    assert asked(third, client, act_as) == (False, False, set())
    clock.advance(days=60)
    assert asked(third, client, act_as) == (True, True, {2})
    with pytest.raises(WindowClosed):
        stating.confirm(third.pupil, first)
    stating.confirm(third.pupil, second)
    assert asked(third, client, act_as) == (False, False, set())


def test_a_batch_without_a_window_has_that_of_the_school(
    third: World, clock: FrozenClock, client: Any, act_as: Any
) -> None:
    """Only the second has its own: it is not reminded of the school's, the first is."""
    operations.remove_window(third.clerk, RECEIPT, YEAR, term=1, grade=3)
    make_window(third.school, RECEIPT)
    assert asked(third, client, act_as) == (True, True, {0})
    stating.confirm(third.pupil, sheet(third, Batch.FIRST).id)
    assert asked(third, client, act_as) == (False, False, set())
    with pytest.raises(WindowClosed):
        stating.confirm(third.pupil, sheet(third, Batch.SECOND).id)


def test_an_extension_is_of_its_batch(third: World, clock: FrozenClock) -> None:
    clock.advance(days=31)  # the first's is over, the second's not begun
    first = sheet(third, Batch.FIRST).id
    with pytest.raises(WindowClosed):
        stating.confirm(third.pupil, first)
    with db.writing() as session:
        session.add(
            WindowExtension(
                school_id=third.school.id, academic_year=YEAR, term=1, kind=RECEIPT,
                student_id=third.student.id, until=now.now() + timedelta(days=1), reason="公假",
                given_by_name="", given_at=now.now(),
            )
        )  # fmt: skip
    db._close_reads()
    assert stating.confirm(third.pupil, first).state is SheetState.CONFIRMED
    with pytest.raises(WindowClosed):
        stating.confirm(third.pupil, sheet(third, Batch.SECOND).id)


def test_the_calendar_takes_and_looks_at_each(third: World, client: Any, act_as: Any) -> None:
    begin = now.now() + MONTH
    made = operations.set_window(
        third.clerk, RECEIPT, YEAR, begin, begin + timedelta(days=2), term=2, grade=3,
        confirmed=True,
    )  # fmt: skip
    assert made is not None
    plan = year_plan.current(third.school.id, YEAR)
    found = concerns.of(third.school.id, YEAR, plan, [(RECEIPT, 2, 3)])
    assert [one.code for one in found] == ["RECEIPT_TOO_SHORT"]
    act_as(third.clerk)
    assert "第 2 梯次" in client.get(f"/school/calendar/{YEAR}/2/receipt/3").text
    assert client.get(f"/school/calendar/{YEAR}/2/receipt/2").status_code == 404
    assert "收訖明細確認（三年級第 2 梯次）" in client.get("/handed-in/progress").text


def test_open_disputes_are_of_their_batch(third: World) -> None:
    stating.dispute(
        third.pupil, sheet(third, Batch.FIRST).id, row_id=None, reason="other", text="少了一件"
    )
    counts = [len(queries.open_ids(third.school.id, YEAR, one)) for one in Batch]
    assert counts == [0, 1, 0]

"""Sheets: confirmed, disputed, answered; what they hold back; who sees them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db, tenancy
from plugin.actor import Role
from plugin.errors import Conflict, InvalidInput, NotFound, WindowClosed
from plugin.portfolio.models import (
    AnswerVerdict,
    ReceiptAnswer,
    ReceiptSheet,
    ReceiptStatement,
    RecordIsFinal,
    SheetState,
    Submission,
)
from plugin.portfolio.operations.receipts import holding, sheets, stating
from plugin.portfolio.queries import receipts
from plugin.portfolio.queries.receipts import sheets as reads
from plugin.school.batches import Batch
from plugin.school.models import SchoolClass
from plugin.trail import events
from plugin.trail.models import AuditEvent, Message
from tests.factories import actor_of, make_parent, make_staff, make_student
from tests.plugin.portfolio.receipts.handed_in import YEAR, Handed, handed


def dispute(one: Handed, row: int | None = None, reason: str = "wrong_file") -> ReceiptStatement:
    return stating.dispute(
        one.pupil, one.sheet().id, row_id=row, reason=reason, text="應該是第二版的檔案。"
    )


def verbs() -> set[str]:
    return set(db.reading().scalars(sa.select(AuditEvent.verb)))


def test_each_student_of_a_submission_has_one_sheet(one: Handed) -> None:
    found = db.reading().scalars(sa.select(ReceiptSheet)).all()
    assert {(sheet.student_id, sheet.items) for sheet in found} == {
        (one.world.student.id, 3), (one.other.id, 1),
    }  # fmt: skip
    assert {sheet.class_id for sheet in found} == {one.world.school_class.id}
    assert sheets.open_sheets(one.submission.id) == 0


def test_sheets_are_opened_when_a_submission_is_frozen_or_a_little_later(one: Handed) -> None:
    for open_them in (
        lambda: sheets.open_missing(),
        lambda: events._send(
            events.submission_made,
            {"school_id": one.world.school.id, "submission_id": one.submission.id},
        ),
    ):
        with db.writing() as session:
            session.execute(sa.delete(ReceiptSheet))
        open_them()
        assert db.reading().scalar(sa.select(sa.func.count()).select_from(ReceiptSheet)) == 2


def test_confirming_is_dated_audited_and_done_once(one: Handed) -> None:
    for _twice in range(2):
        confirmed = stating.confirm(one.pupil, one.sheet().id)
    assert confirmed.state is SheetState.CONFIRMED
    assert confirmed.confirmed_at is not None
    assert db.reading().scalar(sa.select(sa.func.count()).select_from(ReceiptStatement)) == 1
    assert "receipt.confirm" in verbs()


@pytest.mark.parametrize("item", [False, True])
def test_a_dispute_is_answered_and_the_student_told(one: Handed, item: bool) -> None:
    row = one.rows()[0].id if item else None
    made = dispute(one, row)
    assert one.sheet().state is SheetState.DISPUTED
    answer = stating.answer(one.clerk, made.id, AnswerVerdict.UPHELD, "已通知任課教師更正。")
    assert one.sheet().state is SheetState.ANSWERED
    assert (answer.by_id, answer.by_name) == (one.clerk.person_id, one.clerk.name)
    (told,) = db.reading().scalars(
        sa.select(Message).where(
            Message.person_id == one.world.student.id, Message.path == "/handed-in"
        )
    )
    assert "已通知任課教師更正。" in told.body
    stating.confirm(one.pupil, one.sheet().id)
    assert one.sheet().state is SheetState.CONFIRMED
    assert {"receipt.dispute", "receipt.answer"} <= verbs()


def test_what_was_said_is_followed_never_edited(one: Handed) -> None:
    made = dispute(one)
    answer = stating.answer(one.clerk, made.id, AnswerVerdict.DISMISSED, "檔案無誤。")
    with pytest.raises(Conflict):
        stating.answer(one.clerk, made.id, AnswerVerdict.UPHELD, "改判。")
    again = dispute(one)
    assert again.id != made.id
    for model, key in ((ReceiptStatement, made.id), (ReceiptAnswer, answer.id)):
        with pytest.raises(RecordIsFinal), db.writing() as session:
            session.get_one(model, key).text = "別的"


def test_confirming_takes_back_what_is_not_answered(one: Handed) -> None:
    made = dispute(one, one.rows()[1].id)
    stating.confirm(one.pupil, one.sheet().id)
    assert receipts.open_disputes(one.world.school.id, YEAR) == []
    with pytest.raises(Conflict):
        stating.answer(one.clerk, made.id, AnswerVerdict.UPHELD, "太晚了。")
    dispute(one, one.rows()[1].id)
    assert one.sheet().state is SheetState.DISPUTED


def test_the_same_item_is_disputed_once_at_a_time(one: Handed) -> None:
    first, second, *_rest = one.rows()
    dispute(one, first.id)
    with pytest.raises(Conflict):
        dispute(one, first.id)
    dispute(one, second.id)
    dispute(one)
    assert receipts.open_count(one.world.school.id, YEAR) == 3


@pytest.mark.parametrize(
    ("reason", "text", "field"),
    [("", "x", "reason"), ("nonsense", "x", "reason"), ("other", "  ", "text"),
     ("other", "字" * 501, "text")],
)  # fmt: skip
def test_a_dispute_needs_a_reason_and_words(
    one: Handed, reason: str, text: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        stating.dispute(one.pupil, one.sheet().id, row_id=None, reason=reason, text=text)
    assert field in refused.value.fields
    stating.dispute(one.pupil, one.sheet().id, row_id=None, reason="other", text="字" * 500)


def test_only_an_item_of_the_own_sheet(one: Handed) -> None:
    (foreign,) = one.rows(one.other)
    with pytest.raises(InvalidInput):
        dispute(one, foreign.id)
    with pytest.raises(InvalidInput):  # of an item one cannot say that it is missing
        dispute(one, one.rows()[0].id, "missing")


def test_only_in_the_announced_window(one: Handed) -> None:
    one.window(minutes=-1)
    with pytest.raises(WindowClosed):
        stating.confirm(one.pupil, one.sheet().id)
    with pytest.raises(WindowClosed):
        dispute(one)


def test_without_a_window_nobody_can_confirm(app: Flask) -> None:
    with pytest.raises(WindowClosed):
        found = handed(window=False)
        stating.confirm(found.pupil, found.sheet().id)


def test_open_disputes_hold_the_next_submission(one: Handed) -> None:
    holding.require_none_open(one.clerk, YEAR)
    made = dispute(one, one.rows()[0].id)
    (held,) = receipts.open_disputes(one.world.school.id, YEAR)
    assert (held.statement_id, held.item, held.student_name) == (
        made.id, "讀書心得", one.world.student.name,
    )  # fmt: skip
    with pytest.raises(holding.OpenDisputes):
        holding.require_none_open(one.clerk, YEAR)
    with pytest.raises(holding.OpenDisputes):
        holding.require_none_open(one.clerk, YEAR, "  ")
    with db.writing():
        holding.require_none_open(one.clerk, YEAR, "主管機關要求今日重送")
    line = (
        db.reading()
        .scalars(sa.select(AuditEvent).where(AuditEvent.verb == "receipt.override"))
        .one()
    )
    assert line.detail["disputes"] == [made.id]
    assert line.detail["reason"] == "主管機關要求今日重送"
    stating.answer(one.clerk, made.id, AnswerVerdict.UPHELD, "更正後重送。")
    holding.require_none_open(one.clerk, YEAR)


def test_disputes_of_another_batch_hold_nothing(one: Handed) -> None:
    made = dispute(one, one.rows()[0].id)
    holding.require_none_open(one.clerk, YEAR, batch=Batch.FIRST)
    assert receipts.open_disputes(one.world.school.id, YEAR, Batch.FIRST) == []
    with db.writing() as session:
        session.get_one(Submission, one.submission.id).batch = Batch.FIRST
    holding.require_none_open(one.clerk, YEAR)
    holding.require_none_open(one.clerk, YEAR, batch=Batch.SECOND)
    with pytest.raises(holding.OpenDisputes):
        holding.require_none_open(one.clerk, YEAR, batch=Batch.FIRST)
    assert receipts.open_ids(one.world.school.id, YEAR, Batch.FIRST) == [made.id]
    assert receipts.open_count(one.world.school.id, YEAR) == 1


def test_a_new_version_asks_only_those_whose_items_changed(one: Handed) -> None:
    stating.confirm(one.pupil, one.sheet().id)
    stating.confirm(one.mate, one.sheet(one.other).id)
    before = one.sheet(one.other)
    one.again(title="讀書心得（更正）")
    assert one.sheet().state is SheetState.WAITING
    carried = one.sheet(one.other)
    assert (carried.state, carried.carried_from_id) == (SheetState.CONFIRMED, before.id)
    assert list(reads.unconfirmed_students(one.world.school.id, YEAR)) == [one.world.student.id]
    with pytest.raises(Conflict):
        stating.confirm(one.pupil, one.sheet(current=False).id)


def test_disputes_of_an_earlier_version_still_hold(one: Handed) -> None:
    dispute(one)
    one.again()
    assert receipts.open_count(one.world.school.id, YEAR) == 1
    assert one.sheet().state is SheetState.WAITING


def test_figures_by_class_and_who_is_waited_for(one: Handed) -> None:
    stating.confirm(one.mate, one.sheet(one.other).id)
    (figures,) = reads.by_class(one.clerk, YEAR)
    assert (figures.students, figures.confirmed_percent, figures.missing) == (2, 50, 0)
    page = reads.of_class(one.clerk, YEAR, one.world.school_class.id, unconfirmed=True)
    assert [line.number for line in page.items] == [one.world.student.number]
    first = reads.of_class(one.clerk, YEAR, one.world.school_class.id, limit=1)
    rest = reads.of_class(one.clerk, YEAR, one.world.school_class.id, limit=1, after=first.next)
    assert [first.items[0].sheet.seat, rest.items[0].sheet.seat] == [1, 2]


def test_a_homeroom_teacher_sees_the_own_class_only(one: Handed) -> None:
    homeroom = make_staff(one.world.school)
    actor = actor_of(homeroom, Role.HOMEROOM)
    assert reads.by_class(actor, YEAR) == []
    assert reads.of_class(actor, YEAR, one.world.school_class.id) is None
    assert reads.may_read(actor, one.world.student.id) is None
    with db.writing() as session:
        session.get_one(SchoolClass, one.world.school_class.id).homeroom_teacher_id = homeroom.id
    assert [found.class_id for found in reads.by_class(actor, YEAR)] == [one.world.school_class.id]
    assert reads.may_read(actor, one.world.student.id).id == one.world.student.id


def test_a_parent_reads_the_own_child(one: Handed) -> None:
    from dataclasses import replace

    parent = make_parent(one.world.school, one.world.student)
    actor = replace(actor_of(parent), child_ids=(one.world.student.id,))
    assert reads.may_read(actor, one.world.student.id) is not None
    assert reads.may_read(actor, one.other.id) is None


def test_nobody_else_states_or_answers(one: Handed) -> None:
    made = dispute(one)
    for actor in (one.mate, one.clerk, one.world.master, actor_of(make_student(one.world.school))):
        with pytest.raises(NotFound):
            stating.confirm(actor, one.sheet().id)
    for actor in (one.pupil, one.mate, one.world.master, handed().clerk):
        with pytest.raises(NotFound):
            stating.answer(actor, made.id, AnswerVerdict.UPHELD, "x")
    assert "access.foreign" in verbs()


def test_a_students_page_asks_the_same_however_many_versions(one: Handed) -> None:
    counts = []
    for _version in range(3):
        statements: list[str] = []
        listen = lambda *args, into=statements: into.append(args[2])  # noqa: E731
        sa.event.listen(db.engine(), "before_cursor_execute", listen)
        with tenancy.within(one.world.school.id):
            found = reads.of_student(one.world.student.id, school_id=one.world.school.id)
        sa.event.remove(db.engine(), "before_cursor_execute", listen)
        counts.append(len(statements))
        one.again()
    assert len(found) == 3
    assert len(set(counts[1:])) == 1
    assert counts[0] <= 8

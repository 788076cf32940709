"""Disputes: the open ones, and all of a year with their answers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from plugin import db
from plugin.actor import Actor
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import (
    ReceiptAnswer,
    ReceiptSheet,
    ReceiptStatement,
    StatementKind,
    Submission,
    SubmissionRow,
)
from plugin.school.batches import Batch
from plugin.school.models import Person


@dataclass(frozen=True)
class Dispute:
    """What somebody disputes, for a list."""

    statement_id: int
    sheet_id: int
    number: str
    """Of the submission."""
    student_id: int
    student_name: str
    student_number: str
    class_name: str
    seat: int
    reason: str
    text: str
    at: datetime
    item: str
    """Title of the item; "" for the whole sheet."""
    answer: ReceiptAnswer | None
    open: bool


def _unanswered() -> sa.ColumnElement[bool]:
    """Neither answered, nor taken back by a later confirmation."""
    later, answer = aliased(ReceiptStatement), aliased(ReceiptAnswer)
    answered = sa.exists().where(answer.statement_id == ReceiptStatement.id)
    withdrawn = sa.exists().where(
        later.sheet_id == ReceiptStatement.sheet_id,
        later.kind == StatementKind.CONFIRM,
        later.id > ReceiptStatement.id,
    )
    return sa.and_(
        ReceiptStatement.kind == StatementKind.DISPUTE,
        ~answered.correlate_except(answer),
        ~withdrawn.correlate_except(later),
    )


def open_of_sheets(sheet_ids: Collection[int]) -> list[ReceiptStatement]:
    """The open disputes of some sheets, oldest first."""
    query = sa.select(ReceiptStatement).where(
        ReceiptStatement.sheet_id.in_(sheet_ids), _unanswered()
    )
    return list(db.reading().scalars(query.order_by(ReceiptStatement.id)))


def open_disputes(
    school_id: int, academic_year: int, batch: Batch = Batch.ORDINARY
) -> list[Dispute]:
    """Every open dispute of a year and batch, of whichever version: they hold the next
    submission."""
    query = (
        _all(school_id, academic_year)
        .where(Submission.batch == batch, _unanswered())
        .order_by(ReceiptStatement.id)
    )
    return [_made(row, is_open=True) for row in db.reading().execute(query)]


def open_ids(school_id: int, academic_year: int, batch: Batch) -> list[int]:
    """Just which they are."""
    query = (
        sa.select(ReceiptStatement.id)
        .join(ReceiptSheet, ReceiptSheet.id == ReceiptStatement.sheet_id)
        .join(Submission, Submission.id == ReceiptSheet.submission_id)
        .where(
            ReceiptSheet.school_id == school_id,
            ReceiptSheet.academic_year == academic_year,
            Submission.batch == batch,
            _unanswered(),
        )
    )
    return list(db.reading().scalars(query.order_by(ReceiptStatement.id)))


def open_count(school_id: int, academic_year: int) -> int:
    """How many there are, of all batches."""
    query = (
        sa.select(sa.func.count(ReceiptStatement.id))
        .join(ReceiptSheet, ReceiptSheet.id == ReceiptStatement.sheet_id)
        .where(
            ReceiptSheet.school_id == school_id,
            ReceiptSheet.academic_year == academic_year,
            _unanswered(),
        )
    )
    return db.reading().scalar(query) or 0


def disputes(
    actor: Actor,
    academic_year: int,
    *,
    only_open: bool = True,
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Dispute]:
    """The disputes of the registry's school, the open ones oldest first, all of them newest
    first."""
    assert actor.school_id is not None
    query = _all(actor.school_id, academic_year)
    begin = row_id(after)
    if only_open:
        query = query.where(_unanswered()).order_by(ReceiptStatement.id)
        if begin is not None:
            query = query.where(ReceiptStatement.id > begin)
    else:
        query = query.order_by(ReceiptStatement.id.desc())
        if begin is not None:
            query = query.where(ReceiptStatement.id < begin)
    rows = db.reading().execute(query.limit(limit + 1)).all()
    waiting = {one.id for one in open_of_sheets({row[1].id for row in rows})}
    found = [_made(row, is_open=row[0].id in waiting) for row in rows]
    return Page.cut(found, limit, lambda one: one.statement_id)


def _all(school_id: int, academic_year: int) -> sa.Select[Any]:
    return (
        sa.select(
            ReceiptStatement,
            ReceiptSheet,
            Submission.number,
            Person.name,
            Person.number,
            SubmissionRow.cells,
            ReceiptAnswer,
        )
        .join(ReceiptSheet, ReceiptSheet.id == ReceiptStatement.sheet_id)
        .join(Submission, Submission.id == ReceiptSheet.submission_id)
        .join(Person, Person.id == ReceiptSheet.student_id)
        .outerjoin(SubmissionRow, SubmissionRow.id == ReceiptStatement.row_id)
        .outerjoin(ReceiptAnswer, ReceiptAnswer.statement_id == ReceiptStatement.id)
        .where(
            ReceiptSheet.school_id == school_id,
            ReceiptSheet.academic_year == academic_year,
            ReceiptStatement.kind == StatementKind.DISPUTE,
        )
    )


def _made(row: Any, *, is_open: bool) -> Dispute:
    statement, sheet, number, name, student_number, cells, answer = row
    return Dispute(
        statement_id=statement.id,
        sheet_id=sheet.id,
        number=number,
        student_id=sheet.student_id,
        student_name=name,
        student_number=student_number,
        class_name=sheet.class_name,
        seat=sheet.seat,
        reason=statement.reason,
        text=statement.text,
        at=statement.at,
        item=cells["title"] if cells else "",
        answer=answer,
        open=is_open,
    )

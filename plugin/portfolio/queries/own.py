"""Reads for the student: my outcomes, one of them, my selection, my receipts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin import db
from plugin.actor import Actor
from plugin.portfolio.models import (
    Decision,
    Outcome,
    OutcomeState,
    Selection,
    SelectionItem,
    SelectionKind,
    Submission,
    SubmissionRow,
    SubmissionState,
)
from plugin.portfolio.queries.shared import files_of
from plugin.school.models import Course
from plugin.vault.models import Receipt, StoredFile


@dataclass(frozen=True)
class Line:
    """One outcome in a list."""

    outcome: Outcome
    course: Course | None
    document: StoredFile | None
    media: StoredFile | None
    selected: bool = False


@dataclass(frozen=True)
class Card:
    """One outcome with its whole history."""

    line: Line
    decisions: list[Decision]
    receipts: dict[int, Receipt]
    """The newest receipt of each file, by file id."""


def years(actor: Actor) -> list[int]:
    """The academic years of which the student has outcomes, newest first."""
    query = sa.select(Outcome.academic_year).where(Outcome.student_id == actor.person_id)
    return list(db.reading().scalars(query.distinct().order_by(Outcome.academic_year.desc())))


def outcomes(actor: Actor, academic_year: int) -> list[Line]:
    """The student's outcomes of a year by term, newest first; a year's places bound the list."""
    query = (
        sa.select(Outcome, Course, SelectionItem.id)
        .outerjoin(Course, Course.id == Outcome.course_id)
        .outerjoin(SelectionItem, SelectionItem.outcome_id == Outcome.id)
        .where(
            Outcome.student_id == actor.person_id,
            Outcome.school_id == actor.school_id,
            Outcome.academic_year == academic_year,
        )
        .order_by(Outcome.term.desc(), Outcome.id.desc())
    )
    rows = db.reading().execute(query).all()
    files = files_of(outcome for outcome, *_more in rows)
    return [
        Line(
            outcome,
            course,
            files.get(outcome.document_file_id or 0),
            files.get(outcome.media_file_id or 0),
            selected is not None,
        )
        for outcome, course, selected in rows
    ]


def last_reasons(outcomes: Iterable[Outcome]) -> dict[int, str]:
    """The reason of the last decision on each of some outcomes, by outcome id."""
    newest = (
        sa.select(sa.func.max(Decision.id))
        .where(Decision.outcome_id.in_([one.id for one in outcomes]))
        .group_by(Decision.outcome_id)
    )
    query = sa.select(Decision.outcome_id, Decision.reason).where(Decision.id.in_(newest))
    return dict(db.reading().execute(query).all())


def card(found: Outcome) -> Card:
    """Everything about one outcome that was found by its owner, teacher or registry."""
    session = db.reading()
    files = files_of([found])
    decisions = session.scalars(
        sa.select(Decision).where(Decision.outcome_id == found.id).order_by(Decision.id.desc())
    )
    receipts = session.scalars(
        sa.select(Receipt).where(Receipt.file_id.in_(files)).order_by(Receipt.id)
    )
    course = session.get(Course, found.course_id) if found.course_id else None
    chosen = session.scalar(
        sa.select(SelectionItem.id).where(SelectionItem.outcome_id == found.id).limit(1)
    )
    return Card(
        Line(
            found,
            course,
            files.get(found.document_file_id or 0),
            files.get(found.media_file_id or 0),
            chosen is not None,
        ),
        list(decisions),
        {receipt.file_id: receipt for receipt in receipts},
    )


def counts(actor: Actor, academic_year: int, term: int | None = None) -> dict[OutcomeState, int]:
    """How many outcomes stand in each state."""
    query = sa.select(Outcome.state, sa.func.count()).where(
        Outcome.student_id == actor.person_id, Outcome.academic_year == academic_year
    )
    if term is not None:
        query = query.where(Outcome.term == term)
    return dict(db.reading().execute(query.group_by(Outcome.state)).all())


def selection(actor: Actor, academic_year: int) -> Selection | None:
    """The student's selection of a year, once one was begun."""
    return db.reading().scalar(
        sa.select(Selection).where(
            Selection.student_id == actor.person_id,
            Selection.school_id == actor.school_id,
            Selection.academic_year == academic_year,
            Selection.kind == SelectionKind.OUTCOME,
        )
    )


@dataclass(frozen=True)
class HandedIn:
    """What was handed in of a student in one submission."""

    number: str
    academic_year: int
    version: int
    frozen_at: datetime
    rows: list[SubmissionRow]


def handed_in(actor: Actor) -> list[HandedIn]:
    """The student's 收訖: every frozen submission that holds something of theirs, newest first."""
    query = (
        sa.select(Submission, SubmissionRow)
        .join(SubmissionRow, SubmissionRow.submission_id == Submission.id)
        .where(
            SubmissionRow.student_id == actor.person_id,
            Submission.school_id == actor.school_id,
            Submission.state == SubmissionState.FROZEN,
        )
        .order_by(Submission.frozen_at.desc(), Submission.id.desc(), SubmissionRow.sequence)
    )
    found: dict[int, HandedIn] = {}
    for one, row in db.reading().execute(query):
        assert one.frozen_at is not None
        book = found.setdefault(
            one.id,
            HandedIn(one.number, one.academic_year, one.version, one.frozen_at, []),
        )
        book.rows.append(row)
    return list(found.values())


def chosen_count(actor: Actor, academic_year: int) -> int:
    """How many outcomes the student has selected for a year."""
    query = (
        sa.select(sa.func.count(SelectionItem.id))
        .join(Selection, Selection.id == SelectionItem.selection_id)
        .where(
            Selection.student_id == actor.person_id,
            Selection.academic_year == academic_year,
            Selection.kind == SelectionKind.OUTCOME,
        )
    )
    return db.reading().scalar(query) or 0

"""Which of a year's selected records a batch 梯次 takes (see `plugin.school.batches`).

What one batch has handed in, the other does not hand in again: each leaves out what stands in the
newest frozen version of the other. The first takes what was chosen for it; the second takes
everything else that is selected, also what the first should have had and did not.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from plugin import db
from plugin.portfolio.models import (
    SelectedExperience,
    Selection,
    SelectionItem,
    SelectionKind,
    Submission,
    SubmissionRow,
    SubmissionState,
)
from plugin.portfolio.queries.shared import seated
from plugin.school.batches import Batch
from plugin.school.models import ClassSeat, SchoolClass
from plugin.school.windows import FINAL_GRADE

_OTHER = {Batch.FIRST: Batch.SECOND, Batch.SECOND: Batch.FIRST}


def newest(school_id: int, academic_year: int, batch: Batch) -> int | None:
    """The newest frozen submission of a batch; None while there is none."""
    query = sa.select(Submission.id).where(
        Submission.school_id == school_id,
        Submission.academic_year == academic_year,
        Submission.batch == batch,
        Submission.state == SubmissionState.FROZEN,
    )
    return db.reading().scalar(query.order_by(Submission.version.desc()).limit(1))


def left_out(school_id: int, academic_year: int, batch: Batch) -> int | None:
    """The submission whose records a batch leaves out: the newest frozen one of the other."""
    return newest(school_id, academic_year, _OTHER[batch]) if batch.place else None


def of_grades(batch: Batch) -> sa.ColumnElement[bool]:
    """The classes of a batch; whoever has none is among the ordinary, for the 預檢 to say so."""
    if batch.place:
        return SchoolClass.grade >= FINAL_GRADE
    return sa.or_(SchoolClass.id.is_(None), SchoolClass.grade < FINAL_GRADE)


def taken(
    item: type[SelectionItem | SelectedExperience],
    school_id: int,
    academic_year: int,
    batch: Batch,
) -> sa.ColumnElement[bool]:
    """Which selected items a batch takes, for a query that has them and their classes."""
    if not batch.place:
        return of_grades(batch)
    conditions = [of_grades(batch)]
    if batch is Batch.FIRST:
        conditions.append(item.batch != Batch.SECOND)
    other = left_out(school_id, academic_year, batch)
    if other is not None:
        conditions.append(~_in(other, item))
    return sa.and_(*conditions)


def anything(school_id: int, academic_year: int, batch: Batch) -> sa.ColumnElement[bool]:
    """Whether a batch of the third year would hold anything, for a query of something else."""
    return sa.or_(
        *(
            sa.select(item.id)
            .join(Selection, Selection.id == item.selection_id)
            .join(ClassSeat, seated(Selection.student_id, Selection.academic_year))
            .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
            .where(
                Selection.school_id == school_id,
                Selection.academic_year == academic_year,
                taken(item, school_id, academic_year, batch),
            )
            .exists()
            for item in (SelectionItem, SelectedExperience)
        )
    )


def handed_in_before(
    school_id: int, academic_year: int, student_id: int
) -> tuple[set[int], set[int]]:
    """What the first batch has handed in of a student: outcome ids, experience ids."""
    first = newest(school_id, academic_year, Batch.FIRST)
    if first is None:
        return set(), set()
    query = sa.select(SubmissionRow.outcome_id, SubmissionRow.experience_id).where(
        SubmissionRow.submission_id == first, SubmissionRow.student_id == student_id
    )
    rows = db.reading().execute(query).all()
    return (
        {outcome for outcome, _experience in rows if outcome is not None},
        {experience for _outcome, experience in rows if experience is not None},
    )


def counted_elsewhere(
    school_id: int, academic_year: int, batch: Batch
) -> dict[tuple[int, SelectionKind], int]:
    """How many records of each student stand in the newest version of the other batch; they
    count against the limits of the year."""
    if not batch.place:
        return {}
    other = newest(school_id, academic_year, _OTHER[batch])
    query = (
        sa.select(SubmissionRow.student_id, SubmissionRow.record_kind, sa.func.count())
        .where(SubmissionRow.submission_id == other)
        .group_by(SubmissionRow.student_id, SubmissionRow.record_kind)
    )
    rows = db.reading().execute(query) if other is not None else ()
    return {(student_id, kind): n for student_id, kind, n in rows}


def _in(submission_id: int, item: Any) -> sa.ColumnElement[bool]:
    same = (
        SubmissionRow.outcome_id == item.outcome_id
        if item is SelectionItem
        else SubmissionRow.experience_id == item.experience_id
    )
    return sa.exists().where(SubmissionRow.submission_id == submission_id, same)

"""Everything of one student, in a constant number of statements: for the timeline and the export.

Who asks has made sure of the relation. Counselling is not read here: it has its own query, which
asks who reads (`queries.counselling.of_student`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import defer

from plugin import db
from plugin.portfolio.models import (
    Decision,
    Experience,
    ExperienceReturn,
    ExperienceState,
    Outcome,
    OutcomeState,
    SelectedExperience,
    Selection,
    SelectionItem,
    Submission,
    SubmissionRow,
    SubmissionState,
)
from plugin.portfolio.queries.shared import files_of
from plugin.school.models import ClassSeat, Course, Person, SchoolClass
from plugin.vault import queries as vault_queries
from plugin.vault.models import Receipt, StoredFile


@dataclass(frozen=True)
class Seat:
    """Where the student sat in one academic year."""

    academic_year: int
    class_name: str
    grade: int
    number: int


@dataclass(frozen=True)
class HandedIn:
    """One record of the student in one frozen submission."""

    submission: Submission
    row: SubmissionRow


@dataclass(frozen=True)
class Everything:
    """All rows of one student, oldest first."""

    student: Person
    seats: tuple[Seat, ...]
    outcomes: tuple[Outcome, ...]
    courses: Mapping[int, Course]
    decisions: Mapping[int, tuple[Decision, ...]]
    experiences: tuple[Experience, ...]
    returns: Mapping[int, tuple[ExperienceReturn, ...]]
    selections: tuple[Selection, ...]
    chosen_outcomes: frozenset[int]
    chosen_experiences: frozenset[int]
    chosen_counts: Mapping[int, int]
    """Selection id → how many are selected."""
    handed_in: tuple[HandedIn, ...]
    files: Mapping[int, StoredFile]
    receipts: Mapping[int, Receipt]
    """The newest of each file."""


def of(student: Person, *, drafts: bool = True) -> Everything:
    """Read it all.

    :param drafts: also what was never sent: for the student alone.
    """
    session = db.reading()
    wanted = sa.select(Outcome).where(
        Outcome.student_id == student.id, Outcome.school_id == student.school_id
    )
    if not drafts:
        wanted = wanted.where(Outcome.state != OutcomeState.DRAFT)
    outcomes = session.scalars(
        wanted.order_by(Outcome.academic_year, Outcome.term, Outcome.id)
    ).all()
    made = sa.select(Experience).where(
        Experience.student_id == student.id, Experience.school_id == student.school_id
    )
    if not drafts:
        made = made.where(Experience.state != ExperienceState.DRAFT)
    experiences = session.scalars(
        made.order_by(Experience.academic_year, Experience.term, Experience.id)
    ).all()
    selections = session.scalars(
        sa.select(Selection)
        .where(Selection.student_id == student.id, Selection.school_id == student.school_id)
        .order_by(Selection.academic_year, Selection.id)
    ).all()
    chosen, chosen_experiences, counts = _chosen([one.id for one in selections])
    files = files_of([*outcomes, *experiences])
    return Everything(
        student=student,
        seats=tuple(_seats(student)),
        outcomes=tuple(outcomes),
        courses=_courses(one.course_id for one in outcomes),
        decisions=_decisions([one.id for one in outcomes]),
        experiences=tuple(experiences),
        returns=_returns([one.id for one in experiences]),
        selections=tuple(selections),
        chosen_outcomes=frozenset(chosen),
        chosen_experiences=frozenset(chosen_experiences),
        chosen_counts=counts,
        handed_in=tuple(_handed_in(student)),
        files=files,
        receipts=vault_queries.receipts(files),
    )


def _seats(student: Person) -> list[Seat]:
    query = (
        sa.select(SchoolClass, ClassSeat.seat)
        .join(ClassSeat, ClassSeat.class_id == SchoolClass.id)
        .where(ClassSeat.student_id == student.id, SchoolClass.school_id == student.school_id)
        .order_by(SchoolClass.academic_year, ClassSeat.id)
    )
    return [
        Seat(one.academic_year, one.name, one.grade, number)
        for one, number in db.reading().execute(query)
    ]


def _courses(ids: Iterable[int | None]) -> dict[int, Course]:
    query = sa.select(Course).where(Course.id.in_({one for one in ids if one is not None}))
    return {one.id: one for one in db.reading().scalars(query)}


def _decisions(outcome_ids: list[int]) -> dict[int, tuple[Decision, ...]]:
    query = sa.select(Decision).where(Decision.outcome_id.in_(outcome_ids)).order_by(Decision.id)
    found: dict[int, tuple[Decision, ...]] = {}
    for one in db.reading().scalars(query):
        found[one.outcome_id] = (*found.get(one.outcome_id, ()), one)
    return found


def _returns(experience_ids: list[int]) -> dict[int, tuple[ExperienceReturn, ...]]:
    query = (
        sa.select(ExperienceReturn)
        .where(ExperienceReturn.experience_id.in_(experience_ids))
        .order_by(ExperienceReturn.id)
    )
    found: dict[int, tuple[ExperienceReturn, ...]] = {}
    for one in db.reading().scalars(query):
        found[one.experience_id] = (*found.get(one.experience_id, ()), one)
    return found


def _chosen(selection_ids: list[int]) -> tuple[set[int], set[int], dict[int, int]]:
    session = db.reading()
    outcomes = session.execute(
        sa.select(SelectionItem.selection_id, SelectionItem.outcome_id).where(
            SelectionItem.selection_id.in_(selection_ids)
        )
    ).all()
    experiences = session.execute(
        sa.select(SelectedExperience.selection_id, SelectedExperience.experience_id).where(
            SelectedExperience.selection_id.in_(selection_ids)
        )
    ).all()
    counts: dict[int, int] = {}
    for selection_id, _record in [*outcomes, *experiences]:
        counts[selection_id] = counts.get(selection_id, 0) + 1
    return {one for _id, one in outcomes}, {one for _id, one in experiences}, counts


def _handed_in(student: Person) -> list[HandedIn]:
    """National ID and birthday of the rows stay encrypted where they are."""
    query = (
        sa.select(Submission, SubmissionRow)
        .join(SubmissionRow, SubmissionRow.submission_id == Submission.id)
        .where(
            SubmissionRow.student_id == student.id,
            Submission.school_id == student.school_id,
            Submission.state == SubmissionState.FROZEN,
        )
        .options(
            defer(SubmissionRow.national_id, raiseload=True),
            defer(SubmissionRow.birthday, raiseload=True),
        )
        .order_by(Submission.frozen_at, Submission.id, SubmissionRow.sequence)
    )
    return [HandedIn(one, row) for one, row in db.reading().execute(query)]

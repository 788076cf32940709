"""Students × what they have done: a class of the homeroom teacher, or a slice of the school."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from plugin import clock, db
from plugin.portfolio.models import (
    Experience,
    ExperienceState,
    Outcome,
    OutcomeState,
    ReceiptSheet,
    SelectedExperience,
    Selection,
    SelectionItem,
    SelectionKind,
    SheetState,
    Submission,
    SubmissionRow,
    SubmissionState,
)
from plugin.portfolio.queries.overviews import duties
from plugin.portfolio.queries.overviews.duties import Duty, Figures
from plugin.school.batches import Batch
from plugin.school.models import ClassSeat, Person, SchoolClass
from plugin.school.terms import term_of


@dataclass(frozen=True)
class Line:
    """One student of a class."""

    seat: int
    student: Person
    figures: Figures
    duties: tuple[Duty, ...]

    def count(self, state: str) -> int:
        """Outcomes of the year in a state."""
        return self.figures.outcomes.get(OutcomeState(state), 0)

    def experiences(self, state: str) -> int:
        """Experiences of the year in a state."""
        return self.figures.experiences.get(ExperienceState(state), 0)


SORTS: dict[str, Callable[[Line], Any]] = {
    "seat": lambda one: one.seat,
    "name": lambda one: one.student.name,
    "draft": lambda one: one.count("draft"),
    "sent": lambda one: one.count("sent"),
    "certified": lambda one: one.count("certified"),
    "returned": lambda one: one.count("returned"),
    "experiences": lambda one: one.experiences("sent"),
    "chosen": lambda one: one.figures.chosen,
    "chosen_experiences": lambda one: one.figures.chosen_experiences,
    "handed_in": lambda one: one.figures.handed_in,
    "duties": lambda one: len(one.duties),
}
"""How a class may be put in order; equal ones stay by seat."""


def of_class(
    school_class: SchoolClass,
    seats: Sequence[tuple[int, Person]],
    *,
    sort: str = "seat",
    downwards: bool = False,
    acting_only: bool = False,
) -> list[Line]:
    """The students of a class that the caller may see; as many statements for any number."""
    year = school_class.academic_year
    found = figures([student.id for _seat, student in seats], year)
    grades = {student.id: school_class.grade for _seat, student in seats}
    now = duties.seasons(school_class.school_id, year, grades)
    lines = [
        Line(seat, student, found[student.id], duties.of(found[student.id], now[student.id]))
        for seat, student in seats
    ]
    if acting_only:
        lines = [one for one in lines if one.duties]
    lines.sort(key=SORTS["seat"])
    return sorted(lines, key=SORTS.get(sort, SORTS["seat"]), reverse=downwards)


@dataclass(frozen=True)
class Seated:
    """A student of the school with what is asked of their grade."""

    seat_id: int
    student_id: int
    grade: int


def slice_of(
    school_id: int, academic_year: int, *, after: int = 0, limit: int = 500
) -> list[Seated]:
    """A slice of all seated, active students of a year, by key: for work over the whole school."""
    query = (
        sa.select(ClassSeat.id, ClassSeat.student_id, SchoolClass.grade)
        .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .join(Person, Person.id == ClassSeat.student_id)
        .where(
            SchoolClass.school_id == school_id,
            SchoolClass.academic_year == academic_year,
            Person.active,
            ClassSeat.id > after,
        )
        .order_by(ClassSeat.id)
        .limit(limit)
    )
    return [Seated(*row) for row in db.reading().execute(query)]


def figures(student_ids: Collection[int], academic_year: int) -> dict[int, Figures]:
    """What each student has done in a year; seven statements."""
    term = _current_term(academic_year)
    outcomes, of_term = _outcomes(student_ids, academic_year, term)
    experiences, mendable = _experiences(student_ids, academic_year)
    chosen = _selections(student_ids, academic_year)
    handed_in = _handed_in(student_ids, academic_year)
    receipts = _receipts(student_ids, academic_year)
    nothing = (0, False)
    found = {}
    for one in student_ids:
        n, locked = chosen.get((one, SelectionKind.OUTCOME), nothing)
        more, locked_more = chosen.get((one, SelectionKind.EXPERIENCE), nothing)
        found[one] = Figures(
            outcomes=outcomes.get(one, {}),
            term_outcomes=of_term.get(one, {}),
            experiences=experiences.get(one, {}),
            mendable=one in mendable,
            chosen=n,
            chosen_experiences=more,
            locked=locked,
            locked_experiences=locked_more,
            handed_in=handed_in.get(one, 0),
            receipts=receipts.get(one),
        )
    return found


def _current_term(academic_year: int) -> int:
    today = term_of(clock.today())
    return today.term if today.academic_year == academic_year else 0


def _outcomes(
    student_ids: Collection[int], academic_year: int, term: int
) -> tuple[dict[int, dict[OutcomeState, int]], dict[int, dict[OutcomeState, int]]]:
    query = (
        sa.select(Outcome.student_id, Outcome.term, Outcome.state, sa.func.count())
        .where(Outcome.student_id.in_(student_ids), Outcome.academic_year == academic_year)
        .group_by(Outcome.student_id, Outcome.term, Outcome.state)
    )
    year: dict[int, dict[OutcomeState, int]] = {}
    now: dict[int, dict[OutcomeState, int]] = {}
    for student_id, of_term, state, n in db.reading().execute(query):
        whole = year.setdefault(student_id, {})
        whole[state] = whole.get(state, 0) + n
        if of_term == term:
            now.setdefault(student_id, {})[state] = n
    return year, now


def _experiences(
    student_ids: Collection[int], academic_year: int
) -> tuple[dict[int, dict[ExperienceState, int]], set[int]]:
    query = (
        sa.select(
            Experience.student_id,
            Experience.state,
            sa.func.count(),
            sa.func.max(Experience.correct_until),
        )
        .where(Experience.student_id.in_(student_ids), Experience.academic_year == academic_year)
        .group_by(Experience.student_id, Experience.state)
    )
    found: dict[int, dict[ExperienceState, int]] = {}
    mendable = set()
    now = clock.now()
    for student_id, state, n, until in db.reading().execute(query):
        found.setdefault(student_id, {})[state] = n
        if state is ExperienceState.RETURNED and until is not None and until > now:
            mendable.add(student_id)
    return found, mendable


def _selections(
    student_ids: Collection[int], academic_year: int
) -> dict[tuple[int, SelectionKind], tuple[int, bool]]:
    """How many are selected of each kind, and whether that is confirmed."""
    mine = (
        Selection.student_id.in_(student_ids),
        Selection.academic_year == academic_year,
    )
    counted = (
        (SelectionKind.OUTCOME, SelectionItem.selection_id, SelectionItem.id),
        (SelectionKind.EXPERIENCE, SelectedExperience.selection_id, SelectedExperience.id),
    )
    found: dict[tuple[int, SelectionKind], tuple[int, bool]] = {}
    for kind, reference, key in counted:  # the two kinds
        query = (
            sa.select(Selection.student_id, sa.func.count(key), sa.func.max(Selection.locked_at))
            .outerjoin(key.class_, reference == Selection.id)
            .where(*mine, Selection.kind == kind)
            .group_by(Selection.student_id)
        )
        for student_id, n, locked_at in db.reading().execute(query):
            found[student_id, kind] = (n, locked_at is not None)
    return found


def _handed_in(student_ids: Collection[int], academic_year: int) -> dict[int, int]:
    """How many records stand in the newest frozen submission that names each student."""
    query = (
        sa.select(
            SubmissionRow.student_id,
            SubmissionRow.submission_id,
            sa.func.count(),
        )
        .join(Submission, Submission.id == SubmissionRow.submission_id)
        .where(
            SubmissionRow.student_id.in_(student_ids),
            Submission.academic_year == academic_year,
            Submission.state == SubmissionState.FROZEN,
        )
        .group_by(SubmissionRow.student_id, SubmissionRow.submission_id)
        .order_by(SubmissionRow.submission_id)
    )
    return {student_id: n for student_id, _book, n in db.reading().execute(query)}


def _receipts(student_ids: Collection[int], academic_year: int) -> dict[int, frozenset[Batch]]:
    """The batches of which each student has not confirmed the sheet 收訖明細 that holds now;
    those without a sheet are left out."""
    query = (
        sa.select(ReceiptSheet.student_id, Submission.batch, ReceiptSheet.state)
        .join(Submission, Submission.id == ReceiptSheet.submission_id)
        .where(
            ReceiptSheet.student_id.in_(student_ids),
            ReceiptSheet.academic_year == academic_year,
            ReceiptSheet.current,
        )
    )
    found: dict[int, frozenset[Batch]] = {}
    for student_id, batch, state in db.reading().execute(query):
        waits = frozenset() if state is SheetState.CONFIRMED else frozenset({batch})
        found[student_id] = found.get(student_id, frozenset()) | waits
    return found

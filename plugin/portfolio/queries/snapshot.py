"""What a submission would hold now: every selected outcome and experience, class by class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import defer

from plugin import db
from plugin.portfolio.models import (
    Decision,
    Outcome,
    SelectedExperience,
    Selection,
    SelectionItem,
    SelectionKind,
)
from plugin.portfolio.outcome_sheets import Attended
from plugin.portfolio.queries import attendance, batches, chosen_experiences
from plugin.portfolio.queries.chosen_experiences import ChosenExperience
from plugin.portfolio.queries.shared import files_of, seated
from plugin.school import queries as school_queries
from plugin.school.batches import Batch
from plugin.school.models import ClassSeat, Course, Person, SchoolClass
from plugin.vault.models import StoredFile

CHUNK = 500


@dataclass(frozen=True)
class Chosen:
    """One selected outcome with everything that a submission copies of it."""

    outcome: Outcome
    course: Course | None
    student: Person
    school_class: SchoolClass | None
    seat: int | None
    identified: bool
    """Whether the school knows national ID and birthday."""
    confirmed: bool
    document: StoredFile | None
    media: StoredFile | None
    decision: Decision | None
    attended: Attended | None
    """How the course was attended, and so on which sheet the outcome belongs; of a course."""

    record_kind = SelectionKind.OUTCOME
    kind = None

    @property
    def record(self) -> Outcome:
        """What was selected."""
        return self.outcome

    @property
    def files(self) -> list[StoredFile]:
        """The files there are."""
        return [file for file in (self.document, self.media) if file is not None]


AnyChosen = Chosen | ChosenExperience
One = TypeVar("One", Chosen, ChosenExperience)


@dataclass(frozen=True)
class ClassGroup:
    """What one class hands in, by seat; `school_class` None: of those who sit in no class."""

    school_class: SchoolClass | None
    outcomes: list[Chosen]
    experiences: list[ChosenExperience]

    def __iter__(self) -> Iterator[AnyChosen]:
        yield from self.outcomes
        yield from self.experiences


def by_class(
    school_id: int, academic_year: int, batch: Batch, *, personal: bool
) -> Iterator[ClassGroup]:
    """Everything selected, a class at a time in the order of the manifest.

    Read in chunks: memory holds a class and a chunk, and the queries grow with the chunks, not
    with the rows.

    :param personal: also decrypt national IDs and birthdays; without, they cannot be read.
    """
    where = (school_id, academic_year, batch)
    outcomes = _Stream(chosen(*where, personal=personal))
    experiences = _Stream(chosen_experiences.chosen(*where, personal=personal))
    for class_id in [*_classes(*where), None]:
        mine, more = outcomes.of(class_id), experiences.of(class_id)
        if mine or more:
            first: AnyChosen = mine[0] if mine else more[0]
            yield ClassGroup(first.school_class, mine, more)


def count(school_id: int, academic_year: int, batch: Batch) -> dict[SelectionKind, int]:
    """How many are selected of each kind; two statements."""
    found = {}
    for kind, item in (
        (SelectionKind.OUTCOME, SelectionItem),
        (SelectionKind.EXPERIENCE, SelectedExperience),
    ):
        query = (
            sa.select(sa.func.count(item.id))
            .select_from(Selection)
            .join(item, item.selection_id == Selection.id)
            .outerjoin(ClassSeat, seated(Selection.student_id, Selection.academic_year))
            .outerjoin(SchoolClass, SchoolClass.id == ClassSeat.class_id)
            .where(
                Selection.school_id == school_id,
                Selection.academic_year == academic_year,
                Selection.kind == kind,
                batches.taken(item, school_id, academic_year, batch),
            )
        )
        found[kind] = db.reading().scalar(query) or 0
    return found


def chosen(school_id: int, academic_year: int, batch: Batch, *, personal: bool) -> Iterator[Chosen]:
    """Every selected outcome of a batch by class, seat, student, course; read in chunks.

    :param personal: also decrypt national IDs and birthdays.
    """
    session = db.reading()
    school = school_queries.school(school_id)
    query = (
        sa.select(
            Outcome,
            Course,
            Person,
            SchoolClass,
            ClassSeat.seat,
            sa.and_(Person.national_id.is_not(None), Person.birthday.is_not(None)),
            Selection.locked_at,
        )
        .select_from(Selection)
        .join(SelectionItem, SelectionItem.selection_id == Selection.id)
        .join(Outcome, Outcome.id == SelectionItem.outcome_id)
        .join(Person, Person.id == Selection.student_id)
        .outerjoin(Course, Course.id == Outcome.course_id)
        .outerjoin(ClassSeat, seated(Selection.student_id, Selection.academic_year))
        .outerjoin(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .where(
            Selection.school_id == school_id,
            Selection.academic_year == academic_year,
            Selection.kind == SelectionKind.OUTCOME,
            batches.taken(SelectionItem, school_id, academic_year, batch),
        )
        .order_by(
            *chosen_experiences.ORDER,
            Outcome.term,
            Course.number,
            Outcome.id,
        )
    )
    if not personal:
        hidden = (Person.national_id, Person.birthday)
        query = query.options(*(defer(one, raiseload=True) for one in hidden))
    rows = iter(session.execute(query.execution_options(yield_per=CHUNK)))
    while chunk := list(islice(rows, CHUNK)):
        outcomes = [row[0] for row in chunk]
        files = files_of(outcomes)
        decisions = _last_decisions(outcomes)
        taken = attendance.of_outcomes(school, [(row[0], row[1]) for row in chunk])
        for outcome, course, student, school_class, seat, identified, locked_at in chunk:
            yield Chosen(
                outcome,
                course,
                student,
                school_class,
                seat,
                bool(identified),
                locked_at is not None,
                files.get(outcome.document_file_id or 0),
                files.get(outcome.media_file_id or 0),
                decisions.get(outcome.id),
                taken.get(outcome.id),
            )


class _Stream(Generic[One]):
    """One of the two queries, handed out by class; both are in the same order of classes."""

    def __init__(self, rows: Iterator[One]) -> None:
        self._groups: Iterator[tuple[int | None, Iterator[One]]] = groupby(rows, key=_class_of)
        self._ahead: tuple[int | None, Iterator[One]] | None = next(self._groups, None)

    def of(self, class_id: int | None) -> list[One]:
        """What the class has selected; asked for each class once, in order."""
        if self._ahead is None or self._ahead[0] != class_id:
            return []
        found = list(self._ahead[1])
        self._ahead = next(self._groups, None)
        return found


def _class_of(one: AnyChosen) -> int | None:
    return one.school_class.id if one.school_class else None


def _classes(school_id: int, academic_year: int, batch: Batch) -> list[int]:
    query = sa.select(SchoolClass.id).where(
        SchoolClass.school_id == school_id,
        SchoolClass.academic_year == academic_year,
        batches.of_grades(batch),
    )
    order = (SchoolClass.grade, SchoolClass.code, SchoolClass.id)
    return list(db.reading().scalars(query.order_by(*order)))


def _last_decisions(outcomes: Iterable[Outcome]) -> dict[int, Decision]:
    newest = (
        sa.select(sa.func.max(Decision.id))
        .where(Decision.outcome_id.in_([one.id for one in outcomes]))
        .group_by(Decision.outcome_id)
    )
    query = sa.select(Decision).where(Decision.id.in_(newest))
    return {one.outcome_id: one for one in db.reading().scalars(query)}

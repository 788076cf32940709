"""Reads for the registry and homeroom teachers: how far the school is, what is overdue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.actor import Actor
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import Outcome, OutcomeState, SelectionKind
from plugin.portfolio.queries import by_student
from plugin.portfolio.queries.by_student import Year
from plugin.school import queries as school_queries
from plugin.school.models import Course, Person, SchoolClass

SHOWN = frozenset(OutcomeState) - {OutcomeState.DRAFT}
"""The states of what a student has sent."""


@dataclass(frozen=True)
class ClassProgress:
    """The figures of one class in one academic year."""

    class_id: int
    code: str
    name: str
    students: int
    uploaded: int = 0
    """Students who have sent at least one outcome."""
    counts: dict[OutcomeState, int] = field(default_factory=dict)
    selected: int = 0
    """Students who have begun their selection."""
    confirmed: int = 0
    """Students who have confirmed it."""

    @property
    def decided_percent(self) -> int:
        """How much of what was handed in is certified or returned; 100 when nothing was."""
        done = self.count("certified") + self.count("returned")
        total = done + self.count("sent") + self.count("overdue")
        return 100 * done // total if total else 100

    @property
    def uploaded_percent(self) -> int:
        """How many of the students have sent something."""
        return 100 * self.uploaded // self.students if self.students else 0

    def count(self, state: str) -> int:
        """How many outcomes of the class stand in a state."""
        return self.counts.get(OutcomeState(state), 0)


@dataclass(frozen=True)
class Overdue:
    """An outcome that nobody decided in time."""

    outcome: Outcome
    course: Course
    student: Person
    teachers: str


def by_class(actor: Actor, academic_year: int) -> list[ClassProgress]:
    """Every class of the actor's school; four queries, however many classes."""
    assert actor.school_id is not None
    return of_classes(school_queries.classes(actor.school_id, academic_year), academic_year)


def of_homeroom(actor: Actor, academic_year: int) -> list[ClassProgress]:
    """The classes whose homeroom teacher the actor is."""
    assert actor.school_id is not None
    assert actor.person_id is not None
    classes = school_queries.homeroom_classes(actor.school_id, actor.person_id, academic_year)
    return of_classes(classes, academic_year)


def totals(actor: Actor, academic_year: int) -> dict[OutcomeState, int]:
    """How many outcomes of the school stand in each state."""
    query = (
        sa.select(Outcome.state, sa.func.count())
        .where(Outcome.school_id == actor.school_id, Outcome.academic_year == academic_year)
        .group_by(Outcome.state)
    )
    return dict(db.reading().execute(query).all())


def overdue(
    actor: Actor, academic_year: int, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Overdue]:
    """The outcomes of the school that nobody decided in time, by key."""
    query = (
        sa.select(Outcome, Course, Person)
        .join(Course, Course.id == Outcome.course_id)
        .join(Person, Person.id == Outcome.student_id)
        .where(
            Outcome.school_id == actor.school_id,
            Outcome.academic_year == academic_year,
            Outcome.state == OutcomeState.OVERDUE,
        )
    )
    if (begin := row_id(after)) is not None:
        query = query.where(Outcome.id > begin)
    rows = db.reading().execute(query.order_by(Outcome.id).limit(limit + 1)).all()
    teachers = school_queries.teachers_of(course.id for _outcome, course, _student in rows)
    found = [
        Overdue(
            outcome,
            course,
            student,
            _("、").join(one.name for one in teachers.get(course.id, ())),
        )
        for outcome, course, student in rows
    ]
    return Page.cut(found, limit, lambda one: one.outcome.id)


def of_classes(
    classes: Collection[SchoolClass], academic_year: int, counted: Year | None = None
) -> list[ClassProgress]:
    """The figures of some classes of a year, in the order given; three queries.

    :param counted: what students have in that year, where the caller needs it too.
    """
    ids = [one.id for one in classes]
    if not ids:
        return []
    seats = by_student.seats(ids)
    counted = counted or Year(academic_year, ids)
    sent, chosen = counted.outcomes, counted.selections
    sizes = Counter(class_id for class_id, _student in seats)
    counts = sent.totals(seats)
    senders = sent.students(seats, *SHOWN)
    begun = chosen.students(seats, (SelectionKind.OUTCOME, False))
    confirmed = chosen.students(seats, (SelectionKind.OUTCOME, True))
    return [
        ClassProgress(
            class_id=one.id,
            code=one.code,
            name=one.name,
            students=sizes[one.id],
            uploaded=senders[one.id],
            counts=counts.get(one.id, {}),
            selected=begun[one.id],
            confirmed=confirmed[one.id],
        )
        for one in classes
    ]

"""The school's figures: by grade, class and teacher; what waits, and for how long.

Figures of grades and classes come counted by student (`plugin.portfolio.queries.by_student`), those
of teachers by teacher, a page at a time: a constant number of statements.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor
from plugin.ids import row_id
from plugin.paging import Page
from plugin.portfolio.models import (
    Decision,
    ExperienceState,
    Outcome,
    OutcomeState,
    Reminder,
    SelectionKind,
)
from plugin.portfolio.queries import experiences as experience_queries
from plugin.portfolio.queries import progress
from plugin.portfolio.queries.by_student import Year
from plugin.portfolio.queries.experiences import ClassFigures
from plugin.portfolio.queries.progress import ClassProgress
from plugin.school.course_queries import valid_on
from plugin.school.models import ClassSeat, Course, CourseTeacher, Person, SchoolClass

CLASSES, TEACHERS, OLDEST = 20, 20, 10
"""Rows on one page."""


@dataclass
class GradeFigures:
    """One grade in one academic year."""

    grade: int
    students: int = 0
    senders: int = 0
    """Students with at least one outcome that was sent."""
    outcomes: dict[OutcomeState, int] = field(default_factory=dict)
    experience_senders: int = 0
    confirmed: int = 0
    """Students who have confirmed the selection of outcomes."""
    confirmed_experiences: int = 0

    def count(self, state: str) -> int:
        """Outcomes in a state."""
        return self.outcomes.get(OutcomeState(state), 0)


@dataclass(frozen=True)
class TeacherFigures:
    """What waits for one teacher, and what they have decided this year."""

    teacher: Person
    waiting: int
    since: datetime | None
    decided: int = 0

    @property
    def key(self) -> str:
        """Where the next page begins."""
        return f"{self.waiting}_{self.teacher.id}"


@dataclass(frozen=True)
class Waiting:
    """An outcome that waits for its teacher."""

    outcome: Outcome
    course: Course
    student: Person


def grades(actor: Actor, academic_year: int, *, counted: Year | None = None) -> list[GradeFigures]:
    """Every grade of the school; four statements.

    :param counted: what the school's students have in that year, where the caller needs it too.
    """
    query = (
        sa.select(SchoolClass.grade, ClassSeat.student_id)
        .join(ClassSeat, ClassSeat.class_id == SchoolClass.id)
        .where(SchoolClass.school_id == actor.school_id, SchoolClass.academic_year == academic_year)
    )
    seats = [(grade, student_id) for grade, student_id in db.reading().execute(query)]
    counted = counted or Year(academic_year)
    outcomes, experiences, chosen = counted.outcomes, counted.experiences, counted.selections
    sizes = Counter(grade for grade, _student in seats)
    counts = outcomes.totals(seats)
    senders = outcomes.students(seats, *progress.SHOWN)
    showing = experiences.students(seats, ExperienceState.SENT)
    confirmed = chosen.students(seats, (SelectionKind.OUTCOME, True))
    more = chosen.students(seats, (SelectionKind.EXPERIENCE, True))
    return [
        GradeFigures(
            grade,
            students=sizes[grade],
            senders=senders[grade],
            outcomes=counts.get(grade, {}),
            experience_senders=showing[grade],
            confirmed=confirmed[grade],
            confirmed_experiences=more[grade],
        )
        for grade in sorted(sizes)
    ]


@dataclass(frozen=True)
class ClassLine:
    """One class: outcomes and experiences."""

    outcomes: ClassProgress
    experiences: ClassFigures

    @property
    def key(self) -> str:
        return f"{self.experiences.school_class.grade}_{self.outcomes.code}"


def classes(
    actor: Actor,
    academic_year: int,
    *,
    after: str | None = None,
    limit: int = CLASSES,
    counted: Year | None = None,
) -> Page[ClassLine]:
    """A page of the school's classes by grade and code.

    :param counted: as in `grades`.
    """
    query = sa.select(SchoolClass).where(
        SchoolClass.school_id == actor.school_id, SchoolClass.academic_year == academic_year
    )
    grade, _underscore, code = (after or "").partition("_")
    if (begin := row_id(grade)) is not None:
        query = query.where(
            sa.or_(
                SchoolClass.grade > begin,
                sa.and_(SchoolClass.grade == begin, SchoolClass.code > code),
            )
        )
    rows = (
        db.reading()
        .scalars(query.order_by(SchoolClass.grade, SchoolClass.code).limit(limit + 1))
        .all()
    )
    outcomes = progress.of_classes(rows, academic_year, counted)
    experiences = experience_queries.figures_of(rows, academic_year, counted)
    lines = [ClassLine(*both) for both in zip(outcomes, experiences, strict=True)]
    return Page.cut(lines, limit, lambda one: one.key)


def teachers(
    actor: Actor, academic_year: int, *, after: str | None = None, limit: int = TEACHERS
) -> Page[TeacherFigures]:
    """Teachers for whom something waits, most first; three statements."""
    waiting, since = sa.func.count(sa.distinct(Outcome.id)), sa.func.min(Outcome.sent_at)
    teacher = CourseTeacher.person_id
    query = _waiting(actor.school_id, academic_year, teacher, waiting, since).group_by(teacher)
    count, _underscore, person = (after or "").partition("_")
    if (n := row_id(count)) is not None and (than := row_id(person)) is not None:
        query = query.having(
            sa.or_(waiting < n, sa.and_(waiting == n, CourseTeacher.person_id > than))
        )
    query = query.order_by(waiting.desc(), CourseTeacher.person_id).limit(limit + 1)
    rows = db.reading().execute(query).all()
    ids = [person_id for person_id, *_more in rows]
    people = {
        one.id: one for one in db.reading().scalars(sa.select(Person).where(Person.id.in_(ids)))
    }
    decided = dict(
        db.reading()
        .execute(
            sa.select(Decision.by_id, sa.func.count())
            .join(Outcome, Outcome.id == Decision.outcome_id)
            .where(Decision.by_id.in_(ids), Outcome.academic_year == academic_year)
            .group_by(Decision.by_id)
        )
        .all()
    )
    found = [
        TeacherFigures(people[person_id], n, since, decided.get(person_id, 0))
        for person_id, n, since in rows
        if person_id in people
    ]
    return Page.cut(found, limit, lambda one: one.key)


def teachers_with_waiting(school_id: int, academic_year: int) -> list[int]:
    """Everybody who may decide something that waits."""
    query = _waiting(school_id, academic_year, CourseTeacher.person_id).distinct()
    return sorted(db.reading().scalars(query))


def oldest(actor: Actor, *, limit: int = OLDEST) -> list[Waiting]:
    """What has waited longest, whatever its year; one statement."""
    query = (
        sa.select(Outcome, Course, Person)
        .join(Course, Course.id == Outcome.course_id)
        .join(Person, Person.id == Outcome.student_id)
        .where(Outcome.school_id == actor.school_id, Outcome.state == OutcomeState.SENT)
        .order_by(Outcome.sent_at, Outcome.id)
        .limit(limit)
    )
    return [Waiting(*row) for row in db.reading().execute(query)]


def seated(school_id: int, academic_year: int) -> int:
    """How many students have a seat in a year."""
    query = (
        sa.select(sa.func.count())
        .select_from(ClassSeat)
        .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .where(SchoolClass.school_id == school_id, SchoolClass.academic_year == academic_year)
    )
    return db.reading().scalar(query) or 0


def reminded_today(actor: Actor) -> int:
    """How many people of the school were reminded today."""
    query = sa.select(sa.func.count(Reminder.id)).where(
        Reminder.school_id == actor.school_id, Reminder.day == clock.today()
    )
    return db.reading().scalar(query) or 0


def _waiting(school_id: int | None, academic_year: int, *columns: Any) -> Any:
    """What waits in the school, with those who may decide it today."""
    return (
        sa.select(*columns)
        .select_from(Outcome)
        .join(CourseTeacher, CourseTeacher.course_id == Outcome.course_id)
        .where(
            Outcome.school_id == school_id,
            Outcome.academic_year == academic_year,
            Outcome.state == OutcomeState.SENT,
            *valid_on(CourseTeacher, clock.today()),
        )
    )

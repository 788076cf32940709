"""Reads for the teacher: what waits, what was decided."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import Decision, Outcome, OutcomeState
from plugin.portfolio.queries.shared import files_of, seated
from plugin.school.course_queries import valid_on
from plugin.school.models import (
    ClassSeat,
    Course,
    CourseTeacher,
    Person,
    SchoolClass,
    TeachingKind,
)
from plugin.vault.models import StoredFile

DECIDABLE_OR_DECIDED = (
    OutcomeState.SENT,
    OutcomeState.CERTIFIED,
    OutcomeState.RETURNED,
    OutcomeState.OVERDUE,
)
"""What a teacher is shown; a draft is the student's own."""

RANK = {kind: place for place, kind in enumerate(TeachingKind)}
"""Of record before co-teacher before substitute, for who is several at once."""


@dataclass(frozen=True)
class Waiting:
    """One outcome in a teacher's queue, with what is needed to decide it."""

    outcome: Outcome
    course: Course
    student: Person
    class_name: str
    seat: int | None
    document: StoredFile | None
    media: StoredFile | None

    @property
    def key(self) -> str:
        """Where the next page begins."""
        assert self.outcome.sent_at is not None
        return f"{self.outcome.sent_at.isoformat()}_{self.outcome.id}"


def parts_in(actor: Actor, course_ids: Collection[int], on: date) -> dict[int, TeachingKind]:
    """As what the actor teaches each of these courses on a day; others are left out."""
    if actor.person_id is None or not course_ids:
        return {}
    query = _teaching(actor, on).where(CourseTeacher.course_id.in_(course_ids))
    found: dict[int, TeachingKind] = {}
    for row in db.reading().scalars(query):
        known = found.get(row.course_id)
        if known is None or RANK[row.kind] < RANK[known]:
            found[row.course_id] = row.kind
    return found


def courses(actor: Actor) -> list[Course]:
    """The courses in which the actor may certify today, newest term first."""
    ids = taught_ids(actor)
    query = sa.select(Course).where(Course.id.in_(ids))
    order = (Course.academic_year.desc(), Course.term.desc(), Course.number)
    return list(db.reading().scalars(query.order_by(*order)))


def classes(actor: Actor) -> list[SchoolClass]:
    """The classes whose students have sent something in the actor's courses."""
    # Those who have sent come first, not seats: see `plugin.portfolio.queries.by_student`.
    senders = (
        sa.select(Outcome.student_id, Outcome.academic_year)
        .where(Outcome.course_id.in_(taught_ids(actor)), Outcome.sent_at.is_not(None))
        .distinct()
        .subquery()
    )
    sits = sa.and_(
        senders.c.student_id == ClassSeat.student_id,
        senders.c.academic_year == SchoolClass.academic_year,
    )
    query = (
        sa.select(SchoolClass)
        .join(ClassSeat, ClassSeat.class_id == SchoolClass.id)
        .join(senders, sits)
        .distinct()
        .order_by(SchoolClass.academic_year.desc(), SchoolClass.code)
    )
    return list(db.reading().scalars(query))


def some(actor: Actor, outcome_ids: Collection[int]) -> list[Waiting]:
    """These outcomes, as far as they are of the actor's courses, in the order of the queue."""
    query = lines().where(
        Outcome.id.in_(outcome_ids),
        Outcome.course_id.in_(taught_ids(actor)),
        Outcome.sent_at.is_not(None),
    )
    return waiting(query.order_by(Outcome.sent_at, Outcome.id))


def of_student(actor: Actor, student_id: int, course_ids: Collection[int]) -> list[Waiting]:
    """What a student has ever sent in some courses, as far as the actor teaches them; oldest
    first. The places of a term bound the list."""
    query = lines().where(
        Outcome.student_id == student_id,
        Outcome.course_id.in_(course_ids),
        Outcome.course_id.in_(taught_ids(actor)),
        Outcome.sent_at.is_not(None),
        Outcome.state.in_(DECIDABLE_OR_DECIDED),
    )
    return waiting(query.order_by(Outcome.sent_at, Outcome.id))


def waiting_count(actor: Actor) -> int:
    """How many wait for the actor's decision."""
    query = (
        sa.select(sa.func.count())
        .select_from(Outcome)
        .where(Outcome.course_id.in_(taught_ids(actor)), Outcome.state == OutcomeState.SENT)
    )
    return db.reading().scalar(query) or 0


@dataclass(frozen=True)
class Decided:
    """A line of a teacher's own decisions."""

    decision: Decision
    course_name: str
    student_name: str
    student_number: str
    open: bool
    """Whether the item can be looked at: still the actor's course, and not with its student."""


def decisions(actor: Actor, *, after: str | None = None, limit: int = PAGE_SIZE) -> Page[Decided]:
    """What the actor has decided, newest first."""
    query = (
        sa.select(
            Decision,
            Course.name,
            Person.name,
            Person.number,
            sa.and_(
                Outcome.state.in_(DECIDABLE_OR_DECIDED), Outcome.course_id.in_(taught_ids(actor))
            ),
        )
        .join(Outcome, Outcome.id == Decision.outcome_id)
        .join(Course, Course.id == Decision.course_id)
        .join(Person, Person.id == Outcome.student_id)
        .where(
            Decision.by_id == actor.person_id,
            Decision.restores_id.is_(None),
            Outcome.school_id == actor.school_id,
        )
    )
    if (begin := row_id(after)) is not None:
        query = query.where(Decision.id < begin)
    rows = db.reading().execute(query.order_by(Decision.id.desc()).limit(limit + 1))
    found = [Decided(*row) for row in rows]
    return Page.cut(found, limit, lambda one: one.decision.id)


def waiting(query: sa.Select) -> list[Waiting]:
    """The rows of `lines`, with their files; two queries."""
    rows = db.reading().execute(query).all()
    files = files_of(outcome for outcome, *_more in rows)
    return [
        Waiting(
            outcome=outcome,
            course=course,
            student=student,
            class_name=class_name or "",
            seat=seat,
            document=files.get(outcome.document_file_id or 0),
            media=files.get(outcome.media_file_id or 0),
        )
        for outcome, course, student, class_name, seat in rows
    ]


def lines(query: sa.Select | None = None) -> sa.Select:
    """Outcomes with their course, student, class and seat; or another query, joined like it."""
    if query is None:
        query = sa.select(Outcome, Course, Person, SchoolClass.name, ClassSeat.seat)
    return (
        query.join(Course, Course.id == Outcome.course_id)
        .join(Person, Person.id == Outcome.student_id)
        .outerjoin(ClassSeat, seated(Outcome.student_id, Outcome.academic_year))
        .outerjoin(SchoolClass, SchoolClass.id == ClassSeat.class_id)
    )


def taught_ids(actor: Actor) -> sa.Select[int]:
    """The courses in which the actor may certify today, as a subquery."""
    return _teaching(actor, clock.today()).with_only_columns(CourseTeacher.course_id)


def _teaching(actor: Actor, on: date) -> sa.Select[CourseTeacher]:
    return (
        sa.select(CourseTeacher)
        .join(Course, Course.id == CourseTeacher.course_id)
        .where(
            CourseTeacher.person_id == actor.person_id,
            Course.school_id == actor.school_id,
            *valid_on(CourseTeacher, on),
        )
    )

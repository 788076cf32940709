"""Reads for the teacher: what waits, what was decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import Decision, Outcome, OutcomeState
from plugin.portfolio.queries.shared import files_of, seated
from plugin.school.course_queries import like_text, valid_on
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


@dataclass(frozen=True)
class Filter:
    """What a teacher looks for; empty means everything."""

    state: OutcomeState = OutcomeState.SENT
    course_id: int | None = None
    class_id: int | None = None
    student_id: int | None = None
    text: str = ""


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
    ids = _course_ids(actor)
    query = sa.select(Course).where(Course.id.in_(ids))
    order = (Course.academic_year.desc(), Course.term.desc(), Course.number)
    return list(db.reading().scalars(query.order_by(*order)))


def classes(actor: Actor) -> list[SchoolClass]:
    """The classes whose students have sent something in the actor's courses."""
    query = (
        sa.select(SchoolClass)
        .join(ClassSeat, ClassSeat.class_id == SchoolClass.id)
        .join(Outcome, _sits())
        .where(Outcome.course_id.in_(_course_ids(actor)), Outcome.sent_at.is_not(None))
        .distinct()
        .order_by(SchoolClass.academic_year.desc(), SchoolClass.code)
    )
    return list(db.reading().scalars(query))


def queue(
    actor: Actor, wanted: Filter, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Waiting]:
    """The outcomes of the actor's courses in a state, oldest first."""
    query = _lines().where(
        Outcome.course_id.in_(_course_ids(actor)),
        Outcome.state == wanted.state,
        Outcome.sent_at.is_not(None),
    )
    if wanted.course_id is not None:
        query = query.where(Outcome.course_id == wanted.course_id)
    if wanted.class_id is not None:
        query = query.where(SchoolClass.id == wanted.class_id)
    if wanted.student_id is not None:
        query = query.where(Outcome.student_id == wanted.student_id)
    if text := wanted.text.strip():
        like = f"%{like_text(text)}%"
        query = query.where(
            sa.or_(
                Outcome.title.like(like, escape="\\"),
                Person.name.like(like, escape="\\"),
                Person.number.like(like, escape="\\"),
            )
        )
    if (begin := _key(after)) is not None:
        query = query.where(sa.tuple_(Outcome.sent_at, Outcome.id) > begin)
    rows = _waiting(query.order_by(Outcome.sent_at, Outcome.id).limit(limit + 1))
    return Page.cut(rows, limit, lambda one: one.key)


def some(actor: Actor, outcome_ids: Collection[int]) -> list[Waiting]:
    """These outcomes, as far as they are of the actor's courses, in the order of the queue."""
    query = _lines().where(
        Outcome.id.in_(outcome_ids),
        Outcome.course_id.in_(_course_ids(actor)),
        Outcome.sent_at.is_not(None),
    )
    return _waiting(query.order_by(Outcome.sent_at, Outcome.id))


def of_student(actor: Actor, student_id: int, course_ids: Collection[int]) -> list[Waiting]:
    """What a student has ever sent in some courses, as far as the actor teaches them; oldest
    first. The places of a term bound the list."""
    query = _lines().where(
        Outcome.student_id == student_id,
        Outcome.course_id.in_(course_ids),
        Outcome.course_id.in_(_course_ids(actor)),
        Outcome.sent_at.is_not(None),
        Outcome.state.in_(DECIDABLE_OR_DECIDED),
    )
    return _waiting(query.order_by(Outcome.sent_at, Outcome.id))


def waiting_count(actor: Actor) -> int:
    """How many wait for the actor's decision."""
    query = (
        sa.select(sa.func.count())
        .select_from(Outcome)
        .where(Outcome.course_id.in_(_course_ids(actor)), Outcome.state == OutcomeState.SENT)
    )
    return db.reading().scalar(query) or 0


@dataclass(frozen=True)
class Decided:
    """A line of a teacher's own decisions."""

    decision: Decision
    course_name: str
    student_name: str
    student_number: str


def decisions(actor: Actor, *, after: str | None = None, limit: int = PAGE_SIZE) -> Page[Decided]:
    """What the actor has decided, newest first."""
    query = (
        sa.select(Decision, Course.name, Person.name, Person.number)
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


def _waiting(query: sa.Select) -> list[Waiting]:
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


def _lines() -> sa.Select:
    return (
        sa.select(Outcome, Course, Person, SchoolClass.name, ClassSeat.seat)
        .join(Course, Course.id == Outcome.course_id)
        .join(Person, Person.id == Outcome.student_id)
        .outerjoin(ClassSeat, seated(Outcome.student_id, Outcome.academic_year))
        .outerjoin(SchoolClass, SchoolClass.id == ClassSeat.class_id)
    )


def _sits() -> sa.ColumnElement[bool]:
    return sa.and_(
        ClassSeat.student_id == Outcome.student_id,
        SchoolClass.academic_year == Outcome.academic_year,
    )


def _course_ids(actor: Actor) -> sa.Select[int]:
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


def _key(after: str | None) -> tuple[datetime, int] | None:
    """The place a page begins after; nonsense begins at the top."""
    moment, _between, outcome_id = (after or "").partition("_")
    try:
        found = datetime.fromisoformat(moment), int(outcome_id)
    except ValueError:
        return None
    return found if found[0].tzinfo is not None else None


def ids(rows: Iterable[Waiting]) -> list[int]:
    """The outcome ids of some lines."""
    return [row.outcome.id for row in rows]

"""Whose counsellor is who: the relation, a counsellor's own students, the table of assignments."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import (
    Counselling,
    CounsellingState,
    CounsellingStudent,
    CounsellorAssignment,
)
from plugin.school import queries as school_queries
from plugin.school.course_queries import chunks, like_text
from plugin.school.models import ClassSeat, Person, PersonKind, SchoolClass
from plugin.school.queries import Placement
from plugin.school.terms import Term, term_of


@dataclass(frozen=True)
class Wanted:
    """What a counsellor looks for among own students; empty means everybody."""

    text: str = ""
    class_id: int | None = None
    open_only: bool = False
    """Only those with an open follow-up."""


@dataclass(frozen=True)
class Line:
    """One of a counsellor's students."""

    student: Person
    placed: Placement | None
    last: date | None
    """The day of the last registered consultation, whoever held it."""
    times: int
    open: int
    """Follow-ups that nobody has marked as done."""


@dataclass(frozen=True)
class Assigned:
    """One line of the table of assignments."""

    assignment: CounsellorAssignment
    counsellor: Person
    school_class: SchoolClass | None
    student: Person | None

    def holds(self, on: date) -> bool:
        """Whether it holds on a day."""
        ends_on = self.assignment.ends_on
        return self.assignment.starts_on <= on and (ends_on is None or on <= ends_on)


def assigned(on: date, counsellor_id: int | None = None) -> sa.ColumnElement[bool]:
    """The condition that a `Person` has that counsellor (None: any) on a day.

    A class is of one academic year: last year's assignment gives nobody this year.
    """
    held = (
        CounsellorAssignment.starts_on <= on,
        sa.or_(CounsellorAssignment.ends_on.is_(None), CounsellorAssignment.ends_on >= on),
        *([CounsellorAssignment.counsellor_id == counsellor_id] if counsellor_id else []),
    )
    by_name = sa.exists().where(CounsellorAssignment.student_id == Person.id, *held)
    seat, of_year = aliased(ClassSeat), aliased(SchoolClass)
    by_class = (
        sa.exists()
        .where(
            seat.student_id == Person.id,
            of_year.id == seat.class_id,
            of_year.academic_year == term_of(on).academic_year,
            CounsellorAssignment.class_id == seat.class_id,
            *held,
        )
        .correlate(Person)
    )
    return sa.or_(by_name.correlate(Person), by_class)


def _own(actor: Actor, on: date) -> tuple[Any, ...]:
    """The condition that a `Person` is the actor's student: an assignment, and still the role."""
    return (
        sa.literal(actor.has(Role.COUNSELLOR)),
        Person.school_id == actor.school_id,
        Person.kind == PersonKind.STUDENT,
        Person.active,
        assigned(on, actor.person_id or -1),
    )


def own_ids(actor: Actor, student_ids: Iterable[int], on: date | None = None) -> set[int]:
    """Those of `student_ids` who are the actor's students on a day (default: today)."""
    day = on or clock.today()
    found: set[int] = set()
    for some in chunks(student_ids):
        query = sa.select(Person.id).where(Person.id.in_(some), *_own(actor, day))
        found |= set(db.reading().scalars(query))
    return found


def own_student(actor: Actor, student_id: int) -> Person | None:
    """One of the actor's students today; None for anybody else."""
    query = sa.select(Person).where(Person.id == student_id, *_own(actor, clock.today()))
    return db.reading().scalar(query)


def own_choices(actor: Actor) -> list[tuple[Person, Placement | None]]:
    """All of the actor's students today, by class and seat, for the form."""
    on = clock.today()
    people = list(db.reading().scalars(sa.select(Person).where(*_own(actor, on))))
    placed = school_queries.class_of([one.id for one in people], term_of(on).academic_year)
    rows = [(one, placed.get(one.id)) for one in people]
    rows.sort(key=lambda row: (*_place(row[1]), row[0].number))
    return rows


def own_classes(actor: Actor) -> list[SchoolClass]:
    """The classes in which the actor's students sit this year, by code."""
    on = clock.today()
    mine = (
        sa.select(ClassSeat.class_id)
        .join(Person, Person.id == ClassSeat.student_id)
        .where(*_own(actor, on))
    )
    query = sa.select(SchoolClass).where(
        SchoolClass.academic_year == term_of(on).academic_year, SchoolClass.id.in_(mine)
    )
    return list(db.reading().scalars(query.order_by(SchoolClass.code)))


def own_students(
    actor: Actor, wanted: Wanted, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Line]:
    """The actor's students by number, with what was done with each.

    :param after: the `next` of the page before.
    """
    query = sa.select(Person).where(*_own(actor, clock.today()))
    if text := wanted.text.strip():
        like = like_text(text)
        query = query.where(
            sa.or_(
                Person.number.like(f"{like}%", escape="\\"),
                Person.name.like(f"%{like}%", escape="\\"),
            )
        )
    if wanted.class_id is not None:
        seats = sa.select(ClassSeat.student_id).where(ClassSeat.class_id == wanted.class_id)
        query = query.where(Person.id.in_(seats))
    if wanted.open_only:
        query = query.where(
            Person.id.in_(
                sa.select(CounsellingStudent.student_id)
                .join(Counselling, Counselling.id == CounsellingStudent.counselling_id)
                .where(*waiting_for_follow_up())
            )
        )
    if after:
        query = query.where(Person.number > after)
    people = db.reading().scalars(query.order_by(Person.number).limit(limit + 1)).all()
    return Page.cut(_lines(people), limit, lambda one: one.student.number)


def waiting_for_follow_up() -> tuple[sa.ColumnElement[bool], ...]:
    """The condition that a record has a follow-up that is not done."""
    return (
        Counselling.state == CounsellingState.KEPT,
        Counselling.follow_up_on.is_not(None),
        Counselling.followed_up_at.is_(None),
    )


def reached(actor: Actor, term: Term) -> tuple[int, int]:
    """How many of the actor's students were consulted in a term, and how many there are."""
    mine = sa.select(Person.id).where(*_own(actor, clock.today()))
    total = sa.select(sa.func.count()).select_from(mine.subquery())
    seen = (
        sa.select(sa.func.count(sa.distinct(CounsellingStudent.student_id)))
        .join(Counselling, Counselling.id == CounsellingStudent.counselling_id)
        .where(
            CounsellingStudent.student_id.in_(mine),
            Counselling.state == CounsellingState.KEPT,
            Counselling.held_on.between(term.first_day, term.last_day),
        )
    )
    session = db.reading()
    return session.scalar(seen) or 0, session.scalar(total) or 0


def assignments(
    school_id: int,
    *,
    counsellor_id: int | None = None,
    ended: bool = False,
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Assigned]:
    """The school's assignments, newest first.

    :param ended: those that are over, too.
    """
    counsellor, student = aliased(Person), aliased(Person)
    query = (
        sa.select(CounsellorAssignment, counsellor, SchoolClass, student)
        .join(counsellor, counsellor.id == CounsellorAssignment.counsellor_id)
        .outerjoin(SchoolClass, SchoolClass.id == CounsellorAssignment.class_id)
        .outerjoin(student, student.id == CounsellorAssignment.student_id)
        .where(CounsellorAssignment.school_id == school_id)
    )
    if counsellor_id is not None:
        query = query.where(CounsellorAssignment.counsellor_id == counsellor_id)
    if not ended:
        query = query.where(
            sa.or_(
                CounsellorAssignment.ends_on.is_(None),
                CounsellorAssignment.ends_on >= clock.today(),
            )
        )
    if (begin := row_id(after)) is not None:
        query = query.where(CounsellorAssignment.id < begin)
    query = query.order_by(CounsellorAssignment.id.desc()).limit(limit + 1)
    rows = [Assigned(*row) for row in db.reading().execute(query)]
    return Page.cut(rows, limit, lambda one: one.assignment.id)


def without_counsellor(school_id: int) -> int:
    """How many active students have no counsellor today."""
    query = (
        sa.select(sa.func.count())
        .select_from(Person)
        .where(
            Person.school_id == school_id,
            Person.kind == PersonKind.STUDENT,
            Person.active,
            ~assigned(clock.today()),
        )
    )
    return db.reading().scalar(query) or 0


def _lines(people: Collection[Person]) -> list[Line]:
    ids = [one.id for one in people]
    placed = school_queries.class_of(ids, term_of(clock.today()).academic_year)
    joined = (
        sa.select(CounsellingStudent.student_id)
        .join(Counselling, Counselling.id == CounsellingStudent.counselling_id)
        .where(CounsellingStudent.student_id.in_(ids))
        .group_by(CounsellingStudent.student_id)
    )
    session = db.reading()
    counted = joined.add_columns(sa.func.max(Counselling.held_on), sa.func.count()).where(
        Counselling.state == CounsellingState.KEPT
    )
    done = {row[0]: (row[1], row[2]) for row in session.execute(counted)}
    waiting = joined.add_columns(sa.func.count()).where(*waiting_for_follow_up())
    still = {row[0]: row[1] for row in session.execute(waiting)}
    return [
        Line(
            one,
            placed.get(one.id),
            last=done.get(one.id, (None, 0))[0],
            times=done.get(one.id, (None, 0))[1],
            open=still.get(one.id, 0),
        )
        for one in people
    ]


def _place(placed: Placement | None) -> tuple[str, int]:
    """Sorts by class and seat; whoever has no seat comes last."""
    return (placed.class_code, placed.seat) if placed else ("\uffff", 0)

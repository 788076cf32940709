"""Reads about courses: who takes them, who teaches them, who may certify in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from plugin import db
from plugin.paging import PAGE_SIZE, Page
from plugin.school import course_code
from plugin.school.models import Course, CourseTeacher, Enrolment, Person, TeachingKind

CHUNK = 500
"""How many ids go into one `IN (…)`."""


@dataclass(frozen=True)
class Teaching:
    """One person's part in a course."""

    id: int
    course_id: int
    person_id: int
    name: str
    kind: TeachingKind
    starts_on: date | None
    ends_on: date | None


def course(school_id: int, course_id: int) -> Course | None:
    """A course of this school; None for somebody else's."""
    found = db.reading().get(Course, course_id)
    return found if found is not None and found.school_id == school_id else None


def courses(
    school_id: int,
    year: int,
    term: int | None = None,
    *,
    text: str = "",
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Course]:
    """The school's courses of a year (and term), by number, paged."""
    query = sa.select(Course).where(Course.school_id == school_id, Course.academic_year == year)
    if term:
        query = query.where(Course.term == term)
    if text.strip():
        like = like_text(text.strip())
        query = query.where(
            sa.or_(
                Course.name.like(f"%{like}%", escape="\\"),
                Course.number.like(f"{like}%", escape="\\"),
            )
        )
    if after is not None:
        query = query.where(Course.number > after)
    rows = db.reading().scalars(query.order_by(Course.number).limit(limit + 1)).all()
    return Page.cut(rows, limit, lambda one: one.number)


def courses_of_student(student_id: int, year: int, term: int | None = None) -> list[Course]:
    """The courses a student takes, by term and number."""
    query = (
        sa.select(Course)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .where(
            Enrolment.student_id == student_id,
            Enrolment.active,
            Course.academic_year == year,
        )
    )
    if term:
        query = query.where(Course.term == term)
    return list(db.reading().scalars(query.order_by(Course.term, Course.number)))


def syllabuses_of_student(student_id: int) -> list[Course]:
    """The courses a student takes or took in their school whose syllabus can be read, in order."""
    query = (
        sa.select(Course)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .join(Person, Person.id == Enrolment.student_id)
        .where(
            Enrolment.student_id == student_id,
            Enrolment.active,
            Person.school_id == Course.school_id,
            Course.syllabus_url.is_not(None),
        )
        .order_by(Course.academic_year, Course.term, Course.number)
    )
    return list(db.reading().scalars(query))


def courses_of_teacher(person_id: int, year: int, term: int | None = None) -> list[Course]:
    """The courses a person teaches, co-teaches or stands in for, by term and number."""
    query = (
        sa.select(Course)
        .join(CourseTeacher, CourseTeacher.course_id == Course.id)
        .where(CourseTeacher.person_id == person_id, Course.academic_year == year)
        .distinct()
    )
    if term:
        query = query.where(Course.term == term)
    return list(db.reading().scalars(query.order_by(Course.term, Course.number)))


def enrolled(course_id: int, student_id: int) -> bool:
    """Whether a student takes a course."""
    return bool(
        db.reading().scalar(
            sa.select(Enrolment.id).where(
                Enrolment.course_id == course_id,
                Enrolment.student_id == student_id,
                Enrolment.active,
            )
        )
    )


def may_certify(person_id: int, course_id: int, on: date) -> bool:
    """Whether a person is teacher of record, co-teacher or substitute of a course on a day."""
    query = (
        sa.select(CourseTeacher.id)
        .join(Course, Course.id == CourseTeacher.course_id)
        .join(Person, Person.id == CourseTeacher.person_id)
        .where(
            CourseTeacher.course_id == course_id,
            CourseTeacher.person_id == person_id,
            Person.active,
            Person.school_id == Course.school_id,
            *valid_on(CourseTeacher, on),
        )
    )
    return db.reading().scalar(query.limit(1)) is not None


def teachers_of(course_ids: Iterable[int]) -> dict[int, list[Teaching]]:
    """Who teaches each course: of record first, then co-teachers, then substitutes."""
    order = list(TeachingKind)
    found: dict[int, list[Teaching]] = {}
    for some in chunks(course_ids):
        query = (
            sa.select(CourseTeacher, Person.name)
            .join(Person, Person.id == CourseTeacher.person_id)
            .where(CourseTeacher.course_id.in_(some))
        )
        for row, name in db.reading().execute(query):
            found.setdefault(row.course_id, []).append(
                Teaching(
                    row.id,
                    row.course_id,
                    row.person_id,
                    name,
                    row.kind,
                    row.starts_on,
                    row.ends_on,
                )
            )
    for rows in found.values():
        rows.sort(key=lambda one: (order.index(one.kind), one.id))
    return found


def teaching_on(course_ids: Iterable[int], on: date) -> set[int]:
    """Whoever may certify in any of these courses on a day."""
    return {
        one.person_id
        for rows in teachers_of(course_ids).values()
        for one in rows
        if (one.starts_on is None or one.starts_on <= on)
        and (one.ends_on is None or one.ends_on >= on)
    }


def students_of_course(course_id: int) -> list[Person]:
    """The students who take a course, by number."""
    query = (
        sa.select(Person)
        .join(Enrolment, Enrolment.student_id == Person.id)
        .where(Enrolment.course_id == course_id, Enrolment.active)
        .order_by(Person.number)
    )
    return list(db.reading().scalars(query))


def course_sizes(course_ids: Iterable[int]) -> dict[int, int]:
    """How many students take each course."""
    found: dict[int, int] = {}
    for some in chunks(course_ids):
        query = (
            sa.select(Enrolment.course_id, sa.func.count())
            .where(Enrolment.course_id.in_(some), Enrolment.active)
            .group_by(Enrolment.course_id)
        )
        found.update((course_id, n) for course_id, n in db.reading().execute(query))
    return found


def course_carries_credit(one: Course) -> bool:
    """Whether outcomes of a course may be handed in.

    It carries credits (night division: counted periods). By its code, group activities (class 8)
    and flexible time (class 9) only with attribute D (central-rosters §5, Rules).
    """
    if one.credits <= 0 and one.periods <= 0:
        return False
    code = course_code.read(one.code)
    return code is None or code.hands_in


def valid_on(table: type[CourseTeacher], on: date) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition that a row's dates hold `on`."""
    return (
        sa.or_(table.starts_on.is_(None), table.starts_on <= on),
        sa.or_(table.ends_on.is_(None), table.ends_on >= on),
    )


def like_text(text: str) -> str:
    """`text` for a LIKE with `escape="\\\\"`, its own wildcards made plain."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def chunks(ids: Iterable[int]) -> Iterable[Sequence[int]]:
    """The distinct ids in portions that one statement can take."""
    unique = sorted(set(ids))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]

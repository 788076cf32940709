"""Reads about a school's people, roles, classes and courses.

Every query names its school, and answers for another school's ids as if they did not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.actor import Role
from plugin.errors import NotFound
from plugin.paging import PAGE_SIZE, Page
from plugin.school.course_queries import (
    CHUNK,
    Teaching,
    chunks,
    course,
    course_carries_credit,
    course_sizes,
    courses,
    courses_of_student,
    courses_of_teacher,
    enrolled,
    like_text,
    may_certify,
    students_of_course,
    syllabuses_of_student,
    teachers_of,
    teaching_on,
    valid_on,
)
from plugin.school.models import (
    ClassSeat,
    Course,
    CourseTeacher,
    Guardian,
    Person,
    PersonKind,
    RoleGrant,
    School,
    SchoolClass,
    TeachingKind,
)
from plugin.school.terms import Term, term_of

__all__ = [
    "Placement",
    "Teaching",
    "children_of",
    "class_of",
    "class_sizes",
    "classes",
    "course",
    "course_carries_credit",
    "course_sizes",
    "courses",
    "courses_of_student",
    "courses_of_teacher",
    "enrolled",
    "grant",
    "grants",
    "homeroom_classes",
    "may_certify",
    "people",
    "people_by_number",
    "people_holding",
    "person",
    "person_by_number",
    "roles_of",
    "roster_counts",
    "school",
    "school_by_code",
    "school_class",
    "schools",
    "search_people",
    "students_of_class",
    "students_of_course",
    "syllabuses_of_student",
    "teachers_of",
    "teaching_on",
]


@dataclass(frozen=True)
class Placement:
    """Where a student sits in one academic year."""

    class_id: int
    class_name: str
    class_code: str
    grade: int
    seat: int


def school(school_id: int) -> School:
    """A school by its id.

    :raises NotFound: no such school.
    """
    found = db.reading().get(School, school_id)
    if found is None:
        raise NotFound(_("找不到這所學校。"))
    return found


def school_by_code(code: str) -> School | None:
    """A school by its 學校代碼."""
    return db.reading().scalar(sa.select(School).where(School.code == code))


def schools() -> list[School]:
    """Every school of the installation, by code (for the command line)."""
    return list(db.reading().scalars(sa.select(School).order_by(School.code)))


def person(school_id: int, person_id: int) -> Person | None:
    """A person of this school; None for somebody else's."""
    found = db.reading().get(Person, person_id)
    return found if found is not None and found.school_id == school_id else None


def person_by_number(school_id: int, number: str) -> Person | None:
    """A person by 學號 or staff number."""
    query = sa.select(Person).where(Person.school_id == school_id, Person.number == number.strip())
    return db.reading().scalar(query)


def people_by_number(school_id: int, numbers: Iterable[str]) -> dict[str, Person]:
    """People of this school by 學號 or staff number; unknown numbers are left out."""
    found: dict[str, Person] = {}
    unique = sorted(set(numbers))
    for start in range(0, len(unique), CHUNK):
        query = sa.select(Person).where(
            Person.school_id == school_id, Person.number.in_(unique[start : start + CHUNK])
        )
        found.update((one.number, one) for one in db.reading().scalars(query))
    return found


def people(school_id: int, person_ids: Iterable[int]) -> dict[int, Person]:
    """People of this school by id; unknown ids are left out."""
    found: dict[int, Person] = {}
    for some in chunks(person_ids):
        query = sa.select(Person).where(Person.school_id == school_id, Person.id.in_(some))
        found.update((one.id, one) for one in db.reading().scalars(query))
    return found


def people_of_address(school_id: int, email: str) -> list[Person]:
    """Active people with an e-mail address, whatever they are here; rarely more than one."""
    query = sa.select(Person).where(
        Person.school_id == school_id, Person.email == email.strip().lower(), Person.active
    )
    return list(db.reading().scalars(query.order_by(Person.id).limit(50)))


def search_people(
    school_id: int,
    text: str = "",
    after: str | None = None,
    limit: int = PAGE_SIZE,
    *,
    kind: PersonKind | None = None,
) -> Page[Person]:
    """People whose number or e-mail begins with `text`, or whose name holds it; by number.

    :param after: the `next` of the page before.
    """
    query = sa.select(Person).where(Person.school_id == school_id)
    text = text.strip()
    if text:
        like = like_text(text)
        query = query.where(
            sa.or_(
                Person.number.like(f"{like}%", escape="\\"),
                Person.name.like(f"%{like}%", escape="\\"),
                Person.email.like(f"{like.lower()}%", escape="\\"),
            )
        )
    if kind is not None:
        query = query.where(Person.kind == kind)
    if after is not None:
        query = query.where(Person.number > after)
    rows = db.reading().scalars(query.order_by(Person.number).limit(limit + 1)).all()
    return Page.cut(rows, limit, lambda one: one.number)


def roles_of(school_id: int, person_id: int, on: date) -> frozenset[Role]:
    """The roles a person holds in this school on a day.

    A student is an active person of kind student, and nothing else. Staff teach what the roster
    says, are homeroom teachers of their class of that year, and hold what was granted. Whoever
    stands in for somebody is a substitute, and a teacher, while it lasts. An applicant is one by
    the session they came in by, and holds nothing here.
    """
    who = person(school_id, person_id)
    if who is None or not who.active or who.kind is PersonKind.APPLICANT:
        return frozenset()
    if who.kind is PersonKind.STUDENT:
        return frozenset({Role.STUDENT})
    if who.kind is PersonKind.PARENT:
        return frozenset({Role.PARENT}) if children_of(school_id, person_id) else frozenset()
    session = db.reading()
    held = {Role(one) for one in session.scalars(_grants_on(person_id, on))}
    kinds = set(session.scalars(_teaching_on(school_id, person_id, on)))
    if kinds:
        held.add(Role.TEACHER)
    if TeachingKind.SUBSTITUTE in kinds:
        held.add(Role.SUBSTITUTE)
    if homeroom_classes(school_id, person_id, term_of(on).academic_year):
        held.add(Role.HOMEROOM)
    if session.scalar(sa.select(Guardian.id).where(Guardian.parent_id == person_id).limit(1)):
        held.add(Role.PARENT)
    return frozenset(held)


def people_holding(school_id: int, role: Role, on: date) -> list[Person]:
    """Active people who hold a granted role on a day (whom to tell, whom to ask)."""
    query = (
        sa.select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(
            RoleGrant.school_id == school_id,
            Person.school_id == school_id,
            Person.active,
            RoleGrant.role == role,
            *_in_force(on),
        )
        .order_by(Person.number)
        .distinct()
    )
    return list(db.reading().scalars(query))


def grants(
    school_id: int, *, person_id: int | None = None, after: int | None = None, limit: int = 200
) -> list[tuple[RoleGrant, Person]]:
    """Role grants with their holders, newest first, revoked ones too."""
    query = (
        sa.select(RoleGrant, Person)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.school_id == school_id, Person.school_id == school_id)
    )
    if person_id is not None:
        query = query.where(RoleGrant.person_id == person_id)
    if after is not None:
        query = query.where(RoleGrant.id < after)
    rows = db.reading().execute(query.order_by(RoleGrant.id.desc()).limit(limit))
    return [(grant, holder) for grant, holder in rows]


def grant(school_id: int, grant_id: int) -> tuple[RoleGrant, Person]:
    """One grant of this school and its holder.

    :raises NotFound: no such grant here.
    """
    query = (
        sa.select(RoleGrant, Person)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.id == grant_id, RoleGrant.school_id == school_id)
    )
    row = db.reading().execute(query).first()
    if row is None:
        raise NotFound(_("找不到這筆授權。"))
    return row[0], row[1]


def children_of(school_id: int, parent_id: int) -> list[Person]:
    """The active students that a parent stands for, by number."""
    query = (
        sa.select(Person)
        .join(Guardian, Guardian.student_id == Person.id)
        .where(Guardian.parent_id == parent_id, Person.school_id == school_id, Person.active)
        .order_by(Person.number)
    )
    return list(db.reading().scalars(query))


def class_of(student_ids: Iterable[int], year: int) -> dict[int, Placement]:
    """Class and seat of each student in a year; students without a seat are left out."""
    found: dict[int, Placement] = {}
    for some in chunks(student_ids):
        query = (
            sa.select(ClassSeat.student_id, ClassSeat.seat, SchoolClass)
            .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
            .where(ClassSeat.student_id.in_(some), SchoolClass.academic_year == year)
            .order_by(ClassSeat.id)
        )
        for student_id, seat, one in db.reading().execute(query):
            found[student_id] = Placement(one.id, one.name, one.code, one.grade, seat)
    return found


def classes(school_id: int, year: int) -> list[SchoolClass]:
    """The classes of a year, by grade and code."""
    query = sa.select(SchoolClass).where(
        SchoolClass.school_id == school_id, SchoolClass.academic_year == year
    )
    return list(db.reading().scalars(query.order_by(SchoolClass.grade, SchoolClass.code)))


def school_class(school_id: int, class_id: int) -> SchoolClass | None:
    """A class of this school; None for somebody else's."""
    found = db.reading().get(SchoolClass, class_id)
    return found if found is not None and found.school_id == school_id else None


def roster_counts(school_id: int, term: Term) -> tuple[int, int, int]:
    """How many classes (of the year), courses (of the term) and active students there are."""
    counts = sa.select(
        sa.select(sa.func.count())
        .select_from(SchoolClass)
        .where(
            SchoolClass.school_id == school_id,
            SchoolClass.academic_year == term.academic_year,
        )
        .scalar_subquery(),
        sa.select(sa.func.count())
        .select_from(Course)
        .where(
            Course.school_id == school_id,
            Course.academic_year == term.academic_year,
            Course.term == term.term,
        )
        .scalar_subquery(),
        sa.select(sa.func.count())
        .select_from(Person)
        .where(Person.school_id == school_id, Person.kind == PersonKind.STUDENT, Person.active)
        .scalar_subquery(),
    )
    classes_, courses_, students = db.reading().execute(counts).one()
    return classes_, courses_, students


def homeroom_classes(school_id: int, person_id: int, year: int) -> list[SchoolClass]:
    """The classes whose homeroom teacher a person is in a year."""
    query = sa.select(SchoolClass).where(
        SchoolClass.school_id == school_id,
        SchoolClass.academic_year == year,
        SchoolClass.homeroom_teacher_id == person_id,
    )
    return list(db.reading().scalars(query.order_by(SchoolClass.code)))


def class_sizes(class_ids: Iterable[int]) -> dict[int, int]:
    """How many students sit in each class."""
    found: dict[int, int] = {}
    for some in chunks(class_ids):
        query = (
            sa.select(ClassSeat.class_id, sa.func.count())
            .where(ClassSeat.class_id.in_(some))
            .group_by(ClassSeat.class_id)
        )
        found.update((class_id, n) for class_id, n in db.reading().execute(query))
    return found


def students_of_class(class_id: int) -> list[tuple[int, Person]]:
    """Seat and student of a class, by seat."""
    query = (
        sa.select(ClassSeat.seat, Person)
        .join(Person, Person.id == ClassSeat.student_id)
        .where(ClassSeat.class_id == class_id)
        .order_by(ClassSeat.seat)
    )
    return [(seat, student) for seat, student in db.reading().execute(query)]


def _grants_on(person_id: int, on: date) -> sa.Select[str]:
    return sa.select(RoleGrant.role).where(RoleGrant.person_id == person_id, *_in_force(on))


def _in_force(on: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        RoleGrant.revoked_at.is_(None),
        RoleGrant.starts_on <= on,
        sa.or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= on),
    )


def _teaching_on(school_id: int, person_id: int, on: date) -> sa.Select[TeachingKind]:
    return (
        sa.select(CourseTeacher.kind)
        .join(Course, Course.id == CourseTeacher.course_id)
        .where(
            Course.school_id == school_id,
            CourseTeacher.person_id == person_id,
            *valid_on(CourseTeacher, on),
        )
        .distinct()
    )

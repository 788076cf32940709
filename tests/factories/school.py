"""Schools, people, classes, courses, windows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.school import queries
from plugin.school.models import (
    ClassSeat,
    Course,
    CourseTeacher,
    Enrolment,
    Guardian,
    Person,
    PersonKind,
    RoleGrant,
    Rule,
    School,
    SchoolClass,
    SchoolKind,
    TeachingKind,
    Window,
    WindowKind,
)

YEAR = 115
"""The academic year of the standing clock."""
COURSE_CODE = "115999901H1110101010101"
"""A well-formed 23-character course code: class 1 部定必修, attribute 1 一般科目."""

_count = itertools.count(1)


def count_anew() -> None:
    """Begin the numbers again: school codes, class codes and seats have few digits."""
    global _count
    _count = itertools.count(1)


_SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周"
_GIVEN = ("怡君", "家豪", "思妤", "冠廷", "雅婷", "宗翰", "詩涵", "柏翰", "欣怡", "承恩")


def make_school(
    *,
    code: str | None = None,
    name: str | None = None,
    kind: SchoolKind = SchoolKind.GENERAL,
    settings: dict[str, Any] | None = None,
) -> School:
    n = next(_count)
    return _add(
        School(
            code=code or f"99{n:04d}",
            name=name or f"歷程測試高級中學{n}",
            kind=kind,
            settings=settings or {},
            created_at=clock.now(),
        )
    )


def make_person(
    school: School,
    kind: PersonKind = PersonKind.STAFF,
    *,
    number: str | None = None,
    name: str | None = None,
    email: str | None = None,
    active: bool = True,
    national_id: str | None = None,
    birthday: str | None = None,
) -> Person:
    n = next(_count)
    number = number or f"{kind[0].upper()}{n:05d}"
    return _add(
        Person(
            school_id=school.id,
            kind=kind,
            number=number,
            name=name or _SURNAMES[n % len(_SURNAMES)] + _GIVEN[n % len(_GIVEN)],
            email=f"{number.lower()}@school.example" if email is None else email or None,
            active=active,
            national_id=national_id,
            birthday=birthday,
            created_at=clock.now(),
        )
    )


def make_student(
    school: School,
    school_class: SchoolClass | None = None,
    seat_number: int | None = None,
    **fields: Any,
) -> Person:
    """A student, seated in `school_class` when one is given."""
    student = make_person(school, PersonKind.STUDENT, **fields)
    if school_class is not None:
        seat(student, school_class, seat_number)
    return student


def make_teacher(school: School, **fields: Any) -> Person:
    """A member of staff without any grant; teaching comes from `make_course(teacher=…)`."""
    return make_person(school, PersonKind.STAFF, **fields)


def make_staff(school: School, *roles: Role, **fields: Any) -> Person:
    """A member of staff who holds `roles` by grants since the school began."""
    person = make_person(school, PersonKind.STAFF, **fields)
    for role in roles:
        _add(
            RoleGrant(
                school_id=school.id,
                person_id=person.id,
                role=role,
                starts_on=date(2019, 8, 1),
                ends_on=None,
                granted_by_id=None,
                granted_at=clock.now(),
                reason="",
            )
        )
    return person


def make_parent(school: School, *students: Person, **fields: Any) -> Person:
    """A parent of `students`."""
    parent = make_person(school, PersonKind.PARENT, **fields)
    for student in students:
        make_guardian(parent, student)
    return parent


def make_guardian(parent: Person, student: Person) -> Guardian:
    return _add(Guardian(parent_id=parent.id, student_id=student.id))


def make_class(
    school: School,
    *,
    grade: int = 1,
    code: str | None = None,
    name: str | None = None,
    academic_year: int = YEAR,
    homeroom: Person | None = None,
) -> SchoolClass:
    n = next(_count)
    return _add(
        SchoolClass(
            school_id=school.id,
            academic_year=academic_year,
            grade=grade,
            code=code or f"{grade}{n:03d}",
            name=name or f"{'一二三四'[grade - 1]}年{n}班",
            homeroom_teacher_id=homeroom.id if homeroom else None,
        )
    )


def seat(student: Person, school_class: SchoolClass, number: int | None = None) -> ClassSeat:
    return _add(
        ClassSeat(
            class_id=school_class.id,
            student_id=student.id,
            seat=number if number is not None else next(_count),
        )
    )


def make_course(
    school: School,
    *,
    teacher: Person | None = None,
    co_teacher: Person | None = None,
    students: Iterable[Person] = (),
    academic_year: int = YEAR,
    term: int = 1,
    number: str | None = None,
    code: str = COURSE_CODE,
    name: str = "國語文（一）",
    grade: int = 1,
    credits: int = 4,  # noqa: A002  (the field's own word)
    periods: int = 0,
) -> Course:
    """A course that carries credits, its teacher of record, its students."""
    course = _add(
        Course(
            school_id=school.id,
            academic_year=academic_year,
            term=term,
            number=number or f"{academic_year}-{term}-C{next(_count)}",
            code=code,
            name=name,
            grade=grade,
            credits=credits,
            periods=periods,
        )
    )
    for person, kind in (
        (teacher, TeachingKind.RECORD),
        (co_teacher, TeachingKind.CO),
    ):
        if person is not None:
            _add(CourseTeacher(course_id=course.id, person_id=person.id, kind=kind))
    for student in students:
        enrol(student, course)
    return course


def enrol(student: Person, course: Course, *, active: bool = True) -> Enrolment:
    return _add(Enrolment(course_id=course.id, student_id=student.id, active=active))


def make_window(
    school: School,
    kind: WindowKind,
    *,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    academic_year: int = YEAR,
    term: int | None = None,
    grade: int = 0,
) -> Window:
    """A window; without times it is open now, from 10 days ago to 10 days ahead."""
    yearly = kind in {WindowKind.SELECTION, WindowKind.SUBMISSION, WindowKind.RECEIPT}
    now = clock.now().astimezone(UTC)
    return _add(
        Window(
            school_id=school.id,
            academic_year=academic_year,
            term=term if term is not None else (0 if yearly else 1),
            kind=kind,
            grade=grade,
            opens_at=opens_at or now - timedelta(days=10),
            closes_at=closes_at or now + timedelta(days=10),
        )
    )


def make_rule(
    school: School,
    name: str,
    value: Any,
    *,
    from_year: int = YEAR,
    source: str = "本校補充規定",
) -> Rule:
    """The school's own value of a rule."""
    return _add(
        Rule(
            school_id=school.id,
            name=name,
            from_year=from_year,
            value={"value": value},
            source=source,
            set_by_id=None,
            set_at=clock.now(),
        )
    )


def actor_of(person: Person, *more: Role, course_ids: tuple[int, ...] = ()) -> Actor:
    """The actor that `person` is today, as a launch would make it; `more` adds roles."""
    held = queries.roles_of(person.school_id, person.id, clock.today())
    return Actor(
        school_id=person.school_id,
        person_id=person.id,
        name=person.name,
        roles=held | frozenset(more),
        course_ids=course_ids,
    )


def _add(row: Any) -> Any:
    with db.writing() as session:
        session.add(row)
        session.flush()
    return row

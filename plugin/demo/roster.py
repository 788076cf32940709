"""Puts the planned school in: people, roles, classes, courses, windows, all in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor, Role, system
from plugin.demo.plan import (
    SCHOOL_CODE,
    SCHOOL_NAME,
    Plan,
    PlannedClass,
    PlannedCourse,
    PlannedPerson,
)
from plugin.school import operations, queries, windows
from plugin.school.models import Course, Person, PersonKind, SchoolKind, WindowKind
from plugin.school.terms import Term

GRANTED = {Role.REGISTRY, Role.STUDENT_AFFAIRS, Role.COUNSELLOR, Role.ADMINISTRATOR}
_OPEN = {
    # kind: days from now at which it opened, and at which it closes
    WindowKind.BASIC_DATA: (-45, 40),
    WindowKind.POSTS: (-45, 40),
    WindowKind.COURSE_RECORDS: (-45, 40),
    WindowKind.COUNSELLING: (-45, 40),
    WindowKind.OUTCOME_UPLOAD: (-45, 30),
    WindowKind.EXPERIENCE_UPLOAD: (-45, 30),
    WindowKind.CERTIFICATION: (-45, 45),
    WindowKind.SELECTION: (-20, 60),
    WindowKind.SUBMISSION: (-5, 90),
    WindowKind.RECEIPT: (-5, 90),
}
_BATCHES = {
    WindowKind.SELECTION: ((-20, 30), (60, 85)),
    WindowKind.SUBMISSION: ((-5, 45), (86, 110)),
}
"""The third year's first and second batch 梯次."""
_LAST_TERM = {WindowKind.OUTCOME_UPLOAD: (-160, -110), WindowKind.CERTIFICATION: (-160, -100)}
"""The term before is over."""


@dataclass(frozen=True)
class Rows:
    """Ids of what was put in, by number."""

    school_id: int
    people: dict[str, int]
    courses: dict[str, int]

    def actor(self, person: PlannedPerson, roles: frozenset[Role]) -> Actor:
        return Actor(
            school_id=self.school_id,
            person_id=self.people[person.number],
            name=person.name,
            roles=roles,
        )


def put_in(plan: Plan, now: datetime) -> Rows:
    """The roster as rows; what an earlier seed put in is found, not made again."""
    known = queries.school_by_code(SCHOOL_CODE)
    if known is None:
        with db.writing():
            school = operations.create_school(
                system(None, "示範資料"), SCHOOL_CODE, SCHOOL_NAME, SchoolKind.GENERAL
            )
            _fill(system(school.id, "示範資料"), plan, now)
            known = school
    return Rows(known.id, _numbers(Person, known.id), _numbers(Course, known.id))


def _numbers(table: type[Person | Course], school_id: int) -> dict[str, int]:
    query = sa.select(table.number, table.id).where(table.school_id == school_id)
    return {row.number: row.id for row in db.reading().execute(query)}


def _fill(actor: Actor, plan: Plan, now: datetime) -> None:
    people = {p.number: _staff_member(actor, p) for p in plan.staff}
    for student in plan.students:
        people[student.number] = operations.add_person(
            actor,
            PersonKind.STUDENT,
            student.number,
            student.name,
            email=student.email,
            national_id=student.national_id,
            birthday=student.birthday,
        ).id
    _classes(actor, plan.term.academic_year, plan.classes, people)
    _classes(actor, plan.before.academic_year, plan.last_classes, people)
    _courses(actor, plan, plan.courses, people)
    _courses(actor, plan, plan.last_courses, people)
    parent = operations.add_person(
        actor, PersonKind.PARENT, plan.parent.number, plan.parent.name, email=plan.parent.email
    )
    operations.add_guardian(actor, parent.id, people[plan.classes[0].students[0].number])
    _calendar(actor, plan.term, _OPEN, now)
    _calendar(actor, plan.before, _LAST_TERM, now)
    for kind, both in _BATCHES.items():
        for batch, days in enumerate(both, 1):
            _window(actor, kind, plan.term, days, now, term=batch, grade=windows.FINAL_GRADE)


def _staff_member(actor: Actor, planned: PlannedPerson) -> int:
    person = operations.add_person(
        actor, PersonKind.STAFF, planned.number, planned.name, email=planned.email
    )
    for role in GRANTED.intersection(planned.roles):
        operations.grant_role(actor, person.id, role, reason="示範學校")
    return person.id


def _classes(
    actor: Actor, year: int, classes: Iterable[PlannedClass], people: dict[str, int]
) -> None:
    for one in classes:
        made = operations.add_class(
            actor, year, one.grade, one.code, one.name, homeroom_teacher_id=people[one.homeroom]
        )
        for seat, student in enumerate(one.students, 1):
            operations.seat_student(actor, made.id, people[student.number], seat)


def _courses(
    actor: Actor, plan: Plan, courses: Iterable[PlannedCourse], people: dict[str, int]
) -> None:
    classes = {("now", one.code): one for one in plan.classes}
    classes |= {("then", one.code): one for one in plan.last_classes}
    for one in courses:
        made = operations.add_course(
            actor,
            one.term.academic_year,
            one.term.term,
            one.number,
            one.name,
            code=one.code,
            grade=one.grade,
            credits=one.credits,
        )
        operations.assign_teacher(actor, made.id, people[one.teacher])
        when = "now" if one.term.academic_year == plan.term.academic_year else "then"
        for student in classes[when, one.class_code].students:
            operations.enrol(actor, made.id, people[student.number])


def _calendar(
    actor: Actor, term: Term, days: dict[WindowKind, tuple[int, int]], now: datetime
) -> None:
    for kind, one in days.items():
        _window(actor, kind, term, one, now, term=0 if kind in windows.YEARLY else term.term)


def _window(
    actor: Actor,
    kind: WindowKind,
    of: Term,
    days: tuple[int, int],
    now: datetime,
    *,
    term: int,
    grade: int = 0,
) -> None:
    """From 8:00 of one day to the last minute of another, counted from today."""
    day = now.astimezone(clock.TAIPEI).replace(hour=0, minute=0, second=0, microsecond=0)
    opens, closes = days
    operations.set_window(
        actor,
        kind,
        of.academic_year,
        day + timedelta(days=opens, hours=8),
        day + timedelta(days=closes, hours=23, minutes=59),
        term=term,
        grade=grade,
    )

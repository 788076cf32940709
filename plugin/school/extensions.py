"""Extensions 延長: who may still act though a window has closed for everybody else (SPEC §1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.jinja import roc_date
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import NotFound
from plugin.paging import PAGE_SIZE, Page
from plugin.school import course_queries
from plugin.school.calendar_models import WindowExtension
from plugin.school.models import ClassSeat, Course, Person, SchoolClass, WindowKind

REMEMBERED = timedelta(days=1)
"""An extension that ended is still looked at this long: an upload may finish within the grace."""

STUDENTS = frozenset(
    {
        WindowKind.OUTCOME_UPLOAD,
        WindowKind.EXPERIENCE_UPLOAD,
        WindowKind.SELECTION,
        WindowKind.RECEIPT,
    }
)
"""What can be extended for a class or a student."""

COURSES = frozenset({WindowKind.CERTIFICATION, WindowKind.COURSE_RECORDS})
"""What can be extended for a course: its teachers' work."""

CERTIFIERS = (Role.TEACHER, Role.SUBSTITUTE)


@dataclass(frozen=True)
class Given:
    """An extension with the name of whom it is for, as the calendar page lists it."""

    extension: WindowExtension
    holder: str

    @property
    def stands(self) -> bool:
        """Whether somebody still has time by it."""
        return self.extension.revoked_at is None and clock.now() < self.extension.until


def latest(
    school_id: int,
    kind: WindowKind,
    academic_year: int,
    term: int,
    *,
    student_id: int | None = None,
    course_id: int | None = None,
) -> WindowExtension | None:
    """The extension that lasts longest for a student or a course; one statement a year, and one
    for the student's classes where a class was given an extension."""
    if student_id is None and course_id is None:
        return None
    rows = [
        one for one in _in_force(school_id, academic_year) if (one.kind, one.term) == (kind, term)
    ]
    mine = [
        one
        for one in rows
        if (student_id is not None and one.student_id == student_id)
        or (course_id is not None and one.course_id == course_id)
    ]
    of_classes = [one for one in rows if one.class_id is not None]
    if of_classes and student_id is not None:
        seated = _classes_of(student_id)
        mine += [one for one in of_classes if one.class_id in seated]
    return max(mine, key=lambda one: (one.until, one.id), default=None)


def of_courses(
    school_id: int, academic_year: int, term: int, course_ids: Iterable[int]
) -> list[tuple[WindowExtension, Course]]:
    """What was extended for some courses and still runs, for their teachers to read."""
    wanted, now = set(course_ids), clock.now()
    rows = [
        one
        for one in _in_force(school_id, academic_year)
        if one.course_id in wanted and one.term == term and one.until > now
    ]
    if not rows:
        return []
    found = db.reading().scalars(
        sa.select(Course).where(
            Course.school_id == school_id, Course.id.in_([one.course_id for one in rows])
        )
    )
    courses = {one.id: one for one in found}
    return [(one, courses[one.course_id]) for one in rows if one.course_id in courses]


def course_notes(actor: Actor, kind: WindowKind, academic_year: int, term: int) -> tuple[str, ...]:
    """What a teacher reads under a deadline of theirs: which of their courses have longer."""
    if kind not in COURSES or actor.person_id is None or not actor.has(*CERTIFIERS):
        return ()
    school_id = actor.school_id or 0
    if not any(one.course_id for one in _in_force(school_id, academic_year)):
        return ()
    mine = course_queries.courses_of_teacher(actor.person_id, academic_year, term)
    return tuple(
        _("「%(course)s」的期限延到 %(until)s。", course=course.name, until=roc_date(one.until))
        for one, course in of_courses(school_id, academic_year, term, [one.id for one in mine])
        if one.kind is kind
    )


def page(
    school_id: int, academic_year: int, *, after: int | None = None, limit: int = PAGE_SIZE
) -> Page[Given]:
    """The extensions of a year, newest first, revoked ones too."""
    query = (
        sa.select(WindowExtension, Person.name, SchoolClass.name, Course.name)
        .outerjoin(Person, Person.id == WindowExtension.student_id)
        .outerjoin(SchoolClass, SchoolClass.id == WindowExtension.class_id)
        .outerjoin(Course, Course.id == WindowExtension.course_id)
        .where(
            WindowExtension.school_id == school_id, WindowExtension.academic_year == academic_year
        )
    )
    if after is not None:
        query = query.where(WindowExtension.id < after)
    rows = db.reading().execute(query.order_by(WindowExtension.id.desc()).limit(limit + 1)).all()
    given = [Given(row[0], row[1] or row[2] or row[3] or "") for row in rows]
    return Page.cut(given, limit, lambda one: str(one.extension.id))


def one(school_id: int, extension_id: int) -> Given:
    """One extension of this school.

    :raises NotFound: none here.
    """
    query = (
        sa.select(WindowExtension, Person.name, SchoolClass.name, Course.name)
        .outerjoin(Person, Person.id == WindowExtension.student_id)
        .outerjoin(SchoolClass, SchoolClass.id == WindowExtension.class_id)
        .outerjoin(Course, Course.id == WindowExtension.course_id)
        .where(WindowExtension.school_id == school_id, WindowExtension.id == extension_id)
    )
    row = db.reading().execute(query).first()
    if row is None:
        raise NotFound(_("找不到這筆延長。"), remedy=_("請由作業期程頁重新選擇。"))
    return Given(row[0], row[1] or row[2] or row[3] or "")


def held_by(
    school_id: int,
    kind: WindowKind,
    academic_year: int,
    term: int,
    beyond: Any,
    *,
    student: Any = None,
    course: Any = None,
    before_id: int = 0,
) -> sa.ColumnElement[bool]:
    """For a statement: the row's student or course has an extension that lasts beyond a moment.

    :param student, course: columns of the outer statement.
    :param before_id: one that lasts exactly until then counts, too, when it is older than this.
    """
    given = sa.orm.aliased(WindowExtension)
    lasts: sa.ColumnElement[bool] = given.until > beyond
    if before_id:
        lasts = sa.or_(lasts, sa.and_(given.until == beyond, given.id < before_id))
    holders: list[sa.ColumnElement[bool]] = []
    if student is not None:
        seats = sa.orm.aliased(ClassSeat)
        seated = sa.select(seats.id).where(
            seats.class_id == given.class_id, seats.student_id == student
        )
        holders += [given.student_id == student, sa.exists(seated.correlate_except(seats))]
    if course is not None:
        holders.append(given.course_id == course)
    later = sa.select(given.id).where(
        given.school_id == school_id,
        given.academic_year == academic_year,
        given.term == term,
        given.kind == kind,
        given.revoked_at.is_(None),
        lasts,
        sa.or_(*holders),
    )
    return sa.exists(later.correlate_except(given))


def forget() -> None:
    """What this session remembers is no longer so."""
    db.reading().info.pop("school_extensions", None)
    db.reading().info.pop("school_seated", None)


def _in_force(school_id: int, academic_year: int) -> list[WindowExtension]:
    """A year's extensions that are not revoked and may still matter; read once a session."""
    session = db.reading()
    cache: dict[tuple[int, int], list[WindowExtension]] = session.info.setdefault(
        "school_extensions", {}
    )
    key = (school_id, academic_year)
    if key not in cache:
        query = sa.select(WindowExtension).where(
            WindowExtension.school_id == school_id,
            WindowExtension.academic_year == academic_year,
            WindowExtension.revoked_at.is_(None),
            WindowExtension.until > clock.now() - REMEMBERED,
        )
        cache[key] = list(session.scalars(query))
    return cache[key]


def read_ahead(school_id: int, academic_year: int, student_ids: Collection[int]) -> None:
    """Read the classes of many students at once, where a class was given an extension: `latest`
    is about to be asked about each of them."""
    if not any(one.class_id for one in _in_force(school_id, academic_year)):
        return
    seated: dict[int, set[int]] = {one: set() for one in student_ids}
    for some in course_queries.chunks(student_ids):
        query = sa.select(ClassSeat.student_id, ClassSeat.class_id).where(
            ClassSeat.student_id.in_(some)
        )
        for student_id, class_id in db.reading().execute(query):
            seated[student_id].add(class_id)
    db.reading().info.setdefault("school_seated", {}).update(seated)


def _classes_of(student_id: int) -> set[int]:
    """The classes in which a student has or had a seat."""
    known: dict[int, set[int]] = db.reading().info.get("school_seated", {})
    if student_id in known:
        return known[student_id]
    query = sa.select(ClassSeat.class_id).where(ClassSeat.student_id == student_id)
    return set(db.reading().scalars(query))

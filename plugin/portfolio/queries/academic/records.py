"""Reads of course records: a student's with bands and credits, a grid, a term's courses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio import record_kinds, scoring
from plugin.portfolio.models import CourseFreeze, CourseRecord
from plugin.portfolio.record_kinds import RecordKind
from plugin.portfolio.scoring import Standing
from plugin.school import queries as school_queries
from plugin.school import rules
from plugin.school.course_queries import chunks, valid_on
from plugin.school.models import Course, CourseTeacher, Person
from plugin.school.terms import Term

REGULAR = tuple(record_kinds.REGULAR.values())


@dataclass(frozen=True)
class Bands:
    """How the scores of a course's class lie, by bands of ten points."""

    counts: tuple[int, ...]

    @property
    def size(self) -> int:
        """母體人數: everybody who has a score."""
        return sum(self.counts)

    @property
    def most(self) -> int:
        """The fullest band, for the height of the picture."""
        return max(self.counts, default=0)


@dataclass(frozen=True)
class Line:
    """One record with what it comes to."""

    record: CourseRecord
    kind: RecordKind
    standing: Standing
    bands: Bands | None = None

    @property
    def band(self) -> int | None:
        """Where the student's own score lies."""
        return None if self.record.score is None else scoring.band(self.record.score)


@dataclass(frozen=True)
class TermRecords:
    """A student's records of one term."""

    term: Term
    lines: tuple[Line, ...]
    credits: int


@dataclass(frozen=True)
class Sheet:
    """Everything a student has of course records, newest term first."""

    terms: tuple[TermRecords, ...] = ()
    credits: int = 0


@dataclass(frozen=True)
class CourseLine:
    """A course of a term with how far its grades are."""

    course: Course
    students: int
    scored: int
    freeze: CourseFreeze | None
    teachers: tuple[str, ...] = ()


@dataclass(frozen=True)
class GridLine:
    """A student of a course and the record, if there is one."""

    student: Person
    record: CourseRecord | None
    texts: dict[str, str] = field(default_factory=dict)


def sheet_of(student: Person) -> Sheet:
    """All records of a student whom somebody may see; three queries, however many."""
    query = sa.select(CourseRecord).where(
        CourseRecord.student_id == student.id, CourseRecord.removed_at.is_(None)
    )
    order = (
        CourseRecord.academic_year.desc(),
        CourseRecord.term.desc(),
        CourseRecord.code,
        CourseRecord.id,
    )
    rows = list(db.reading().scalars(query.order_by(*order)))
    known = bands_of([one.course_id for one in rows if one.course_id is not None])
    lines = [_line(one, known) for one in rows]
    terms: dict[Term, list[Line]] = {}
    for line in lines:
        of = Term(line.record.academic_year, line.record.term)
        terms.setdefault(of, []).append(line)
    return Sheet(
        tuple(TermRecords(of, tuple(some), _credits(some)) for of, some in terms.items()),
        _credits(lines),
    )


def line_of(student_id: int, record_id: int) -> Line | None:
    """One record of a student whom somebody may see."""
    found = db.reading().get(CourseRecord, record_id)
    if found is None or found.student_id != student_id or found.removed_at is not None:
        return None
    return line(found)


def line(found: CourseRecord) -> Line:
    """A record that somebody may see, with the bands of its class."""
    return _line(found, bands_of([found.course_id] if found.course_id is not None else []))


def bands_of(course_ids: Collection[int]) -> dict[int, Bands]:
    """The ten-point bands of each course; one query for each five hundred courses."""
    found: dict[int, list[int]] = {}
    score = sa.type_coerce(CourseRecord.score, sa.Integer)
    top = scoring.BANDS - 1
    band = sa.case((score >= top * scoring.BAND_WIDTH, top), else_=score // scoring.BAND_WIDTH)
    for some in chunks(course_ids):
        query = (
            sa.select(CourseRecord.course_id, band, sa.func.count())
            .where(
                CourseRecord.course_id.in_(some),
                CourseRecord.kind.in_(REGULAR),
                CourseRecord.removed_at.is_(None),
                CourseRecord.score.is_not(None),
            )
            .group_by(CourseRecord.course_id, band)
        )
        for course_id, number, n in db.reading().execute(query):
            found.setdefault(course_id, [0] * scoring.BANDS)[number] = n
    return {course_id: Bands(tuple(counts)) for course_id, counts in found.items()}


def teaching(actor: Actor, term: Term) -> list[CourseLine]:
    """The actor's courses of a term in which grades are entered; four queries."""
    assert actor.person_id is not None
    own = [
        one
        for one in school_queries.courses_of_teacher(actor.person_id, term.academic_year, term.term)
        if one.school_id == actor.school_id and school_queries.course_carries_credit(one)
    ]
    held = _held_today(actor.person_id, [one.id for one in own])
    return _lines([one for one in own if one.id in held], term)


def courses(
    actor: Actor, term: Term, *, text: str = "", after: str | None = None, limit: int = PAGE_SIZE
) -> Page[CourseLine]:
    """The school's courses of a term by number, with how far their grades are."""
    assert actor.school_id is not None
    page = school_queries.courses(
        actor.school_id, term.academic_year, term.term, text=text, after=after, limit=limit
    )
    return Page(tuple(_lines(page.items, term, teachers=True)), page.next)


def grid(course: Course, kind: RecordKind, columns: Sequence[str]) -> list[GridLine]:
    """The students of a course by number, each with the record that stands."""
    students = school_queries.students_of_course(course.id)
    query = sa.select(CourseRecord).where(
        CourseRecord.student_id.in_([one.id for one in students]),
        CourseRecord.academic_year == course.academic_year,
        CourseRecord.term == course.term,
        CourseRecord.kind == kind.key,
        CourseRecord.removed_at.is_(None),
        sa.or_(
            CourseRecord.course_id == course.id,
            CourseRecord.subject_key
            == record_kinds.subject_key(
                kind,
                {"code": course.code, "subject": course.name, "grade": course.grade},
                course.term,
            ),
        ),
    )
    known = {one.student_id: one for one in db.reading().scalars(query)}
    found = []
    for student in students:
        row = known.get(student.id)
        typed = record_kinds.typed(row) if row is not None else {}
        found.append(GridLine(student, row, {key: typed.get(key, "") for key in columns}))
    return found


def freezes(actor: Actor, term: Term) -> list[CourseFreeze]:
    """When and why records of a term were frozen and thawed, newest first; the last fifty."""
    query = (
        sa.select(CourseFreeze)
        .where(
            CourseFreeze.school_id == actor.school_id,
            CourseFreeze.academic_year == term.academic_year,
            CourseFreeze.term == term.term,
        )
        .order_by(CourseFreeze.id.desc())
        .limit(50)
    )
    return list(db.reading().scalars(query))


def thawed_courses(found: Sequence[CourseFreeze]) -> dict[int, str]:
    """The names of the courses that these freezes were of."""
    ids = [one.course_id for one in found if one.course_id is not None]
    query = sa.select(Course.id, Course.name).where(Course.id.in_(ids))
    return dict(db.reading().execute(query).all())  # type: ignore[arg-type]


def counts_of_students(student_ids: Collection[int]) -> dict[int, int]:
    """How many course records each student has."""
    found: dict[int, int] = {}
    for some in chunks(student_ids):
        query = (
            sa.select(CourseRecord.student_id, sa.func.count())
            .where(CourseRecord.student_id.in_(some), CourseRecord.removed_at.is_(None))
            .group_by(CourseRecord.student_id)
        )
        found.update((who, n) for who, n in db.reading().execute(query))
    return found


def entered_at(found: Sequence[GridLine]) -> datetime | None:
    """When the newest grade of a grid was entered."""
    return max((one.record.set_at for one in found if one.record is not None), default=None)


def _line(one: CourseRecord, known: dict[int, Bands]) -> Line:
    mark = rules.number(one.school_id, scoring.PASS_MARK, one.academic_year)
    capped = rules.value(one.school_id, scoring.RETAKE_CAPPED, one.academic_year).value is True
    return Line(
        one,
        record_kinds.kind(one.kind),
        scoring.standing(one, mark, capped=capped),
        known.get(one.course_id or 0) if one.kind in REGULAR else None,
    )


def _credits(lines: Collection[Line]) -> int:
    return scoring.total((one.record, one.standing) for one in lines)


def _held_today(person_id: int, course_ids: Collection[int]) -> set[int]:
    today = clock.today()
    found: set[int] = set()
    for some in chunks(course_ids):
        query = sa.select(CourseTeacher.course_id).where(
            CourseTeacher.course_id.in_(some),
            CourseTeacher.person_id == person_id,
            *valid_on(CourseTeacher, today),
        )
        found |= set(db.reading().scalars(query))
    return found


def _lines(some: Sequence[Course], term: Term, *, teachers: bool = False) -> list[CourseLine]:
    ids = [one.id for one in some]
    sizes = school_queries.course_sizes(ids)
    scored = dict(
        db.reading()
        .execute(
            sa.select(CourseRecord.course_id, sa.func.count())
            .where(
                CourseRecord.course_id.in_(ids),
                CourseRecord.kind.in_(REGULAR),
                CourseRecord.removed_at.is_(None),
                CourseRecord.score.is_not(None),
            )
            .group_by(CourseRecord.course_id)
        )
        .all()
    )
    whole, single = _frozen(ids, some[0].school_id if some else 0, term)
    names = school_queries.teachers_of(ids) if teachers else {}
    return [
        CourseLine(
            one,
            sizes.get(one.id, 0),
            scored.get(one.id, 0),
            whole or single.get(one.id),
            tuple(part.name for part in names.get(one.id, ())),
        )
        for one in some
    ]


def _frozen(
    ids: Sequence[int], school_id: int, term: Term
) -> tuple[CourseFreeze | None, dict[int, CourseFreeze]]:
    query = sa.select(CourseFreeze).where(
        CourseFreeze.school_id == school_id,
        CourseFreeze.academic_year == term.academic_year,
        CourseFreeze.term == term.term,
        CourseFreeze.thawed_at.is_(None),
        sa.or_(CourseFreeze.course_id.is_(None), CourseFreeze.course_id.in_(ids)),
    )
    rows = list(db.reading().scalars(query))
    whole = next((one for one in rows if one.course_id is None), None)
    return whole, {one.course_id: one for one in rows if one.course_id is not None}

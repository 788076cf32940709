"""The teacher's grid: grades of own students in one course, typed or pasted, all or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import InvalidInput, Refusal
from plugin.portfolio import record_kinds, scoring
from plugin.portfolio.models import CaseArea, CourseRecord
from plugin.portfolio.operations.academic import doors, found
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.portfolio.record_kinds import RecordKind
from plugin.school import queries as school_queries
from plugin.school import rules
from plugin.school.models import Course, Enrolment, School, SchoolKind
from plugin.school.terms import Term
from plugin.trail.chain import record

COLUMNS = {
    "regular": ("score", "makeup_score", "note"),
    "night_regular": ("score", "year_score", "note"),
}
"""What a teacher enters; the rest comes from the course, or from the registry."""


@dataclass(frozen=True)
class GridRow:
    """What was typed for one student.

    :param version: of the record that was shown; 0 where there was none.
    """

    student_id: int
    texts: Mapping[str, str]
    version: int = 0


class NoCredits(Refusal):
    """The course has no grades that could be handed in."""

    code = "COURSE_HAS_NO_CREDITS"
    status = 409


class WrongCells(InvalidInput):
    """Some cells cannot stand; nothing was saved.

    :ivar cells: (student id, column key; "" the whole row) → what is wrong.
    """

    def __init__(self, cells: dict[tuple[int, str], str], rule: str | None) -> None:
        super().__init__(
            _("有 %(n)s 格需要修改，成績還沒有儲存。", n=len(cells)),
            remedy=_("請修改標示的格子後再儲存。"),
            rule=rule,
        )
        self.cells = cells


@audited
def save(actor: Actor, course_id: int, rows: Sequence[GridRow]) -> int:
    """Save the grades of own students in a course.

    :returns: how many records are new or changed.
    :raises WrongCells: cells that cannot stand, or that somebody else changed meanwhile.
    :raises Frozen, WindowClosed, NoCredits: it is not the time, or not a course with grades.
    :raises NotFound: not the actor's course (an audit line), or not a student of it.
    """
    with db.writing() as session:
        course = found.taught(session, actor, course_id)
        term = Term(course.academic_year, course.term)
        require_credits(course)
        doors.require_open(
            course.school_id, CaseArea.COURSES, term, grade=course.grade, course_id=course.id
        )
        doors.hold_records(course.school_id)
        doors.require_thawed(course.school_id, term, course.id)
        of = kind_of(course)
        mark = rules.number(course.school_id, scoring.PASS_MARK, course.academic_year)
        known = _known(session, course, of)
        taking = {one.id for one in school_queries.students_of_course(course.id)}
        read = {one.student_id: _read(of, one) for one in rows}
        if set(read) - taking:
            raise missing()
        wrong = _wrong(rows, read, known, course.id, mark)
        if wrong:
            late = any(key == "makeup_score" for _who, key in wrong)
            raise WrongCells(wrong, scoring.PASS_MARK if late else None)
        changed = [
            row
            for one in rows
            if (row := _put(session, actor, course, of, one, read[one.student_id][0], known))
        ]
        session.flush()
        if changed:
            record(
                actor, "course_record.grid", "course", course.id,
                records=[row.id for row in changed],
            )  # fmt: skip
        return len(changed)


@audited
def seen_by_teacher(actor: Actor, course_id: int) -> Course:
    """A course of the actor's, to look at; raises NotFound."""
    course = db.reading().get(Course, course_id)
    if course is None:
        raise nowhere(Course, course_id)
    if not found.teaches(actor, course):
        raise ForeignRecord("course", course_id)
    return course


def kind_of(course: Course) -> RecordKind:
    """The kind that a teacher enters in a course of this school."""
    school = db.reading().get_one(School, course.school_id)
    return record_kinds.kind(record_kinds.REGULAR[school.kind is SchoolKind.NIGHT])


def require_credits(course: Course) -> None:
    """:raises NoCredits: it carries no credits, or is of class 8 or 9 without attribute D."""
    if not school_queries.course_carries_credit(course):
        raise NoCredits(
            _("「%(name)s」沒有採計學分，不登錄修課成績。", name=course.name),
            remedy=_("如果課程的學分或課程代碼有誤，請洽註冊組更正。"),
            rule=scoring.NEEDS_ATTRIBUTE,
        )


def _known(session: Session, course: Course, of: RecordKind) -> dict[int, CourseRecord]:
    query = (
        sa.select(CourseRecord)
        .where(
            CourseRecord.school_id == course.school_id,
            CourseRecord.academic_year == course.academic_year,
            CourseRecord.term == course.term,
            CourseRecord.kind == of.key,
            CourseRecord.removed_at.is_(None),
            sa.or_(
                CourseRecord.course_id == course.id,
                # an import that could not tell the course
                sa.and_(
                    CourseRecord.subject_key == _key(course, of),
                    CourseRecord.student_id.in_(
                        sa.select(Enrolment.student_id).where(Enrolment.course_id == course.id)
                    ),
                ),
            ),
        )
        .with_for_update(**db.HELD)
    )
    rows = session.scalars(query.execution_options(populate_existing=True))
    return {one.student_id: one for one in rows}


def _key(course: Course, of: RecordKind) -> str:
    values = {"code": course.code, "subject": course.name, "grade": course.grade}
    return record_kinds.subject_key(of, values, course.term)


Read = tuple[dict[str, object], dict[str, str]]


def _read(of: RecordKind, row: GridRow) -> Read:
    values: dict[str, object] = {}
    faults: dict[str, str] = {}
    for key in COLUMNS[of.key]:
        column = of.column(key)
        assert column is not None
        values[key], fault = column.read(row.texts.get(key, ""))
        if fault:
            faults[key] = fault
    return values, faults


def _wrong(
    rows: Sequence[GridRow],
    read: Mapping[int, Read],
    known: Mapping[int, CourseRecord],
    course_id: int,
    school_mark: int,
) -> dict[tuple[int, str], str]:
    wrong: dict[tuple[int, str], str] = {}
    for one in rows:
        values, faults = read[one.student_id]
        wrong |= {(one.student_id, key): words for key, words in faults.items()}
        row = known.get(one.student_id)
        if row is not None and row.course_id not in {None, course_id}:
            wrong[one.student_id, ""] = _("這位學生同一課程代碼的成績已在另一門課登錄。")
            continue
        differs = row is None or _differs(row, values)
        if not faults and row is not None and differs and row.version != one.version:
            wrong[one.student_id, ""] = _("這位學生的成績剛才已被修改，請重新整理後再填。")
        mark = (row.pass_mark if row else None) or school_mark
        score, makeup = values.get("score"), values.get("makeup_score")
        if isinstance(makeup, Decimal) and not faults and differs:
            if not isinstance(score, Decimal):
                wrong[one.student_id, "makeup_score"] = _("沒有學期成績，不應有補考成績。")
            elif score >= mark:
                wrong[one.student_id, "makeup_score"] = _(
                    "學期成績已達 %(mark)s 分及格，不應有補考成績。", mark=mark
                )
    return wrong


def _differs(row: CourseRecord, values: Mapping[str, object]) -> bool:
    cells = record_kinds.cells(row)
    return any(not _same(cells.get(key), value) for key, value in values.items())


def _same(one: object, other: object) -> bool:
    return (one if one != "" else None) == (other if other != "" else None)


def _put(
    session: Session,
    actor: Actor,
    course: Course,
    of: RecordKind,
    one: GridRow,
    values: Mapping[str, object],
    known: Mapping[int, CourseRecord],
) -> CourseRecord | None:
    """Write one row; None where nothing is new."""
    row = known.get(one.student_id)
    if row is None:
        if all(value is None for value in values.values()):
            return None
        row = new_record(course, of, one.student_id)
        session.add(row)
    elif not _differs(row, values):
        return None
    row.course_id = course.id
    score = values.get("score")
    if row.score != score:
        row.passed = None  # what was said of another score does not hold for this one
    row.score = score if isinstance(score, Decimal) else None
    if "makeup_score" in values:
        makeup = values["makeup_score"]
        if row.makeup_score != makeup:
            row.makeup_passed = None
        row.makeup_score = makeup if isinstance(makeup, Decimal) else None
    if "year_score" in values:
        year = values["year_score"]
        details = {k: v for k, v in row.details.items() if k not in {"year_score", "year_passed"}}
        if isinstance(year, Decimal):
            details["year_score"] = f"{year:f}"
        row.details = details
    row.note = str(values.get("note") or "")
    row.set_by_id, row.set_at = actor.person_id, clock.now()
    return row


def new_record(course: Course, of: RecordKind, student_id: int) -> CourseRecord:
    return CourseRecord(
        school_id=course.school_id,
        student_id=student_id,
        academic_year=course.academic_year,
        term=course.term,
        kind=of.key,
        subject_key=_key(course, of),
        course_id=course.id,
        code=course.code,
        subject=course.name,
        grade=course.grade,
        credits=course.periods if of.periods else course.credits,
        counted=scoring.COUNTED,
        note="",
        details={},
    )

"""Course records 修課紀錄 of one student: entered, put right and taken back by the registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio import record_kinds, scoring
from plugin.portfolio.models import CaseArea, CourseRecord
from plugin.portfolio.operations.academic import doors, found
from plugin.portfolio.operations.found import (
    ForeignRecord,
    audited,
    hold_student,
    missing,
    nowhere,
)
from plugin.portfolio.record_kinds import RecordKind
from plugin.school import course_code
from plugin.school.models import Course, Enrolment
from plugin.school.terms import Term
from plugin.trail.chain import record


@audited
def enter(
    actor: Actor,
    student_id: int,
    term: Term,
    kind: str,
    texts: Mapping[str, str],
    *,
    pass_mark: int | None = None,
) -> CourseRecord:
    """Enter a record of a kind, from the texts of its columns.

    :raises InvalidInput: columns are missing or wrong; `fields` says which.
    :raises Conflict: the student has a record of this course and kind in the term.
    :raises Frozen: the registry froze the course or the term.
    :raises WindowClosed: outside the window, and the student has reported nothing.
    :raises NotFound: not the registry, or no student of the school.
    """
    school_id = found.school_as(actor, Role.REGISTRY)
    of = record_kinds.kind(kind)
    values = checked(of, texts, school_id, term)
    with db.writing() as session:
        student = found.student(session, school_id, student_id)
        _require_open(school_id, term, values, student.id)
        doors.hold_records(school_id)
        hold_student(session, student.id)
        course_id = course_of(session, school_id, student.id, of, values, term)
        doors.require_thawed(school_id, term, course_id)
        made = CourseRecord(
            school_id=school_id,
            student_id=student.id,
            academic_year=term.academic_year,
            term=term.term,
            kind=of.key,
            pass_mark=pass_mark,
            course_id=course_id,
        )
        fill(made, of, values)
        made.set_by_id, made.set_at = actor.person_id, clock.now()
        _require_place(session, made)
        session.add(made)
        session.flush()
        record(
            actor, "course_record.enter", "course_record", made.id,
            student_id=student.id, kind=of.key,
        )  # fmt: skip
        return made


@audited
def change(
    actor: Actor,
    record_id: int,
    texts: Mapping[str, str],
    *,
    pass_mark: int | None = None,
    version: int | None = None,
) -> CourseRecord:
    """Put a record right; raises as `enter`, and Conflict when it was changed meanwhile."""
    school_id = found.school_as(actor, Role.REGISTRY)
    with db.writing() as session:
        doors.hold_records(school_id)
        row = found.kept(session, CourseRecord, school_id, record_id)
        _require_there(row)
        found.same_version(row, version)
        term, of = Term(row.academic_year, row.term), record_kinds.kind(row.kind)
        values = checked(of, texts, school_id, term)
        _require_open(school_id, term, values, row.student_id)
        doors.require_thawed(school_id, term, row.course_id)
        hold_student(session, row.student_id)
        before = str(row.score) if row.score is not None else None
        fill(row, of, values)
        row.pass_mark = pass_mark
        row.set_by_id, row.set_at = actor.person_id, clock.now()
        _require_place(session, row)
        session.flush()
        record(
            actor, "course_record.change", "course_record", row.id,
            student_id=row.student_id, scored=before is not None,
        )  # fmt: skip
        return row


@audited
def remove(actor: Actor, record_id: int, reason: str) -> CourseRecord:
    """Take a record back; the row stays with the reason, nobody is shown it any more."""
    school_id = found.school_as(actor, Role.REGISTRY)
    reason = found.reason_of(reason)
    with db.writing() as session:
        doors.hold_records(school_id)
        row = found.kept(session, CourseRecord, school_id, record_id)
        _require_there(row)
        term = Term(row.academic_year, row.term)
        doors.require_open(
            school_id, CaseArea.COURSES, term, grade=row.grade, student_ids=[row.student_id]
        )
        doors.require_thawed(school_id, term, row.course_id)
        row.removed_at, row.removed_reason = clock.now(), reason[:200]
        row.subject_key = f"-{row.id}"
        session.flush()
        record(actor, "course_record.remove", "course_record", row.id, student_id=row.student_id)
        return row


@audited
def seen_by_registry(actor: Actor, record_id: int) -> CourseRecord:
    """A record of the school that stands, for the registry; raises NotFound."""
    school_id = found.school_as(actor, Role.REGISTRY)
    row = db.reading().get(CourseRecord, record_id)
    if row is None:
        raise nowhere(CourseRecord, record_id)
    if row.school_id != school_id:
        raise ForeignRecord("course_record", record_id)
    if row.removed_at is not None:
        raise missing()
    return row


def checked(of: RecordKind, texts: Mapping[str, str], school_id: int, term: Term) -> dict[str, Any]:
    """The values of a record's columns.

    :raises InvalidInput: `fields` has a message for each column that is wrong.
    """
    values, faults = of.read(texts)
    faults |= between_faults(of, values, term)
    rule = None
    if not faults.get("code"):
        faults |= code_faults(values.get("code"))
        rule = scoring.NEEDS_ATTRIBUTE if "code" in faults else None
    if faults:
        raise InvalidInput(
            _("修課紀錄還有項目需要修改。"),
            remedy=_("請修改標示的欄位。"),
            rule=rule,
            fields=faults,
        )
    return values


def code_faults(code: Any) -> dict[str, str]:
    """What is wrong with a course code; an empty one waits for the school's code list."""
    if not code:
        return {}
    if wrong := course_code.wrong(str(code)):
        return {"code": wrong}
    read = course_code.read(str(code))
    if read is not None and not read.hands_in:
        return {
            "code": _("團體活動與彈性學習時間的課程，科目屬性不是 D 就沒有成績，不能登錄修課紀錄。")
        }
    return {}


def fill(row: CourseRecord, of: RecordKind, values: Mapping[str, Any]) -> None:
    """Put the values of its columns into a record."""
    row.code = str(values.get("code") or "")
    row.subject = str(values["subject"])
    row.grade = int(values["grade"])
    if "credits" in values:
        row.credits = int(values["credits"])
    else:  # a make-up examination for the year: the periods of both terms
        row.credits = int(values["periods_first"]) + int(values["periods_second"])
    row.score, row.passed = values.get("score"), values.get("passed")
    row.makeup_score = values.get("makeup_score")
    row.makeup_passed = values.get("makeup_passed")
    row.counted = int(values.get("counted") or scoring.COUNTED)
    row.note = str(values.get("note") or "")
    row.details = record_kinds.details_of(of, values)
    row.subject_key = record_kinds.subject_key(of, values, row.term)


def course_of(
    session: Session,
    school_id: int,
    student_id: int,
    of: RecordKind,
    values: Mapping[str, Any],
    term: Term,
) -> int | None:
    """The roster course of this term that a regular record is of, if there is exactly one."""
    if of.key not in record_kinds.REGULAR.values() or not values.get("code"):
        return None
    ids = session.scalars(
        sa.select(Course.id)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .where(
            Course.school_id == school_id,
            Course.academic_year == term.academic_year,
            Course.term == term.term,
            Course.code == values["code"],
            Course.name == values["subject"],
            Enrolment.student_id == student_id,
        )
    ).all()
    return ids[0] if len(ids) == 1 else None


def between_faults(of: RecordKind, values: Mapping[str, Any], term: Term) -> dict[str, str]:
    """What the columns contradict each other in."""
    year = values.get("due_year")
    own = values.get("due_term")
    if isinstance(year, int) and (year, int(own or 1)) > (term.academic_year, term.term):
        title = next(one.title for one in of.columns if one.key == "due_year")
        return {"due_year": _("「%(label)s」晚於登錄的%(term)s。", label=title, term=term.label)}
    return {}


def _require_open(school_id: int, term: Term, values: Mapping[str, Any], student_id: int) -> None:
    doors.require_open(
        school_id,
        CaseArea.COURSES,
        term,
        grade=int(values["grade"]),
        student_ids=[student_id],
    )


def _require_place(session: Session, row: CourseRecord) -> None:
    query = sa.select(CourseRecord.id).where(
        CourseRecord.student_id == row.student_id,
        CourseRecord.academic_year == row.academic_year,
        CourseRecord.term == row.term,
        CourseRecord.kind == row.kind,
        CourseRecord.subject_key == row.subject_key,
    )
    if row.id is not None:
        query = query.where(CourseRecord.id != row.id)
    with session.no_autoflush:
        if session.scalar(query.limit(1)) is not None:
            raise Conflict(
                _("這位學生在這個學期已有「%(subject)s」的同類紀錄。", subject=row.subject),
                remedy=_("請改為修改原有的紀錄。"),
            )


def _require_there(row: CourseRecord) -> None:
    if row.removed_at is not None:
        raise Conflict(_("這筆修課紀錄已經刪除。"), remedy=_("請回到清單查看。"))

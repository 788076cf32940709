"""Basic data 基本資料 of a term: taken from the roster, completed and put right by the registry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.errors import InvalidInput
from plugin.portfolio.models import BasicRecord, CaseArea, ChangeKind
from plugin.portfolio.operations.academic import doors, found
from plugin.portfolio.operations.found import audited, hold_student
from plugin.school import queries as school_queries
from plugin.school.models import ClassSeat, Person, PersonKind, SchoolClass
from plugin.school.terms import Term
from plugin.trail.chain import record

FILL = "academic.basics"


@dataclass(frozen=True)
class BasicInput:
    """What the registry says of a student in a term."""

    grade: int = 0
    class_code: str = ""
    class_name: str = ""
    seat: int = 0
    cluster: str = ""
    department: str = ""
    division: str = ""
    class_kind: str = ""
    status: str = "在學"
    change: ChangeKind = ChangeKind.NONE
    changed_on: date | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@audited
def set_basic(
    actor: Actor,
    student_id: int,
    term: Term,
    values: BasicInput,
    *,
    version: int | None = None,
) -> BasicRecord:
    """Set a student's basic data of a term.

    :param version: what was shown; changed meanwhile means look again.
    :raises InvalidInput: a change without its day, or a day without a change.
    :raises WindowClosed: outside the window, and the student has reported nothing.
    :raises NotFound: not the registry, or no student of the school.
    """
    school_id = found.school_as(actor, Role.REGISTRY)
    _require_whole(values)
    with db.writing() as session:
        student = found.student(session, school_id, student_id)
        doors.require_open(
            school_id, CaseArea.BASIC, term, grade=values.grade, student_ids=[student.id]
        )
        hold_student(session, student.id)
        row = session.scalar(_of(student.id, term))
        before = None
        if row is None:
            row = BasicRecord(
                school_id=school_id,
                student_id=student.id,
                academic_year=term.academic_year,
                term=term.term,
            )
            session.add(row)
        else:
            found.same_version(row, version)
            before = row.status
        for name in BasicInput.__dataclass_fields__:
            setattr(row, name, getattr(values, name))
        row.details = dict(values.details)
        row.set_by_id, row.set_at = actor.person_id, clock.now()
        session.flush()
        record(
            actor, "basic.set", "person", student.id,
            year=term.academic_year, term=term.term, change=values.change,
            before=before, after=values.status,
        )  # fmt: skip
        return row


def begin_fill(actor: Actor, term: Term) -> int:
    """Queue taking over class, seat and grade of every student from the roster of a term.

    :returns: the job's id.
    :raises WindowClosed: the window of basic data is not open.
    :raises NotFound: not the registry.
    """
    school_id = found.school_as(actor, Role.REGISTRY)
    with db.writing():
        doors.require_open(school_id, CaseArea.BASIC, term)
        record(actor, "basic.fill", "school", school_id, year=term.academic_year, term=term.term)
        args = {"year": term.academic_year, "term": term.term}
        return jobs.enqueue(actor, FILL, args)


def fill_class(actor: Actor, school_id: int, class_id: int, term: Term) -> int:
    """Take over one class; what the registry entered besides stays. Safe to repeat.

    :returns: how many students were entered or moved.
    """
    with db.writing() as session:
        where = session.get_one(SchoolClass, class_id)
        seats = session.execute(
            sa.select(ClassSeat.student_id, ClassSeat.seat)
            .join(Person, Person.id == ClassSeat.student_id)
            .where(ClassSeat.class_id == class_id, Person.active, Person.kind == PersonKind.STUDENT)
        ).all()
        ids = [student_id for student_id, _seat in seats]
        found.hold_people(session, set(ids))
        known = {one.student_id: one for one in _rows(session, ids, term)}
        last = _last_before(ids, term)
        changed = 0
        for student_id, seat in seats:
            row = known.get(student_id)
            if row is None:
                row = _new(school_id, student_id, term, last.get(student_id))
                session.add(row)
            place = (where.grade, where.code, where.name, seat)
            if (row.grade, row.class_code, row.class_name, row.seat) != place:
                row.grade, row.class_code, row.class_name, row.seat = place
                row.set_by_id, row.set_at = actor.person_id, clock.now()
                changed += 1
        return changed


def begun(school_id: int, ids: Collection[int], term: Term) -> dict[int, BasicRecord]:
    """What students begin a term with who have no row yet: place of the roster, the rest as it was.

    Nothing is written. Who has no seat has grade -1.
    """
    last = _last_before(list(ids), term)
    seats = school_queries.class_of(ids, term.academic_year)
    found = {}
    for student_id in ids:
        row = _new(school_id, student_id, term, last.get(student_id))
        if seat := seats.get(student_id):
            row.grade, row.class_code = seat.grade, seat.class_code
            row.class_name, row.seat = seat.class_name, seat.seat
        found[student_id] = row
    return found


def class_ids(school_id: int, term: Term) -> list[int]:
    """The classes of a term's year."""
    return [one.id for one in school_queries.classes(school_id, term.academic_year)]


def _new(school_id: int, student_id: int, term: Term, last: BasicRecord | None) -> BasicRecord:
    """A row for a new term: group, department, division go on as they were."""
    return BasicRecord(
        school_id=school_id,
        student_id=student_id,
        academic_year=term.academic_year,
        term=term.term,
        grade=-1,
        class_code="",
        class_name="",
        seat=0,
        cluster=last.cluster if last else "",
        department=last.department if last else "",
        division=last.division if last else "",
        class_kind=last.class_kind if last else "",
        status=last.status if last else "在學",
        change=ChangeKind.NONE,
        details=dict(last.details) if last else {},
        set_at=clock.now(),
    )


def _last_before(ids: list[int], term: Term) -> dict[int, BasicRecord]:
    """Each student's newest row before a term."""
    order = BasicRecord.academic_year * 2 + BasicRecord.term
    query = (
        sa.select(BasicRecord)
        .where(BasicRecord.student_id.in_(ids), order < term.academic_year * 2 + term.term)
        .order_by(order)
    )
    return {one.student_id: one for one in db.reading().scalars(query)}


def _rows(session: Session, ids: list[int], term: Term) -> list[BasicRecord]:
    return list(
        session.scalars(
            sa.select(BasicRecord).where(
                BasicRecord.student_id.in_(ids),
                BasicRecord.academic_year == term.academic_year,
                BasicRecord.term == term.term,
            )
        )
    )


def _of(student_id: int, term: Term) -> sa.Select[BasicRecord]:
    return sa.select(BasicRecord).where(
        BasicRecord.student_id == student_id,
        BasicRecord.academic_year == term.academic_year,
        BasicRecord.term == term.term,
    )


def faults_of(values: BasicInput) -> dict[str, str]:
    """What does not fit together, by field, in plain words."""
    faults = {}
    if not values.status.strip():
        faults["status"] = _("請填寫「學籍狀態」。")
    if values.change is not ChangeKind.NONE and values.changed_on is None:
        faults["changed_on"] = _("有學籍異動時，請填寫「學籍異動日期」。")
    if values.change is ChangeKind.NONE and values.changed_on is not None:
        faults["change"] = _("填了異動日期，請選擇是哪一種異動；沒有異動請清除日期。")
    return faults


def _require_whole(values: BasicInput) -> None:
    if faults := faults_of(values):
        raise InvalidInput(_("基本資料還有項目需要修改。"), fields=faults)

"""Classes and seats, courses, who teaches them and who takes them."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.school import policy, syllabus
from plugin.school.models import (
    ClassSeat,
    Course,
    CourseTeacher,
    Enrolment,
    PersonKind,
    SchoolClass,
    TeachingKind,
)
from plugin.school.operations import _own
from plugin.trail import events
from plugin.trail.chain import record


def add_class(
    actor: Actor,
    academic_year: int,
    grade: int,
    code: str,
    name: str,
    *,
    homeroom_teacher_id: int | None = None,
) -> SchoolClass:
    """Enter a class of one academic year.

    :raises Conflict: the code is taken in that year.
    """
    school_id = policy.require_keeper(actor)
    code, name = code.strip(), name.strip()
    if not code or not name or not 1 <= grade <= 12:
        raise InvalidInput(_("請填班級代碼、名稱與年級。"))
    with db.writing() as session:
        if homeroom_teacher_id is not None:
            _require_staff(session, school_id, homeroom_teacher_id)
        taken = sa.select(SchoolClass.id).where(
            SchoolClass.school_id == school_id,
            SchoolClass.academic_year == academic_year,
            SchoolClass.code == code,
        )
        if session.scalar(taken):
            raise Conflict(_("班級代碼 %(code)s 在這個學年度已經存在。", code=code))
        made = SchoolClass(
            school_id=school_id,
            academic_year=academic_year,
            grade=grade,
            code=code,
            name=name,
            homeroom_teacher_id=homeroom_teacher_id,
        )
        session.add(made)
        session.flush()
        record(actor, "class.add", "class", made.id, year=academic_year, code=code)
        return made


def set_homeroom(actor: Actor, class_id: int, person_id: int | None) -> SchoolClass:
    """Make a member of staff homeroom teacher of a class, or leave it without one.

    :raises InvalidInput: not a member of staff who is still at the school.
    """
    school_id = policy.require_keeper(actor)
    with db.writing() as session:
        found = _own.school_class(session, school_id, class_id)
        if person_id is not None:
            _require_staff(session, school_id, person_id)
        before, found.homeroom_teacher_id = found.homeroom_teacher_id, person_id
        record(actor, "class.homeroom", "class", class_id, before=before, after=person_id)
        events.announce(events.role_changed, school_id=school_id, person_id=person_id)
        return found


def seat_student(actor: Actor, class_id: int, student_id: int, seat: int) -> ClassSeat:
    """Give a student a seat in a class; a seat in another class of that year is given up.

    :raises Conflict: the seat is taken by somebody else.
    """
    school_id = policy.require_keeper(actor)
    if not 1 <= seat <= 999:
        raise InvalidInput(_("座號為 1 到 999。"), fields={"seat": _("請填 1 到 999。")})
    with db.writing() as session:
        where = _own.school_class(session, school_id, class_id)
        student = _own.person(session, school_id, student_id)
        if student.kind is not PersonKind.STUDENT:
            raise InvalidInput(_("只有學生有座號。"))
        taken = session.scalar(
            sa.select(ClassSeat).where(ClassSeat.class_id == class_id, ClassSeat.seat == seat)
        )
        if taken is not None and taken.student_id != student_id:
            raise Conflict(_("座號 %(seat)s 已經有人。", seat=seat))
        mine = (
            sa.select(ClassSeat)
            .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
            .where(
                ClassSeat.student_id == student_id,
                SchoolClass.academic_year == where.academic_year,
            )
        )
        row = session.scalar(mine)
        if row is None:
            row = ClassSeat(class_id=class_id, student_id=student_id, seat=seat)
            session.add(row)
        else:
            row.class_id, row.seat = class_id, seat
        session.flush()
        record(actor, "class.seat", "person", student_id, class_id=class_id, seat=seat)
        return row


def add_course(
    actor: Actor,
    academic_year: int,
    term: int,
    number: str,
    name: str,
    *,
    code: str,
    grade: int,
    credits: int,  # noqa: A002  (the field's own word)
    periods: int = 0,
) -> Course:
    """Enter a roster course of one term.

    :param number: the school's own number, what the LMS sends as the course's idnumber.
    :param code: the 23-character course code, or empty where none is known yet.
    :raises Conflict: the number is taken in that term.
    """
    school_id = policy.require_keeper(actor)
    number, name, code = number.strip(), name.strip(), code.strip().upper()
    if term not in {1, 2} or not number or not name or credits < 0 or periods < 0:
        raise InvalidInput(_("課程資料不完整：學期為 1 或 2，編號與名稱不可空白。"))
    if len(code) not in {0, 23}:
        raise InvalidInput(_("課程代碼為 23 碼。"), fields={"code": _("請填 23 碼，或先留空白。")})
    with db.writing() as session:
        taken = sa.select(Course.id).where(
            Course.school_id == school_id,
            Course.academic_year == academic_year,
            Course.term == term,
            Course.number == number,
        )
        if session.scalar(taken):
            raise Conflict(_("課程編號 %(number)s 在這個學期已經存在。", number=number))
        made = Course(
            school_id=school_id,
            academic_year=academic_year,
            term=term,
            number=number,
            code=code,
            name=name,
            grade=grade,
            credits=credits,
            periods=periods,
        )
        session.add(made)
        session.flush()
        record(actor, "course.add", "course", made.id, number=number, code=code)
        return made


def set_syllabus(actor: Actor, course_id: int, url: str) -> Course:
    """Say where the syllabus of a course can be read; an empty address takes the link away.

    The audit line holds whether there is a link, not the address: it may name a person.

    :raises InvalidInput: no https address.
    :raises NotFound: no course of this school.
    """
    school_id = policy.require_keeper(actor)
    url = url.strip()
    if url and not syllabus.is_address(url):
        text = _("請填完整的網址，以 https:// 開頭。")
        raise InvalidInput(text, fields={"url": text})
    with db.writing() as session:
        found = _own.course(session, school_id, course_id)
        before, found.syllabus_url = found.syllabus_url, url or None
        record(actor, "course.syllabus", "course", course_id, before=bool(before), after=bool(url))
        return found


def assign_teacher(
    actor: Actor,
    course_id: int,
    person_id: int,
    kind: TeachingKind = TeachingKind.RECORD,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> CourseTeacher:
    """Make a person teacher of record, co-teacher or substitute of a course.

    Assigning the same part again only changes its days.

    :raises InvalidInput: not staff, days in wrong order, or a substitute without an end.
    """
    school_id = policy.require_keeper(actor)
    if starts_on and ends_on and ends_on < starts_on:
        raise InvalidInput(
            _("結束日期早於開始日期。"), fields={"ends_on": _("請填開始日期之後的日期。")}
        )
    if kind is TeachingKind.SUBSTITUTE and ends_on is None:
        raise InvalidInput(_("代理人需要有結束日期。"), fields={"ends_on": _("請填代理到哪一天。")})
    with db.writing() as session:
        _own.course(session, school_id, course_id)
        if _own.person(session, school_id, person_id).kind is not PersonKind.STAFF:
            raise InvalidInput(_("只有教職員可以擔任授課教師。"))
        row = session.scalar(
            sa.select(CourseTeacher).where(
                CourseTeacher.course_id == course_id,
                CourseTeacher.person_id == person_id,
                CourseTeacher.kind == kind,
            )
        )
        if row is None:
            row = CourseTeacher(course_id=course_id, person_id=person_id, kind=kind)
            session.add(row)
        row.starts_on, row.ends_on = starts_on, ends_on
        session.flush()
        record(
            actor,
            "course.assign",
            "course",
            course_id,
            person_id=person_id,
            kind=kind,
            starts_on=starts_on.isoformat() if starts_on else None,
            ends_on=ends_on.isoformat() if ends_on else None,
        )
        return row


def end_teaching(actor: Actor, course_teacher_id: int) -> CourseTeacher:
    """End a person's part in a course with yesterday; what they did before stands.

    :raises NotFound: no such part in a course of this school.
    """
    school_id = policy.require_keeper(actor)
    with db.writing() as session:
        row = session.get(CourseTeacher, course_teacher_id)
        if row is None:
            raise NotFound(_("找不到這筆授課資料。"))
        _own.course(session, school_id, row.course_id)
        yesterday = date.fromordinal(clock.today().toordinal() - 1)
        row.ends_on = min(row.ends_on or yesterday, yesterday)
        if row.starts_on is not None and row.starts_on > row.ends_on:
            row.starts_on = row.ends_on
        record(
            actor,
            "course.unassign",
            "course",
            row.course_id,
            person_id=row.person_id,
            kind=row.kind,
        )
        return row


def enrol(actor: Actor, course_id: int, student_id: int, *, active: bool = True) -> Enrolment:
    """Enter that a student takes a course, or (`active=False`) no longer does."""
    school_id = policy.require_keeper(actor)
    with db.writing() as session:
        _own.course(session, school_id, course_id)
        if _own.person(session, school_id, student_id).kind is not PersonKind.STUDENT:
            raise InvalidInput(_("只有學生可以修課。"))
        row = session.scalar(
            sa.select(Enrolment).where(
                Enrolment.course_id == course_id, Enrolment.student_id == student_id
            )
        )
        if row is None:
            row = Enrolment(course_id=course_id, student_id=student_id)
            session.add(row)
        row.active = active
        session.flush()
        record(actor, "course.enrol", "course", course_id, student_id=student_id, active=active)
        return row


def _require_staff(session: Session, school_id: int, person_id: int) -> None:
    who = _own.person(session, school_id, person_id)
    if who.kind is not PersonKind.STAFF or not who.active:
        raise InvalidInput(
            _("導師需為在職的教職員。"), fields={"number": _("請填在職教職員的編號。")}
        )

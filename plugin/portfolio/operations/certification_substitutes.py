"""Substitutes 代理人: the registry names one for a teacher or for a course, from a day to a day.

Who may certify is the roster's to say: each course of a substitution gets a row of kind
`substitute`, so that every question about who teaches what has one answer. A row holds one period;
of several the next one stands in it, and `place` (also every hour) puts it there.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput, NotAllowed
from plugin.portfolio import substitute_notices as notices
from plugin.portfolio.models import Substitution
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.school import operations as school
from plugin.school import queries as school_queries
from plugin.school.models import Course, CourseTeacher, PersonKind, TeachingKind
from plugin.school.terms import term_of
from plugin.trail.chain import record

KIND = "substitution"
LONGEST = 366
"""Days; whoever is away longer is replaced in the roster."""

Key = tuple[int, int]
"""Course id, substitute's id."""
Days = tuple[date, date]


def name(
    actor: Actor,
    substitute_id: int,
    starts_on: date,
    ends_on: date,
    *,
    teacher_id: int | None = None,
    course_id: int | None = None,
    note: str = "",
) -> Substitution:
    """Name a substitute for a teacher's courses (of this and the last year), or for one course.

    :raises InvalidInput: days in the wrong order or past, no staff, or nobody to stand in for.
    :raises Conflict: they stand in there already in some of these days, or teach it themselves.
    :raises NotAllowed: not the registry.
    """
    school_id = _keeper(actor)
    if (teacher_id is None) == (course_id is None):
        words = _("請選擇要代理的教師或課程其中一項。")
        raise InvalidInput(words, fields={"teacher": words})
    _require_days(starts_on, ends_on)
    with db.writing() as session:
        _require_people(school_id, substitute_id, teacher_id)
        made = Substitution(
            school_id=school_id,
            substitute_id=substitute_id,
            teacher_id=teacher_id,
            course_id=course_id,
            starts_on=starts_on,
            ends_on=ends_on,
            note=" ".join(note.split())[:200],
            made_by_id=actor.person_id,
            made_at=clock.now(),
        )
        concerned = _require_courses(session, made)
        _require_apart(session, made)
        session.add(made)
        session.flush()
        record(actor, "substitution.name", KIND, made.id, **_told(made), courses=len(concerned))
        place(session, actor, school_id, {substitute_id})
        notices.named(made, concerned)
        return made


@audited
def change(
    actor: Actor, substitution_id: int, starts_on: date, ends_on: date, note: str = ""
) -> Substitution:
    """Other days: longer, shorter, later. Raises as `name`, and Conflict when it is over."""
    _keeper(actor)
    _require_days(starts_on, ends_on)
    with db.writing() as session:
        found = _own(session, actor, substitution_id)
        _require_standing(found)
        before = (found.starts_on, found.ends_on)
        found.starts_on, found.ends_on = starts_on, ends_on
        found.note = " ".join(note.split())[:200]
        _require_apart(session, found)
        session.flush()
        record(actor, "substitution.change", KIND, found.id, **_told(found))
        place(session, actor, found.school_id, {found.substitute_id})
        if before != (starts_on, ends_on):
            notices.changed(found, courses(session, found))
        return found


@audited
def stop(actor: Actor, substitution_id: int) -> Substitution:
    """End it now: from this moment the substitute sees the queue no more; decisions stand.

    :raises Conflict: it is over. :raises NotFound: another school's. :raises NotAllowed: as `name`.
    """
    _keeper(actor)
    with db.writing() as session:
        found = _own(session, actor, substitution_id)
        _require_standing(found)
        concerned = courses(session, found)
        found.stopped_at = clock.now()
        session.flush()
        record(actor, "substitution.stop", KIND, found.id)
        still = _wanted(session, found.school_id, {found.substitute_id})
        gone = set(concerned) - {course for course, _person in still}
        rows = session.scalars(
            sa.select(CourseTeacher.id).where(
                CourseTeacher.person_id == found.substitute_id,
                CourseTeacher.kind == TeachingKind.SUBSTITUTE,
                CourseTeacher.course_id.in_(gone),
                CourseTeacher.ends_on >= clock.today(),
            )
        ).all()
        for row_id in rows:
            school.end_teaching(actor, row_id)
        place(session, actor, found.school_id, {found.substitute_id})
        notices.stopped(found, concerned)
        return found


def place(
    session: Session, actor: Actor, school_id: int, people: Collection[int] | None = None
) -> int:
    """Give the roster the days of substitutes that it does not have yet; returns how many rows."""
    wanted = _wanted(session, school_id, people)
    rows = session.scalars(
        sa.select(CourseTeacher).where(
            CourseTeacher.kind == TeachingKind.SUBSTITUTE,
            CourseTeacher.course_id.in_({course for course, _person in wanted}),
        )
    )
    known = {(row.course_id, row.person_id): (row.starts_on, row.ends_on) for row in rows}
    late = {key: days for key, days in wanted.items() if known.get(key) != days}
    for (course_id, person_id), (starts_on, ends_on) in late.items():
        school.assign_teacher(
            actor,
            course_id,
            person_id,
            TeachingKind.SUBSTITUTE,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    return len(late)


def _wanted(session: Session, school_id: int, people: Collection[int] | None) -> dict[Key, Days]:
    """For each course and substitute the period that is on, or comes next."""
    query = sa.select(Substitution).where(
        Substitution.school_id == school_id,
        Substitution.stopped_at.is_(None),
        Substitution.ends_on >= clock.today(),
    )
    if people is not None:
        query = query.where(Substitution.substitute_id.in_(people))
    rows = session.scalars(query.order_by(Substitution.starts_on, Substitution.id)).all()
    of_teachers = _courses_of(session, {one.teacher_id for one in rows if one.teacher_id})
    found: dict[Key, Days] = {}
    for one in rows:
        ids = [one.course_id] if one.course_id else of_teachers.get(one.teacher_id or 0, [])
        for course_id in ids:
            key = (course_id, one.substitute_id)
            starts, ends = found.setdefault(key, (one.starts_on, one.ends_on))
            if one.starts_on <= ends + timedelta(days=1):  # without a day between: one period
                found[key] = (starts, max(ends, one.ends_on))
    return found


def courses(session: Session, one: Substitution) -> list[int]:
    """The ids of the courses that a substitution is for today."""
    if one.course_id is not None:
        return [one.course_id]
    assert one.teacher_id is not None
    return _courses_of(session, {one.teacher_id}).get(one.teacher_id, [])


def _courses_of(session: Session, teacher_ids: Collection[int]) -> dict[int, list[int]]:
    """The courses of teachers in which something may still be undecided."""
    if not teacher_ids:
        return {}
    today = clock.today()
    query = (
        sa.select(CourseTeacher.person_id, CourseTeacher.course_id)
        .join(Course, Course.id == CourseTeacher.course_id)
        .where(
            CourseTeacher.person_id.in_(teacher_ids),
            CourseTeacher.kind != TeachingKind.SUBSTITUTE,
            Course.academic_year >= term_of(today).academic_year - 1,
            sa.or_(CourseTeacher.ends_on.is_(None), CourseTeacher.ends_on >= today),
        )
        .order_by(CourseTeacher.course_id)
        .distinct()
    )
    found: dict[int, list[int]] = {}
    for teacher_id, course_id in session.execute(query):
        found.setdefault(teacher_id, []).append(course_id)
    return found


def _keeper(actor: Actor) -> int:
    if not actor.has(Role.REGISTRY, Role.ADMINISTRATOR) or actor.school_id is None:
        raise NotAllowed(
            _("代理人由註冊組設定。"), remedy=_("請告訴註冊組代理人的姓名與起訖日期。")
        )
    return actor.school_id


def _own(session: Session, actor: Actor, substitution_id: int) -> Substitution:
    found = session.get(Substitution, substitution_id, with_for_update=db.HELD)
    if found is None:
        raise nowhere(Substitution, substitution_id)
    if found.school_id != actor.school_id:
        raise ForeignRecord(KIND, substitution_id)
    return found


def _require_standing(found: Substitution) -> None:
    if found.stopped_at is not None or found.ends_on < clock.today():
        raise Conflict(_("這項代理已經結束。"), remedy=_("需要再代理時，請重新設定代理人。"))


def _require_days(starts_on: date, ends_on: date) -> None:
    words = ""
    if ends_on < starts_on:
        words = _("結束日期早於開始日期，請填開始日期之後的日期。")
    elif ends_on < clock.today():
        words = _("結束日期已經過去，請填今天或以後的日期。")
    elif (ends_on - starts_on).days >= LONGEST:
        words = _("代理期間最長一年；更久請直接在課程更換任課教師。")
    if words:
        raise InvalidInput(_("代理期間不正確。"), fields={"ends_on": words})


def _require_people(school_id: int, substitute_id: int, teacher_id: int | None) -> None:
    people = school_queries.people(school_id, {substitute_id, teacher_id or substitute_id})
    faults = {}
    substitute = people.get(substitute_id)
    if substitute is None or substitute.kind is not PersonKind.STAFF or not substitute.active:
        faults["substitute"] = _("代理人需為本校在職的教職員。")
    if teacher_id is not None and teacher_id not in people:
        faults["teacher"] = _("找不到這位教師。")
    if substitute_id == teacher_id:
        faults["substitute"] = _("代理人不能是教師本人。")
    if faults:
        raise InvalidInput(_("代理人沒有設定。"), fields=faults)


def _require_courses(session: Session, made: Substitution) -> list[int]:
    if made.course_id is not None:
        course = session.get(Course, made.course_id)
        if course is None or course.school_id != made.school_id:
            raise missing()
        teaches = sa.select(CourseTeacher.id).where(
            CourseTeacher.course_id == made.course_id,
            CourseTeacher.person_id == made.substitute_id,
            CourseTeacher.kind != TeachingKind.SUBSTITUTE,
        )
        if session.scalar(teaches.limit(1)) is not None:
            words = _("這位老師本來就任教這門課，不需要代理。")
            raise Conflict(words, fields={"substitute": words})
        return [made.course_id]
    found = courses(session, made)
    if not found:
        words = _("這位教師目前沒有任教的課程。")
        raise InvalidInput(words, fields={"teacher": words})
    return found


def _require_apart(session: Session, made: Substitution) -> None:
    """One person stands in once at a time for the same: days are changed, not named again."""
    query = sa.select(Substitution.id).where(
        Substitution.school_id == made.school_id,
        Substitution.substitute_id == made.substitute_id,
        Substitution.teacher_id.is_not_distinct_from(made.teacher_id),
        Substitution.course_id.is_not_distinct_from(made.course_id),
        Substitution.stopped_at.is_(None),
        Substitution.starts_on <= made.ends_on,
        Substitution.ends_on >= made.starts_on,
    )
    if made.id is not None:
        query = query.where(Substitution.id != made.id)
    with session.no_autoflush:
        taken = session.scalar(query.limit(1))
    if taken is not None:
        words = _("這段期間已經設定同一位代理人；要延長或提前，請修改原來的代理期間。")
        raise Conflict(words, fields={"ends_on": words})


def _told(made: Substitution) -> dict[str, object]:
    return {
        "substitute": made.substitute_id,
        "teacher": made.teacher_id,
        "course": made.course_id,
        "starts_on": made.starts_on.isoformat(),
        "ends_on": made.ends_on.isoformat(),
    }

"""The registry freezes course records, of a course or of the whole term, and thaws them again."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio.models import CourseFreeze
from plugin.portfolio.operations.academic import doors, found
from plugin.portfolio.operations.found import ForeignRecord, audited, nowhere
from plugin.school import queries as school_queries
from plugin.school.models import Course, School
from plugin.school.terms import Term
from plugin.trail.chain import record


@audited
def freeze(actor: Actor, term: Term, course_ids: Sequence[int]) -> int:
    """Freeze some courses of a term; what is frozen already stays as it is.

    :returns: how many were frozen now.
    :raises InvalidInput: no course is named, or one of another term.
    :raises NotFound: not the registry, or another school's course.
    """
    school_id = found.school_as(actor, Role.REGISTRY)
    if not course_ids:
        raise InvalidInput(_("請先選取要凍結的課程。"))
    with db.writing() as session:
        session.get_one(School, school_id, with_for_update=db.HELD)
        known = {
            one.id: one
            for one in session.scalars(sa.select(Course).where(Course.id.in_(set(course_ids))))
        }
        frozen = set(
            session.scalars(
                sa.select(CourseFreeze.course_id).where(
                    CourseFreeze.course_id.in_(set(course_ids)), CourseFreeze.thawed_at.is_(None)
                )
            )
        )
        n = 0
        for course_id in dict.fromkeys(course_ids):
            course = known.get(course_id)
            if course is None:
                raise nowhere(Course, course_id)
            if course.school_id != school_id:
                raise ForeignRecord("course", course_id)
            if (course.academic_year, course.term) != (term.academic_year, term.term):
                raise InvalidInput(_("「%(name)s」不是這個學期的課程。", name=course.name))
            if course_id not in frozen:
                session.add(_made(actor, school_id, term, course_id))
                record(actor, "course_record.freeze", "course", course_id)
                n += 1
        return n


def freeze_term(actor: Actor, term: Term) -> CourseFreeze:
    """Freeze every course record of a term, also those without a course (retaken, transferred …).

    :raises Conflict: it is frozen already.
    """
    school_id = found.school_as(actor, Role.REGISTRY)
    with db.writing() as session:
        session.get_one(School, school_id, with_for_update=db.HELD)
        if doors.freeze_of(school_id, term, None) is not None:
            raise Conflict(_("%(term)s的修課紀錄已經凍結。", term=term.label))
        made = _made(actor, school_id, term, None)
        session.add(made)
        session.flush()
        record(
            actor, "course_record.freeze_term", "school", school_id,
            year=term.academic_year, term=term.term,
        )  # fmt: skip
        return made


@audited
def thaw(actor: Actor, term: Term, course_id: int | None, reason: str) -> CourseFreeze:
    """Let the records of a course (None: the term) be changed again; the reason stays on record.

    :raises InvalidInput: no reason.
    :raises Conflict: it is not frozen by itself.
    """
    school_id = found.school_as(actor, Role.REGISTRY)
    reason = found.reason_of(reason)
    with db.writing() as session:
        session.get_one(School, school_id, with_for_update=db.HELD)
        of = CourseFreeze.course_id == course_id
        row = session.scalar(
            sa.select(CourseFreeze).where(
                CourseFreeze.school_id == school_id,
                CourseFreeze.academic_year == term.academic_year,
                CourseFreeze.term == term.term,
                CourseFreeze.thawed_at.is_(None),
                CourseFreeze.course_id.is_(None) if course_id is None else of,
            )
        )
        if row is None:
            raise Conflict(
                _("這裡的修課紀錄目前沒有凍結。"), remedy=_("請重新整理頁面，看看最新的狀態。")
            )
        row.thawed_at, row.thawed_by_id, row.thaw_reason = clock.now(), actor.person_id, reason
        session.flush()
        record(
            actor, "course_record.thaw",
            "school" if course_id is None else "course",
            school_id if course_id is None else course_id,
            freeze_id=row.id, year=term.academic_year, term=term.term,
        )  # fmt: skip
        return row


@audited
def seen_course(actor: Actor, course_id: int) -> Course:
    """A course of the school, for the registry; raises NotFound."""
    school_id = found.school_as(actor, Role.REGISTRY)
    course = school_queries.course(school_id, course_id)
    if course is None:
        raise nowhere(Course, course_id)
    return course


def _made(actor: Actor, school_id: int, term: Term, course_id: int | None) -> CourseFreeze:
    return CourseFreeze(
        school_id=school_id,
        academic_year=term.academic_year,
        term=term.term,
        course_id=course_id,
        frozen_at=clock.now(),
        frozen_by_id=actor.person_id,
        frozen_by_name=actor.name,
    )

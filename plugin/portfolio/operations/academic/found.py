"""Loading what an operation changes: locked, of the actor's school, with the relation asked."""

from __future__ import annotations

from typing import TypeVar

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio.models import (
    BasicRecord,
    CourseRecord,
    OfficerPost,
    RecordCase,
)
from plugin.portfolio.operations.found import ForeignRecord, missing, nowhere
from plugin.school import queries as school_queries
from plugin.school.models import Course, Person, PersonKind
from plugin.school.policy import is_system

Kept = TypeVar("Kept", BasicRecord, OfficerPost, CourseRecord, RecordCase)

TEXT_POINTS = 500


def school_as(actor: Actor, *roles: Role) -> int:
    """The school in which `actor` acts as one of `roles`; the installation itself always may.

    :raises NotFound: the actor is none of them: for everybody else there is nothing here.
    """
    if actor.school_id is None or not (is_system(actor) or actor.has(*roles)):
        raise missing()
    return actor.school_id


def student(session: Session, school_id: int, person_id: int) -> Person:
    """A student of the school.

    :raises NotFound: nobody, somebody else's, or no student.
    """
    found = session.get(Person, person_id)
    if found is None or found.school_id != school_id:
        raise nowhere(Person, person_id)
    if found.kind is not PersonKind.STUDENT:
        raise missing()
    return found


def students(session: Session, school_id: int, ids: set[int]) -> dict[int, Person]:
    """Students of the school, by id; one query for each five hundred.

    :raises NotFound: one of them is nobody, somebody else's, or no student.
    """
    known = school_queries.people(school_id, ids)
    for person_id in sorted(ids):
        if person_id not in known or known[person_id].kind is not PersonKind.STUDENT:
            student(session, school_id, person_id)  # says which refusal it is
    return known


def kept(session: Session, model: type[Kept], school_id: int, row_id: int) -> Kept:
    """A row of the school, held until the transaction ends.

    :raises NotFound: none, or another school's.
    """
    found = session.get(model, row_id, with_for_update=db.HELD, populate_existing=True)
    if found is None:
        raise nowhere(model, row_id)
    if found.school_id != school_id:
        raise ForeignRecord(model.__tablename__, row_id)
    return found


def taught(session: Session, actor: Actor, course_id: int) -> Course:
    """A course that the actor teaches, co-teaches or stands in for today, held.

    :raises NotFound: none, or somebody else's (with an audit line, see `audited`).
    """
    found = session.get(Course, course_id, with_for_update=db.HELD, populate_existing=True)
    if found is None:
        raise nowhere(Course, course_id)
    if not teaches(actor, found):
        raise ForeignRecord("course", course_id)
    return found


def teaches(actor: Actor, course: Course) -> bool:
    """Whether the actor enters the grades of a course: as who certifies in it."""
    return (
        actor.person_id is not None
        and actor.has(Role.TEACHER, Role.SUBSTITUTE)
        and course.school_id == actor.school_id
        and school_queries.may_certify(actor.person_id, course.id, clock.today())
    )


def same_version(found: BasicRecord | OfficerPost | CourseRecord, version: int | None) -> None:
    """:raises Conflict: it was changed after it was shown."""
    if version is not None and version != found.version:
        raise Conflict(
            _("這筆資料在您開啟後已被修改，您的修改沒有儲存。"),
            remedy=_("請重新開啟頁面，看過最新的內容再修改。"),
        )


def reason_of(text: str, field: str = "reason") -> str:
    """A reason that was typed.

    :raises InvalidInput: none, or too long a one.
    """
    reason = text.strip()
    if not reason or len(reason) > TEXT_POINTS:
        words = _("請填寫原因，最多 %(most)s 字。", most=TEXT_POINTS)
        raise InvalidInput(words, fields={field: words})
    return reason


def hold_people(session: Session, ids: set[int]) -> None:
    """Let nobody else enter the same for these students meanwhile (PostgreSQL)."""
    for begin in range(0, len(ids), 500):
        some = sorted(ids)[begin : begin + 500]
        query = sa.select(Person.id).where(Person.id.in_(some)).order_by(Person.id)
        session.execute(query.with_for_update(**db.HELD))

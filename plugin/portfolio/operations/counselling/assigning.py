"""Whose students are whose: made and ended by registry and administrator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio.models import CounsellorAssignment
from plugin.portfolio.operations.found import audited, nowhere
from plugin.school import policy as school_policy
from plugin.school import queries as school_queries
from plugin.school.models import Person, PersonKind, SchoolClass
from plugin.trail.chain import record

KIND = "counsellor_assignment"


def assign(
    actor: Actor,
    counsellor_id: int,
    *,
    class_ids: Sequence[int] = (),
    student_ids: Sequence[int] = (),
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> list[CounsellorAssignment]:
    """Give a counsellor classes and students; what the counsellor has already is left as it is.

    :raises InvalidInput: nobody given, days in wrong order, no counsellor.
    :raises NotFound: a class or student of another school.
    """
    school_id = school_policy.require_keeper(actor)
    begins = starts_on or clock.today()
    if ends_on is not None and ends_on < begins:
        raise InvalidInput(
            _("結束日期早於開始日期。"), fields={"ends_on": _("請填開始日期之後的日期。")}
        )
    if not class_ids and not student_ids:
        words = _("請選擇班級，或填寫學生學號。")
        raise InvalidInput(words, fields={"classes": words})
    holders = {one.id for one in school_queries.people_holding(school_id, Role.COUNSELLOR, begins)}
    if counsellor_id not in holders:
        words = _("此人在開始那天不是課程諮詢教師。")
        raise InvalidInput(
            words,
            remedy=_("請系統管理者先授予「課程諮詢教師」角色。"),
            fields={"counsellor": words},
        )
    with db.writing() as session:
        _require_of_school(session, school_id, class_ids, student_ids)
        held = _held(session, counsellor_id, begins)
        made = []
        for column, ids in (("class_id", class_ids), ("student_id", student_ids)):
            for one in dict.fromkeys(ids):
                if (column, one) in held:
                    continue
                made.append(
                    CounsellorAssignment(
                        school_id=school_id,
                        counsellor_id=counsellor_id,
                        starts_on=begins,
                        ends_on=ends_on,
                        made_by_id=actor.person_id,
                        made_at=clock.now(),
                        **{column: one},
                    )
                )
        if not made:
            raise Conflict(_("這位教師已經負責所選的班級與學生。"))
        session.add_all(made)
        session.flush()
        for row in made:
            record(
                actor, "counselling.assign", KIND, row.id,
                counsellor=counsellor_id, class_id=row.class_id, student_id=row.student_id,
                starts_on=begins.isoformat(), ends_on=ends_on.isoformat() if ends_on else None,
            )  # fmt: skip
        return made


@audited
def end(actor: Actor, assignment_id: int) -> CounsellorAssignment | None:
    """End an assignment with yesterday; one that begins today or later is taken back whole.

    The counsellor keeps the records written before; the next one reads them.

    :returns: the ended row; None where it was taken back.
    :raises NotFound: none of this school. :raises Conflict: it is over already.
    """
    school_policy.require_keeper(actor)
    with db.writing() as session:
        row = session.get(CounsellorAssignment, assignment_id, with_for_update=db.HELD)
        if row is None:
            raise nowhere(CounsellorAssignment, assignment_id)
        today = clock.today()
        if row.ends_on is not None and row.ends_on < today:
            raise Conflict(_("這項指派已經結束。"))
        record(actor, "counselling.unassign", KIND, row.id, counsellor=row.counsellor_id)
        if row.starts_on >= today:
            session.delete(row)
            return None
        row.ends_on = today - timedelta(days=1)
        return row


def _held(session: Session, counsellor_id: int, on: date) -> set[tuple[str, int]]:
    query = sa.select(CounsellorAssignment).where(
        CounsellorAssignment.counsellor_id == counsellor_id,
        sa.or_(CounsellorAssignment.ends_on.is_(None), CounsellorAssignment.ends_on >= on),
    )
    return {
        ("class_id", row.class_id) if row.class_id else ("student_id", row.student_id or 0)
        for row in session.scalars(query)
    }


def _require_of_school(
    session: Session, school_id: int, class_ids: Sequence[int], student_ids: Sequence[int]
) -> None:
    classes = sa.select(SchoolClass.id).where(
        SchoolClass.id.in_(class_ids), SchoolClass.school_id == school_id
    )
    if absent := set(class_ids) - set(session.scalars(classes)):
        raise nowhere(SchoolClass, min(absent))
    students = sa.select(Person.id).where(
        Person.id.in_(student_ids),
        Person.school_id == school_id,
        Person.kind == PersonKind.STUDENT,
    )
    if absent := set(student_ids) - set(session.scalars(students)):
        raise nowhere(Person, min(absent))

"""What cannot be right in a term's basic data and posts, and in who the students are."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import aliased

from plugin import db
from plugin.portfolio.models import BasicRecord, CourseRecord, OfficerPost
from plugin.portfolio.queries.academic.checks_asked import SHOWN, Asked, Fault, Found
from plugin.school.models import ClassSeat, Person, PersonKind, SchoolClass


def _basics(asked: Asked, *where: sa.ColumnElement[bool]) -> Found:
    holds = (
        BasicRecord.school_id == asked.school_id,
        BasicRecord.academic_year == asked.term.academic_year,
        BasicRecord.term == asked.term.term,
        *where,
    )
    session = db.reading()
    joined = (
        sa.select(BasicRecord, Person.number, Person.name)
        .join(Person, Person.id == BasicRecord.student_id)
        .where(*holds)
    )
    n = session.scalar(sa.select(sa.func.count()).select_from(joined.subquery())) or 0
    rows = session.execute(joined.order_by(Person.number).limit(SHOWN)) if n else ()
    return n, [
        Fault(one.student_id, f"{number} {name}", f"{one.class_name} {one.status}")
        for one, number, name in rows
    ]


def no_department(asked: Asked) -> Found:
    missing = sa.or_(BasicRecord.cluster == "", BasicRecord.department == "")
    return _basics(asked, missing)


def no_basics(asked: Asked) -> Found:
    there = sa.exists().where(
        BasicRecord.student_id == Person.id,
        BasicRecord.academic_year == asked.term.academic_year,
        BasicRecord.term == asked.term.term,
    )
    holds = (
        SchoolClass.school_id == asked.school_id,
        SchoolClass.academic_year == asked.term.academic_year,
        Person.active,
        Person.kind == PersonKind.STUDENT,
        ~there,
    )
    joined = (
        sa.select(Person.id, Person.number, Person.name, SchoolClass.name)
        .join(ClassSeat, ClassSeat.student_id == Person.id)
        .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .where(*holds)
    )
    session = db.reading()
    n = session.scalar(sa.select(sa.func.count()).select_from(joined.subquery())) or 0
    rows = session.execute(joined.order_by(Person.number).limit(SHOWN)) if n else ()
    return n, [Fault(who, f"{number} {name}", room) for who, number, name, room in rows]


def _concerned(asked: Asked) -> sa.ColumnElement[bool]:
    """Of a student: whether one of the books asked for has a line about them."""
    models: dict[str, Any] = {"students": BasicRecord, "posts": OfficerPost}
    found = []
    for model in dict.fromkeys(models.get(book, CourseRecord) for book in asked.books):
        there = sa.exists().where(
            model.student_id == Person.id,
            model.school_id == asked.school_id,
            model.academic_year == asked.term.academic_year,
            model.term == asked.term.term,
        )
        if model is CourseRecord:
            there = there.where(CourseRecord.kind.in_(asked.kinds))
        if model is not BasicRecord:
            there = there.where(model.removed_at.is_(None))
        found.append(there)
    return sa.or_(*found)


def no_identity(asked: Asked) -> Found:
    holds = (
        Person.school_id == asked.school_id,
        Person.kind == PersonKind.STUDENT,
        sa.or_(Person.national_id.is_(None), Person.birthday.is_(None)),
        _concerned(asked),
    )
    session = db.reading()
    n = session.scalar(sa.select(sa.func.count()).select_from(Person).where(*holds)) or 0
    query = sa.select(Person).where(*holds).order_by(Person.number).limit(SHOWN)
    return n, [
        Fault(one.id, f"{one.number} {one.name}", _lacking(one)) for one in session.scalars(query)
    ]


def _lacking(one: Person) -> str:
    cells = ((_("身分證號"), one.national_id), (_("出生日期"), one.birthday))
    return _("、").join(label for label, value in cells if value is None)


def same_identity(asked: Asked) -> Found:
    """National IDs are encrypted, so equal ones are only found by reading them, in chunks."""
    concerned = _concerned(asked)
    if "students" in asked.books:
        concerned = sa.or_(Person.active, concerned)
    query = (
        sa.select(Person.id, Person.number, Person.name, Person.national_id, concerned)
        .where(
            Person.school_id == asked.school_id,
            Person.kind == PersonKind.STUDENT,
            Person.national_id.is_not(None),
        )
        .order_by(Person.number)
        .execution_options(yield_per=500)
    )
    first: dict[str, tuple[int, str, bool]] = {}
    twice: list[Fault] = []
    for who, number, name, national_id, asked_for in db.reading().execute(query):
        key = (national_id or "").strip().upper()
        other = first.setdefault(key, (who, number, asked_for))
        if other[0] != who and (asked_for or other[2]):
            said = _("與學號 %(number)s 的學生相同", number=other[1])
            twice.append(Fault(who, f"{number} {name}", said))
    return len(twice), twice[:SHOWN]


def post_twice(asked: Asked) -> Found:
    """The same duty in the same unit, at the same time: entered again with other dates."""
    other = aliased(OfficerPost)
    twin = sa.exists().where(
        other.student_id == OfficerPost.student_id,
        other.academic_year == OfficerPost.academic_year,
        other.term == OfficerPost.term,
        other.unit == OfficerPost.unit,
        other.duty == OfficerPost.duty,
        other.starts_on <= OfficerPost.ends_on,
        other.ends_on >= OfficerPost.starts_on,
        other.removed_at.is_(None),
        other.id < OfficerPost.id,
    )
    holds = (
        OfficerPost.school_id == asked.school_id,
        OfficerPost.academic_year == asked.term.academic_year,
        OfficerPost.term == asked.term.term,
        OfficerPost.removed_at.is_(None),
        twin,
    )
    session = db.reading()
    n = session.scalar(sa.select(sa.func.count()).select_from(OfficerPost).where(*holds)) or 0
    query = (
        sa.select(OfficerPost, Person.number, Person.name)
        .join(Person, Person.id == OfficerPost.student_id)
        .where(*holds)
        .order_by(Person.number, OfficerPost.id)
        .limit(SHOWN)
    )
    rows = session.execute(query) if n else ()
    return n, [
        Fault(one.student_id, f"{number} {name}", f"{one.unit} {one.duty}", post_id=one.id)
        for one, number, name in rows
    ]

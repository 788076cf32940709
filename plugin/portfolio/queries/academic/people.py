"""Who sees whose records: the student, parents, homeroom teacher, counsellor, the registry.

And what a student has of basic data, posts and reports of errors.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from plugin import db
from plugin.actor import Actor, Role
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import (
    BasicRecord,
    CaseArea,
    CaseState,
    OfficerPost,
    PostLevel,
    RecordCase,
)
from plugin.portfolio.models.exchange import ExchangePost
from plugin.portfolio.queries.experiences import companion_of
from plugin.school import queries as school_queries
from plugin.school.course_queries import like_text
from plugin.school.models import ClassSeat, Person, PersonKind, SchoolClass
from plugin.school.terms import Term


@dataclass(frozen=True)
class PostLine:
    """One post in a list of the school."""

    post: OfficerPost
    student: Person
    class_name: str


@dataclass(frozen=True)
class BasicLine:
    """A student of a class, with the basic data of the term if there are any."""

    student: Person
    seat: int
    basic: BasicRecord | None


@dataclass(frozen=True)
class CaseLine:
    """One report in the list of an office."""

    case: RecordCase
    student: Person


def seen_student(actor: Actor, student_id: int) -> Person | None:
    """The student, if the actor may read their records: a companion, or the registry."""
    assert actor.school_id is not None
    if actor.has(Role.REGISTRY):
        found = school_queries.person(actor.school_id, student_id)
        return found if found is not None and found.kind is PersonKind.STUDENT else None
    return companion_of(actor, student_id)


def basics_of(student_id: int) -> list[BasicRecord]:
    """A student's basic data, newest term first."""
    query = sa.select(BasicRecord).where(BasicRecord.student_id == student_id)
    order = (BasicRecord.academic_year.desc(), BasicRecord.term.desc())
    return list(db.reading().scalars(query.order_by(*order)))


def basic_of(student_id: int, term: Term) -> BasicRecord | None:
    """A student's basic data of one term."""
    return db.reading().scalar(
        sa.select(BasicRecord).where(
            BasicRecord.student_id == student_id,
            BasicRecord.academic_year == term.academic_year,
            BasicRecord.term == term.term,
        )
    )


def posts_of(student_id: int) -> list[OfficerPost | ExchangePost]:
    """A student's posts, those of other schools as well, newest first."""
    mine = sa.select(OfficerPost).where(
        OfficerPost.student_id == student_id, OfficerPost.removed_at.is_(None)
    )
    arrived = sa.select(ExchangePost).where(ExchangePost.student_id == student_id)
    session = db.reading()
    found = [*session.scalars(mine), *session.scalars(arrived)]
    return sorted(found, key=lambda one: (one.starts_on, one.id), reverse=True)


def post_of(student_id: int, post_id: int) -> OfficerPost | None:
    """One of a student's posts."""
    found = db.reading().get(OfficerPost, post_id)
    if found is None or found.student_id != student_id or found.removed_at is not None:
        return None
    return found


def cases_of(student_id: int) -> list[RecordCase]:
    """A student's reports, newest first; at most the last hundred."""
    query = sa.select(RecordCase).where(RecordCase.student_id == student_id)
    return list(db.reading().scalars(query.order_by(RecordCase.id.desc()).limit(100)))


def open_cases_of(student_id: int, areas: Collection[CaseArea]) -> list[RecordCase]:
    """A student's reports that wait for an answer."""
    query = sa.select(RecordCase).where(
        RecordCase.student_id == student_id,
        RecordCase.state == CaseState.OPEN,
        RecordCase.area.in_(areas),
    )
    return list(db.reading().scalars(query.order_by(RecordCase.id)))


def cases(
    actor: Actor,
    areas: Collection[CaseArea],
    state: CaseState | None,
    *,
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[CaseLine]:
    """The reports of an office: open ones oldest first, else newest first."""
    query = (
        sa.select(RecordCase, Person)
        .join(Person, Person.id == RecordCase.student_id)
        .where(RecordCase.school_id == actor.school_id, RecordCase.area.in_(areas))
    )
    begin = row_id(after)
    if state is not None:
        query = query.where(RecordCase.state == state)
    if state is CaseState.OPEN:
        query = query.order_by(RecordCase.id)
        query = query.where(RecordCase.id > begin) if begin is not None else query
    else:
        query = query.order_by(RecordCase.id.desc())
        query = query.where(RecordCase.id < begin) if begin is not None else query
    rows = [CaseLine(case, who) for case, who in db.reading().execute(query.limit(limit + 1))]
    return Page.cut(rows, limit, lambda one: one.case.id)


def open_cases(actor: Actor, areas: Collection[CaseArea]) -> int:
    """How many reports wait for an office."""
    query = (
        sa.select(sa.func.count())
        .select_from(RecordCase)
        .where(
            RecordCase.school_id == actor.school_id,
            RecordCase.state == CaseState.OPEN,
            RecordCase.area.in_(areas),
        )
    )
    return db.reading().scalar(query) or 0


def posts(
    actor: Actor,
    term: Term,
    *,
    text: str = "",
    level: PostLevel | None = None,
    class_id: int | None = None,
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[PostLine]:
    """The school's posts of a term, newest first; by student, unit or duty."""
    query = (
        sa.select(OfficerPost, Person)
        .join(Person, Person.id == OfficerPost.student_id)
        .where(
            OfficerPost.school_id == actor.school_id,
            OfficerPost.academic_year == term.academic_year,
            OfficerPost.term == term.term,
            OfficerPost.removed_at.is_(None),
        )
    )
    if level is not None:
        query = query.where(OfficerPost.level == level)
    if class_id is not None:
        seats = sa.select(ClassSeat.student_id).where(ClassSeat.class_id == class_id)
        query = query.where(OfficerPost.student_id.in_(seats))
    if text.strip():
        like = like_text(text.strip())
        query = query.where(
            sa.or_(
                Person.number.like(f"{like}%", escape="\\"),
                Person.name.like(f"%{like}%", escape="\\"),
                OfficerPost.unit.like(f"%{like}%", escape="\\"),
                OfficerPost.duty.like(f"%{like}%", escape="\\"),
            )
        )
    if (begin := row_id(after)) is not None:
        query = query.where(OfficerPost.id < begin)
    rows = db.reading().execute(query.order_by(OfficerPost.id.desc()).limit(limit + 1)).all()
    placed = school_queries.class_of([who.id for _post, who in rows], term.academic_year)
    lines = [
        PostLine(post, who, placed[who.id].class_name if who.id in placed else "")
        for post, who in rows
    ]
    return Page.cut(lines, limit, lambda one: one.post.id)


def post_counts(actor: Actor, term: Term) -> dict[PostLevel, int]:
    """How many posts of each level the school has in a term."""
    query = (
        sa.select(OfficerPost.level, sa.func.count())
        .where(
            OfficerPost.school_id == actor.school_id,
            OfficerPost.academic_year == term.academic_year,
            OfficerPost.term == term.term,
            OfficerPost.removed_at.is_(None),
        )
        .group_by(OfficerPost.level)
    )
    return dict(db.reading().execute(query).all())  # type: ignore[arg-type]


def basics_of_class(class_id: int, term: Term) -> list[BasicLine]:
    """Everybody of a class by seat, with the basic data of a term."""
    seated = school_queries.students_of_class(class_id)
    known = _basics([student.id for _seat, student in seated], term)
    return [BasicLine(student, seat, known.get(student.id)) for seat, student in seated]


def basic_counts(actor: Actor, term: Term) -> dict[str, int]:
    """How many students of each class (by code) have basic data of a term."""
    query = (
        sa.select(BasicRecord.class_code, sa.func.count())
        .where(
            BasicRecord.school_id == actor.school_id,
            BasicRecord.academic_year == term.academic_year,
            BasicRecord.term == term.term,
        )
        .group_by(BasicRecord.class_code)
    )
    return dict(db.reading().execute(query).all())  # type: ignore[arg-type]


def unseated(actor: Actor, term: Term, limit: int = 200) -> list[BasicLine]:
    """Students with basic data of a term and no seat in any class of that year (transferred away,
    suspended …), by number."""
    seat = sa.exists().where(
        ClassSeat.student_id == BasicRecord.student_id,
        SchoolClass.id == ClassSeat.class_id,
        SchoolClass.academic_year == term.academic_year,
    )
    query = (
        sa.select(BasicRecord, Person)
        .join(Person, Person.id == BasicRecord.student_id)
        .where(
            BasicRecord.school_id == actor.school_id,
            BasicRecord.academic_year == term.academic_year,
            BasicRecord.term == term.term,
            ~seat,
        )
        .order_by(Person.number)
        .limit(limit)
    )
    return [BasicLine(who, basic.seat, basic) for basic, who in db.reading().execute(query)]


def _basics(ids: Sequence[int], term: Term) -> dict[int, BasicRecord]:
    query = sa.select(BasicRecord).where(
        BasicRecord.student_id.in_(ids),
        BasicRecord.academic_year == term.academic_year,
        BasicRecord.term == term.term,
    )
    return {one.student_id: one for one in db.reading().scalars(query)}

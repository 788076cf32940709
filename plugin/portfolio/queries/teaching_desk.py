"""What stands beside a teacher's queue: reasons to insert, own choices, who stands in for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import CertifyingChoice, ReturnReason, Substitution
from plugin.portfolio.queries.teaching import taught_ids
from plugin.school import queries as school
from plugin.school.models import Course, CourseTeacher, Person, PersonKind, TeachingKind


@dataclass(frozen=True)
class Reason:
    """Words that can be inserted; `id` 0 is one of the product's own."""

    id: int
    text: str
    own: bool = False


def reasons(actor: Actor, product: Iterable[object] = ()) -> list[Reason]:
    """The teacher's own in their order, then the school's; where the school has none, `product`."""
    rows = _reasons(actor, ReturnReason.owner_id == actor.person_id)
    own = [Reason(one.id, one.text, own=True) for one in rows]
    schools = [Reason(one.id, one.text) for one in school_reasons(actor)]
    return own + (schools or [Reason(0, str(text)) for text in product])


def own_reasons(actor: Actor) -> list[ReturnReason]:
    """The teacher's own, in their order."""
    return _reasons(actor, ReturnReason.owner_id == actor.person_id)


def school_reasons(actor: Actor) -> list[ReturnReason]:
    """The school's, in their order."""
    return _reasons(actor, ReturnReason.owner_id.is_(None))


def _reasons(actor: Actor, whose: sa.ColumnElement[bool]) -> list[ReturnReason]:
    query = sa.select(ReturnReason).where(ReturnReason.school_id == actor.school_id, whose)
    return list(db.reading().scalars(query.order_by(ReturnReason.place, ReturnReason.id)))


def choice(actor: Actor) -> CertifyingChoice:
    """How the teacher wants to work; what they never said is the product's."""
    found = db.reading().get(CertifyingChoice, actor.person_id or 0)
    return found or CertifyingChoice(person_id=actor.person_id, keys=True, digest="school")


@dataclass(frozen=True)
class Standing:
    """A substitute and for what: one of the substitutions that the registry named."""

    id: int
    substitute: str
    teacher: str
    """For whom; empty where it is for one course."""
    course: str
    starts_on: date
    ends_on: date
    note: str
    stopped: bool

    @property
    def state(self) -> str:
        """`stopped`, `past`, `now` or `ahead`."""
        today = clock.today()
        if self.stopped:
            return "stopped"
        if self.ends_on < today:
            return "past"
        return "now" if self.starts_on <= today else "ahead"


def substitutions(
    actor: Actor, *, over: bool = False, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Standing]:
    """The school's: those that stand or will, by the day they end; or (`over`) those that are
    over, newest first."""
    today = clock.today()
    query = _standing().where(Substitution.school_id == actor.school_id)
    ended = sa.or_(Substitution.ends_on < today, Substitution.stopped_at.is_not(None))
    begin = row_id(after)
    if over:
        query = query.where(ended).order_by(Substitution.id.desc())
        query = query.where(Substitution.id < begin) if begin is not None else query
    else:
        query = query.where(~ended).order_by(Substitution.id)
        query = query.where(Substitution.id > begin) if begin is not None else query
    rows = [_made(row) for row in db.reading().execute(query.limit(limit + 1))]
    return Page.cut(rows, limit, lambda one: one.id)


def substitution(actor: Actor, substitution_id: int) -> Standing | None:
    """One of the school's."""
    query = _standing().where(
        Substitution.id == substitution_id, Substitution.school_id == actor.school_id
    )
    row = db.reading().execute(query).first()
    return _made(row) if row is not None else None


def standing_in(actor: Actor) -> list[Standing]:
    """For whom the actor stands in now or will."""
    return _current(actor, Substitution.substitute_id == actor.person_id)


def stood_in_for(actor: Actor) -> list[Standing]:
    """Who stands in for the actor now or will: for all of their courses, or for one that they
    teach."""
    mine = sa.select(CourseTeacher.course_id).where(
        CourseTeacher.person_id == actor.person_id,
        CourseTeacher.kind != TeachingKind.SUBSTITUTE,
    )
    whose = sa.or_(
        Substitution.teacher_id == actor.person_id,
        sa.and_(
            Substitution.course_id.in_(mine),
            Substitution.course_id.in_(taught_ids(actor)),
            Substitution.substitute_id != actor.person_id,
        ),
    )
    return _current(actor, whose)


def directly(actor: Actor, limit: int = PAGE_SIZE) -> list[tuple[Course, school.Teaching]]:
    """Substitutes that stand in the roster without a substitution: named on a course's own page,
    or imported. At most one page; the first by their last day."""
    today = clock.today()
    covered = sa.exists().where(
        Substitution.substitute_id == CourseTeacher.person_id,
        Substitution.school_id == Course.school_id,
        Substitution.stopped_at.is_(None),
        Substitution.ends_on >= today,
    )
    query = (
        sa.select(CourseTeacher, Course, Person.name)
        .join(Course, Course.id == CourseTeacher.course_id)
        .join(Person, Person.id == CourseTeacher.person_id)
        .where(
            Course.school_id == actor.school_id,
            CourseTeacher.kind == TeachingKind.SUBSTITUTE,
            sa.or_(CourseTeacher.ends_on.is_(None), CourseTeacher.ends_on >= today),
            ~covered,
        )
        .order_by(CourseTeacher.ends_on, CourseTeacher.id)
        .limit(limit)
    )
    return [
        (
            course,
            school.Teaching(
                row.id, course.id, row.person_id, name, row.kind, row.starts_on, row.ends_on
            ),
        )
        for row, course, name in db.reading().execute(query)
    ]


def staff(actor: Actor) -> list[Person]:
    """Who may stand in, and for whom: everybody of the staff who is still there, by name."""
    query = sa.select(Person).where(
        Person.school_id == actor.school_id, Person.kind == PersonKind.STAFF, Person.active
    )
    return list(db.reading().scalars(query.order_by(Person.name, Person.number)))


def course_by_number(actor: Actor, number: str) -> Course | None:
    """The school's course of that number; of several years the newest."""
    query = (
        sa.select(Course)
        .where(Course.school_id == actor.school_id, Course.number == number)
        .order_by(Course.academic_year.desc(), Course.term.desc())
        .limit(1)
    )
    return db.reading().scalar(query)


def _current(actor: Actor, whose: sa.ColumnElement[bool]) -> list[Standing]:
    query = _standing().where(
        Substitution.school_id == actor.school_id,
        Substitution.stopped_at.is_(None),
        Substitution.ends_on >= clock.today(),
        whose,
    )
    rows = db.reading().execute(query.order_by(Substitution.starts_on, Substitution.id))
    return [_made(row) for row in rows]


def _standing() -> sa.Select:
    substitute, teacher = sa.orm.aliased(Person), sa.orm.aliased(Person)
    return (
        sa.select(Substitution, substitute.name, teacher.name, Course.name)
        .join(substitute, substitute.id == Substitution.substitute_id)
        .outerjoin(teacher, teacher.id == Substitution.teacher_id)
        .outerjoin(Course, Course.id == Substitution.course_id)
    )


def _made(row: sa.Row) -> Standing:
    found, substitute, teacher, course = row
    return Standing(
        found.id,
        substitute,
        teacher or "",
        course or "",
        found.starts_on,
        found.ends_on,
        found.note,
        found.stopped_at is not None,
    )

"""Reads for the pages: rosters, members, grades on their way, messages, notices."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lti import vocabulary as v
from plugin import clock, db
from plugin.entrance.models import CourseBinding, LaunchContext, LaunchPerson, Registration
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.school.course_queries import valid_on
from plugin.school.models import Course, CourseTeacher, Person, PersonKind
from plugin.services.models import (
    CourseGroup,
    CourseGroupMember,
    CourseMember,
    Errand,
    GradePush,
    PlatformNotice,
    Progress,
    PushState,
    RosterState,
)


@dataclass(frozen=True)
class Roster:
    """An LMS course, what it stands for, and how its roster stands."""

    context: LaunchContext
    state: RosterState | None
    courses: tuple[Course, ...] = ()

    @property
    def title(self) -> str:
        return self.context.title or self.context.label or self.context.context_id


@dataclass(frozen=True)
class MemberLine:
    """Somebody in an LMS course."""

    member: CourseMember
    account: LaunchPerson
    person: Person | None
    progress: Progress | None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counts:
    """Figures of one roster."""

    members: int
    unbound: int
    without: int
    """Bound learners of whom no gradebook progress is known: they have handed in nothing."""


@dataclass(frozen=True)
class PushLine:
    """A score on its way."""

    push: GradePush
    context: LaunchContext
    account: LaunchPerson


@dataclass(frozen=True)
class Trouble:
    """What an administrator should look at."""

    rosters: int
    grades: int
    errands: int

    @property
    def any(self) -> bool:
        return bool(self.rosters or self.grades or self.errands)


@dataclass(frozen=True)
class Copy:
    """An LMS course that was copied from others and stands for nothing yet."""

    context: LaunchContext
    origins: tuple[Course, ...] = field(default=())


def rosters(
    school_id: int,
    *,
    teacher_id: int | None = None,
    state: str = "",
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Roster]:
    """LMS courses with their rosters, the newest first.

    :param teacher_id: only those that stand for a course which this person teaches today.
    :param state: `failed`, `never` or `good`; "" for all.
    """
    query = (
        sa.select(LaunchContext, RosterState)
        .outerjoin(RosterState, RosterState.launch_context_id == LaunchContext.id)
        .where(LaunchContext.school_id == school_id)
    )
    if teacher_id is not None:
        query = query.where(LaunchContext.id.in_(_taught(teacher_id)))
    if state == "failed":
        query = query.where(RosterState.failures > 0)
    elif state == "never":
        query = query.where(RosterState.done_at.is_(None))
    elif state == "good":
        query = query.where(RosterState.done_at.is_not(None), RosterState.failures == 0)
    if (begin := row_id(after)) is not None:
        query = query.where(LaunchContext.id < begin)
    rows = db.reading().execute(query.order_by(LaunchContext.id.desc()).limit(limit + 1)).all()
    courses = _courses_of([context.id for context, _state in rows])
    found = [
        Roster(context, state_, tuple(courses.get(context.id, ()))) for context, state_ in rows
    ]
    return Page.cut(found, limit, lambda one: one.context.id)


def roster(context: LaunchContext) -> Roster:
    """One LMS course with its roster."""
    state = db.reading().get(RosterState, context.id)
    return Roster(context, state, tuple(_courses_of([context.id]).get(context.id, ())))


def members(
    context_id: int, *, show: str = "", after: str | None = None, limit: int = PAGE_SIZE
) -> Page[MemberLine]:
    """Who is in an LMS course, with what is known of them; four queries.

    :param show: `unbound`, `without` (nothing handed in), `gone`; "" for all that are there.
    """
    query = (
        sa.select(CourseMember, LaunchPerson, Person, GradePush.progress)
        .join(LaunchPerson, LaunchPerson.id == CourseMember.launch_person_id)
        .outerjoin(Person, Person.id == LaunchPerson.person_id)
        .outerjoin(GradePush, _push_of_member())
        .where(CourseMember.launch_context_id == context_id)
        .where(CourseMember.active.is_(show != "gone"))
    )
    if show == "unbound":
        query = query.where(LaunchPerson.person_id.is_(None))
    elif show == "without":
        query = query.where(*_without())
    if (begin := row_id(after)) is not None:
        query = query.where(CourseMember.id > begin)
    rows = db.reading().execute(query.order_by(CourseMember.id).limit(limit + 1)).all()
    groups = _groups(context_id, [row[1].id for row in rows])
    found = [
        MemberLine(member, account, person, progress, tuple(groups.get(account.id, ())))
        for member, account, person, progress in rows
    ]
    return Page.cut(found, limit, lambda one: one.member.id)


def counts(context_id: int) -> Counts:
    """The figures of one roster; one query."""
    without = sa.and_(*_without())
    row = (
        db.reading()
        .execute(
            sa.select(
                sa.func.count(),
                sa.func.count().filter(LaunchPerson.person_id.is_(None)),
                sa.func.count().filter(without),
            )
            .select_from(CourseMember)
            .join(LaunchPerson, LaunchPerson.id == CourseMember.launch_person_id)
            .outerjoin(Person, Person.id == LaunchPerson.person_id)
            .outerjoin(GradePush, _push_of_member())
            .where(CourseMember.launch_context_id == context_id, CourseMember.active)
        )
        .one()
    )
    return Counts(*row)


def pushes(
    school_id: int, state: PushState, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[PushLine]:
    """Scores of a school in one state, by id."""
    query = (
        sa.select(GradePush, LaunchContext, LaunchPerson)
        .join(LaunchContext, LaunchContext.id == GradePush.launch_context_id)
        .join(LaunchPerson, LaunchPerson.id == GradePush.launch_person_id)
        .where(GradePush.school_id == school_id, GradePush.state == state)
    )
    if (begin := row_id(after)) is not None:
        query = query.where(GradePush.id > begin)
    rows = db.reading().execute(query.order_by(GradePush.id).limit(limit + 1)).all()
    return Page.cut([PushLine(*row) for row in rows], limit, lambda one: one.push.id)


def push_counts(school_id: int) -> dict[PushState, int]:
    """How many scores of a school stand in each state."""
    query = (
        sa.select(GradePush.state, sa.func.count())
        .where(GradePush.school_id == school_id)
        .group_by(GradePush.state)
    )
    return {row[0]: row[1] for row in db.reading().execute(query)}


def due_gradebooks(now: datetime, limit: int = 50) -> list[tuple[int, int]]:
    """(school, LMS course) with something to be told now, the longest waiting first."""
    query = (
        sa.select(GradePush.school_id, GradePush.launch_context_id)
        .where(GradePush.state == PushState.WAITING, GradePush.next_at <= now)
        .group_by(GradePush.school_id, GradePush.launch_context_id)
        .order_by(sa.func.min(GradePush.next_at))
        .limit(limit)
    )
    return [(row[0], row[1]) for row in db.reading().execute(query)]


def errands(school_id: int) -> list[Errand]:
    """Single messages that a platform has not taken, the newest first."""
    query = sa.select(Errand).where(Errand.school_id == school_id, Errand.code != "")
    return list(db.reading().scalars(query.order_by(Errand.id.desc()).limit(20)))


def notices(school_id: int) -> list[tuple[PlatformNotice, Registration]]:
    """The newest notices of the school's platforms."""
    query = (
        sa.select(PlatformNotice, Registration)
        .join(Registration, Registration.id == PlatformNotice.registration_id)
        .where(PlatformNotice.school_id == school_id)
    )
    rows = db.reading().execute(query.order_by(PlatformNotice.id.desc()).limit(20))
    return [(notice, registration) for notice, registration in rows]


def trouble(school_id: int) -> Trouble:
    """What failed and waits for somebody; three counts."""
    session = db.reading()
    failed_rosters = (
        sa.select(sa.func.count())
        .select_from(RosterState)
        .join(LaunchContext, LaunchContext.id == RosterState.launch_context_id)
        .where(LaunchContext.school_id == school_id, RosterState.failures > 0)
    )
    failed_grades = sa.select(sa.func.count()).where(
        GradePush.school_id == school_id, GradePush.state == PushState.FAILED
    )
    failed_errands = sa.select(sa.func.count()).where(
        Errand.school_id == school_id, Errand.state == PushState.FAILED
    )
    return Trouble(
        session.scalar(failed_rosters) or 0,
        session.scalar(failed_grades) or 0,
        session.scalar(failed_errands) or 0,
    )


def copies(school_id: int, *, context_id: int | None = None, limit: int = 50) -> list[Copy]:
    """LMS courses that a platform says are copies, and that stand for no roster course yet, with
    the courses their originals stand for. Originals of another school are not looked at.

    :param context_id: only this one.
    """
    bound = sa.exists().where(CourseBinding.launch_context_id == LaunchContext.id)
    notices_of = (
        sa.select(PlatformNotice.registration_id, PlatformNotice.data)
        .where(PlatformNotice.school_id == school_id, PlatformNotice.kind == v.NOTICE_CONTEXT_COPY)
        .order_by(PlatformNotice.id.desc())
        .limit(500)
    )
    told: dict[tuple[int, str], list[str]] = {}
    for registration_id, data in db.reading().execute(notices_of):
        key = (registration_id, str(data.get("context", "")))
        told.setdefault(key, [str(one) for one in data.get("origins", [])])
    if not told:
        return []
    query = sa.select(LaunchContext).where(
        LaunchContext.school_id == school_id,
        LaunchContext.context_id.in_({one for _registration, one in told}),
        LaunchContext.hold.is_(False),
        ~bound,
    )
    if context_id is not None:
        query = query.where(LaunchContext.id == context_id)
    unbound = [
        one
        for one in db.reading().scalars(query.order_by(LaunchContext.id.desc()).limit(limit))
        if (one.registration_id, one.context_id) in told
    ]
    originals = _originals(school_id, [told[(o.registration_id, o.context_id)] for o in unbound])
    return [
        Copy(
            one,
            tuple(
                course
                for origin in told[(one.registration_id, one.context_id)]
                for course in originals.get((one.registration_id, origin), ())
            ),
        )
        for one in unbound
    ]


def _originals(school_id: int, origins: list[list[str]]) -> dict[tuple[int, str], list[Course]]:
    wanted = {one for part in origins for one in part}
    if not wanted:
        return {}
    query = (
        sa.select(LaunchContext.registration_id, LaunchContext.context_id, Course)
        .join(CourseBinding, CourseBinding.launch_context_id == LaunchContext.id)
        .join(Course, Course.id == CourseBinding.course_id)
        .where(LaunchContext.school_id == school_id, LaunchContext.context_id.in_(wanted))
        .order_by(Course.number)
    )
    found: dict[tuple[int, str], list[Course]] = {}
    for registration_id, context, course in db.reading().execute(query):
        found.setdefault((registration_id, context), []).append(course)
    return found


def _push_of_member() -> sa.ColumnElement[bool]:
    return sa.and_(
        GradePush.launch_context_id == CourseMember.launch_context_id,
        GradePush.launch_person_id == CourseMember.launch_person_id,
    )


def _without() -> tuple[sa.ColumnElement[bool], ...]:
    """A student of the school who has handed in nothing. The school's own record says who is a
    student; the LMS calls counsellors and parents Learner."""
    return (Person.kind == PersonKind.STUDENT, GradePush.id.is_(None))


def _taught(teacher_id: int) -> Any:
    return (
        sa.select(CourseBinding.launch_context_id)
        .join(CourseTeacher, CourseTeacher.course_id == CourseBinding.course_id)
        .where(CourseTeacher.person_id == teacher_id, *valid_on(CourseTeacher, clock.today()))
    )


def _courses_of(context_ids: Collection[int]) -> dict[int, list[Course]]:
    query = (
        sa.select(CourseBinding.launch_context_id, Course)
        .join(Course, Course.id == CourseBinding.course_id)
        .where(CourseBinding.launch_context_id.in_(context_ids))
        .order_by(Course.number)
    )
    found: dict[int, list[Course]] = {}
    for context_id, course in db.reading().execute(query):
        found.setdefault(context_id, []).append(course)
    return found


def _groups(context_id: int, account_ids: Collection[int]) -> dict[int, list[str]]:
    query = (
        sa.select(CourseGroupMember.launch_person_id, CourseGroup)
        .join(CourseGroup, CourseGroup.id == CourseGroupMember.course_group_id)
        .where(
            CourseGroup.launch_context_id == context_id,
            CourseGroup.active,
            CourseGroupMember.launch_person_id.in_(account_ids),
        )
        .order_by(CourseGroup.name, CourseGroup.group_id)
    )
    found: dict[int, list[str]] = {}
    for account, group in db.reading().execute(query):
        found.setdefault(account, []).append(group.name or group.group_id)
    return found

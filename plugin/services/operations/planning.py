"""What gradebooks have to be told: the portfolio's truth, compared with what was told so far.

Whatever happened — an outcome, an account bound late, a course bound late, an event that a killed
process lost — the same comparison says what is missing. Progress only rises: what a gradebook was
told once is never taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from lti import vocabulary as v
from lti.products import product
from plugin import clock, db, jobs
from plugin.actor import system
from plugin.entrance.models import (
    CourseBinding,
    LaunchContext,
    LaunchPerson,
    Registration,
    RegistrationState,
)
from plugin.inserting import insert_new
from plugin.school.course_queries import chunks
from plugin.services.models import CourseMember, GradePush, Progress, PushState

JOB = "services.grades"
RANK = {None: 0, Progress.SUBMITTED: 1, Progress.CERTIFIED: 2}
_MOST = 500
"""Ids of one job: a whole school bound in one night is several jobs."""
_PART = 25
"""LMS courses that the round compares in one transaction."""


class ProgressOf(Protocol):
    """What the portfolio answers under `app.extensions["licheng.progress"]`."""

    def __call__(
        self,
        school_id: int,
        *,
        course_ids: Collection[int] | None = None,
        person_ids: Collection[int] | None = None,
    ) -> dict[tuple[int, int], str]:
        """(course, person) → `submitted` or `certified`."""


@dataclass(frozen=True)
class _Gradebook:
    """An LMS course that can be told grades."""

    context_id: int
    registration_id: int
    tells_submitted: bool


def ask(
    school_id: int,
    *,
    course_ids: Iterable[int] = (),
    person_ids: Iterable[int] = (),
    context_ids: Iterable[int] = (),
) -> None:
    """Have gradebooks told what concerns these courses, people or LMS courses: one job, however
    many they are. A school without any gradebook gets none."""
    wanted = [
        (name, sorted(set(ids)))
        for name, ids in (
            ("courses", course_ids), ("people", person_ids), ("contexts", context_ids),
        )
    ]  # fmt: skip
    if not any(ids for _name, ids in wanted) or not _has_gradebook(school_id):
        return
    with db.writing():
        for begin in range(0, max(len(ids) for _name, ids in wanted), _MOST):
            args: dict[str, Any] = {name: ids[begin : begin + _MOST] for name, ids in wanted}
            jobs.enqueue(system(school_id, "成績傳送"), JOB, args)


def plan(
    school_id: int,
    *,
    course_ids: Collection[int] = (),
    person_ids: Collection[int] = (),
    context_ids: Collection[int] = (),
) -> list[int]:
    """Compare and write down; returns the LMS courses that have something to be told now.

    A constant number of queries for each of the three kinds, however many people.
    """
    with db.writing() as session:
        due: set[int] = set()
        if course_ids or context_ids:
            due |= _plan(session, school_id, course_ids, context_ids, None)
        if person_ids:
            courses = {course for course, _p in _progress()(school_id, person_ids=person_ids)}
            due |= _plan(session, school_id, courses, (), person_ids)
        return sorted(due)


def gradebooks_of(slot: int, slots: int) -> list[tuple[int, list[int]]]:
    """(school, LMS courses) of one of `slots` equal shares, for the round that misses nothing."""
    query = sa.select(LaunchContext.school_id, LaunchContext.id).where(
        LaunchContext.line_items_url != "", LaunchContext.id % slots == slot
    )
    found: dict[int, list[int]] = {}
    for school_id, context_id in db.reading().execute(query.order_by(LaunchContext.id)):
        found.setdefault(school_id, []).append(context_id)
    return [
        (school, ids[begin : begin + _PART])
        for school, ids in found.items()
        for begin in range(0, len(ids), _PART)
    ]


def _plan(
    session: Session,
    school_id: int,
    course_ids: Collection[int],
    context_ids: Collection[int],
    person_ids: Collection[int] | None,
) -> set[int]:
    books, courses_of = _gradebooks(session, school_id, course_ids, context_ids)
    if not books:
        return set()
    courses = {course for ids in courses_of.values() for course in ids}
    truth = _progress()(school_id, course_ids=courses, person_ids=person_ids)
    wanted = _wanted(session, school_id, books, courses_of, truth)
    now = clock.now()
    insert_new(session, GradePush, [_row(school_id, *one, now) for one in wanted])
    known = session.scalars(
        sa.select(GradePush)
        .where(GradePush.launch_context_id.in_(list(books)))
        .order_by(GradePush.id)  # one order for all
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    )
    rows = {(one.launch_context_id, one.launch_person_id): one for one in known}
    for book, account, person_id, progress in wanted:
        _raise(rows[(book.context_id, account)], book, person_id, progress, now)
    session.flush()
    return {
        one.launch_context_id
        for one in rows.values()
        if one.state is PushState.WAITING and one.next_at is not None and one.next_at <= now
    }


def _raise(
    push: GradePush, book: _Gradebook, person_id: int, progress: Progress, now: datetime
) -> None:
    """Take a push further, never back. An account that is somebody else's now begins from what
    its column shows already."""
    failed = push.state is PushState.FAILED
    if push.person_id != person_id:
        push.person_id = person_id
        push.progress = push.told or Progress.SUBMITTED
        if push.state is not PushState.SENT:
            push.state, push.next_at = PushState.SKIPPED, None
    if push.code == "UNBOUND":  # the account waited for its person, who is back
        push.code, push.state = "", PushState.SKIPPED
    if RANK[progress] > RANK[push.progress]:
        push.progress, failed = progress, False
    risen = RANK[push.progress] > RANK[push.told]
    tellable = push.progress is Progress.CERTIFIED or book.tells_submitted
    if not risen or not tellable or push.state is PushState.WAITING:
        return
    if failed and push.state is PushState.FAILED:
        return  # an administrator decides; the same thing would fail again
    push.state, push.attempts, push.next_at = PushState.WAITING, 0, now
    push.code, push.detail, push.wanted_at = "", "", now


def _row(
    school_id: int,
    book: _Gradebook,
    account: int,
    person_id: int,
    progress: Progress,
    now: datetime,
) -> dict[str, Any]:
    """A new push; what this platform is not told stands there, too, to be looked up."""
    tellable = progress is Progress.CERTIFIED or book.tells_submitted
    return {
        "school_id": school_id,
        "launch_context_id": book.context_id,
        "launch_person_id": account,
        "person_id": person_id,
        "progress": progress,
        "told": None,
        "state": PushState.WAITING if tellable else PushState.SKIPPED,
        "attempts": 0,
        "code": "",
        "detail": "",
        "wanted_at": now,
        "next_at": now if tellable else None,
        "told_at": None,
    }


def _gradebooks(
    session: Session, school_id: int, course_ids: Collection[int], context_ids: Collection[int]
) -> tuple[dict[int, _Gradebook], dict[int, list[int]]]:
    """LMS courses with a gradebook and the roster courses that each stands for."""
    meant = sa.select(CourseBinding.launch_context_id).where(
        sa.or_(
            CourseBinding.course_id.in_(course_ids),
            CourseBinding.launch_context_id.in_(context_ids),
        )
    )
    query = (
        sa.select(
            LaunchContext.id,
            LaunchContext.registration_id,
            Registration.product,
            Registration.scopes,
            CourseBinding.course_id,
        )
        .join(Registration, Registration.id == LaunchContext.registration_id)
        .join(CourseBinding, CourseBinding.launch_context_id == LaunchContext.id)
        .where(
            LaunchContext.school_id == school_id,
            LaunchContext.line_items_url != "",
            LaunchContext.id.in_(meant),
            Registration.state == RegistrationState.ACTIVE,
        )
    )
    books: dict[int, _Gradebook] = {}
    courses: dict[int, list[int]] = {}
    for row in session.execute(query):
        if row.scopes and not {v.SCOPE_SCORE, v.SCOPE_LINE_ITEM} <= set(row.scopes):
            continue  # the platform said what we may do, and this is not among it
        books[row.id] = _Gradebook(
            row.id, row.registration_id, product(row.product).tells_submitted
        )
        courses.setdefault(row.id, []).append(row.course_id)
    return books, courses


def _wanted(
    session: Session,
    school_id: int,
    books: dict[int, _Gradebook],
    courses_of: dict[int, list[int]],
    truth: dict[tuple[int, int], str],
) -> list[tuple[_Gradebook, int, int, Progress]]:
    """(gradebook, account, person, progress): the furthest of the roster courses that the LMS
    course stands for. Accounts that its roster says are gone are not told of."""
    furthest: dict[tuple[int, int], Progress] = {}
    of_course: dict[int, list[tuple[int, Progress]]] = {}
    for (course_id, person_id), word in truth.items():
        of_course.setdefault(course_id, []).append((person_id, Progress(word)))
    for context_id, courses in courses_of.items():
        for person_id, progress in (one for id_ in courses for one in of_course.get(id_, ())):
            key = (context_id, person_id)
            if RANK[progress] > RANK[furthest.get(key)]:
                furthest[key] = progress
    people = {person_id for _context, person_id in furthest}
    registrations = {one.registration_id for one in books.values()}
    accounts: dict[tuple[int, int], list[int]] = {}
    for part in chunks(people):
        query = sa.select(
            LaunchPerson.registration_id, LaunchPerson.person_id, LaunchPerson.id
        ).where(
            LaunchPerson.school_id == school_id,
            LaunchPerson.registration_id.in_(registrations),
            LaunchPerson.person_id.in_(part),
            LaunchPerson.is_test_user.is_(False),
        )
        for registration_id, holder, account in session.execute(query):
            accounts.setdefault((registration_id, holder or 0), []).append(account)
    gone = {
        (row[0], row[1])
        for row in session.execute(
            sa.select(CourseMember.launch_context_id, CourseMember.launch_person_id).where(
                CourseMember.launch_context_id.in_(list(books)), CourseMember.active.is_(False)
            )
        )
    }
    return [
        (books[context_id], account, person_id, progress)
        for (context_id, person_id), progress in sorted(furthest.items())
        for account in accounts.get((books[context_id].registration_id, person_id), ())
        if (context_id, account) not in gone
    ]


def _has_gradebook(school_id: int) -> bool:
    query = sa.select(LaunchContext.id).where(
        LaunchContext.school_id == school_id, LaunchContext.line_items_url != ""
    )
    return db.reading().scalar(query.limit(1)) is not None


def _progress() -> ProgressOf:
    found: ProgressOf = current_app.extensions["licheng.progress"]
    return found

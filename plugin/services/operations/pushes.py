"""Scores on their way: one writer a gradebook, each result written down as soon as it is known.

A worker that is killed between the platform's answer and our note tells the same again, which
changes nothing there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti.products import product
from lti.services.errors import ServiceError
from plugin import clock, db, jobs
from plugin.actor import Actor, system
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    LaunchContext,
    LaunchPerson,
    Registration,
    RegistrationState,
)
from plugin.errors import NotFound
from plugin.inserting import insert_new
from plugin.school import policy as school_policy
from plugin.services import patience
from plugin.services.models import GradeColumn, GradePush, Progress, PushState
from plugin.services.operations.planning import JOB, RANK
from plugin.trail.chain import record

LEASE = timedelta(minutes=5)
"""How long one call may take; renewed with every score."""
BATCH = 50
AGAIN = timedelta(seconds=1)
"""After a conflict: Moodle keeps whole seconds, so the next one has to be another."""

FINAL = frozenset({"MEMBER_UNKNOWN"})
"""Refused for good until somebody changes something."""


_DEPLOYED = sa.exists().where(
    Deployment.registration_id == LaunchContext.registration_id,
    Deployment.school_id == LaunchContext.school_id,
    Deployment.state == DeploymentState.ACTIVE,
)
"""The school still lets this platform in. A token is good for the whole site, so this is ours."""


class Lost(Exception):
    """Another worker writes into this gradebook now; this one stops."""

    code = "GRADEBOOK_LOST"


@dataclass(frozen=True)
class Book:
    """A gradebook that is ours to write into for a while."""

    context_id: int
    school_id: int
    registration_id: int
    line_items_url: str
    product: str
    line_item_url: str
    holder: str


@dataclass(frozen=True)
class Due:
    """One score to tell."""

    push_id: int
    user_id: str
    progress: Progress


def hold(context_id: int, holder: str) -> Book | None:
    """Become the one who writes into a gradebook; None while another does, or when there is none
    to write into (any more)."""
    with db.writing() as session:
        row = session.execute(
            sa.select(LaunchContext, Registration, _DEPLOYED)
            .join(Registration, Registration.id == LaunchContext.registration_id)
            .where(LaunchContext.id == context_id)
        ).first()
        if row is None:
            return None
        context, registration, deployed = row
        now = clock.now()
        column = _column(session, context_id)
        taken = column.lease_until is not None and column.lease_until > now
        if taken and column.holder != holder:
            return None
        active = registration.state is RegistrationState.ACTIVE and deployed
        if not active or not context.line_items_url:
            _later(session, context_id)
            return None
        column.holder, column.lease_until = holder, now + LEASE
        return Book(
            context.id,
            context.school_id,
            context.registration_id,
            context.line_items_url,
            registration.product,
            column.line_item_url,
            holder,
        )


def release(book: Book) -> None:
    """Let others write."""
    with db.writing() as session:
        column = _column(session, book.context_id)
        if column.holder == book.holder:
            column.holder, column.lease_until = "", None


def due(book: Book, limit: int = BATCH) -> list[Due]:
    """What is to be told now. Whose account is nobody's (any more) is left out and says so.

    :raises Lost: the gradebook is somebody else's by now.
    """
    with db.writing() as session:
        _held(session, book)
        rows = session.execute(
            sa.select(GradePush, LaunchPerson.subject, LaunchPerson.person_id)
            .join(LaunchPerson, LaunchPerson.id == GradePush.launch_person_id)
            .where(
                GradePush.launch_context_id == book.context_id,
                GradePush.state == PushState.WAITING,
                GradePush.next_at <= clock.now(),
            )
            .order_by(GradePush.next_at, GradePush.id)
            .limit(limit)
            .with_for_update(of=GradePush, **db.HELD)
        ).all()
        found = []
        for push, subject, person_id in rows:
            if person_id != push.person_id:
                _skip(push, "UNBOUND")
            elif RANK[push.progress] <= RANK[push.told]:
                push.state, push.next_at = PushState.SENT, None
            elif push.progress is Progress.SUBMITTED and not product(book.product).tells_submitted:
                _skip(push, "")
            else:
                found.append(Due(push.id, subject, push.progress))
        if rows and not found:
            session.flush()
            return due(book, limit)
        return found


def told(book: Book, one: Due) -> None:
    """The platform has taken a score. What rose meanwhile is told next.

    :raises Lost: the gradebook is somebody else's by now.
    """
    with db.writing() as session:
        _held(session, book)
        push = _push(session, one.push_id)
        now = clock.now()
        push.told, push.told_at = max(push.told, one.progress, key=lambda p: RANK[p]), now
        push.attempts, push.code, push.detail = 0, "", ""
        done = RANK[push.progress] <= RANK[push.told]
        push.state = PushState.SENT if done else PushState.WAITING
        push.next_at = None if done else now
        record(
            system(book.school_id, "成績傳送"), "grade.told", "grade_push", push.id,
            progress=one.progress, context=book.context_id,
        )  # fmt: skip


def refused(book: Book, one: Due, error: ServiceError, *, again: bool = False) -> None:
    """The platform did not take this score; tried again later unless that is hopeless.

    :param again: a conflict of times: once more in a second.
    :raises Lost: the gradebook is somebody else's by now.
    """
    with db.writing() as session:
        _held(session, book)
        push = _push(session, one.push_id)
        _note(push, error)
        if again:
            push.next_at = clock.now() + AGAIN
        elif error.code in FINAL or patience.spent(push.attempts, retry=error.retry):
            _fail(book.school_id, push)
        else:
            push.next_at = clock.now() + patience.wait_after(push.attempts, error.retry_after)


def all_refused(book: Book, error: ServiceError) -> None:
    """Not a score but the way to the gradebook failed: one try for everything that waits for it.

    :raises Lost: the gradebook is somebody else's by now.
    """
    with db.writing() as session:
        _held(session, book)
        now = clock.now()
        pushes = session.scalars(
            sa.select(GradePush)
            .where(
                GradePush.launch_context_id == book.context_id,
                GradePush.state == PushState.WAITING,
            )
            .order_by(GradePush.id)
            .with_for_update(**db.HELD)
        ).all()
        for push in pushes:
            _note(push, error)
            if patience.spent(push.attempts, retry=error.retry):
                _fail(book.school_id, push)
            else:
                push.next_at = now + patience.wait_after(push.attempts, error.retry_after)


def remember_column(book: Book, line_item_url: str) -> None:
    """Our column was found or made; "" forgets it.

    :raises Lost: the gradebook is somebody else's by now.
    """
    with db.writing() as session:
        column = _held(session, book)
        column.line_item_url = line_item_url
        column.made_at = clock.now() if line_item_url else None


def move_column(book: Book, line_item_url: str) -> None:
    """The teacher's link brought a column of its own after ours was made: it is told from now on,
    and what the other was told is told to it as well.

    :raises Lost: the gradebook is somebody else's by now.
    """
    with db.writing() as session:
        remember_column(book, line_item_url)
        session.execute(
            sa.update(GradePush)
            .where(
                GradePush.launch_context_id == book.context_id,
                GradePush.state == PushState.SENT,
                GradePush.told.is_not(None),
            )
            .values(state=PushState.WAITING, told=None, attempts=0, next_at=clock.now())
        )


def try_again(actor: Actor, push_id: int | None = None) -> int:
    """An administrator wants a failed score told once more, or all of the school; how many.

    :raises NotFound: none of this school that has failed. :raises NotAllowed: no administrator.
    """
    school_id = school_policy.require_administrator(actor)
    with db.writing() as session:
        query = sa.select(GradePush).where(
            GradePush.school_id == school_id, GradePush.state == PushState.FAILED
        )
        if push_id is not None:
            query = query.where(GradePush.id == push_id)
        pushes = session.scalars(
            query.order_by(GradePush.id).limit(_AT_ONCE).with_for_update(**db.HELD)
        ).all()
        if push_id is not None and not pushes:
            raise NotFound(_("找不到這筆未送出的成績，可能已經送出。"))
        now = clock.now()
        for push in pushes:
            push.state, push.attempts, push.next_at = PushState.WAITING, 0, now
        contexts = sorted({push.launch_context_id for push in pushes})
        if pushes:
            record(actor, "grade.retry", "grade_push", push_id, count=len(pushes))
            jobs.enqueue(actor, JOB, {"tell": contexts})
        return len(pushes)


_AT_ONCE = 5000


def _held(session: Session, book: Book) -> GradeColumn:
    column = _column(session, book.context_id)
    if column.holder != book.holder:
        raise Lost
    column.lease_until = clock.now() + LEASE
    return column


def _column(session: Session, context_id: int) -> GradeColumn:
    """The row, locked; made when there is none (two may make it at once)."""
    found = session.get(GradeColumn, context_id, with_for_update=db.HELD, populate_existing=True)
    if found is None:
        row = {"launch_context_id": context_id, "line_item_url": "", "holder": ""}
        insert_new(session, GradeColumn, [row])
        found = session.get_one(GradeColumn, context_id, with_for_update=db.HELD)
    return found


def _push(session: Session, push_id: int) -> GradePush:
    return session.get_one(GradePush, push_id, with_for_update=db.HELD, populate_existing=True)


def _note(push: GradePush, error: ServiceError) -> None:
    push.attempts += 1
    push.code, push.detail = error.code, error.detail[:120]


def _skip(push: GradePush, code: str) -> None:
    push.state, push.next_at, push.code, push.detail = PushState.SKIPPED, None, code, ""


def _fail(school_id: int, push: GradePush) -> None:
    push.state, push.next_at = PushState.FAILED, None
    record(
        system(school_id, "成績傳送"), "grade.failed", "grade_push", push.id, code=push.code
    )  # fmt: skip


def _later(session: Session, context_id: int) -> None:
    """The platform is stopped: nothing is due for a while, nothing is lost."""
    session.execute(
        sa.update(GradePush)
        .where(GradePush.launch_context_id == context_id, GradePush.state == PushState.WAITING)
        .values(next_at=clock.now() + patience.LONGEST)
    )

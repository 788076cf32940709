"""The roster of an LMS course is read in: begun, taken page by page, finished or failed.

Only a complete run says who is gone. A run that fails half-way has refreshed some and lost nobody.
Nor has the roster of a single link (`rlid`), which is a part of the course: it only brings people.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti.services.errors import ServiceError
from plugin import clock, db, jobs
from plugin.actor import Actor, system
from plugin.clock import TAIPEI
from plugin.entrance.models import LaunchContext
from plugin.errors import Conflict
from plugin.inserting import insert_new
from plugin.services import patience, policy
from plugin.services.models import CourseMember, RosterState
from plugin.trail.chain import record

JOB = "services.roster"
LINK_AGAIN = timedelta(minutes=15)
"""How often at most the roster of one link is asked for."""
LEASE = timedelta(minutes=5)
"""How long one page may take, with everything that is done about it."""
NIGHT_BEGINS = 1
NIGHT_MINUTES = 4 * 60
"""Rosters are asked for between 01:00 and 05:00 in Taipei, each course at a minute of its own."""
OPENED_WITHIN = timedelta(days=30)
"""A course that nobody has come in from for so long is left alone."""


class Overtaken(Exception):
    """Another worker synchronises this course now; this one stops."""

    code = "ROSTER_OVERTAKEN"


@dataclass(frozen=True)
class Run:
    """One synchronisation of one LMS course. `number` and `holder` prove that it is still ours.

    :ivar link: only who can reach this resource link is asked for; "": everybody.
    """

    context_id: int
    registration_id: int
    school_id: int
    number: int
    holder: str
    link: str = ""


def ask(actor: Actor, context_id: int) -> int:
    """Somebody wants the roster now; returns the job.

    :raises NotFound: not a course whose roster the actor may see.
    :raises Conflict: it is being read at the moment, or the platform offers none.
    """
    with db.writing() as session:
        context = policy.seen_context(actor, context_id)
        if not context.memberships_url:
            raise Conflict(
                _("平臺沒有提供這門課程的名單。"),
                remedy=_("請平臺管理員允許歷程讀取成員名單，再由教師從課程重新進入一次。"),
            )
        state = _state(session, context.id)
        now = clock.now()
        if state.lease_until is not None and state.lease_until > now:
            raise Conflict(_("名單正在更新。"), remedy=_("請稍候再重新整理這一頁。"))
        record(actor, "roster.ask", "launch_context", context.id)
        return _enqueue(actor, state)


def want(context_id: int, school_id: int) -> None:
    """A launch found the roster old: have it read, behind the launch's back."""
    with db.writing() as session:
        state, now = _state(session, context_id), clock.now()
        state.wanted_at = now
        running = state.lease_until is not None and state.lease_until > now
        waiting = state.failures > 0 and state.next_at is not None and state.next_at > now
        if not running and not waiting:
            _enqueue(system(school_id, "名單更新"), state)


def want_link(context_id: int, school_id: int, link: str) -> None:
    """Somebody came in by a link whom the roster, though still fresh, does not name: have the
    link's roster read, which brings them and whoever else is new there."""
    now = clock.now()
    part = int(now.timestamp() // LINK_AGAIN.total_seconds())
    key = f"{JOB}:{context_id}:{hashlib.sha256(link.encode()).hexdigest()[:16]}:{part}"
    with db.writing():
        args = {"context_id": context_id, "link": link}
        jobs.enqueue(system(school_id, "名單更新"), JOB, args, key=key)


def enqueue_due(now: datetime, limit: int = 50) -> int:
    """The clock: have those read whose time has come; returns how many."""
    with db.writing() as session:
        due = session.execute(
            sa.select(RosterState, LaunchContext.school_id)
            .join(LaunchContext, LaunchContext.id == RosterState.launch_context_id)
            .where(
                RosterState.next_at <= now,
                sa.or_(RosterState.lease_until.is_(None), RosterState.lease_until <= now),
            )
            .order_by(RosterState.next_at)
            .limit(limit)
        ).all()
        for state, school_id in due:
            # Asked again should this job be lost; a run that ends sets its own time.
            state.next_at = now + timedelta(hours=1)
            _enqueue(system(school_id, "排程"), state)
        return len(due)


def begin(context_id: int, holder: str, link: str = "") -> Run | None:
    """Start a run, or take over one's own that a dead worker left; None while another one runs.

    :param holder: who runs it (`job 12`).
    :param link: see `Run`.
    """
    with db.writing() as session:
        context = session.get(LaunchContext, context_id)
        if context is None:
            return None
        now = clock.now()
        state = _state(session, context_id)
        taken = state.lease_until is not None and state.lease_until > now
        if taken and state.holder != holder:
            return None
        state.run += 1
        state.holder, state.lease_until = holder, now + LEASE
        if not link:
            state.asked_at = now
        return Run(context.id, context.registration_id, context.school_id, state.run, holder, link)


def held(session: Session, run: Run) -> RosterState:
    """The state of a run that is still ours, locked, its lease renewed.

    :raises Overtaken: it is not.
    """
    state = _state(session, run.context_id)
    if state.run != run.number or state.holder != run.holder:
        raise Overtaken
    state.lease_until = clock.now() + LEASE
    return state


def finish(run: Run, members: int, note: str = "") -> int:
    """The platform has told everybody: whoever it did not name is gone. Returns how many went.

    :param note: code of something beside the members that failed (groups).
    """
    with db.writing() as session:
        state = held(session, run)
        now = clock.now()
        if run.link:
            state.lease_until, state.holder = None, ""
            record(
                system(run.school_id, "名單更新"), "roster.link", "launch_context", run.context_id,
                run=run.number, members=members,
            )  # fmt: skip
            return 0
        gone = session.execute(
            sa.update(CourseMember)
            .where(
                CourseMember.launch_context_id == run.context_id,
                CourseMember.run < run.number,
                CourseMember.active,
            )
            .values(active=False, gone_at=now)
        ).rowcount  # type: ignore[attr-defined]
        state.done_at, state.members, state.code, state.detail = now, members, "OK", note[:120]
        state.failures, state.lease_until, state.holder = 0, None, ""
        state.next_at = _tonight(run.context_id, now) if _opened(state, now) else None
        record(
            system(run.school_id, "名單更新"), "roster.sync", "launch_context", run.context_id,
            run=run.number, members=members, gone=gone,
        )  # fmt: skip
        return int(gone)


def fail(run: Run, error: ServiceError) -> None:
    """The run ends without result; tried again later, ever more patiently."""
    with db.writing() as session:
        try:
            state = held(session, run)
        except Overtaken:
            return
        now = clock.now()
        if run.link:  # the course's own roster is as good as before
            state.lease_until, state.holder = None, ""
            return
        told = state.code == error.code
        state.code, state.detail = error.code, error.detail[:120]
        state.failures += 1
        state.lease_until, state.holder = None, ""
        if patience.spent(state.failures, retry=error.retry):
            state.next_at = _tonight(run.context_id, now) if _opened(state, now) else None
        else:
            state.next_at = now + patience.wait_after(state.failures, error.retry_after)
        if not told:
            record(
                system(run.school_id, "名單更新"), "roster.failed", "launch_context",
                run.context_id, code=error.code,
            )  # fmt: skip


def drop(context_id: int) -> None:
    """No synchronisation any more until somebody comes in: the platform or school is stopped."""
    with db.writing() as session:
        _state(session, context_id).next_at = None


def _state(session: Session, context_id: int) -> RosterState:
    """The row, locked; made when there is none (two may make it at once)."""
    found = session.get(RosterState, context_id, with_for_update=db.HELD, populate_existing=True)
    if found is None:
        insert_new(session, RosterState, [_EMPTY | {"launch_context_id": context_id}])
        found = session.get_one(RosterState, context_id, with_for_update=db.HELD)
    return found


_EMPTY = {"run": 0, "members": 0, "code": "", "detail": "", "failures": 0, "holder": ""}


def _enqueue(actor: Actor, state: RosterState) -> int:
    """One job for the next run, however many ask; another day makes another, lest a job that was
    lost for good bar the way."""
    key = f"{JOB}:{state.launch_context_id}:{state.run + 1}:{clock.today().isoformat()}"
    return jobs.enqueue(actor, JOB, {"context_id": state.launch_context_id}, key=key)


def _opened(state: RosterState, now: datetime) -> bool:
    return state.wanted_at is not None and now - state.wanted_at < OPENED_WITHIN


def _tonight(context_id: int, now: datetime) -> datetime:
    """The next night, at this course's own minute: hundreds of courses do not ask at once."""
    minute = context_id * 37 % NIGHT_MINUTES
    local = now.astimezone(TAIPEI)
    night = local.replace(
        hour=NIGHT_BEGINS + minute // 60, minute=minute % 60, second=0, microsecond=0
    )
    # At least half a night away: a roster that was read this minute is not read again at once.
    while night - local < timedelta(hours=2):
        night += timedelta(days=1)
    return night.astimezone(now.tzinfo)

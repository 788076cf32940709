"""Work that outlives a request: a row that tells its progress, and Huey that carries it.

The row is the truth; the queue only wakes a worker. A worker holds a lease while it runs; when it
dies the lease runs out and another worker takes the job from the start, so every handler must be
idempotent. A job that is wanted twice with the same `key` exists once.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
import structlog
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_babel import gettext as _
from huey import Huey, SqliteHuey
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Mapped, mapped_column

from plugin import clock, db, tenancy
from plugin.actor import Actor
from plugin.db import Base, Json
from plugin.errors import NotFound, Refusal
from plugin.settings import Settings

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 5
LOST = "WorkerLost"
"""The error of a job whose last worker died of it."""
RETRY_SECONDS = 1.0
"""After so long a lease that could not be renewed is tried again."""


class JobState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """One piece of work and how far it is."""

    __tablename__ = "job"
    __table_args__ = (sa.Index("ix_job_state_lease", "state", "lease_until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    kind: Mapped[str] = mapped_column(sa.String(60))
    key: Mapped[str | None] = mapped_column(sa.String(120), unique=True)
    args: Mapped[dict] = mapped_column(Json)
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    asked_by_name: Mapped[str] = mapped_column(sa.String(60), default="")
    state: Mapped[JobState] = mapped_column(sa.Enum(JobState, native_enum=False, length=10))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    result: Mapped[dict] = mapped_column(Json, default=dict)
    error: Mapped[str] = mapped_column(sa.String(500), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


@dataclass
class Run:
    """What a handler gets: its arguments, who asked, and where to tell progress."""

    job_id: int
    school_id: int | None
    actor: Actor
    args: dict[str, Any]

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Tell how far the work is; also renews the lease."""
        with db.engine().begin() as connection:
            connection.execute(
                sa.update(Job)
                .where(Job.id == self.job_id)
                .values(done=done, total=total, note=note, lease_until=clock.now() + _lease())
            )


Handler = Callable[[Run], "dict[str, Any] | None"]
_handlers: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job (in a room's `work.py`)."""

    def register(handler: Handler) -> Handler:
        if _handlers.setdefault(kind, handler) is not handler:
            raise ValueError(f"two handlers for {kind}")
        return handler

    return register


def handlers() -> dict[str, Handler]:
    """Every registered handler by kind."""
    return dict(_handlers)


def enqueue(actor: Actor, kind: str, args: dict[str, Any], *, key: str | None = None) -> int:
    """Accept a job within the current write transaction; it is queued once that is committed.

    :param key: the same key never makes a second job; the id of the first is returned.
    :returns: the job's id, for the progress page.
    """
    if kind not in _handlers:
        raise ValueError(f"no handler for {kind}")
    if actor.school_id is not None:
        tenancy.require(actor.school_id)
    with tenancy.across("keys of jobs are one for all schools"), db.writing() as session:
        if key is not None:
            found = session.scalar(sa.select(Job.id).where(Job.key == key))
            if found is not None:
                return found
        job = Job(
            school_id=actor.school_id,
            kind=kind,
            key=key,
            args=args,
            asked_by_id=actor.person_id,
            asked_by_name=actor.name,
            state=JobState.QUEUED,
            created_at=clock.now(),
        )
        session.add(job)
        session.flush()
        job_id = job.id
        db.after_commit(lambda: _wake(job_id))
        return job_id


def find(actor: Actor, job_id: int) -> Job:
    """A job that the actor asked for.

    :raises NotFound: somebody else's job, or none.
    """
    job = db.reading().get(Job, job_id)
    if job is None or job.school_id != actor.school_id or job.asked_by_id != actor.person_id:
        raise NotFound(_("找不到這項工作。"))
    return job


def run(job_id: int) -> None:
    """Run one job now, if nobody else holds it. What it does is done within its school; a job of
    none (a sweep) says `tenancy.across` where it needs to, and why."""
    claimed = _claim(job_id)
    if claimed is None:
        return
    stop = threading.Event()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    beat = threading.Thread(target=_keep_lease, args=(app, job_id, stop), daemon=True)
    beat.start()
    try:
        with tenancy.within(claimed.school_id):
            result = _handlers[claimed.kind](
                Run(claimed.id, claimed.school_id, _asker(claimed), dict(claimed.args))
            )
    except Refusal as refusal:
        _finish(job_id, JobState.FAILED, error=refusal.message)
    except Exception as error:  # the row must say so, whatever it was
        log.exception("job_failed", job=job_id, kind=claimed.kind)
        breach = isinstance(getattr(error, "orig", error), tenancy.Breach)
        final = breach or claimed.attempts >= MAX_ATTEMPTS
        _finish(
            job_id,
            JobState.FAILED if final else JobState.QUEUED,
            error=f"{type(error).__name__}",
        )
        if not final:
            _wake(job_id, delay=2**claimed.attempts)
    else:
        _finish(job_id, JobState.DONE, result=result or {})
    finally:
        stop.set()
        beat.join()


@tenancy.across("the queue is the installation's: whose job was lost does not matter")
def recover() -> int:
    """Wake the jobs whose worker died, or whose waking was lost; returns how many."""
    now = clock.now()
    lost = sa.select(Job.id).where(
        sa.or_(
            sa.and_(Job.state == JobState.RUNNING, Job.lease_until < now),
            sa.and_(Job.state == JobState.QUEUED, Job.created_at < now - _lease()),
        )
    )
    ids = list(db.reading().scalars(lost))
    for job_id in ids:
        _wake(job_id)
    return len(ids)


def init_app(app: Flask, url: str, *, immediate: bool = False) -> None:
    """Open the queue; `immediate` runs each job at once, in the caller (tests)."""
    queue = _queue(url, immediate)
    app.extensions["licheng.queue"] = queue

    @queue.task(name="licheng.run")
    def wake(job_id: int) -> None:
        with app.app_context():
            run(job_id)

    app.extensions["licheng.wake"] = wake
    app.cli.add_command(_commands)


_commands = AppGroup("jobs", help="The queue of background work.")


@_commands.command("worker")
@click.option("--threads", default=1, show_default=True, help="Jobs at the same time.")
def worker(threads: int) -> None:
    """Work the queue until stopped; takes over what a dead worker left."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    queue: Huey = app.extensions["licheng.queue"]
    stop = threading.Event()
    pause = _lease().total_seconds() / 3

    def recover_now_and_then() -> None:
        while True:
            with app.app_context():
                recover()
            if stop.wait(pause):
                return

    threading.Thread(target=recover_now_and_then, daemon=True).start()
    queue.create_consumer(workers=threads, periodic=False, initial_delay=0.1, max_delay=1).run()
    stop.set()


@_commands.command("recover")
def recover_command() -> None:
    """Wake jobs whose worker died."""
    click.echo(f"{recover()} jobs woken")


def _lease() -> timedelta:
    settings: Settings = current_app.extensions["licheng.settings"]
    return timedelta(seconds=settings.job_lease_seconds)


def _queue(url: str, immediate: bool) -> Huey:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database or "var/queue.sqlite3")
        path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey("licheng", filename=str(path), fsync=True, immediate=immediate)
    from huey.contrib.sql_huey import SqlHuey

    return SqlHuey("licheng", database=url, immediate=immediate)


def _wake(job_id: int, delay: int = 0) -> None:
    wake = current_app.extensions["licheng.wake"]
    if delay:
        wake.schedule((job_id,), delay=delay)
    else:
        wake(job_id)


@tenancy.across("the queue is the installation's: a job says itself whose it is")
def _claim(job_id: int) -> Job | None:
    now = clock.now()
    lost = sa.and_(Job.state == JobState.RUNNING, Job.lease_until < now)
    with db.writing() as session:
        # what has killed so many workers (memory, a crash below Python) would kill the next as well
        given_up = session.execute(
            sa.update(Job)
            .where(Job.id == job_id, lost, Job.attempts >= MAX_ATTEMPTS)
            .values(state=JobState.FAILED, error=LOST, lease_until=None, finished_at=now)
        )
        if given_up.rowcount:  # type: ignore[attr-defined]
            log.error("job_given_up", job=job_id)
            return None
        taken = session.execute(
            sa.update(Job)
            .where(Job.id == job_id, sa.or_(Job.state == JobState.QUEUED, lost))
            .values(
                state=JobState.RUNNING,
                lease_until=now + _lease(),
                attempts=Job.attempts + 1,
            )
        )
        if taken.rowcount == 0:  # type: ignore[attr-defined]
            return None
        return session.get(Job, job_id, populate_existing=True)


def _keep_lease(app: Flask, job_id: int, stop: threading.Event) -> None:
    with app.app_context():
        pause = _lease().total_seconds() / 3
    wait = pause
    while not stop.wait(wait):
        try:
            with app.app_context(), db.engine().begin() as connection:
                connection.execute(
                    sa.update(Job)
                    .where(Job.id == job_id)
                    .values(lease_until=clock.now() + _lease())
                )
            wait = pause
        except sa.exc.SQLAlchemyError as error:
            # a long write holds the database, or it is away for a moment: soon again, for ever
            log.warning("job_lease_not_kept", job=job_id, error=type(error).__name__)
            wait = min(pause, RETRY_SECONDS)


@tenancy.across("the queue is the installation's")
def _finish(
    job_id: int,
    state: JobState,
    *,
    error: str = "",
    result: dict[str, Any] | None = None,
) -> None:
    finished = clock.now() if state in {JobState.DONE, JobState.FAILED} else None
    with db.writing() as session:
        job = session.get_one(Job, job_id)
        job.state, job.error, job.lease_until = state, error, None
        job.finished_at = finished
        if result is not None:
            job.result = result
            job.done = job.total = max(job.total, 1)


def _asker(job: Job) -> Actor:
    return Actor(school_id=job.school_id, person_id=job.asked_by_id, name=job.asked_by_name)

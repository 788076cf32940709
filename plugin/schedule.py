"""The calendar of recurring work: APScheduler in one elected process, only to enqueue.

Each firing enqueues a job under the key `<kind>@<slot>`, so a slot is worked once even when two
clocks run, and the latest missed slot is caught up after downtime.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import click
import sqlalchemy as sa
import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Mapped, mapped_column

from plugin import actor, clock, db, jobs, retention, tenancy
from plugin.db import Base

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)


class ClockLease(Base):
    """Which process is the clock now; one row."""

    __tablename__ = "clock_lease"

    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(sa.String(120))
    until: Mapped[datetime]


@dataclass(frozen=True)
class Recurring:
    """Work that comes back every `every`, counted from the epoch in UTC.

    :param ends: the rows of the retention table by which it removes things.
    """

    kind: str
    every: timedelta
    ends: tuple[str, ...] = ()


_recurring: dict[str, Recurring] = {}


def recurring(
    kind: str, *, every: timedelta, ends: tuple[str, ...] = ()
) -> Callable[[jobs.Handler], jobs.Handler]:
    """Register a job handler that the clock enqueues (in a room's `work.py`).

    :param ends: records it removes, by their rows in `plugin.retention`; nothing goes without.
    :raises NothingEnds: one of them has no row, or its row says that it stays.
    """
    for name in ends:
        retention.require(name)

    def register(handler: jobs.Handler) -> jobs.Handler:
        _recurring[kind] = Recurring(kind, every, ends)
        return jobs.handles(kind)(handler)

    return register


def slot(now: datetime, every: timedelta) -> datetime:
    """The start of the interval that `now` lies in."""
    seconds = int(every.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


@tenancy.across("recurring work belongs to no school")
def tick(kind: str) -> int:
    """Enqueue the current slot of `kind`, if nobody has; returns the job's id."""
    item = _recurring[kind]
    at = slot(clock.now(), item.every)
    with db.writing():
        return jobs.enqueue(
            actor.system(None, "排程"),
            kind,
            {"slot": at.isoformat()},
            key=f"{kind}@{at.isoformat()}",
        )


def hold_lease(holder: str) -> bool:
    """Become or stay the clock; False while another process is."""
    now = clock.now()
    with db.writing() as session:
        lease = session.get(ClockLease, 1, with_for_update=db.HELD)
        if lease is None:
            session.add(ClockLease(id=1, holder=holder, until=now + LEASE))
            return True
        if lease.holder != holder and lease.until > now:
            return False
        lease.holder, lease.until = holder, now + LEASE
        return True


def init_app(app: Flask) -> None:
    app.cli.add_command(_commands)


_commands = AppGroup("schedule", help="The clock of recurring work.")


@_commands.command("run")
def run() -> None:
    """Be the clock, or wait to become it, until stopped."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    holder = f"{socket.gethostname()}:{os.getpid()}"
    scheduler: BackgroundScheduler | None = None
    try:
        while True:
            elected = hold_lease(holder)
            if elected and scheduler is None:
                scheduler = _start(app)
                log.info("clock_elected", holder=holder)
            elif not elected and scheduler is not None:
                scheduler.shutdown(wait=False)
                scheduler = None
            time.sleep(LEASE.total_seconds() / 3)
    except KeyboardInterrupt:
        pass
    finally:
        if scheduler is not None:
            scheduler.shutdown(wait=False)


@_commands.command("list")
def list_recurring() -> None:
    """What comes back, and how often."""
    for item in _recurring.values():
        click.echo(f"{item.kind}\tevery {item.every}")


def _start(app: Flask) -> BackgroundScheduler:
    scheduler = BackgroundScheduler(timezone=UTC)

    def fire(kind: str) -> None:
        with app.app_context():
            tick(kind)

    for item in _recurring.values():
        scheduler.add_job(
            fire,
            IntervalTrigger(seconds=int(item.every.total_seconds()), start_date="1970-01-01"),
            args=[item.kind],
            next_run_time=datetime.now(UTC),
            coalesce=True,
            misfire_grace_time=None,
        )
    scheduler.start()
    return scheduler

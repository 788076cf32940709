"""Recurring work: one clock, one job a slot, also after downtime."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import Flask

from plugin import db, jobs, schedule

ran: list[object] = []


@schedule.recurring("test.hourly", every=timedelta(hours=1))
def hourly(run: jobs.Run) -> None:
    ran.append(run.args["slot"])


def at(app: Flask, moment: datetime) -> None:
    app.extensions["licheng.clock"] = lambda: moment


def test_slot_is_the_start_of_the_interval() -> None:
    moment = datetime(2026, 11, 20, 13, 59, 59, tzinfo=UTC)
    assert schedule.slot(moment, timedelta(hours=1)) == moment.replace(minute=0, second=0)


def test_a_slot_is_worked_once_however_often_the_clock_ticks(app: Flask) -> None:
    ran.clear()
    start = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
    with app.app_context():
        for minutes in (0, 10, 50):
            at(app, start + timedelta(minutes=minutes))
            schedule.tick("test.hourly")
        assert len(ran) == 1
        at(app, start + timedelta(hours=26))
        schedule.tick("test.hourly")
        assert ran == ["2026-11-20T13:00:00+00:00", "2026-11-21T15:00:00+00:00"]
        keys = set(db.reading().scalars(sa.select(jobs.Job.key)))
        assert len(keys) == 2


def test_only_one_process_is_the_clock(app: Flask) -> None:
    start = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
    with app.app_context():
        at(app, start)
        assert schedule.hold_lease("a")
        assert not schedule.hold_lease("b")
        at(app, start + schedule.LEASE / 2)
        assert schedule.hold_lease("a")
        at(app, start + 2 * schedule.LEASE)
        assert schedule.hold_lease("b")
        assert not schedule.hold_lease("a")

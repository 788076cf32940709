"""Background work: accepted with its transaction, done once, taken over when a worker dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import create_app, db, jobs, tenancy
from plugin.actor import system
from plugin.errors import NotFound
from plugin.jobs import Job, JobState
from tests.factories import FrozenClock

ROOT = Path(__file__).resolve().parents[2]
runs: list[dict[str, object]] = []


@jobs.handles("test.note")
def note(run: jobs.Run) -> dict[str, object]:
    run.progress(1, 2, "half")
    runs.append(run.args)
    return {"seen": len(runs)}


@jobs.handles("test.break")
def break_down(run: jobs.Run) -> None:
    runs.append(run.args)
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def _fresh() -> None:
    runs.clear()


def states() -> list[JobState]:
    return list(db.reading().scalars(sa.select(Job.state).order_by(Job.id)))


def test_a_job_runs_when_its_transaction_is_committed(app: Flask) -> None:
    with app.app_context():
        with db.writing():
            jobs.enqueue(system(None), "test.note", {"n": 1})
            assert runs == []
        assert runs == [{"n": 1}]
        assert states() == [JobState.DONE]


def test_a_rolled_back_job_never_was(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(RuntimeError), db.writing():
            jobs.enqueue(system(None), "test.note", {"n": 1})
            raise RuntimeError
        assert runs == []
        assert states() == []


def test_the_same_key_is_one_job(app: Flask) -> None:
    with app.app_context():
        with db.writing():
            first = jobs.enqueue(system(None), "test.note", {}, key="k")
            again = jobs.enqueue(system(None), "test.note", {}, key="k")
        assert first == again
        assert len(runs) == 1


def test_an_unknown_kind_is_a_fault_at_once(app: Flask) -> None:
    with app.app_context(), pytest.raises(ValueError, match="no handler"):
        jobs.enqueue(system(None), "test.nobody", {})


def test_a_breaking_job_is_tried_again_and_then_failed(app: Flask) -> None:
    with app.app_context():
        with db.writing():
            job_id = jobs.enqueue(system(None), "test.break", {})
        while states() == [JobState.QUEUED]:
            jobs.run(job_id)
        assert states() == [JobState.FAILED]
        assert len(runs) == jobs.MAX_ATTEMPTS
        assert db.reading().get_one(Job, job_id).error == "ZeroDivisionError"


class Killed(BaseException):
    """What a handler dies of without a word: no `except Exception` sees it."""


@jobs.handles("test.kill")
def kill(run: jobs.Run) -> None:
    runs.append(run.args)
    raise Killed


def test_a_job_that_kills_its_workers_is_given_up(
    app: Flask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_wake", lambda *_args, **_more: None)
    with app.app_context():
        with db.writing():
            job_id = jobs.enqueue(system(None), "test.kill", {})
        for _worker in range(jobs.MAX_ATTEMPTS):
            with pytest.raises(Killed):
                jobs.run(job_id)
            assert states() == [JobState.RUNNING]
            clock.advance(minutes=5)
            assert jobs.recover() == 1
        jobs.run(job_id)
        assert len(runs) == jobs.MAX_ATTEMPTS
        db._close_reads()
        job = db.reading().get_one(Job, job_id)
        assert (job.state, job.error, job.finished_at) == (JobState.FAILED, jobs.LOST, clock())
        assert jobs.recover() == 0


def test_a_lease_is_kept_although_the_database_was_locked(
    app: Flask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    engine = db.engine

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0)
            return len(waits) > 3

    def locked_at_first() -> sa.Engine:
        if len(waits) == 1:
            raise sa.exc.OperationalError("UPDATE", {}, Exception("database is locked"))
        return engine()

    with app.app_context():
        with db.writing():
            job_id = jobs.enqueue(system(None), "test.note", {})
        monkeypatch.setattr(db, "engine", locked_at_first)
        jobs._keep_lease(app, job_id, Stop())
        lease = app.extensions["licheng.settings"].job_lease_seconds
        assert waits == [lease / 3, 1, lease / 3, lease / 3]
        until = db.reading().get_one(Job, job_id).lease_until
        assert until == clock() + timedelta(seconds=lease)


def test_a_finished_job_is_not_run_twice(app: Flask) -> None:
    with app.app_context():
        with db.writing():
            job_id = jobs.enqueue(system(None), "test.note", {})
        jobs.run(job_id)
        assert len(runs) == 1


def test_somebody_elses_job_is_not_found(app: Flask) -> None:
    with app.app_context():
        with db.writing():
            job_id = jobs.enqueue(system(None), "test.note", {})
        with pytest.raises(NotFound):
            jobs.find(system(7), job_id)


WORKER = """
import sys, time
from plugin import create_app, jobs
from plugin.settings import Settings

@jobs.handles("test.slow")
def slow(run):
    marks = open(run.args["marks"], "a")
    for step in range(run.args["steps"]):
        print(step, file=marks, flush=True)
        run.progress(step, run.args["steps"])
        time.sleep(0.1)
    return {"steps": run.args["steps"]}

app = create_app(Settings.from_env())
if __name__ == "__main__":
    with app.app_context():
        from plugin.jobs import worker
        worker.main(args=[], standalone_mode=False)
"""


@tenancy.across("the test looks into an installation that runs")
def test_a_killed_workers_job_is_taken_over(tmp_path: Path) -> None:
    """A real worker process is killed with SIGKILL in the middle; the next one finishes."""
    script, marks = tmp_path / "worker.py", tmp_path / "marks"
    script.write_text(WORKER)
    environ = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "LICHENG_ENV": "development",
        "LICHENG_DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "LICHENG_QUEUE_URL": f"sqlite:///{tmp_path}/queue.sqlite3",
        "LICHENG_STATIC": str(tmp_path / "static"),
        "LICHENG_VAULT_PRIMARY": str(tmp_path / "one"),
        "LICHENG_VAULT_SECOND": str(tmp_path / "two"),
        "LICHENG_STAGING": str(tmp_path / "staging"),
        "LICHENG_JOB_LEASE_SECONDS": "1",
    }
    from plugin.settings import Settings

    jobs._handlers.setdefault("test.slow", note)
    app = create_app(Settings.from_env(environ))
    with app.app_context():
        db.Base.metadata.create_all(db.engine())
        with db.writing():
            job_id = jobs.enqueue(system(None), "test.slow", {"marks": str(marks), "steps": 15})

    first = subprocess.Popen([sys.executable, script], env=environ)
    wait_for(lambda: marks.exists() and marks.read_text().count("\n") >= 3)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    with app.app_context():
        assert db.reading().get_one(Job, job_id).state == JobState.RUNNING

    second = subprocess.Popen([sys.executable, script], env=environ)
    try:
        wait_for(lambda: _state(app, job_id) == JobState.DONE)
    finally:
        second.terminate()
        second.wait()
    with app.app_context():
        job = db.reading().get_one(Job, job_id)
        assert (job.result, job.attempts) == ({"steps": 15}, 2)


def _state(app: Flask, job_id: int) -> JobState:
    with app.app_context():
        return db.reading().get_one(Job, job_id).state


def wait_for(ready: object, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not ready():  # type: ignore[operator]
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)

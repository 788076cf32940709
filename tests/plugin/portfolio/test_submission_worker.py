"""A real worker process is killed in the middle of a build; the next one goes on behind it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path

from plugin import create_app, db, tenancy
from plugin.portfolio.models import Submission, SubmissionFileKind, SubmissionState
from plugin.portfolio.operations import selection
from plugin.portfolio.operations import submission as operations
from plugin.portfolio.queries import submissions
from plugin.settings import Settings
from plugin.vault import queries as vault_queries
from tests.plugin.portfolio.submission_world import YEAR, another, being
from tests.plugin.portfolio.world import make_world

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 90
"""Seconds; a busy machine is slow, a hanging one fails."""


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """`flask jobs worker` with these settings; gone afterwards."""
    told = {
        f"LICHENG_{one.name.upper()}": str(getattr(settings, one.name))
        for one in fields(settings)
        if isinstance(getattr(settings, one.name), str | int | Path)
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "worker"]
    child = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **told},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield child
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()


def wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.005)


def test_a_killed_worker_is_followed_by_one_that_goes_on(settings: Settings) -> None:
    house = replace(settings, env="development", job_lease_seconds=2)
    with create_app(house).app_context(), tenancy.across("the test looks at its own school"):
        world = make_world()
        for seat in range(2, 8):
            with being(world, another(world, seat=seat, name=f"學生{seat}", national_id=None)):
                chosen = [world.certified().id, world.certified().id]
                selection.choose(world.pupil, YEAR, chosen)
        made = operations.begin(world.clerk, YEAR)
        folder = house.reports / f"submission-{made.id}"
        manifest = folder / f"{made.number}-manifest.pdf"

        def state() -> SubmissionState:
            db._close_reads()
            return db.reading().get_one(Submission, made.id).state

        with worker(house):
            wait(manifest.exists)
        assert state() is SubmissionState.BUILDING, "it was over before it was killed"
        kept = settings.reports / "as-it-was-when-the-worker-died.pdf"
        os.link(manifest, kept)
        with worker(house):
            wait(lambda: state() is not SubmissionState.BUILDING)
            wait(lambda: not folder.exists())
        done = db.reading().get_one(Submission, made.id)
        assert (done.state, done.failure) == (SubmissionState.FROZEN, "")
        files = submissions.files(made.id)
        assert set(files) == set(SubmissionFileKind)
        for one in files.values():
            assert vault_queries.path(one.sha256, one.size).stat().st_size == one.size
        # what the dead one had finished was not made again: the vault holds that very file
        one = files[SubmissionFileKind.MANIFEST]
        assert vault_queries.path(one.sha256, one.size).samefile(kept)
        assert [row.sequence for row in submissions.all_rows(made.id)] == list(range(1, 13))
        db._close_reads()
        db.engine().dispose()

"""Do pages stay as quick when the database is a hundred times as large?

``python -m benchmarks.scale`` on SQLite, in a temporary folder
``python scripts/with_postgres.py python -m benchmarks.scale`` on PostgreSQL (or ``--database URL``,
an empty database whose owner is a superuser)
``python -m benchmarks.scale --large 100000 --requests 10`` for a quick look

One run, one database: filled with synthetic schools of 100 students until it holds `--small`
outcomes, the pages of schools drawn by lot are asked for, filled up to `--large`, asked for again.
Between the ends comes one school of 1,800 students and 10,800 outcomes; its pages are asked for
then and at the end. A page holds as much at both ends; what grows is everything around it
(`benchmarks.scale_rows`: files, receipts, selections, submissions, course records as well).

Told for each page: p95 at both ends in seconds of the wall and in CPU seconds, and how many SQL
statements it took at most. Judged are the ratio of p95, 1.5 at most, and that no page takes more
statements at the large end. The CPU seconds are judged, since other work on the machine does not
change them: SQLite works within this process, and of a PostgreSQL server on this machine the time
of our backends is added, parallel workers off (`benchmarks.scale_clock`). With a server elsewhere
the wall is judged. The figures are those of Flask's test client, without a server or a network.
"""

import argparse
import gc
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from benchmarks.scale_clock import Cpu, sees_all
from benchmarks.scale_rows import (
    FIRST_SCHOOL,
    LARGE,
    LARGE_SCHOOL,
    NOW,
    ORDINARY,
    Shape,
    settle,
    write,
)

BAR = 1.5
CLOCKS = ("wall", "cpu")
WARM_UP = 3


def main() -> int:
    """Fill, ask, fill, ask; 1 when a page misses the bar."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=int, default=10_000, help="outcomes at the small end")
    parser.add_argument("--large", type=int, default=1_200_000, help="outcomes at the large end")
    parser.add_argument("--requests", type=int, default=30, help="of each page at each end")
    parser.add_argument(
        "--database",
        default=os.environ.get("LICHENG_TEST_DATABASE_URL"),
        help="URL of an empty database; SQLite in a temporary folder without it",
    )
    parser.add_argument(
        "--clock", choices=CLOCKS, help="judge by it; cpu, where the database's can be seen"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = make_app(Path(folder), asked.database)
        clock = asked.clock or ("cpu" if sees_all(app.extensions["licheng.engine"]) else "wall")
        return judge(app, asked.small, asked.large, asked.requests, clock)


@dataclass(frozen=True)
class Figure:
    """Of one page at one end."""

    wall: float
    cpu: float
    statements: int


def judge(app: Flask, small: int, large: int, requests: int, clock: str) -> int:
    """Print both ends and their ratios.

    :param clock: `wall` or `cpu`; by which the ratio is judged.
    """
    filler = Filler(app)
    filler.fill(small)
    before = measure(app, filler, ORDINARY, requests)
    filler.add_large()
    before |= measure(app, filler, LARGE, requests)
    filler.fill(large)
    after = measure(app, filler, ORDINARY, requests) | measure(app, filler, LARGE, requests)
    print(f"load average {os.getloadavg()}, {os.cpu_count()} processors; p95, judged by {clock}")
    print(f"{'':<42}{'small end':>21}{'large end':>21}")
    print(f"{'page':<42}{'wall ms':>12}{'cpu':>9}{'wall ms':>12}{'cpu':>9}{'SQL':>9}{'ratio':>8}")
    worst, grown = 0.0, []
    for page, first in before.items():
        last = after[page]
        ratio = getattr(last, clock) / getattr(first, clock)
        worst = max(worst, ratio)
        if last.statements > first.statements:
            grown.append(page)
        print(
            f"{page:<42}{first.wall * 1e3:>12.1f}{first.cpu * 1e3:>9.1f}{last.wall * 1e3:>12.1f}"
            f"{last.cpu * 1e3:>9.1f}{first.statements:>5}{last.statements:>4}{ratio:>8.2f}"
        )
    print(f"worst ratio {worst:.2f} (may be {BAR}); more statements at the large end: {grown}")
    return 0 if worst <= BAR and not grown else 1


def make_app(folder: Path, database: str | None = None) -> Flask:
    """The application on an empty database with every table."""
    import importlib
    import pkgutil

    import plugin
    from plugin import create_app, db
    from plugin.settings import Settings

    url = database or f"sqlite:///{folder}/scale.sqlite3"
    app = create_app(
        Settings(
            env="test",
            secret_key="a secret of the benchmark, at least 32 characters",
            database_url=url,
            queue_url=f"sqlite:///{folder}/queue.sqlite3",
            vault_primary=folder / "one",
            vault_second=folder / "two",
            staging=folder / "staging",
            reports=folder / "reports",
            mail_port=0,
        ),
        now=lambda: NOW,
    )
    for module in pkgutil.walk_packages(plugin.__path__, "plugin."):
        if module.name.rpartition(".")[2] == "models":
            importlib.import_module(module.name)
    with app.app_context():
        db.Base.metadata.create_all(db.engine())
    return app


class Filler:
    """Adds whole schools and tells what there is."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.engine: sa.Engine = app.extensions["licheng.engine"]
        self.schools = 0
        """Of the ordinary size."""

    def fill(self, outcomes: int) -> None:
        """Add ordinary schools until they have about so many outcomes; at least one."""
        wanted = max(round(outcomes / ORDINARY.all_outcomes), 1)
        self._write(ORDINARY, FIRST_SCHOOL + self.schools, FIRST_SCHOOL + wanted - 1)
        self.schools = wanted

    def add_large(self) -> None:
        """Add the school of 1,800."""
        self._write(LARGE, LARGE_SCHOOL, LARGE_SCHOOL)

    def _write(self, shape: Shape, first: int, last: int) -> None:
        began = time.monotonic()
        write(self.engine, shape, first, last)
        settle(self.engine)
        took = time.monotonic() - began
        with self.engine.connect() as connection:
            counts = ", ".join(
                f"{connection.exec_driver_sql(f'SELECT COUNT(*) FROM {table}').scalar():,} {told}"
                for table, told in (
                    ("outcome", "outcomes"),
                    ("stored_file", "files"),
                    ("school", "schools"),
                )
            )
        print(f"{self.engine.name}: {counts}; filled in {took:.0f} s", flush=True)


Who = tuple[str, int]
"""A role and whose: the n-th student, or the n-th of the staff if negative."""


def pages_of(shape: Shape) -> list[tuple[str, Who, str]]:
    """Name, asker and address; `{s}` is a thousand times the school's number."""
    student, teacher, homeroom = ("student", 7), ("teacher", -2), ("homeroom", -1)
    registry = ("registry", -shape.courses - 1)
    affairs = ("student_affairs", -shape.courses - 2)
    return [
        ("student: first page", student, "/"),
        ("student: outcomes", student, "/outcomes"),
        ("student: experiences", student, "/experiences"),
        ("student: timeline", student, "/timeline"),
        ("student: selection", student, "/selection"),
        ("student: course records", student, "/academic/records"),
        ("student: what was handed in", student, "/handed-in"),
        ("teacher: queue", teacher, "/certification"),
        ("teacher: scores of a course", teacher, "/academic/teaching/{s}2"),
        ("homeroom: matrix", homeroom, "/homeroom"),
        ("registry: first page", registry, "/"),
        ("registry: dashboard", registry, "/dashboard"),
        ("registry: progress", registry, "/progress"),
        ("registry: people", registry, "/school/people"),
        ("registry: search by number", registry, "/school/people?q=S0042"),
        ("registry: search by name", registry, "/school/people?q=之42"),
        ("registry: selections", registry, "/selections"),
        ("registry: submissions", registry, "/submissions"),
        ("registry: a submission", registry, "/submissions/{school}"),
        ("registry: receipts by class", registry, "/handed-in/progress"),
        ("registry: receipts of a class", registry, "/handed-in/progress/{s}1"),
        ("registry: course records", registry, "/academic/courses"),
        ("student affairs: a class", affairs, "/experiences/check?class={s}1"),
    ]


def measure(app: Flask, filler: Filler, shape: Shape, requests: int) -> dict[str, Figure]:
    """p95 of every page: of the large school, or each time of another ordinary one."""
    lot = random.Random(1)
    count, work = Statements(filler.engine), Cpu(filler.engine)
    client = app.test_client()
    name = "1,800" if shape is LARGE else "100"
    found = {}
    for page, who, path in pages_of(shape):
        gc.collect()
        gc.freeze()  # or going through the whole application now and then falls to some page's lot
        walls, cpus, statements = [], [], 0
        for turn in range(WARM_UP + requests):
            school = LARGE_SCHOOL
            if shape is ORDINARY:
                school = FIRST_SCHOOL + lot.randrange(filler.schools)
            address = path.replace("{s}", f"{school:d}00").replace("{school}", str(school))
            app.extensions["licheng.actor_loader"] = _loader(shape, school, who)
            count.statements = 0
            wall, cpu = time.perf_counter(), work.seconds()
            answer = client.get(address)
            wall, cpu = time.perf_counter() - wall, work.seconds() - cpu
            if answer.status_code != 200:
                sys.exit(f"{page}: {address} answered {answer.status_code}")
            if turn >= WARM_UP:
                walls.append(wall)
                cpus.append(cpu)
                statements = max(statements, count.statements)
        found[f"{name} {page}"] = Figure(_p95(walls), _p95(cpus), statements)
    count.stop()
    work.stop()
    gc.unfreeze()
    return found


def _p95(times: list[float]) -> float:
    if len(times) == 1:
        return times[0]
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def _loader(shape: Shape, school: int, who: Who) -> Callable[[], object]:
    from plugin.actor import Actor, Role

    role, place = who
    person = school * 1000 + (place if place > 0 else shape.staff - place - 1)
    actor = Actor(school_id=school, person_id=person, name="x", roles=frozenset({Role(role)}))
    return lambda: actor


class Statements:
    """Counts the SQL statements of an engine."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine, self.statements = engine, 0
        sa.event.listen(engine, "before_cursor_execute", self._one)

    def _one(self, *_of: object) -> None:
        self.statements += 1

    def stop(self) -> None:
        """Count no more."""
        sa.event.remove(self.engine, "before_cursor_execute", self._one)


if __name__ == "__main__":
    raise SystemExit(main())

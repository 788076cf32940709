"""Do pages stay as quick when the database is a hundred times as large?

``python -m benchmarks.scale`` on SQLite, in a temporary folder
``python scripts/with_postgres.py python -m benchmarks.scale`` on PostgreSQL (or ``--database URL``,
an empty database whose owner is a superuser)
``python -m benchmarks.scale --large 100000 --requests 10`` for a quick look

One run, two databases side by side: the small one holds synthetic schools of 100 students with
`--small` outcomes, the large one such schools with `--large`. Each page of schools drawn by lot is
asked of both in turn, so whatever else the machine does at the time falls on both ends alike. Then
both get one school of 1,800 students and 10,800 outcomes, and its pages are asked in the same way.
A page holds as much at both ends; what grows is everything around it (`benchmarks.scale_rows`:
files, receipts, selections, submissions, course records as well).

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
    """Fill, ask both; 1 when a page misses the bar."""
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
        apps = make_apps(Path(folder), asked.database)
        seen = sees_all(apps[0].extensions["licheng.engine"])
        clock = asked.clock or ("cpu" if seen else "wall")
        return judge(apps, asked.small, asked.large, asked.requests, clock)


@dataclass(frozen=True)
class Figure:
    """Of one page at one end."""

    wall: float
    cpu: float
    statements: int


def judge(apps: tuple[Flask, Flask], small: int, large: int, requests: int, clock: str) -> int:
    """Print both ends and their ratios.

    :param apps: on two empty databases, of the small and of the large end.
    :param clock: `wall` or `cpu`; by which the ratio is judged.
    """
    ends = End(apps[0]), End(apps[1])
    for end, outcomes in zip(ends, (small, large), strict=True):
        end.filler.fill(outcomes)
    before, after = measure(ends, ORDINARY, requests)
    for end in ends:
        end.filler.add_large()
    for found, more in zip((before, after), measure(ends, LARGE, requests), strict=True):
        found.update(more)
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


def make_apps(folder: Path, database: str | None = None) -> tuple[Flask, Flask]:
    """Applications on two databases: the given one for the large end, a new one beside it."""
    made = []
    for name in ("small", "large"):
        (folder / name).mkdir(exist_ok=True)
        url = database
        if database and name == "small":
            known = sa.make_url(database)
            url = known.set(database=f"{known.database}_small").render_as_string(False)
            server = sa.create_engine(database, isolation_level="AUTOCOMMIT")
            with server.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {known.database}_small")
            server.dispose()
        made.append(make_app(folder / name, url))
    return made[0], made[1]


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


class End:
    """One of the two databases, and what is counted of it."""

    def __init__(self, app: Flask) -> None:
        self.app, self.filler, self.client = app, Filler(app), app.test_client()
        self.walls: list[float] = []
        self.cpus: list[float] = []
        self.statements = 0

    def begin(self) -> None:
        """Nothing is known of a page yet."""
        self.walls, self.cpus, self.statements = [], [], 0

    def ask(
        self, shape: Shape, who: Who, path: str, lot: float, work: Cpu, count: Statements
    ) -> None:
        """Ask for a page of the large school, or of the ordinary one that the lot falls on."""
        school = LARGE_SCHOOL
        if shape is ORDINARY:
            school = FIRST_SCHOOL + int(lot * self.filler.schools)
        address = path.replace("{s}", f"{school:d}00").replace("{school}", str(school))
        self.app.extensions["licheng.actor_loader"] = _loader(shape, school, who)
        count.statements = 0
        wall, cpu = time.perf_counter(), work.seconds()
        answer = self.client.get(address)
        self.walls.append(time.perf_counter() - wall)
        self.cpus.append(work.seconds() - cpu)
        if answer.status_code != 200:
            sys.exit(f"{address} answered {answer.status_code}")
        self.statements = max(self.statements, count.statements)

    def figure(self) -> Figure:
        """Of the page just asked for, without what was asked to warm up."""
        return Figure(_p95(self.walls[WARM_UP:]), _p95(self.cpus[WARM_UP:]), self.statements)


def measure(
    ends: tuple[End, End], shape: Shape, requests: int
) -> tuple[dict[str, Figure], dict[str, Figure]]:
    """p95 of every page at both ends, asked in turn."""
    counts = [Statements(end.filler.engine) for end in ends]
    works = [Cpu(end.filler.engine) for end in ends]
    name = "1,800" if shape is LARGE else "100"
    found: tuple[dict[str, Figure], dict[str, Figure]] = ({}, {})
    lot = random.Random(1)
    for page, who, path in pages_of(shape):
        gc.collect()
        gc.freeze()  # or going through the whole application now and then falls to some page's lot
        for end in ends:
            end.begin()
        for _turn in range(WARM_UP + requests):
            drawn = lot.random()
            for end, work, count in zip(ends, works, counts, strict=True):
                end.ask(shape, who, path, drawn, work, count)
        for end, figures in zip(ends, found, strict=True):
            figures[f"{name} {page}"] = end.figure()
    for count, work in zip(counts, works, strict=True):
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


if __name__ == "__main__":
    raise SystemExit(main())

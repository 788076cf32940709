"""Do pages stay as quick when the database is a hundred times as large?

``python -m benchmarks.scale [--small 10000] [--large 1000000] [--requests 30]``
``python scripts/with_postgres.py python -m benchmarks.scale …`` for PostgreSQL

One run, one database: filled with synthetic schools until it holds `--small` outcomes, the pages
of schools drawn by lot are asked for, filled up to `--large`, asked for again. Every school is of
the same size, so a page holds as much at both ends; what grows is everything around it. Told for
each page: p95 at both ends and their ratio, which may be 1.5 at most. The figures are those of
Flask's test client, without a server or a network.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

BAR = 1.5
STUDENTS, CLASSES, COURSES, EACH = 100, 4, 20, 10
"""Of one school; `EACH` outcomes a student."""
PER_SCHOOL = STUDENTS * EACH
NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
YEAR = 115
STATES = ("certified", "certified", "certified", "sent", "draft", "returned")
WARM_UP = 3


def main() -> int:
    """Fill, ask, fill, ask; 1 when a page misses the bar."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=int, default=10_000, help="outcomes at the small end")
    parser.add_argument("--large", type=int, default=1_000_000, help="outcomes at the large end")
    parser.add_argument("--requests", type=int, default=30, help="of each page at each end")
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: our own seconds alone, for a machine that others use as well",
    )
    asked = parser.parse_args()
    clock = time.perf_counter if asked.clock == "wall" else time.process_time
    with tempfile.TemporaryDirectory() as folder:
        return judge(make_app(Path(folder)), asked.small, asked.large, asked.requests, clock)


def judge(app: Flask, small: int, large: int, requests: int, clock: Callable[[], float]) -> int:
    """Print both ends and their ratios."""
    filler = Filler()
    ends = []
    for size in (small, large):
        began = time.monotonic()
        with app.app_context():
            filler.fill(max(size // PER_SCHOOL, 1))
        print(
            f"{app.extensions['licheng.engine'].name}: {filler.schools * PER_SCHOOL:,} outcomes in "
            f"{filler.schools:,} schools, filled in {time.monotonic() - began:.0f} s",
            flush=True,
        )
        ends.append(measure(app, filler, requests, clock))
    print(f"{'page':<34}{'p95 small':>12}{'p95 large':>12}{'ratio':>8}")
    worst = 0.0
    for page, before in ends[0].items():
        after = ends[1][page]
        worst = max(worst, after / before)
        print(f"{page:<34}{before * 1e3:>9.1f} ms{after * 1e3:>9.1f} ms{after / before:>8.2f}")
    print(f"worst ratio {worst:.2f} (may be {BAR})")
    return 0 if worst <= BAR else 1


def make_app(folder: Path) -> Flask:
    """The application on an empty database with every table."""
    import importlib
    import pkgutil

    import plugin
    from plugin import create_app, db
    from plugin.settings import Settings

    url = os.environ.get("LICHENG_TEST_DATABASE_URL") or f"sqlite:///{folder}/scale.sqlite3"
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
    """Writes whole schools past the operations; ids follow from the school's number."""

    def __init__(self) -> None:
        self.schools = 0

    def fill(self, schools: int) -> None:
        """Add schools until there are so many."""
        from plugin import db

        while self.schools < schools:
            with db.engine().begin() as connection:
                some = range(self.schools, min(self.schools + 20, schools))
                for table, rows in self._rows(some).items():
                    connection.execute(db.Base.metadata.tables[table].insert(), rows)
            self.schools = some.stop
        if db.engine().name == "postgresql":
            with db.engine().connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
                    "ANALYZE"  # as the server itself does after a while
                )

    def _rows(self, some: range) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for number in some:
            for table, row in _school(number):
                found.setdefault(table, []).append(row)
        return found


def _school(number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    school = number + 1
    people = number * 1000
    yield (
        "school",
        {"id": school, "code": f"{school:06d}", "name": f"第{school}高中", "kind": "GENERAL",
         "settings": {}, "created_at": NOW},
    )  # fmt: skip
    for offset, kind in [(n, "STUDENT") for n in range(1, STUDENTS + 1)] + [
        (n, "STAFF") for n in range(900, 900 + COURSES + 3)
    ]:
        yield (
            "person",
            {"id": people + offset, "school_id": school, "kind": kind, "active": True,
             "number": f"{kind[0]}{offset:04d}", "name": f"人{school}之{offset}",
             "email": f"{offset}@{school}.example", "created_at": NOW},
        )  # fmt: skip
    for n in range(CLASSES):
        yield (
            "school_class",
            {"id": number * CLASSES + n + 1, "school_id": school, "academic_year": YEAR,
             "grade": 1 + n % 3, "code": f"{n + 1:03d}", "name": f"{n + 1}班",
             "homeroom_teacher_id": people + 900 + n},
        )  # fmt: skip
    for n in range(COURSES):
        course = number * COURSES + n + 1
        yield (
            "course",
            {"id": course, "school_id": school, "academic_year": YEAR, "term": 1 + n % 2,
             "number": f"C{n}", "code": "115999901H1110101010101", "name": f"科目{n}",
             "grade": 1, "credits": 4, "periods": 0},
        )  # fmt: skip
        yield (
            "course_teacher",
            {"course_id": course, "person_id": people + 900 + n, "kind": "RECORD"},
        )
    for kind in ("OUTCOME_UPLOAD", "CERTIFICATION", "EXPERIENCE_UPLOAD", "SELECTION"):
        yield (
            "window",
            {"school_id": school, "academic_year": YEAR, "term": 0 if kind == "SELECTION" else 1,
             "kind": kind, "grade": 0, "opens_at": NOW - timedelta(days=9),
             "closes_at": NOW + timedelta(days=9)},
        )  # fmt: skip
    for n in range(1, STUDENTS + 1):
        yield from _student(number, n)


def _student(number: int, n: int) -> Iterator[tuple[str, dict[str, Any]]]:
    school, student = number + 1, number * 1000 + n
    yield (
        "class_seat",
        {"class_id": number * CLASSES + n % CLASSES + 1, "student_id": student, "seat": n},
    )
    for m in range(EACH):
        course = number * COURSES + (n + m) % COURSES + 1
        state = STATES[(n + m) % len(STATES)]
        sent = None if state == "draft" else NOW - timedelta(minutes=n * EACH + m)
        yield "enrolment", {"course_id": course, "student_id": student, "active": True}
        yield (
            "outcome",
            {"school_id": school, "student_id": student, "course_id": course,
             "academic_year": YEAR, "term": 1, "grade": 1, "title": f"成果 {n}-{m}",
             "summary": "讀完之後的想法。", "ai_note": "", "state": state.upper(),
             "started_at": NOW, "sent_at": sent, "version": 1},
        )  # fmt: skip
    for m in range(3):
        yield (
            "experience",
            {"school_id": school, "student_id": student, "kind": "work", "academic_year": YEAR,
             "term": 1, "grade": 1, "title": f"作品 {m}", "details": {"name": "作品"},
             "summary": "", "link": "", "ai_note": "", "state": "SENT", "started_at": NOW,
             "sent_at": NOW, "version": 1},
        )  # fmt: skip


def measure(
    app: Flask, filler: Filler, requests: int, clock: Callable[[], float]
) -> dict[str, float]:
    """p95 of every page in seconds, each time of another school."""
    from plugin.actor import Actor, Role

    lot = random.Random(1)
    client = app.test_client()

    def who(role: Role, offset: int) -> Callable[[int], Actor]:
        def made(number: int) -> Actor:
            return Actor(
                school_id=number + 1, person_id=number * 1000 + offset, name="x",
                roles=frozenset({role}),
            )  # fmt: skip

        return made

    student, teacher = who(Role.STUDENT, 7), who(Role.TEACHER, 901)
    clerk, affairs = who(Role.REGISTRY, 920), who(Role.STUDENT_AFFAIRS, 921)
    pages: list[tuple[str, Callable[[int], Actor], str]] = [
        ("student: first page", student, "/"),
        ("student: outcomes", student, "/outcomes"),
        ("student: timeline", student, "/timeline"),
        ("student: selection", student, "/selection"),
        ("teacher: queue", teacher, "/certification"),
        ("homeroom: matrix", who(Role.HOMEROOM, 900), "/homeroom"),
        ("registry: dashboard", clerk, "/dashboard"),
        ("registry: progress", clerk, "/progress"),
        ("registry: first page", clerk, "/"),
        ("registry: search by number", clerk, "/school/people?q=S0042"),
        ("registry: search by name", clerk, "/school/people?q=之42"),
        ("student affairs: a class", affairs, "/experiences/check?class={class}"),
    ]
    found = {}
    for page, actor, path in pages:
        times = []
        for turn in range(WARM_UP + requests):
            number = lot.randrange(filler.schools)
            mine = actor(number)
            app.extensions["licheng.actor_loader"] = lambda mine=mine: mine
            began = clock()
            answer = client.get(path.replace("{class}", str(number * CLASSES + 1)))
            took = clock() - began
            if answer.status_code != 200:
                sys.exit(f"{page}: {path} answered {answer.status_code}")
            if turn >= WARM_UP:
                times.append(took)
        found[page] = statistics.quantiles(times, n=20)[-1]
    return found


if __name__ == "__main__":
    raise SystemExit(main())

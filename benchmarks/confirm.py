"""Applicants who confirm in the same minute, against the bare writing of the same rows.

``python -m benchmarks.confirm [--applicants 100]``

Ours: what a press on 確認送出 does, from the draft to the commit: the form filled and checked as a
whole, the case held, its version, consent, kept files, receipts, ledger and audit links, clock,
mail and letter, one transaction with fsync. Four threads, as under a server.

Peer: the limit of the database. The rows that ours left are written again, as they are, into an
empty database of the same tables and indexes: one transaction with fsync an applicant, through
``sqlite3`` alone. It checks nothing, encrypts, hashes and signs nothing, and nobody waits for
anybody.

Both lie in the same folder of the same disk, and each round measures both.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import threading
import time
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from benchmarks.harness import ROOT, Bar, Side, compare, report_note, report_value

THREADS = 4
SYNC = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", choices=["ours", "peer"])
    parser.add_argument("--applicants", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if args.side:
        return run_side(args.side, args.applicants)
    (ROOT / "var").mkdir(exist_ok=True)
    count = ["--applicants", str(args.applicants)]
    return compare(
        "confirm",
        ours=Side.of_module("benchmarks.confirm", "ours", *count),
        peer=Side.of_module("benchmarks.confirm", "peer", *count),
        metric="value",
        unit="confirmations/s",
        better="higher",
        rounds=args.rounds,
        bars=[Bar("value", 0.02)],
        note="whole applications confirmed, against the same rows written by sqlite3 alone",
    )


def run_side(side: str, applicants: int) -> int:
    with tempfile.TemporaryDirectory(dir=ROOT / "var") as folder:
        home = Path(folder)
        before, seconds = confirm_all(home, applicants)
        if side == "peer":
            rows, seconds = write_again(home, before, applicants)
            report_note(f"{rows / applicants:.0f} rows an applicant")
    report_value(applicants / seconds)
    return 0


def confirm_all(home: Path, applicants: int) -> tuple[dict[str, int], float]:
    """Everybody confirms; how many rows each table had before, and the seconds it took."""
    from plugin import create_app, db, tenancy
    from plugin.certification.forms.filling import application_form, application_of
    from plugin.certification.operations import applying
    from tests.factories.certification import make_applicant, make_office
    from tests.plugin.certification import applying_world as world

    app = create_app(settings(home))
    app.extensions["licheng.wake"] = lambda _job: None  # the queue works afterwards
    waiting: Queue[Any] = Queue()
    faults: list[BaseException] = []
    with app.app_context(), tenancy.across("the benchmark makes its office"):
        db.Base.metadata.create_all(db.engine())
        office = make_office()
        world.list_schools(office)
        for _n in range(applicants):
            person = make_applicant(office)
            waiting.put((person, world.opened(person)))
        db._close_reads()
    before = counted(home)

    def work() -> None:
        with app.app_context(), tenancy.within(office.id):
            while True:
                try:
                    person, case = waiting.get_nowait()
                except Empty:
                    return
                try:
                    data = world.draft_data(person, case.id)
                    form = application_form(person, data, csrf=False)
                    if not form.validate():
                        raise ValueError(form.errors)
                    applying.hand_in(person, case.id, application_of(form), form.basics())
                except BaseException as error:
                    faults.append(error)
                db._close_reads()

    started = time.perf_counter()
    threads = [threading.Thread(target=work) for _n in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    seconds = time.perf_counter() - started
    if faults:
        raise faults[0]
    after = counted(home)
    made = after["certification_version"] - before["certification_version"]
    assert made == applicants, "somebody's confirmation was lost"
    with app.app_context():
        db.engine().dispose()
    return before, seconds


def write_again(home: Path, before: dict[str, int], applicants: int) -> tuple[int, float]:
    """The rows that are new since, written into an empty database; how many, and the seconds."""
    source = sqlite3.connect(home / "licheng.sqlite3")
    schema = [
        sql
        for (sql,) in source.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
            " AND type IN ('table', 'index') ORDER BY type DESC"
        )
    ]
    rows: list[tuple[str, tuple[Any, ...]]] = []
    for table, had in before.items():
        for row in source.execute(f'SELECT * FROM "{table}" ORDER BY rowid LIMIT -1 OFFSET {had}'):
            places = ", ".join("?" * len(row))
            rows.append((f'INSERT INTO "{table}" VALUES ({places})', row))
    source.close()
    target = sqlite3.connect(home / "again.sqlite3", isolation_level=None)
    for sql in (*SYNC, *schema):
        target.execute(sql)
    shares = [rows[n::applicants] for n in range(applicants)]
    started = time.perf_counter()
    for share in shares:
        target.execute("BEGIN IMMEDIATE")
        for sql, row in share:
            target.execute(sql, row)
        target.execute("COMMIT")
    seconds = time.perf_counter() - started
    target.close()
    return len(rows), seconds


def counted(home: Path) -> dict[str, int]:
    """Table → how many rows it has."""
    with sqlite3.connect(home / "licheng.sqlite3") as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for (name,) in tables
        }


def settings(home: Path) -> Any:
    from plugin.settings import Settings

    return Settings(
        env="development",
        secret_key="a secret of the benchmarks, 32 characters",
        database_url=f"sqlite:///{home}/licheng.sqlite3",
        queue_url=f"sqlite:///{home}/queue.sqlite3",
        vault_primary=home / "primary",
        vault_second=None,
        vault_single_copy=True,
        staging=home / "staging",
        reports=home / "reports",
        mail_port=0,
    )


if __name__ == "__main__":
    raise SystemExit(main())

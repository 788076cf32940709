"""The scale benchmark runs, at a size that tells nothing about speed; what it writes holds."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks import scale, scale_clock, scale_rows

SMALLER = dataclasses.replace(scale_rows.LARGE, students=90, classes=6)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "WARM_UP", 0)
    monkeypatch.setattr(scale, "LARGE", SMALLER)


def test_every_page_is_asked_for_at_both_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = scale.judge(scale.make_apps(tmp_path), 1200, 2400, 1, "cpu")
    said = capsys.readouterr().out
    assert code in {0, 1}
    assert "1,200 outcomes, 2,000 files, 1 schools" in said
    assert "2,940 outcomes, 5,620 files, 3 schools" in said
    for page, _, _ in scale.pages_of(SMALLER):
        assert f"100 {page}" in said
        assert f"1,800 {page}" in said
    assert "more statements at the large end: []" in said


def test_no_row_refers_to_one_that_is_not_there(tmp_path: Path) -> None:
    app = scale.make_app(tmp_path)
    filler = scale.Filler(app)
    filler.fill(1)
    filler.add_large()
    with filler.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        handed = connection.execute(
            sa.text("SELECT record_kind, COUNT(*) FROM submission_row GROUP BY record_kind")
        )
        assert {kind: count > 0 for kind, count in handed} == {"OUTCOME": True, "EXPERIENCE": True}
        selected = connection.execute(
            sa.text(
                "SELECT COUNT(*) FROM selection_item GROUP BY selection_id ORDER BY 1 DESC LIMIT 1"
            )
        )
        assert selected.scalar() == 6, "nobody selects more than the rules let"


def test_the_schools_are_as_large_as_they_are_said_to_be() -> None:
    assert scale_rows.LARGE.all_outcomes == 10_800
    assert 1000 * scale_rows.ORDINARY.students == 100_000
    assert 1000 * scale_rows.ORDINARY.all_outcomes == 1_200_000


def test_what_the_database_works_counts_wherever_it_works(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    assert scale_clock.sees_all(engine)
    busy = {
        "postgresql": "SELECT COUNT(*) FROM generate_series(1, 1000000)",
        "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000)"
        " SELECT COUNT(*) FROM n",
    }[engine.name]
    work = scale_clock.Cpu(engine)
    with engine.connect() as connection:
        before, of_this_process = work.seconds(), time.process_time()
        connection.exec_driver_sql(busy).scalar_one()
        took, of_this_process = work.seconds() - before, time.process_time() - of_this_process
        if engine.name == "postgresql":
            assert took > of_this_process, "a million rows are counted there, not here"
            workers = connection.exec_driver_sql("SHOW max_parallel_workers_per_gather")
            assert workers.scalar_one() == "0"
    seen = work.seconds()
    work.stop()
    assert work.seconds() >= seen, "a backend that ended keeps what it took"
    assert took > 0


def test_a_server_elsewhere_is_not_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, pid in (("postgres", 7), ("other", 8), ("postgres", 9)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "comm").write_text(f"{name}\n")
        (tmp_path / str(pid) / "schedstat").write_text("5000 1 1\n" if pid != 9 else "")
    monkeypatch.setattr(scale_clock, "PROC", tmp_path)
    assert scale_clock._nanoseconds(7) == 5000
    assert [scale_clock._nanoseconds(pid) for pid in (8, 9, 10)] == [None, None, None]

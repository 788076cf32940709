"""The harness measures what it says and fails when a bar is missed."""

import json
import sys

import pytest

from benchmarks import harness
from benchmarks.harness import Bar, BenchmarkFailed, Side, compare, run_side


def side(code: str) -> Side:
    return Side([sys.executable, "-c", code])


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(harness, "ROOT", tmp_path)
    return tmp_path


def lines(root) -> list[dict]:
    return [json.loads(line) for line in (root / "var" / "bench.jsonl").read_text().splitlines()]


def test_memory_of_the_hungrier_side_makes_ours_ahead(root):
    code = compare(
        "memory",
        side("pass"),
        side("x = b'x' * 80_000_000"),
        metric="rss",
        rounds=1,
        bars=[Bar("rss", 2)],
    )
    (line,) = lines(root)
    assert code == 0
    assert set(line) == {"name", "ours", "peer", "unit", "ratio", "better"}
    assert (line["name"], line["unit"], line["better"]) == ("memory", "MB", "lower")
    assert line["ratio"] > 2


def test_a_reported_value_may_be_better_when_higher(root):
    ours, peer = (side(f"print('{harness.MARK}{n}')") for n in (30, 10))
    code = compare("speed", ours, peer, metric="value", unit="req/s", better="higher", rounds=2)
    assert code == 0
    assert lines(root)[0]["ratio"] == 3.0


def test_a_missed_bar_fails(root, capsys):
    ours, peer = (side(f"print('{harness.MARK}{n}')") for n in (10, 10))
    assert compare("even", ours, peer, metric="value", better="higher", bars=[Bar("value", 2)]) == 1
    assert "MISSED" in capsys.readouterr().out


def test_descendants_that_were_waited_for_count():
    inner = "sum(i * i for i in range(1_000_000))"
    run = run_side(
        side(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])")
    )
    alone = run_side(side("pass"))
    assert run.cpu > alone.cpu


def test_a_side_that_fails_is_shown():
    with pytest.raises(BenchmarkFailed, match="no such luck"):
        run_side(side("raise SystemExit('no such luck')"))


def test_nothing_to_compare_is_an_error():
    with pytest.raises(BenchmarkFailed, match="no side reported"):
        compare("silent", side("pass"), side("pass"), metric="value", rounds=1)

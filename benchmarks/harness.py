"""Run ours and a peer alternately, each as its own process, and write down the ratio.

How a benchmark module uses it
------------------------------
A module ``benchmarks/NAME.py`` plays two parts.  Started without ``--side`` it is the judge;
the judge starts the same module again with ``--side ours`` and ``--side peer`` in turn::

    from benchmarks.harness import Bar, Side, compare, report_value

    def main() -> int:
        args = parser.parse_args()
        if args.side == 'ours':
            return run_ours(args)          # heavy imports live inside these two
        if args.side == 'peer':
            return run_peer(args)
        size = ['--rows', str(args.rows)]
        return compare(
            'manifest',
            ours=Side.of_module('benchmarks.manifest', 'ours', *size),
            peer=Side.of_module('benchmarks.manifest', 'peer', *size),
            metric='wall',                 # 'wall' | 'cpu' | 'rss' | 'value'
            rounds=3,                      # the order swaps every round; medians are compared
            bars=[Bar('wall', 4.0), Bar('rss', 2.0)],
        )

    if __name__ == '__main__':
        raise SystemExit(main())

What is measured: wall seconds from start to exit, CPU seconds (user + system) and the highest
resident memory of a single process, over the child *and the descendants it waited for*
(``wait4``).  So a side that starts servers must end and wait for them itself.  A figure that only
the child can know (requests per second, MB per second without start-up) is printed by it as its
last line with :func:`report_value` and compared with ``metric='value'``; what is no figure is said
with :func:`report_note` and printed.

A ratio above 1 always means that ours is ahead: peer/ours for seconds and memory,
ours/peer for a reported value with ``better='higher'``.

:func:`compare` appends ``{"name", "ours", "peer", "unit", "ratio", "better"}`` to
``var/bench.jsonl`` and returns an exit code: 0, or 1 when a bar is missed (which is said).
Memory below some 10 MB cannot be told apart (that of the launcher).
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNITS = {"wall": "s", "cpu": "s", "rss": "MB"}
MARK = "BENCH-VALUE "
NOTE = "BENCH-NOTE "


class BenchmarkFailed(RuntimeError):
    """A side ended with an error or reported nothing; its last output is in the message."""

    code = "benchmark.failed"


@dataclass(frozen=True)
class Side:
    """One of the two: the command to run and what differs in its environment."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_module(cls, module: str, side: str, *args: str, **env: str) -> "Side":
        """``python -m module --side side *args`` with this interpreter."""
        return cls([sys.executable, "-m", module, "--side", side, *args], env)


@dataclass(frozen=True)
class Run:
    """One process from start to exit: seconds, seconds, MB (10**6 bytes), and its own figure."""

    wall: float
    cpu: float
    rss: float
    value: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bar:
    """The least ratio that ``metric`` must reach."""

    metric: str
    ratio: float


def report_value(value: float) -> None:
    """Called inside a side: hand a figure of its own to the judge."""
    print(f"{MARK}{json.dumps(value)}", flush=True)


def report_note(text: str) -> None:
    """Called inside a side: something to say beside the figures, in one line."""
    print(f"{NOTE}{text}", flush=True)


LAUNCHER = """
import json, os, sys, time
report = int(sys.argv[1])
started = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - started
figures = [wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6]
os.write(report, json.dumps(figures).encode())
sys.exit(os.waitstatus_to_exitcode(status) & 255)
"""


def run_side(side: Side, timeout: float = 900) -> Run:
    """Run one side once.  Raises BenchmarkFailed with the end of its output.

    A small launcher starts it and waits: a process inherits the peak memory of the one that
    spawned it, and the judge may be fat.
    """
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as figures, tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, str(writing), *side.argv],
            cwd=ROOT,
            env={**os.environ, **side.env},
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[writing],
            start_new_session=True,
        )
        os.close(writing)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        text = output.read().decode(errors="replace")
        if process.returncode != 0:
            raise BenchmarkFailed(f"{' '.join(side.argv)} -> {process.returncode}\n{text[-2000:]}")
        wall, cpu, rss = json.loads(os.read(figures.fileno(), 4096))
    values = [line[len(MARK) :] for line in text.splitlines() if line.startswith(MARK)]
    notes = tuple(line[len(NOTE) :] for line in text.splitlines() if line.startswith(NOTE))
    return Run(wall, cpu, rss, float(json.loads(values[-1])) if values else None, notes)


def compare(
    name: str,
    ours: Side,
    peer: Side,
    *,
    metric: str = "wall",
    unit: str | None = None,
    better: str = "lower",
    rounds: int = 3,
    peer_rounds: int | None = None,
    bars: Sequence[Bar] = (),
    note: str = "",
) -> int:
    """Measure, print the table, append the line of ``metric``, return the exit code.

    ``better`` concerns ``metric='value'`` only.  ``peer_rounds`` caps the rounds of a slow peer.
    """
    peer_rounds = rounds if peer_rounds is None else min(peer_rounds, rounds)
    runs: dict[str, list[Run]] = {"ours": [], "peer": []}
    for turn in range(rounds):
        order = ["ours", "peer"] if turn % 2 == 0 else ["peer", "ours"]
        for who in order:
            if who == "peer" and turn >= peer_rounds:
                continue
            run = run_side(ours if who == "ours" else peer)
            runs[who].append(run)
            own = "" if run.value is None else f"  value {run.value:.2f}"
            print(
                f"  round {turn + 1} {who}: wall {run.wall:.2f} s  cpu {run.cpu:.2f} s"
                f"  rss {run.rss:.0f} MB{own}",
                flush=True,
            )
            for note_of_side in run.notes:
                print(f"    {note_of_side}", flush=True)
    metrics = ["wall", "cpu", "rss"]
    if all(run.value is not None for side in runs.values() for run in side):
        metrics.append("value")
    figures = {m: _figure(runs, m, better) for m in metrics}
    if metric not in figures:
        raise BenchmarkFailed(f"{name}: no side reported a value, so there is nothing to compare")
    print(f"\n{name}{'  ' + note if note else ''}")
    print(f"  {'metric':<8}{'ours':>12}{'peer':>12}{'ratio':>9}")
    for m, (mine, theirs, ratio) in figures.items():
        print(f"  {m:<8}{mine:>12.2f}{theirs:>12.2f}{ratio:>8.2f}x")
    mine, theirs, ratio = figures[metric]
    append(
        name,
        mine,
        theirs,
        unit or UNITS.get(metric, ""),
        ratio=ratio,
        better=better if metric == "value" else "lower",
    )
    missed = [bar for bar in bars if figures[bar.metric][2] < bar.ratio]
    for bar in missed:
        print(f"  MISSED: {bar.metric} {figures[bar.metric][2]:.2f}x, wanted {bar.ratio}x")
    return 1 if missed else 0


def _figure(runs: dict[str, list[Run]], metric: str, better: str) -> tuple[float, float, float]:
    mine, theirs = (statistics.median(getattr(r, metric) for r in runs[w]) for w in runs)
    higher = metric == "value" and better == "higher"
    return mine, theirs, (mine / theirs if higher else theirs / mine)


def append(
    name: str,
    ours: float,
    peer: float,
    unit: str,
    *,
    ratio: float | None = None,
    better: str = "lower",
) -> None:
    """Write a line of results into ``var/bench.jsonl``; for lower figures the ratio follows."""
    line = {
        "name": name,
        "ours": round(ours, 4),
        "peer": round(peer, 4),
        "unit": unit,
        "ratio": round(peer / ours if ratio is None else ratio, 3),
        "better": better,
    }
    path = ROOT / "var" / "bench.jsonl"
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(line, ensure_ascii=False) + "\n")

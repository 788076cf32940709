"""Processes are started, started again, stopped, and cleaned up after a crash."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts import supervisor as module
from scripts.supervisor import Child, StartError, Supervisor, free_port

SLEEP = "import time; print('up', flush=True); time.sleep(600)"


def until(condition: Callable[[], object], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path / "run" / "processes.json", str(tmp_path), say=lambda _text: None)
    yield made
    made.stop()


def child(tmp_path: Path, code: str, name: str = "one") -> Child:
    argv = [sys.executable, "-c", code]
    return Child(name, argv, dict(os.environ), tmp_path, tmp_path / "log" / f"{name}.log")


def test_output_goes_to_the_log_with_time_and_name(keeper: Supervisor, tmp_path: Path) -> None:
    one = keeper.add(child(tmp_path, SLEEP))
    assert until(lambda: one.log.exists() and "up" in one.log.read_text())
    stamp, name, text = one.log.read_text().split()
    assert (name, text) == ("one:", "up")
    assert stamp.endswith("Z")


def test_a_dead_child_is_started_again_after_growing_pauses(
    keeper: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    one = keeper.add(child(tmp_path, "print('short life', flush=True)"))

    def died_three_times() -> bool:
        keeper.tend()
        return one.deaths >= 3

    assert until(died_three_times)
    assert one.log.read_text().count("short life") >= 2


def test_stop_ends_everything_and_forgets(keeper: Supervisor, tmp_path: Path) -> None:
    children = [keeper.add(child(tmp_path, SLEEP, name)) for name in ("one", "two")]
    record = tmp_path / "run" / "processes.json"
    assert len(json.loads(record.read_text())["children"]) == 2
    keeper.stop()
    assert not any(c.alive for c in children)
    assert not record.exists()


def test_a_child_that_never_comes_up_is_reported_with_its_log(
    keeper: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    one = keeper.add(child(tmp_path, "raise SystemExit('no database')"))
    with pytest.raises(StartError, match="no database"):
        keeper.wait_for(f"http://127.0.0.1:{free_port(0)}/", one)


def test_leftovers_of_a_crash_are_stopped_but_strangers_are_not(
    keeper: Supervisor, tmp_path: Path
) -> None:
    ours = subprocess.Popen([sys.executable, "-c", SLEEP], cwd=tmp_path)
    stranger = subprocess.Popen([sys.executable, "-c", SLEEP], cwd="/")
    try:
        record = tmp_path / "run" / "processes.json"
        record.parent.mkdir()
        # pid 1 stands for a number that another program got after a restart of the machine
        record.write_text(json.dumps({"supervisor": 1, "children": [ours.pid, stranger.pid]}))
        waited = until(lambda: ours.poll() is None)
        assert waited
        import threading

        reaper = threading.Thread(target=ours.wait, daemon=True)
        reaper.start()
        assert keeper.stop_leftovers() == 1
        assert until(lambda: ours.poll() is not None)
        assert stranger.poll() is None
        assert not record.exists()
    finally:
        for process in (ours, stranger):
            process.kill()
            process.wait()


def test_nothing_noted_means_nothing_to_stop(keeper: Supervisor, tmp_path: Path) -> None:
    assert keeper.stop_leftovers() == 0
    record = tmp_path / "run" / "processes.json"
    record.parent.mkdir()
    record.write_text("half a fi")
    assert keeper.stop_leftovers() == 0


def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from scripts.supervisor import *\n"
        "import os\n"
        "here = Path(sys.argv[1])\n"
        "c = Child('one', [sys.executable, '-c', 'import time; time.sleep(600)'],"
        " dict(os.environ), here, here / 'one.log')\n"
        "c.start(); print(c.process.pid, flush=True); time.sleep(600)\n"
    )
    keeper = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert keeper.stdout is not None
    pid = int(keeper.stdout.readline())
    os.kill(keeper.pid, signal.SIGKILL)
    keeper.communicate()

    def gone() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
        except OSError:
            return True

    assert until(gone)


def test_a_busy_port_is_passed_over() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = busy.getsockname()[1]
        assert free_port(taken) > taken
    assert free_port(0) > 0

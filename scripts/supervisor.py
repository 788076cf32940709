"""Starts processes, keeps them running, writes their logs, stops them all.

Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a process that died is started again: doubled each time, up to the second."""
SETTLED = 30.0
"""Seconds a process has to live for its earlier deaths to be forgotten."""
GRACE = 10.0
"""Seconds between asking a process to stop and stopping it."""
LOG_LIMIT = 5 * 1024 * 1024
"""Bytes after which a log is put aside (as .1) at the next start."""
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class StartError(Exception):
    """A process did not come up; the message holds the end of its log."""

    code = "supervisor.start"


def free_port(wanted: int, *, host: str = "127.0.0.1", tries: int = 50) -> int:
    """``wanted``, or the next port above it that nobody listens on; 0 asks the system for any.

    Raises:
        OSError: none of ``tries`` ports is free.
    """
    for port in range(wanted, wanted + tries):
        with socket.socket() as probe:
            # As servers do: a port whose last connections are only lingering counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            bound: int = probe.getsockname()[1]
            return bound
    raise OSError(f"no free port from {wanted} to {wanted + tries - 1}")


def die_with_parent() -> None:
    """Ask Linux to stop this process when its parent is gone, even by kill -9."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process to keep running."""

    name: str
    argv: list[str]
    env: dict[str, str]
    cwd: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0.0
    again_at: float = 0.0
    _reader: threading.Thread | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it; its output goes line by line, with the time, into its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.process = subprocess.Popen(
            self.argv,
            cwd=self.cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops the rest
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, libc is loaded already
        )
        self.started = time.monotonic()
        output = self.process.stdout
        self._reader = threading.Thread(target=self._copy, args=(output,), daemon=True)
        self._reader.start()

    def _copy(self, output: IO[bytes]) -> None:
        with output, self.log.open("a", encoding="utf-8") as out:
            for line in output:
                stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                out.write(f"{stamp} {self.name}: {line.decode(errors='replace').rstrip()}\n")
                out.flush()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def force_to_stop(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def finish_log(self) -> None:
        """Wait until the rest of its output is written."""
        if self._reader is not None:
            self._reader.join(2)

    def tail(self, lines: int = 20) -> str:
        """The end of its log."""
        if self._reader is not None and not self.alive:
            self._reader.join(1)
        text = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


class Supervisor:
    """Keeps children running until told to stop.

    Args:
        record: JSON file that names the running processes, for the next start after a crash.
        mark: text that the command line of each of our processes contains.
        say: where a line for the person at the terminal goes.
    """

    def __init__(self, record: Path, mark: str, say: Callable[[str], None] = print) -> None:
        self._record, self._mark, self._say = record, mark, say
        self.children: list[Child] = []
        self._stop = threading.Event()

    def add(self, child: Child) -> Child:
        """Start a child and keep it running from now on."""
        self.children.append(child)
        child.start()
        self._write_record()
        return child

    def _write_record(self) -> None:
        pids = [c.process.pid for c in self.children if c.process is not None]
        self._record.parent.mkdir(parents=True, exist_ok=True)
        part = self._record.with_suffix(".part")
        part.write_text(json.dumps({"supervisor": os.getpid(), "children": pids}))
        part.replace(self._record)

    def stop_leftovers(self) -> int:
        """Stop what an earlier run left behind; processes that are not ours are left alone.

        Returns how many were stopped.
        """
        try:
            noted = json.loads(self._record.read_text())
        except (OSError, ValueError):
            return 0
        pids = [noted.get("supervisor"), *noted.get("children", [])]
        ours = [pid for pid in pids if isinstance(pid, int) and self._is_ours(pid)]
        for pid in ours:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while time.monotonic() < deadline and any(self._is_ours(pid) for pid in ours):
            time.sleep(0.1)
        for pid in ours:
            if self._is_ours(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._record.unlink(missing_ok=True)
        return len(ours)

    def _is_ours(self, pid: int) -> bool:
        """True for a live process with our mark on its command line (pids are used again)."""
        if pid == os.getpid():
            return False
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            folder = str(Path(f"/proc/{pid}/cwd").readlink())
        except OSError:
            return False
        return self._mark in f"{folder} {command}"

    def wait_for(self, url: str, child: Child, *, seconds: float = 60.0) -> None:
        """Wait until ``url`` answers 200.

        Raises:
            StartError: the child keeps dying, or the time is over.
        """
        deadline = time.monotonic() + seconds
        said = ""
        while time.monotonic() < deadline and not self._stop.is_set():
            self.tend()
            if child.deaths >= 3:
                break
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    if answer.status == 200:
                        return
            except urllib.error.HTTPError as error:
                said = f"{error.code} {error.read(500).decode(errors='replace')}"
            except OSError as error:
                said = str(error)
            time.sleep(0.2)
        raise StartError(f"{child.name} did not come up ({said}). Its log ends:\n{child.tail()}")

    def tend(self) -> None:
        """Look once: start again what died, after its pause."""
        now = time.monotonic()
        for child in self.children:
            if child.alive:
                if child.deaths and now - child.started > SETTLED:
                    child.deaths = 0
                continue
            if not child.again_at:
                child.deaths += 1
                pause = min(FIRST_PAUSE * 2 ** (child.deaths - 1), LONGEST_PAUSE)
                child.again_at = now + pause
                self._say(f"{child.name} ended; starting it again in {pause:g} s (see {child.log})")
            elif now >= child.again_at:
                child.again_at = 0.0
                child.start()
                self._write_record()

    def stop_on_signals(self) -> None:
        """Let Ctrl-C and SIGTERM end ``run`` (and a wait)."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop.set())

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def run(self) -> None:
        """Tend the children until a signal comes."""
        while not self._stop.wait(0.3):
            self.tend()

    def stop(self) -> None:
        """Stop every child, the last started first, and forget them."""
        self._stop.set()
        for child in reversed(self.children):
            child.ask_to_stop()
        deadline = time.monotonic() + GRACE
        for child in self.children:
            if child.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.1, deadline - time.monotonic()))
        for child in self.children:
            child.force_to_stop()
            child.finish_log()
        self._record.unlink(missing_ok=True)

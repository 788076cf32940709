"""The processes that answer."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from benchmarks.harness import ROOT

WORKERS = 2


@contextmanager
def bound() -> Iterator[socket.socket]:
    """A listening socket on a port of its own, before there is a server: what it is given may
    then name the port."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    try:
        yield listening
    finally:
        listening.close()


@contextmanager
def gunicorn(app: str, listening: socket.socket, environment: Mapping[str, str]) -> Iterator[int]:
    """Two sync workers on `listening`; gives the port."""
    number = listening.fileno()
    command = [
        *(sys.executable, "-m", "gunicorn", "--log-level", "warning"),
        *("--workers", str(WORKERS), "--bind", f"fd://{number}", app),
    ]
    with process(command, environment, [number]):
        yield listening.getsockname()[1]


@contextmanager
def process(
    command: Sequence[str],
    environment: Mapping[str, str],
    files: Sequence[int] = (),
    end: signal.Signals = signal.SIGTERM,
) -> Iterator[None]:
    """Run until the block ends, and wait for the end, so that the judge counts its CPU time."""
    running = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, pass_fds=files)
    try:
        yield
    finally:
        running.send_signal(end)
        running.wait(30)


def free_port() -> int:
    """A port nobody listens on, for servers that open it themselves."""
    with bound() as listening:
        return int(listening.getsockname()[1])


def wait_for(ask: Callable[[], object], seconds: float = 60) -> None:
    """Until `ask` gets its answer.

    :raises RuntimeError: not in time.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            ask()
        except (OSError, RuntimeError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return

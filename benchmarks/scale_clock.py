"""CPU seconds that pages take: of this process, and of the PostgreSQL backends that work for it.

Other work on the machine makes a page slower by the wall; it does not change the CPU it takes. Of a
backend the kernel tells it in the first field of `/proc/<pid>/schedstat`, in nanoseconds (Linux,
Documentation/scheduler/sched-stats), which anybody on the machine may read.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

PROC = Path("/proc")
BUSY = "SELECT COUNT(*) FROM generate_series(1, 200000)"
"""Takes a backend some milliseconds."""


class Cpu:
    """Counts from the moment it is made; its engine's connections are opened anew for it.

    A query's parallel workers are processes of their own, gone when it ends: connections are asked
    to do without, so that a backend's own time is the whole.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._backends: dict[int, int] = {}
        """Nanoseconds of each, as last seen: one that ended keeps what it took."""
        if engine.name == "postgresql":
            engine.dispose()
            sa.event.listen(engine, "connect", self._connected)

    def seconds(self) -> float:
        """So far; only differences say something."""
        for pid, last in self._backends.items():
            self._backends[pid] = _nanoseconds(pid) or last
        return time.process_time() + sum(self._backends.values()) / 1e9

    def stop(self) -> None:
        """Watch no more connections; those there are close."""
        if self.engine.name == "postgresql":
            sa.event.remove(self.engine, "connect", self._connected)
            self.engine.dispose()

    def _connected(self, connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
        connection.commit()
        pid = connection.info.backend_pid
        self._backends[pid] = _nanoseconds(pid) or 0


def sees_all(engine: sa.Engine) -> bool:
    """Whether the database's work can be counted: it is this process, or a server on this machine
    whose backend's time grows when it works."""
    if engine.name == "sqlite":
        return True
    with engine.connect() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        before = _nanoseconds(pid)
        connection.exec_driver_sql(BUSY).scalar_one()
        after = _nanoseconds(pid)
    return before is not None and after is not None and after - before > 1_000_000


def _nanoseconds(pid: int) -> int | None:
    """On a processor; None when there is no such PostgreSQL process (any more)."""
    try:
        if (PROC / str(pid) / "comm").read_text().strip() != "postgres":
            return None
        return int((PROC / str(pid) / "schedstat").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None

"""A PostgreSQL server of its own, with the settings it comes with: it waits for the disk."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.with_postgres import drop_root, find_binaries, run


@contextmanager
def server() -> Iterator[str]:
    """Start, and throw away afterwards; gives the folder of the socket (user `licheng`, database
    `postgres`).

    :raises RuntimeError: PostgreSQL's server is not installed.
    """
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError("PostgreSQL's server is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="licheng-bench-"))
    data, user = folder / "data", drop_root(folder)
    control = [binaries / "pg_ctl", "-D", data, "-w"]
    try:
        run(user, binaries / "initdb", "-D", data, "-U", "licheng", "-A", "trust", "-E", "UTF8",
            "--locale=C")  # fmt: skip
        options = f"-c listen_addresses='' -k {folder}"
        run(user, *control, "-o", options, "-l", folder / "log", "start")
        try:
            yield str(folder)
        finally:
            run(user, *control, "-m", "fast", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)

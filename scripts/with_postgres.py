"""Run a command with a PostgreSQL server of its own, thrown away afterwards.

    python scripts/with_postgres.py pytest tests/plugin

The server listens on a socket in a temporary folder only. `LICHENG_TEST_DATABASE_URL` tells the
command where it is. As root the server runs as the user `postgres`, since it refuses root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PLACES = ("/usr/lib/postgresql/*/bin", "/opt/postgresql/bin")


def main(command: list[str]) -> int:
    """Start, run, stop; the command's exit status, or 3 when there is no server to start."""
    binaries = find_binaries()
    if binaries is None:
        print("PostgreSQL's server is not installed: apt-get install postgresql", file=sys.stderr)
        return 3
    folder = Path(tempfile.mkdtemp(prefix="licheng-postgres-"))
    data = folder / "data"
    as_user = drop_root(folder)
    try:
        run(as_user, binaries / "initdb", "-D", data, "-U", "licheng", "-A", "trust", "-E", "UTF8",
            "--no-sync", "--locale=C")  # fmt: skip
        options = f"-c listen_addresses='' -k {folder} -c synchronous_commit=on -c fsync=off"
        run(as_user, binaries / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w",
            "start")  # fmt: skip
        try:
            url = f"postgresql+psycopg://licheng@/postgres?host={folder}"
            environ = {**os.environ, "LICHENG_TEST_DATABASE_URL": url}
            return subprocess.run(command, env=environ, check=False).returncode
        finally:
            run(as_user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_binaries() -> Path | None:
    """Where `initdb` and `pg_ctl` are; Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    for pattern in PLACES:
        for place in sorted(Path("/").glob(pattern[1:]), reverse=True):
            if (place / "initdb").exists():
                return place
    return None


def drop_root(folder: Path) -> dict[str, int]:
    """Arguments for subprocess that make it run as a user whom the server accepts."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o755)
    return {"user": user.pw_uid, "group": user.pw_gid}


def run(as_user: dict[str, int], *command: object) -> None:
    """One of the server's own commands, quiet unless it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        **as_user,  # type: ignore[call-overload]
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout.decode(errors='replace')}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

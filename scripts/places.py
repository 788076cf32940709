"""Where tests keep their files: in memory when the machine has room there.

A test makes a database of its own and writes to it durably; on a disk that costs more than all
that the test computes. What is written is the same, and a killed process leaves it the same.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
LEAST = 6 * 1024**3
"""Bytes free: more than all tests of a run leave behind. A container often has 64 MiB only."""


def roomy() -> Path:
    """The folder that temporary files go to; what the environment says (`TMPDIR`) holds."""
    if "TMPDIR" not in os.environ and IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK):
        found = os.statvfs(IN_MEMORY)
        if found.f_bavail * found.f_frsize >= LEAST:
            return IN_MEMORY
    return Path(tempfile.gettempdir())


if __name__ == "__main__":
    print(roomy())

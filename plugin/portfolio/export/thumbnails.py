"""The first page of a document as a small JPEG, within limits of size, memory and time.

Whatever cannot be drawn is no fault of the export: the file is named, and lies in the package.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import structlog

from plugin.errors import Refusal
from plugin.vault import previews

log = structlog.get_logger(__name__)

FRAME = (900, 1273)
"""Pixels; sharp at the size at which a page of the PDF shows it."""
SECONDS = 30
TOTAL_SECONDS = 300
"""For all pictures of one export; those that come later are left out, and said so."""
DRAWN = frozenset({"pdf", "jpg", "png"})

_PROGRAM = Path(__file__).with_name("shrink.py")


class Drawing:
    """Draws the pictures of one export, in a folder of its own."""

    def __init__(self, folder: Path, *, seconds: float = TOTAL_SECONDS) -> None:
        self.folder = folder
        self._left = seconds

    def first_page(self, document: Path, sha256: str, kind: str) -> bytes | None:
        """The picture; None when it cannot be drawn, or there is no time left."""
        if self._left <= 0:
            return None
        began = time.monotonic()
        try:
            source = previews.page(document, sha256, 1) if kind == "pdf" else document
            return self._shrunk(source)
        except (Refusal, OSError, subprocess.TimeoutExpired):
            log.warning("export_thumbnail_failed", sha256=sha256)
            return None
        finally:
            self._left -= time.monotonic() - began

    def _shrunk(self, source: Path) -> bytes | None:
        target = self.folder / "thumbnail.jpg"
        command = [sys.executable, "-I", str(_PROGRAM), str(source), str(target)]
        command += [str(side) for side in FRAME]
        target.unlink(missing_ok=True)
        done = subprocess.run(  # noqa: S603 - our own program; names are ours
            command, timeout=SECONDS, check=False, capture_output=True, env={}, close_fds=True
        )
        if done.returncode != 0 or not target.exists():
            log.warning("export_thumbnail_failed", code=done.returncode)
            return None
        return target.read_bytes()

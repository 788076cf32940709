"""Pages of PDFs as pictures, drawn by a child with limits, kept on disk for a while."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path

import structlog
from flask_babel import gettext as _

from plugin import uploads
from plugin.errors import NotFound, Refusal
from plugin.retention import Row

log = structlog.get_logger(__name__)

WIDTH = 1200
"""Pixels across; sharp on a page that is shown at 600."""
SECONDS = 30

_PROGRAM = Path(__file__).with_name("render.py")
_NO_SUCH_PAGE = 3


class PreviewFailed(Refusal):
    """The page cannot be drawn within the limits; the file itself can be downloaded."""

    code = "PREVIEW_FAILED"


def page(document: Path, sha256: str, number: int) -> Path:
    """The picture of one page.

    :param number: from 1.
    :raises NotFound: the document has no such page.
    :raises PreviewFailed: time, memory or the document itself did not allow it.
    """
    folder = uploads.staging() / "previews"
    folder.mkdir(exist_ok=True)
    target = folder / f"{sha256}-{number}.png"
    if target.exists():
        return target
    waiting = folder / f".{uuid.uuid4().hex}.png"
    command = [sys.executable, "-I", str(_PROGRAM), str(document), str(number)]
    command += [str(waiting), str(WIDTH)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program; names and numbers are ours
            command, timeout=SECONDS, check=False, capture_output=True, env={}, close_fds=True
        )
        if done.returncode == _NO_SUCH_PAGE:
            raise NotFound(_("這份文件沒有這一頁。"))
        if done.returncode != 0 or not waiting.exists():
            log.warning("preview_failed", sha256=sha256, page=number, code=done.returncode)
            raise _failed()
        waiting.replace(target)
    except subprocess.TimeoutExpired as error:
        log.warning("preview_timeout", sha256=sha256, page=number)
        raise _failed() from error
    finally:
        with suppress(FileNotFoundError):
            waiting.unlink()
    return target


def sweep(staging: Path, row: Row) -> int:
    """Remove pictures that were drawn before the row's period; returns how many."""
    limit, removed = time.time() - row.period.total_seconds(), 0
    folder = staging / "previews"
    for entry in os.scandir(folder) if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            if entry.stat().st_mtime < limit:
                Path(entry.path).unlink()
                removed += 1
    return removed


def _failed() -> PreviewFailed:
    return PreviewFailed(_("這一頁無法預覽。"), remedy=_("請下載檔案，在自己的電腦上開啟。"))

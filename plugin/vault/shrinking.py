"""A file that is too large, made smaller by a child with limits; the file itself is not touched."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from flask_babel import gettext as _

from plugin.errors import Refusal
from plugin.vault import check, sniff

log = structlog.get_logger(__name__)

KINDS = ("pdf", "jpg", "png")
"""What can be made smaller."""
SECONDS = 150
_PROGRAM = Path(__file__).with_name("shrink.py")
_TOO_HARD, _PASSWORD = 4, 5


class ShrinkFailed(Refusal):
    """It could not be made small enough, or not be read; nothing was changed."""

    code = "SHRINK_FAILED"


@dataclass(frozen=True)
class Places:
    """Where the files of one attempt lie."""

    source: Path
    target: Path
    before: Path
    after: Path


def kind_of(path: Path) -> str:
    """`pdf`, `jpg` or `png` by content; "" for what cannot be made smaller."""
    with path.open("rb") as stream:
        found = sniff.kind(stream)
    return found if found in KINDS else ""


def shrink(kind: str, places: Places, limit: int) -> dict[str, Any]:
    """Write the smaller file and the pictures of before and after.

    :param kind: as of `kind_of`.
    :returns: facts: `from`, `to` (pixels), `quality`, `place`, `transparent` of a picture; `pages`,
        `images`, `side` of a PDF.
    :raises ShrinkFailed: time, memory, limit or the file itself did not allow it.
    """
    command = [sys.executable, "-I", str(_PROGRAM), kind, str(places.source), str(places.target)]
    command += [str(limit), str(places.before), str(places.after)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program; names and numbers are ours
            command, timeout=SECONDS, check=False, capture_output=True, env={}, close_fds=True
        )
    except subprocess.TimeoutExpired as error:
        log.warning("shrink_timeout", kind=kind)
        raise _failed(kind, limit) from error
    if done.returncode == 0 and all(
        one.exists() for one in (places.target, places.before, places.after)
    ):
        told: dict[str, Any] = json.loads(done.stdout)
        return told
    log.warning("shrink_failed", kind=kind, code=done.returncode)
    if done.returncode == _PASSWORD:
        raise check._encrypted()
    if done.returncode == _TOO_HARD:
        raise _failed(kind, limit)
    raise check._broken(kind.upper())


def _failed(kind: str, limit: int) -> ShrinkFailed:
    refused = check._too_large(0, limit, KINDS)
    return ShrinkFailed(
        _("系統無法在看得清楚的範圍內，把這個檔案縮到上限以內。"), remedy=refused.remedy
    )

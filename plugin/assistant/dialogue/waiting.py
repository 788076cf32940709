"""Files that came before it was said what they are for: kept aside, then put where they belong.

They wait among the uploads on their way (`plugin.uploads`), no longer than an interrupted upload
(retention table, `staging`), and count as handed in nowhere: the form that takes one receives and
judges it like any other upload.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import Headers

from plugin import retention, uploads
from plugin.assistant.dialogue.state import State, WaitingFile
from plugin.skills.replies import Part, Say

MOST = 5
"""Files that wait; one more pushes the oldest out."""


def keep(state: State, files: Sequence[Any]) -> list[Part]:
    """Keep files that nobody took; tell which, and for how long."""
    kept, lost = [], []
    for upload in files:
        staged = getattr(upload, "staged", None)
        if staged is None:
            staged = uploads.stage(upload.stream, upload.filename or uploads.NAMELESS)
        if not staged.whole:
            lost.append(staged.file_name)
            continue
        staged.take()
        os.utime(staged.path)  # the time that it may wait begins now
        kept.append(
            WaitingFile(
                staged.path.name, staged.file_name, staged.size, staged.sha256, staged.crc32,
                staged.claimed_type,
            )
        )  # fmt: skip
    state.files += kept
    while len(state.files) > MOST:
        _remove(state.files.pop(0))
    told: list[Part] = []
    if kept:
        minutes = int(retention.row("staging").period.total_seconds() // 60)
        words = _(
            "%(names)s先替您留著，還沒有交出去；說出要辦的事就會放進去，"
            "%(minutes)s 分鐘內沒有用到就刪除。",
            names=_names([one.name for one in kept]),
            minutes=minutes,
        )
        told.append(Say(words, "hint"))
    if lost:
        words = _("%(names)s沒有完整收到或太大，沒有收下。", names=_names(lost))
        told.append(Say(words, "warning"))
    return told


def bring(state: State) -> tuple[list[uploads.StagedFile], list[Part]]:
    """Everything that waits, as uploads; and what to say of those that are gone. The caller closes
    them, whether they were taken or not."""
    found, gone = [], []
    for one in state.files:
        path = _path(one)
        if path.is_file():
            staged = uploads.Staged(path, one.size, one.sha256, one.crc32, one.name, one.claimed)
            headers = Headers({"Content-Type": one.claimed} if one.claimed else {})
            found.append(uploads.StagedFile(staged, "file", headers))
        else:
            gone.append(one.name)
    state.files = []
    if not gone:
        return found, []
    words = _("先前放進來的%(names)s已經過期，請再放一次。", names=_names(gone))
    return found, [Say(words, "warning")]


def drop(state: State) -> list[Part]:
    """Let go of what waits, and tell it."""
    names = [one.name for one in state.files]
    for one in state.files:
        _remove(one)
    state.files = []
    return [Say(_("%(names)s沒有收下。", names=_names(names)))] if names else []


def _path(one: WaitingFile) -> Path:
    return uploads.staging() / Path(one.place).name


def _remove(one: WaitingFile) -> None:
    with suppress(FileNotFoundError):
        _path(one).unlink()


def _names(names: Sequence[str]) -> str:
    return _("、").join(f"「{one}」" for one in names)

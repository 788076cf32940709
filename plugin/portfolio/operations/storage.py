"""The place that a school gives each student: a file that does not fit is not taken."""

from __future__ import annotations

from flask_babel import gettext as _

from forms.sizes import file_size
from plugin import db
from plugin.actor import Actor
from plugin.portfolio.queries.overviews import storage
from plugin.trail.chain import record
from plugin.uploads import Staged
from plugin.vault.errors import FileRefused


class StorageFull(FileRefused):
    """The student's place is taken; nothing was stored."""

    code = "STORAGE_FULL"
    status = 413


def require_room(actor: Actor, staged: Staged, slot: str) -> None:
    """Ask before an upload is taken in.

    Two uploads at the same moment may both fit and together not: that much over the limit is
    allowed, the next one is not.

    :param slot: as the vault knows it; what counts not (`storage.COUNTED`) is always taken.
    :raises StorageFull: says how much is taken and what would free some.
    """
    if slot not in storage.COUNTED or actor.school_id is None or actor.person_id is None:
        return
    taken = storage.of(actor.school_id, actor.person_id)
    if staged.size <= taken.left:
        return
    with db.writing():
        record(
            actor, "file.refused", "person", actor.person_id,
            code=StorageFull.code, slot=slot, size=staged.size, sha256=staged.sha256,
        )  # fmt: skip
    if taken.draft_files:
        remedy = _(
            "刪除用不到的草稿，最多可以空出 %(size)s（%(n)s 個草稿檔案）；"
            "已送出的檔案要保存，不能刪除。空間仍不夠時，請洽註冊組。",
            size=file_size(taken.drafts),
            n=taken.draft_files,
        )
    else:
        remedy = _(
            "您沒有可以刪除的草稿，已送出的檔案要保存。請先縮小檔案，或洽註冊組調整空間上限。"
        )
    raise StorageFull(
        _(
            "您的檔案空間不足：上限 %(limit)s，已使用 %(used)s，這個檔案有 %(size)s。",
            limit=file_size(taken.limit),
            used=file_size(taken.used),
            size=file_size(staged.size),
        ),
        remedy=remedy,
        rule=storage.RULE,
    )

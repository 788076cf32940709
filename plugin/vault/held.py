"""What the vault keeps about a person beside their files."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db, retention
from plugin.trail import holdings
from plugin.trail.holdings import About, Holding
from plugin.vault.models import FileOpening


@holdings.kept
def _openings(about: About) -> list[Holding]:
    """Which files somebody opened."""
    if about.person_id is None:
        return []
    query = sa.select(sa.func.count(FileOpening.id)).where(
        FileOpening.school_id == about.school_id, FileOpening.reader_id == about.person_id
    )
    return [
        Holding(
            _("您開啟過的檔案"),
            db.reading().scalar(query) or 0,
            _("記下誰在何時帶走了資料。"),
            retention.until("file_opening"),
            32,
        )
    ]

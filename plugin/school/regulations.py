"""The school's own 學習歷程檔案作業補充規定, by version: read, and cited where a rule says why."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.jinja import roc_date
from plugin import db
from plugin.errors import NotFound
from plugin.school.calendar_models import Regulation
from plugin.vault.models import StoredFile


def in_force(school_id: int, on: date) -> Regulation | None:
    """The newest version that was passed by a day."""
    query = (
        sa.select(Regulation)
        .where(Regulation.school_id == school_id, Regulation.passed_on <= on)
        .order_by(Regulation.passed_on.desc(), Regulation.version.desc())
    )
    return db.reading().scalar(query.limit(1))


def cite(paper: Regulation) -> str:
    """How a page names a version: 本校補充規定第 2 版（民國115年6月30日校務會議通過）."""
    return _(
        "本校補充規定第 %(version)s 版（%(day)s%(by)s通過）",
        version=paper.version,
        day=roc_date(paper.passed_on),
        by=paper.passed_by,
    )


def versions(school_id: int) -> list[tuple[Regulation, StoredFile]]:
    """Every version with its paper, newest first."""
    query = (
        sa.select(Regulation, StoredFile)
        .join(StoredFile, StoredFile.id == Regulation.file_id)
        .where(Regulation.school_id == school_id)
        .order_by(Regulation.version.desc())
    )
    return [(paper, file) for paper, file in db.reading().execute(query)]


def version(school_id: int, regulation_id: int) -> tuple[Regulation, StoredFile]:
    """One version with its paper.

    :raises NotFound: none of this school.
    """
    query = (
        sa.select(Regulation, StoredFile)
        .join(StoredFile, StoredFile.id == Regulation.file_id)
        .where(Regulation.school_id == school_id, Regulation.id == regulation_id)
    )
    row = db.reading().execute(query).first()
    if row is None:
        raise NotFound(_("找不到這個版本的補充規定。"))
    return row[0], row[1]

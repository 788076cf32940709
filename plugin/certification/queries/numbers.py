"""How far the numbers of an office have come."""

from __future__ import annotations

import sqlalchemy as sa

from plugin import db
from plugin.certification.models import CaseCounter


def last(school_id: int, series: str, year: int) -> int:
    """The last number that a series has given out in a ROC year; 0: none yet."""
    query = sa.select(CaseCounter.last).where(
        CaseCounter.school_id == school_id,
        CaseCounter.series == series,
        CaseCounter.year == year,
    )
    return db.reading().scalar(query) or 0

"""How much of the place that a school gives each student is taken, and what would free some."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from plugin import clock, db
from plugin.school import rules
from plugin.school.terms import term_of
from plugin.vault.models import FileState, StoredFile

RULE = "storage.per_student.max_bytes"
COUNTED = frozenset({"document", "media", "experience.document", "experience.media"})
"""What a student hands in (`operations.intake`); what is made of it takes no place."""


@dataclass(frozen=True)
class Storage:
    """Bytes.

    :param drafts: of draft files, which their owner may throw away.
    """

    used: int
    limit: int
    files: int
    drafts: int
    draft_files: int

    @property
    def left(self) -> int:
        return max(self.limit - self.used, 0)

    @property
    def percent(self) -> int:
        """For a bar: never more than 100."""
        return min(100, 100 * self.used // self.limit) if self.limit else 100


def of(school_id: int, student_id: int) -> Storage:
    """The student's files that have not been purged; one statement."""
    draft = StoredFile.state == FileState.DRAFT
    query = sa.select(
        sa.func.coalesce(sa.func.sum(StoredFile.size), 0),
        sa.func.count(StoredFile.id),
        sa.func.coalesce(sa.func.sum(sa.case((draft, StoredFile.size), else_=0)), 0),
        sa.func.count(sa.case((draft, StoredFile.id))),
    ).where(
        StoredFile.owner_id == student_id,
        StoredFile.school_id == school_id,
        StoredFile.state != FileState.PURGED,
        StoredFile.slot.in_(COUNTED),
    )
    used, files, drafts, draft_files = db.reading().execute(query).one()
    limit = rules.number(school_id, RULE, term_of(clock.today()).academic_year)
    return Storage(int(used), limit, files, int(drafts), draft_files)

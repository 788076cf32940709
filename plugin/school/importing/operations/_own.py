"""What the steps of an import have in common."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugin.school.importing.definition import Context
from plugin.school.importing.models import (
    ImportChange,
    ImportFault,
    ImportState,
    SchoolImport,
)


def context_of(one: SchoolImport) -> Context:
    """What importables are told of an import."""
    return Context(
        one.school_id,
        one.academic_year,
        one.term or 1,
        actor_id=one.made_by_id,
        complete=one.complete,
    )


def last_applied(session: Session, school_id: int) -> int | None:
    """The import that may be undone."""
    query = sa.select(SchoolImport.id).where(
        SchoolImport.school_id == school_id, SchoolImport.state == ImportState.APPLIED
    )
    newest = (SchoolImport.applied_at.desc(), SchoolImport.id.desc())
    return session.scalar(query.order_by(*newest).limit(1))


def clear(session: Session, import_id: int) -> None:
    """Remove the preview."""
    for table in (ImportChange, ImportFault):
        session.execute(
            sa.delete(table)
            .where(table.import_id == import_id)
            .execution_options(synchronize_session=False)
        )


def numbers(one: SchoolImport) -> dict[str, int]:
    """The counts of all kinds together."""
    names: Sequence[str] = ("rows", "new", "changed", "gone", "same", "faults")
    return {name: sum(kind[name] for kind in one.counts.values()) for name in names}

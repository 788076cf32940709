"""Reads of exports: those that somebody asked for, and what is left of each."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from plugin import db, jobs
from plugin.actor import Actor
from plugin.portfolio.models import PortfolioExport
from plugin.vault.models import FileState, StoredFile

SHOWN = 10


@dataclass(frozen=True)
class Line:
    """One export, and its package as long as it is there."""

    export: PortfolioExport
    file: StoredFile | None


def lines(actor: Actor, student_id: int) -> list[Line]:
    """The newest that the actor asked for of a student."""
    query = (
        sa.select(PortfolioExport, StoredFile)
        .outerjoin(StoredFile, StoredFile.id == PortfolioExport.package_file_id)
        .where(
            PortfolioExport.asked_by_id == actor.person_id,
            PortfolioExport.school_id == actor.school_id,
            PortfolioExport.student_id == student_id,
        )
        .order_by(PortfolioExport.id.desc())
        .limit(SHOWN)
    )
    return [Line(export, _there(file)) for export, file in db.reading().execute(query)]


def line_of(export: PortfolioExport) -> Line:
    """One that was found by who asked for it."""
    file = None
    if export.package_file_id is not None:
        file = db.reading().get(StoredFile, export.package_file_id)
    return Line(export, _there(file))


def job_of(export: PortfolioExport) -> jobs.Job | None:
    """The work that makes it."""
    return db.reading().get(jobs.Job, export.job_id) if export.job_id else None


def _there(file: StoredFile | None) -> StoredFile | None:
    return file if file is not None and file.state is not FileState.PURGED else None

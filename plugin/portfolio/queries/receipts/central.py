"""Receipt packages of the central side: which were brought, what was found in them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import defer

from plugin import db
from plugin.actor import Actor
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import (
    CentralImport,
    CentralItem,
    CentralMatch,
    ReceiptSheet,
    Submission,
    SubmissionState,
)
from plugin.school.models import Person

Stray = tuple[CentralItem, str | None, str | None]
"""A record that fits nothing, with name and number of its student, if known."""
Short = tuple[ReceiptSheet, str, str]
"""A sheet of which something is missing, with name and number of its student."""


def frozen(actor: Actor, academic_year: int) -> list[Submission]:
    """What a package may be compared with, newest first."""
    query = sa.select(Submission).where(
        Submission.school_id == actor.school_id,
        Submission.academic_year == academic_year,
        Submission.state == SubmissionState.FROZEN,
    )
    return list(db.reading().scalars(query.order_by(Submission.id.desc())))


def imports(
    actor: Actor, academic_year: int, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[tuple[CentralImport, str]]:
    """A year's packages with the number of their submission, newest first."""
    query = (
        sa.select(CentralImport, Submission.number)
        .options(defer(CentralImport.password, raiseload=True))
        .join(Submission, Submission.id == CentralImport.submission_id)
        .where(
            CentralImport.school_id == actor.school_id,
            CentralImport.academic_year == academic_year,
        )
    )
    if (begin := row_id(after)) is not None:
        query = query.where(CentralImport.id < begin)
    rows = db.reading().execute(query.order_by(CentralImport.id.desc()).limit(limit + 1)).all()
    return Page.cut([(one, number) for one, number in rows], limit, lambda row: row[0].id)


def strays(central_id: int, *, after: str | None = None, limit: int = PAGE_SIZE) -> Page[Stray]:
    """The records that fit no student or no item, in the order of the package."""
    query = (
        sa.select(CentralItem, Person.name, Person.number)
        .outerjoin(Person, Person.id == CentralItem.student_id)
        .where(CentralItem.import_id == central_id, CentralItem.match != CentralMatch.MATCHED)
    )
    if (begin := row_id(after)) is not None:
        query = query.where(CentralItem.sequence > begin)
    rows = db.reading().execute(query.order_by(CentralItem.sequence).limit(limit + 1)).all()
    found: list[Stray] = [(item, name, number) for item, name, number in rows]
    return Page.cut(found, limit, lambda row: row[0].sequence)


def short_sheets(
    found: CentralImport, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Short]:
    """Students of whom something is missing, by class and seat as they were handed in."""
    query = (
        sa.select(ReceiptSheet, Person.name, Person.number)
        .join(Person, Person.id == ReceiptSheet.student_id)
        .where(
            ReceiptSheet.submission_id == found.submission_id,
            ReceiptSheet.received < ReceiptSheet.items,
        )
    )
    if (begin := row_id(after)) is not None:
        query = query.where(ReceiptSheet.id > begin)
    rows = db.reading().execute(query.order_by(ReceiptSheet.id).limit(limit + 1)).all()
    made: list[Short] = [(sheet, name, number) for sheet, name, number in rows]
    return Page.cut(made, limit, lambda row: row[0].id)

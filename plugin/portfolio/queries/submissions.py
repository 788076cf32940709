"""Reads about submissions: versions, rows, files, and what the public may check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import defer

from plugin import db
from plugin.actor import Actor
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import (
    SelectionKind,
    Submission,
    SubmissionFile,
    SubmissionFileKind,
    SubmissionRow,
    SubmissionState,
)
from plugin.school.batches import Batch
from plugin.school.models import School

CHUNK = 500


@dataclass(frozen=True)
class Verification:
    """What the public page says of a submission: nothing about any person."""

    number: str
    school_name: str
    academic_year: int
    batch: Batch
    version: int
    frozen_at: datetime
    outcomes: int
    experiences: int
    students: int
    classes: int
    files: int
    manifest_sha256: str
    package_sha256: str
    newer_version: int | None
    """A later frozen version of the same year and batch, if there is one."""


def versions(actor: Actor, academic_year: int, batch: Batch = Batch.ORDINARY) -> list[Submission]:
    """A batch's submissions of a year, of the actor's school, newest first."""
    query = sa.select(Submission).where(
        Submission.school_id == actor.school_id,
        Submission.academic_year == academic_year,
        Submission.batch == batch,
    )
    return list(db.reading().scalars(query.order_by(Submission.version.desc())))


def files(submission_id: int) -> dict[SubmissionFileKind, SubmissionFile]:
    """The files of a submission by kind."""
    query = sa.select(SubmissionFile).where(SubmissionFile.submission_id == submission_id)
    return {one.kind: one for one in db.reading().scalars(query)}


def rows(
    submission_id: int,
    *,
    record_kind: SelectionKind | None = None,
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[SubmissionRow]:
    """The rows of a submission by sequence; of both kinds, or of one."""
    query = sa.select(SubmissionRow).where(SubmissionRow.submission_id == submission_id)
    if record_kind is not None:
        query = query.where(SubmissionRow.record_kind == record_kind)
    if (begin := row_id(after)) is not None:
        query = query.where(SubmissionRow.sequence > begin)
    found = db.reading().scalars(query.order_by(SubmissionRow.sequence).limit(limit + 1)).all()
    return Page.cut(found, limit, lambda one: one.sequence)


def all_rows(
    submission_id: int,
    *,
    record_kind: SelectionKind | None = None,
    kind: str | None = None,
    personal: bool = False,
) -> Iterator[SubmissionRow]:
    """Every row in order, a chunk at a time; each is free to go after use.

    :param record_kind: only outcomes, or only experiences.
    :param kind: only the experiences of that kind, the outcomes of that sheet.
    :param personal: also decrypt national IDs and birthdays; without, they cannot be read.
    """
    after = 0
    hidden = () if personal else (SubmissionRow.national_id, SubmissionRow.birthday)
    while True:
        query = (
            sa.select(SubmissionRow)
            .where(SubmissionRow.submission_id == submission_id, SubmissionRow.sequence > after)
            .options(*(defer(one, raiseload=True) for one in hidden))
        )
        if record_kind is not None:
            query = query.where(SubmissionRow.record_kind == record_kind)
        if kind is not None:
            query = query.where(SubmissionRow.kind == kind)
        session = db.reading()
        chunk = session.scalars(query.order_by(SubmissionRow.sequence).limit(CHUNK)).all()
        for row in chunk:
            session.expunge(row)
            yield row
        if len(chunk) < CHUNK:
            return
        after = chunk[-1].sequence


def verification(token: str) -> Verification | None:
    """What anybody may know who holds the printed manifest; None for an unknown token."""
    session = db.reading()
    row = session.execute(
        sa.select(Submission, School.name)
        .join(School, School.id == Submission.school_id)
        .where(Submission.token == token, Submission.state == SubmissionState.FROZEN)
    ).one_or_none()
    if row is None:
        return None
    submission, school_name = row
    newest = session.scalar(
        sa.select(sa.func.max(Submission.version)).where(
            Submission.school_id == submission.school_id,
            Submission.academic_year == submission.academic_year,
            Submission.batch == submission.batch,
            Submission.state == SubmissionState.FROZEN,
        )
    )
    produced = files(submission.id)
    assert submission.frozen_at is not None
    return Verification(
        number=submission.number,
        school_name=school_name,
        academic_year=submission.academic_year,
        batch=submission.batch,
        version=submission.version,
        frozen_at=submission.frozen_at,
        outcomes=submission.totals.get("outcomes", submission.totals["rows"]),
        experiences=submission.totals.get("experiences", 0),
        students=submission.totals["students"],
        classes=submission.totals["classes"],
        files=submission.totals["files"],
        manifest_sha256=produced[SubmissionFileKind.MANIFEST].sha256,
        package_sha256=produced[SubmissionFileKind.PACKAGE].sha256,
        newer_version=newest if newest and newest > submission.version else None,
    )

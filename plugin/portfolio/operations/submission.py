"""Submission 提交: begun by the registry, built in the background, frozen once, never changed.

The steps of the build (`snapshot`, `attach`, `freeze`) are safe to repeat: a worker that was
killed is followed by another that begins anew and finds what is done already.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.errors import Conflict
from plugin.portfolio import notices, policy
from plugin.portfolio.models import (
    Submission,
    SubmissionFile,
    SubmissionFileKind,
    SubmissionRow,
    SubmissionState,
)
from plugin.portfolio.operations import checks, lending
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.portfolio.operations.receipts import holding
from plugin.portfolio.operations.submission_rows import NothingToSubmit, nothing, snapshot
from plugin.portfolio.operations.submission_state import building, held
from plugin.portfolio.queries import checks as check_queries
from plugin.portfolio.queries import snapshot as snapshots
from plugin.school import batches, windows
from plugin.school import queries as school_queries
from plugin.school.batches import Batch
from plugin.school.models import School, WindowKind
from plugin.trail.chain import record
from plugin.vault.models import StoredFile

__all__ = ["BUILD", "NothingToSubmit", "attach", "begin", "fail", "freeze", "seen_by_registry",
           "snapshot"]  # fmt: skip

BUILD = "submission.build"


def begin(
    actor: Actor, academic_year: int, batch: Batch = Batch.ORDINARY, *, override: str = ""
) -> Submission:
    """Begin the next version of a year's submission and queue its build.

    A small school is checked on the spot, a large one must have been checked of late: the build
    looks at everything again.

    :param override: why it is handed in although disputes of the 收訖明細 are open.
    :raises OpenDisputes: some are open, and no reason was given.
    :raises NothingToSubmit: the 預檢 found faults that block, or no row at all.
    :raises Conflict: the version before is still being built; no 預檢 was done of late.
    :raises WindowClosed: the calendar has no submission now.
    :raises NotFound: the actor is no registry.
    """
    if not actor.has(Role.REGISTRY) or actor.school_id is None:
        raise missing()
    school = school_queries.school(actor.school_id)
    period = batches.window(school.id, WindowKind.SUBMISSION, academic_year, batch)
    windows.require_open(
        school.id,
        WindowKind.SUBMISSION,
        academic_year,
        grade=period.grade if period else batch.grade,
        batch=batch.place,
    )
    _require_ready(actor, academic_year, batch)
    with db.writing() as session:
        session.get_one(School, school.id, with_for_update=db.HELD)
        mine = (
            Submission.school_id == school.id,
            Submission.academic_year == academic_year,
            Submission.batch == batch,
        )
        _require_nonebuilding(session, *mine)
        holding.require_none_open(actor, academic_year, override, batch=batch)
        newest = session.scalar(sa.select(sa.func.max(Submission.version)).where(*mine))
        version = 1 + (newest or 0)
        submission = Submission(
            school_id=school.id,
            academic_year=academic_year,
            batch=batch,
            version=version,
            number=f"{academic_year:03}-{school.code}-{batch.letter}-{version:02}",
            state=SubmissionState.BUILDING,
            made_by_id=actor.person_id,
            made_by_name=actor.name,
            made_at=clock.now(),
            token=secrets.token_urlsafe(32),
        )
        session.add(submission)
        session.flush()
        lending.begin(actor, submission)
        record(actor, "submission.begin", "submission", submission.id, number=submission.number)
        submission.job_id = jobs.enqueue(
            actor, BUILD, {"submission_id": submission.id}, key=f"{BUILD}:{submission.id}"
        )
        return submission


def attach(submission_id: int, kind: SubmissionFileKind, file: StoredFile) -> None:
    """Put a deposited file to the submission; a kind that is there already stays as it is."""
    with db.writing() as session:
        submission = building(session, submission_id)
        there = sa.select(SubmissionFile.id).where(
            SubmissionFile.submission_id == submission.id, SubmissionFile.kind == kind
        )
        if session.scalar(there) is None:
            session.add(
                SubmissionFile(
                    submission_id=submission.id,
                    kind=kind,
                    file_id=file.id,
                    name=file.name,
                    size=file.size,
                    sha256=file.sha256,
                )
            )


def freeze(actor: Actor, submission_id: int) -> Submission:
    """Make the submission final; everybody concerned is told. Frozen twice is frozen once.

    :raises Conflict: a file is missing.
    """
    with db.writing() as session:
        submission = held(session, submission_id)
        if submission.state is SubmissionState.FROZEN:
            return submission
        files = session.scalars(
            sa.select(SubmissionFile).where(SubmissionFile.submission_id == submission.id)
        ).all()
        if {file.kind for file in files} != set(SubmissionFileKind):
            raise Conflict(_("提交的檔案還沒有全部完成。"))
        submission.state = SubmissionState.FROZEN
        submission.frozen_at = clock.now()
        submission.failure = ""
        lending.complete(actor, submission)
        record(
            actor,
            "submission.freeze",
            "submission",
            submission.id,
            number=submission.number,
            rows=submission.rows_sha256,
            files={file.kind: file.sha256 for file in files},
        )
        students = session.scalars(
            sa.select(SubmissionRow.student_id)
            .where(SubmissionRow.submission_id == submission.id)
            .distinct()
        ).all()
        notices.frozen(submission, students)
        return submission


def fail(actor: Actor, submission_id: int, reason: str) -> None:
    """The build cannot succeed; the number stays used, the next attempt is a new version."""
    with db.writing() as session:
        submission = held(session, submission_id)
        if submission.state is SubmissionState.BUILDING:
            submission.state, submission.failure = SubmissionState.FAILED, reason[:500]
            record(actor, "submission.fail", "submission", submission.id)


@audited
def seen_by_registry(actor: Actor, submission_id: int) -> Submission:
    """A submission of the registry's own school, to look at.

    :raises NotFound: none, or another school's; reaching for that leaves an audit line.
    """
    submission = db.reading().get(Submission, submission_id)
    if submission is None:
        raise nowhere(Submission, submission_id)
    if not policy.keeps(actor, submission):
        raise ForeignRecord("submission", submission_id)
    return submission


def _require_ready(actor: Actor, academic_year: int, batch: Batch) -> None:
    """:raises NothingToSubmit: nothing is selected, or the 預檢 found what blocks."""
    assert actor.school_id is not None
    total = sum(snapshots.count(actor.school_id, academic_year, batch).values())
    if not total:
        raise nothing()
    newest = (
        checks.begin(actor, academic_year, batch)
        if total <= checks.ON_THE_SPOT
        else check_queries.newest(actor.school_id, academic_year, batch)
    )
    check = checks.require_fresh(newest)
    if not check.ready:
        raise NothingToSubmit(
            _("預檢發現 %(n)s 項必須先處理的問題。", n=check.totals.get("errors", 0)),
            remedy=_("請依預檢清單逐項處理後，再建立提交。"),
        )


def _require_nonebuilding(session: Session, *mine: sa.ColumnElement[bool]) -> None:
    waiting = sa.select(Submission).where(*mine, Submission.state == SubmissionState.BUILDING)
    for one in session.scalars(waiting).all():
        _close_if_dead(session, one)
        if one.state is SubmissionState.BUILDING:
            raise Conflict(
                _("第 %(version)s 版還在製作中。", version=one.version),
                remedy=_("請等它完成，再建立新的版本。"),
            )


def _close_if_dead(session: Session, submission: Submission) -> None:
    job = session.get(jobs.Job, submission.job_id) if submission.job_id else None
    if (
        submission.state is SubmissionState.BUILDING
        and job is not None
        and job.state is jobs.JobState.FAILED
    ):
        submission.state, submission.failure = SubmissionState.FAILED, job.error

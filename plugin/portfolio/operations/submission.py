"""Submission 提交: begun by the registry, built in the background, frozen once, never changed.

The steps of the build (`snapshot`, `attach`, `freeze`) are safe to repeat: a worker that was
killed is followed by another that begins anew and finds what is done already.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from itertools import islice
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.errors import Conflict, Refusal
from plugin.portfolio import notices, policy
from plugin.portfolio.models import (
    Submission,
    SubmissionFile,
    SubmissionFileKind,
    SubmissionRow,
    SubmissionState,
)
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.portfolio.queries import snapshot as snapshots
from plugin.school import queries as school_queries
from plugin.school import windows
from plugin.school.models import School, WindowKind
from plugin.trail.chain import record
from plugin.vault.models import StoredFile

BUILD = "submission.build"


class NothingToSubmit(Refusal):
    """The 預檢 found nothing to hand in, or something that must be mended first."""

    code = "SUBMISSION_NOT_READY"
    status = 409


def begin(actor: Actor, academic_year: int) -> Submission:
    """Begin the next version of a year's submission and queue its build.

    :raises NothingToSubmit: the 預檢 found faults that block, or no row at all.
    :raises Conflict: the version before is still being built.
    :raises WindowClosed: the calendar has no submission now.
    :raises NotFound: the actor is no registry.
    """
    if not actor.has(Role.REGISTRY) or actor.school_id is None:
        raise missing()
    school = school_queries.school(actor.school_id)
    windows.require_open(school.id, WindowKind.SUBMISSION, academic_year)
    found = snapshots.check(school, academic_year)  # long: before anybody is kept waiting
    if not found.ready:
        raise NothingToSubmit(
            _("目前沒有可以提交的勾選成果。")
            if not found.rows
            else _("預檢發現 %(n)s 項必須先處理的問題。", n=found.error_count),
            remedy=_("請依預檢清單逐項處理後，再建立提交。"),
        )
    with db.writing() as session:
        session.get_one(School, school.id, with_for_update=db.HELD)
        _require_none_building(session, school.id, academic_year)
        version = 1 + (
            session.scalar(
                sa.select(sa.func.max(Submission.version)).where(
                    Submission.school_id == school.id, Submission.academic_year == academic_year
                )
            )
            or 0
        )
        submission = Submission(
            school_id=school.id,
            academic_year=academic_year,
            version=version,
            number=f"{academic_year:03}-{school.code}-O-{version:02}",
            state=SubmissionState.BUILDING,
            made_by_id=actor.person_id,
            made_by_name=actor.name,
            made_at=clock.now(),
            token=secrets.token_urlsafe(32),
        )
        session.add(submission)
        session.flush()
        record(actor, "submission.begin", "submission", submission.id, number=submission.number)
        submission.job_id = jobs.enqueue(
            actor, BUILD, {"submission_id": submission.id}, key=f"{BUILD}:{submission.id}"
        )
        return submission


def snapshot(submission_id: int) -> int:
    """Copy every selected outcome into rows, all at once; returns how many rows there are.

    :raises NothingToSubmit: something has changed since the 預檢 that blocks.
    """
    with db.writing() as session:
        submission = _building(session, submission_id)
        if submission.totals:
            return int(submission.totals["rows"])
        totals = {"rows": 0, "students": 0, "classes": 0, "files": 0, "bytes": 0}
        students: set[int] = set()
        classes: set[str] = set()
        digest = hashlib.sha256()
        rows = snapshots.chosen(submission.school_id, submission.academic_year, personal=True)
        while chunk := list(islice(rows, snapshots.CHUNK)):
            lines = []
            for one in chunk:
                cells = _cells(one)
                line_digest = cells_digest(cells)
                digest.update(line_digest.encode())
                totals["rows"] += 1
                students.add(one.student.id)
                classes.add(cells["class_code"])
                totals["files"] += len(one.files)
                totals["bytes"] += sum(file.size for file in one.files)
                lines.append(
                    SubmissionRow(
                        submission_id=submission.id,
                        sequence=totals["rows"],
                        outcome_id=one.outcome.id,
                        student_id=one.student.id,
                        cells=cells,
                        national_id=one.student.national_id,
                        birthday=one.student.birthday,
                        digest=line_digest,
                    )
                )
            session.add_all(lines)
            session.flush()
            for line in lines:
                session.expunge(line)
        if not totals["rows"]:
            raise NothingToSubmit(_("目前沒有可以提交的勾選成果。"))
        totals["students"], totals["classes"] = len(students), len(classes)
        submission.totals = totals
        submission.rows_sha256 = digest.hexdigest()
        return totals["rows"]


def cells_digest(cells: dict[str, Any]) -> str:
    """SHA-256 of a row's cells as they are stored."""
    text = json.dumps(cells, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def attach(submission_id: int, kind: SubmissionFileKind, file: StoredFile) -> None:
    """Put a deposited file to the submission; a kind that is there already stays as it is."""
    with db.writing() as session:
        submission = _building(session, submission_id)
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
        submission = _held(session, submission_id)
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
        submission = _held(session, submission_id)
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


def _require_none_building(session: Session, school_id: int, academic_year: int) -> None:
    building = session.scalars(
        sa.select(Submission).where(
            Submission.school_id == school_id,
            Submission.academic_year == academic_year,
            Submission.state == SubmissionState.BUILDING,
        )
    ).all()
    for one in building:
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


def _held(session: Session, submission_id: int) -> Submission:
    return session.get_one(
        Submission, submission_id, with_for_update=db.HELD, populate_existing=True
    )


def _building(session: Session, submission_id: int) -> Submission:
    submission = _held(session, submission_id)
    if submission.state is not SubmissionState.BUILDING:
        raise Conflict(_("這個版本已經結束製作，不能再變更。"))
    return submission


def _cells(one: snapshots.Chosen) -> dict[str, Any]:
    try:
        return snapshots.cells_of(one)
    except ValueError as error:
        raise NothingToSubmit(
            _(
                "「%(title)s」（%(who)s）在預檢後有變動，不能提交。",
                title=one.outcome.title,
                who=one.who,
            ),
            remedy=_("請重新預檢，處理後再建立提交。"),
        ) from error

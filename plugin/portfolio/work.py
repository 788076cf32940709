"""The portfolio's background work: building a submission, marking what is overdue."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app

from plugin import db, jobs, retention, schedule, tenancy
from plugin.errors import Refusal
from plugin.portfolio.bundle import Bundle
from plugin.portfolio.models import Submission, SubmissionFileKind, SubmissionState
from plugin.portfolio.operations import certification_digest, checks, deadlines, slips
from plugin.portfolio.operations import certification_substitutes_ending as substitutes
from plugin.portfolio.operations import submission as operations
from plugin.portfolio.operations.counselling import keeping
from plugin.portfolio.queries import submissions
from plugin.school.models import School
from plugin.settings import Settings
from plugin.vault import operations as vault

STEPS = 100
"""The build tells its progress in hundredths; each part gets a share by its usual cost."""

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "zip": "application/zip",
}


@jobs.handles(operations.BUILD)
def build(run: jobs.Run) -> dict[str, Any]:
    """Snapshot, check every byte, write the files, deposit them, freeze."""
    submission_id = int(run.args["submission_id"])
    try:
        _build(run, submission_id)
    except Refusal as refusal:
        operations.fail(run.actor, submission_id, refusal.message)
        raise
    finally:  # identities stand in clear in there
        shutil.rmtree(_folder(submission_id), ignore_errors=True)
    return {"submission_id": submission_id}


@jobs.handles(checks.CHECK)
def check(run: jobs.Run) -> dict[str, Any]:
    """預檢 of a whole school."""
    check_id = int(run.args["check_id"])
    said = -1

    def tell(done: int, total: int) -> None:
        nonlocal said
        if (now := STEPS * done // max(total, 1)) > said:
            said = now
            run.progress(done, total, "check")

    try:
        checks.look(check_id, tell)
    except Refusal:
        checks.fail(run.actor, check_id)
        raise
    return {"check_id": check_id}


@jobs.handles(slips.PRINT)
def print_slips(run: jobs.Run) -> dict[str, Any]:
    """The selection slips of a class in one paper."""
    run.progress(0, 1, "print")
    made = slips.print_class(run.actor, int(run.args["class_id"]))
    slips.tell_printed(run.actor, run.job_id)
    return {"file_id": made.file.id, "students": made.students, "without": made.without}


@schedule.recurring("counselling.remind", every=timedelta(hours=1))
@tenancy.across("follow-ups come due in every school")
def remind_counsellors(run: jobs.Run) -> dict[str, Any]:
    """Counsellors hear of follow-ups whose day has come."""
    return {"reminded": keeping.remind()}


@schedule.recurring("certification.digest", every=timedelta(hours=1))
@tenancy.across("each school says how often its teachers hear what waits")
def send_digests(run: jobs.Run) -> dict[str, Any]:
    """Teachers hear what waits for them, once for each slot of their school's rhythm."""
    return {"told": certification_digest.send_due()}


@schedule.recurring("certification.substitutes", every=timedelta(hours=1))
@tenancy.across("substitutions begin and end in every school")
def follow_substitutes(run: jobs.Run) -> dict[str, Any]:
    """The roster follows the substitutions, and people hear when one ends."""
    return {"placed": substitutes.follow(), "told": substitutes.remind()}


@schedule.recurring("reports.tidy", every=timedelta(hours=1), ends=("half_made",))
def tidy(_run: jobs.Run) -> dict[str, Any]:
    """Clear what killed workers left half made; by age alone, for a living one writes."""
    now, removed = time.time(), 0
    abandoned = retention.row("half_made").period
    for entry in _reports().iterdir() if _reports().is_dir() else ():
        with suppress(FileNotFoundError):
            if _age(entry, now) > abandoned.total_seconds():
                if entry.is_dir():
                    shutil.rmtree(entry, ignore_errors=True)
                else:
                    entry.unlink()
                removed += 1
    return {"removed": removed}


@schedule.recurring("outcome.overdue", every=timedelta(minutes=10))
@tenancy.across("certification closes in every school at its own time")
def mark_overdue(run: jobs.Run) -> dict[str, Any]:
    """Undecided outcomes whose certification has closed become 逾期未認證."""
    return {"marked": deadlines.mark_overdue()}


def _folder(submission_id: int) -> Path:
    """Where its files are made; what a killed worker left there, the next goes on behind."""
    return _reports() / f"submission-{submission_id}"


def _reports() -> Path:
    settings: Settings = current_app.extensions["licheng.settings"]
    return settings.reports


def _age(entry: Path, now: float) -> float:
    """Seconds since anything in it was last written."""
    touched = [entry.stat().st_mtime]
    with suppress(FileNotFoundError, NotADirectoryError):
        touched += [one.stat().st_mtime for one in entry.iterdir()]
    return now - max(touched)


def _build(run: jobs.Run, submission_id: int) -> None:
    submission = db.reading().get_one(Submission, submission_id)
    if submission.state is SubmissionState.FROZEN:
        return
    run.progress(1, STEPS, "snapshot")
    operations.snapshot(submission_id)
    submission = db.reading().get_one(Submission, submission_id)
    school = db.reading().get_one(School, submission.school_id)
    settings: Settings = current_app.extensions["licheng.settings"]
    folder = _folder(submission_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    bundle = Bundle(submission, school, folder, f"{settings.public_url}/verify/{submission.token}")
    parts = {SubmissionFileKind.MANIFEST: bundle.manifest(_share(run, 5, 40, "manifest"))}
    parts[SubmissionFileKind.SHEET] = bundle.sheet()
    run.progress(46, STEPS, "workbook")
    parts[SubmissionFileKind.WORKBOOK] = bundle.workbook()
    parts[SubmissionFileKind.EXPERIENCES] = bundle.experiences()
    run.progress(54, STEPS, "workbook")
    parts[SubmissionFileKind.CSV] = bundle.csv()
    package = bundle.package(parts, _share(run, 56, 88, "package"))
    _deposit(run, submission_id, {**parts, SubmissionFileKind.PACKAGE: package})
    operations.freeze(run.actor, submission_id)


def _deposit(run: jobs.Run, submission_id: int, parts: dict[SubmissionFileKind, Path]) -> None:
    done = submissions.files(submission_id)
    for kind, path in parts.items():
        if kind in done:
            continue  # an earlier worker got so far
        extension = path.suffix[1:]
        file = vault.deposit(
            run.actor,
            path,
            slot=f"submission.{kind}",
            name=path.name,
            media_type=MEDIA_TYPES[extension],
            kind=extension,
        )
        operations.attach(submission_id, kind, file)
        run.progress(90 + list(parts).index(kind), STEPS, "deposit")


def _share(run: jobs.Run, begin: int, end: int, note: str) -> Any:
    """A progress callback that fills the part from `begin` to `end`; speaks once a hundredth."""
    said = begin

    def tell(done: int, total: int) -> None:
        nonlocal said
        now = begin + (end - begin) * done // max(total, 1)
        if now > said:
            said = now
            run.progress(now, STEPS, note)

    return tell

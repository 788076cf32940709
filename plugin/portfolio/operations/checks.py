"""預檢: begun by the registry or student affairs, done on the spot or in the background; its result
is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import islice

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.errors import Conflict
from plugin.portfolio import policy
from plugin.portfolio.checking.rows import Found, Inspector
from plugin.portfolio.models import (
    CheckState,
    SelectionKind,
    SubmissionCheck,
    SubmissionFault,
)
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.portfolio.queries import checks as queries
from plugin.portfolio.queries import snapshot as snapshots
from plugin.school import queries as school_queries
from plugin.school.batches import Batch
from plugin.trail.chain import record

CHECK = "submission.check"
ON_THE_SPOT = 300
"""So many records are looked at while the page waits; more go to the queue."""
KEPT = 20_000
"""So many faults of one check are kept; its figures count all of them."""
FRESH = timedelta(hours=24)
"""So long a check of a large school counts before a submission must be checked anew."""
CHUNK = 500

Progress = Callable[[int, int], None]


def begin(actor: Actor, academic_year: int, batch: Batch = Batch.ORDINARY) -> SubmissionCheck:
    """Look at everything that would be handed in; large ones are queued.

    One that is being done already is returned instead of a second; one that a dead process left
    is taken up again, one that the queue lost gives way to a new one.

    :raises NotFound: the actor is neither registry nor student affairs.
    """
    if not actor.has(Role.REGISTRY, Role.STUDENT_AFFAIRS) or actor.school_id is None:
        raise missing()
    total = sum(snapshots.count(actor.school_id, academic_year, batch).values())
    with db.writing() as session:
        check = queries.running(actor.school_id, academic_year, batch)
        if check is not None and _lost(session, check):
            fail(actor, check.id)
            check = None
        if check is not None and check.job_id is not None:
            return check
        if check is None:
            check = SubmissionCheck(
                school_id=actor.school_id,
                academic_year=academic_year,
                batch=batch,
                state=CheckState.RUNNING,
                made_by_id=actor.person_id,
                made_by_name=actor.name,
                made_at=clock.now(),
            )
            session.add(check)
            session.flush()
            record(actor, "submission.check", "submission_check", check.id, batch=batch.value)
        if total > ON_THE_SPOT:
            key = f"{CHECK}:{check.id}"
            check.job_id = jobs.enqueue(actor, CHECK, {"check_id": check.id}, key=key)
        check_id = check.id
    if total <= ON_THE_SPOT:
        try:
            look(check_id)
        except Exception:
            fail(actor, check_id)
            raise
    return db.reading().get_one(SubmissionCheck, check_id, populate_existing=True)


def look(check_id: int, progress: Progress | None = None) -> SubmissionCheck:
    """Do the check: everything is read, then the result is written at once. Done twice is done
    once, so a worker that was killed is followed by one that begins anew."""
    check = db.reading().get_one(SubmissionCheck, check_id, populate_existing=True)
    if check.state is not CheckState.RUNNING:
        return check
    where = (check.school_id, check.academic_year, check.batch)
    total = sum(snapshots.count(*where).values())
    inspector = Inspector(
        school_queries.school(check.school_id), check.academic_year, check.batch, personal=True
    )
    totals = dict.fromkeys(
        ("rows", "outcomes", "experiences", "students", "classes", "files", "bytes", "errors",
         "warnings"), 0,
    )  # fmt: skip
    rows: list[dict[str, object]] = []
    for group in snapshots.by_class(*where, personal=True):
        totals["classes"] += group.school_class is not None
        for one in group:
            totals["rows"] += 1
            outcome = one.record_kind is SelectionKind.OUTCOME
            totals["outcomes" if outcome else "experiences"] += 1
            totals["files"] += len(one.files)
            totals["bytes"] += sum(file.size for file in one.files)
        for found in inspector.look(group):
            totals["errors" if found.fault.blocks else "warnings"] += 1
            if len(rows) < KEPT:
                rows.append(_row(check_id, len(rows) + 1, found))
        if progress is not None:
            progress(totals["rows"], total)
    totals["students"] = inspector.students
    return _keep(check_id, totals, rows)


def fail(actor: Actor, check_id: int) -> None:
    """The check cannot be done; the next attempt is a new one."""
    with db.writing() as session:
        check = session.get_one(SubmissionCheck, check_id, with_for_update=db.HELD)
        if check.state is CheckState.RUNNING:
            check.state, check.done_at = CheckState.FAILED, clock.now()
            record(actor, "submission.check_fail", "submission_check", check.id)


@audited
def seen(actor: Actor, check_id: int) -> SubmissionCheck:
    """A check of the own school, to look at; of which records says `policy.looked_at`.

    :raises NotFound: none, or another school's; reaching for that leaves an audit line.
    """
    found = db.reading().get(SubmissionCheck, check_id)
    if found is None:
        raise nowhere(SubmissionCheck, check_id)
    if not policy.looked_at(actor, found):
        raise ForeignRecord("submission_check", check_id)
    return found


def require_fresh(check: SubmissionCheck | None) -> SubmissionCheck:
    """The check that a submission may be begun upon.

    :raises Conflict: none was done to its end of late.
    """
    done_at = check.done_at if check is not None and check.state is CheckState.DONE else None
    if check is None or done_at is None or clock.now() - done_at > FRESH:
        raise Conflict(_("還沒有一天內完成的預檢。"), remedy=_("請先執行預檢，完成後再建立提交。"))
    return check


def _lost(session: Session, check: SubmissionCheck) -> bool:
    job = session.get(jobs.Job, check.job_id) if check.job_id else None
    return job is not None and job.state is jobs.JobState.FAILED


def _keep(check_id: int, totals: dict[str, int], rows: list[dict[str, object]]) -> SubmissionCheck:
    with db.writing() as session:
        check = session.get_one(
            SubmissionCheck, check_id, with_for_update=db.HELD, populate_existing=True
        )
        if check.state is not CheckState.RUNNING:
            return check  # another worker was faster
        waiting = iter(rows)
        while chunk := list(islice(waiting, CHUNK)):
            _insert(session, chunk)
        check.totals, check.state, check.done_at = totals, CheckState.DONE, clock.now()
        return check


def _insert(session: Session, rows: list[dict[str, object]]) -> None:
    session.execute(sa.insert(SubmissionFault), rows)


def _row(check_id: int, sequence: int, found: Found) -> dict[str, object]:
    one, outcome = found.one, found.one.record_kind is SelectionKind.OUTCOME
    return {
        "check_id": check_id,
        "sequence": sequence,
        "code": found.fault.code,
        "blocks": found.fault.blocks,
        "record_kind": one.record_kind,
        "outcome_id": one.record.id if outcome else None,
        "experience_id": None if outcome else one.record.id,
        "student_id": one.student.id,
        "class_id": one.school_class.id if one.school_class else None,
        "detail": dict(found.fault.detail),
    }

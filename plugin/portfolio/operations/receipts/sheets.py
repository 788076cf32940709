"""Opening the sheets of a frozen submission: one for each student in it.

A student whose part is the same as in the version before need not confirm again: the confirmation
is carried over, and says from where.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, load_only

from plugin import db, tenancy
from plugin.actor import system
from plugin.portfolio.models import (
    ReceiptSheet,
    SheetState,
    Submission,
    SubmissionRow,
    SubmissionState,
)
from plugin.school.models import SchoolClass
from plugin.trail.chain import record

CHUNK = 500


@dataclass
class _Part:
    """A student's rows, gathered."""

    cells: dict[str, Any]
    digests: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.digests).encode()).hexdigest()


def open_sheets(submission_id: int) -> int:
    """Open the sheets of a frozen submission, all at once; returns how many. Twice is once."""
    with db.writing() as session:
        submission = session.get_one(
            Submission, submission_id, with_for_update=db.HELD, populate_existing=True
        )
        there = sa.select(ReceiptSheet.id).where(ReceiptSheet.submission_id == submission.id)
        if submission.state is not SubmissionState.FROZEN or session.scalar(there.limit(1)):
            return 0
        parts = _parts(session, submission)
        classes = _classes(session, submission)
        newest = not session.scalar(
            _same(sa.select(Submission.id), submission)
            .where(Submission.version > submission.version)
            .limit(1)
        )
        before = _before(session, submission) if newest else {}
        if newest:
            older = _same(sa.select(Submission.id), submission)
            session.execute(
                sa.update(ReceiptSheet)
                .where(ReceiptSheet.submission_id.in_(older), ReceiptSheet.current)
                .values(current=False)
            )
        carried = 0
        for student_id, part in parts.items():
            sheet = _sheet(submission, student_id, part, classes)
            sheet.current = newest
            earlier = before.get(student_id)
            if (
                earlier is not None
                and earlier.digest == sheet.digest
                and earlier.state is SheetState.CONFIRMED
            ):
                sheet.state, sheet.confirmed_at = SheetState.CONFIRMED, earlier.confirmed_at
                sheet.carried_from_id = earlier.carried_from_id or earlier.id
                carried += 1
            session.add(sheet)
        session.flush()
        record(
            system(submission.school_id), "receipt.open", "submission", submission.id,
            sheets=len(parts), carried=carried,
        )  # fmt: skip
        return len(parts)


def open_missing() -> int:
    """Open what a process that died has left out; returns how many submissions that were."""
    with tenancy.across("submissions are frozen in every school"):
        query = sa.select(Submission.id, Submission.school_id).where(
            Submission.state == SubmissionState.FROZEN,
            ~sa.exists().where(ReceiptSheet.submission_id == Submission.id),
            sa.exists().where(SubmissionRow.submission_id == Submission.id),
        )
        waiting = db.reading().execute(query.limit(CHUNK)).all()
    for submission_id, school_id in waiting:
        with tenancy.within(school_id):
            open_sheets(submission_id)
    return len(waiting)


def _parts(session: Session, submission: Submission) -> dict[int, _Part]:
    """Each student's rows in their order, read in chunks; of the cells only what a sheet needs."""
    found: dict[int, _Part] = {}
    after = 0
    wanted = load_only(
        SubmissionRow.sequence, SubmissionRow.student_id, SubmissionRow.cells, SubmissionRow.digest
    )
    while True:
        query = (
            sa.select(SubmissionRow)
            .where(SubmissionRow.submission_id == submission.id, SubmissionRow.sequence > after)
            .options(wanted)
            .order_by(SubmissionRow.sequence)
            .limit(CHUNK)
        )
        rows = session.scalars(query).all()
        for row in rows:
            part = found.get(row.student_id)
            if part is None:
                keys = ("class_code", "class_name", "grade", "seat")
                part = found[row.student_id] = _Part({key: row.cells.get(key) for key in keys})
            part.digests.append(row.digest)
            session.expunge(row)
        if len(rows) < CHUNK:
            return found
        after = rows[-1].sequence


def _classes(session: Session, submission: Submission) -> dict[str, int]:
    query = sa.select(SchoolClass.code, SchoolClass.id).where(
        SchoolClass.school_id == submission.school_id,
        SchoolClass.academic_year == submission.academic_year,
    )
    return dict(session.execute(query).all())


def _before(session: Session, submission: Submission) -> dict[int, ReceiptSheet]:
    query = sa.select(ReceiptSheet).where(
        ReceiptSheet.submission_id.in_(_same(sa.select(Submission.id), submission)),
        ReceiptSheet.current,
    )
    return {one.student_id: one for one in session.scalars(query)}


def _same(query: Any, submission: Submission) -> Any:
    """Submissions of the same year and batch."""
    return query.where(
        Submission.school_id == submission.school_id,
        Submission.academic_year == submission.academic_year,
        Submission.batch == submission.batch,
    )


def _sheet(
    submission: Submission, student_id: int, part: _Part, classes: dict[str, int]
) -> ReceiptSheet:
    cells = part.cells
    return ReceiptSheet(
        school_id=submission.school_id,
        submission_id=submission.id,
        academic_year=submission.academic_year,
        student_id=student_id,
        class_id=classes.get(cells["class_code"] or ""),
        class_name=str(cells["class_name"] or "")[:40],
        grade=cells["grade"] or 0,
        seat=cells["seat"] or 0,
        items=len(part.digests),
        digest=part.digest,
        state=SheetState.WAITING,
    )

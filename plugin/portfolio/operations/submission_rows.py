"""The snapshot of a submission: every selected record copied into a row, as of one moment."""

from __future__ import annotations

import hashlib
import secrets
from itertools import islice

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import db
from plugin.errors import Refusal
from plugin.portfolio.cells import cells_digest, cells_of, files_of, identity_of
from plugin.portfolio.checking.rows import Inspector
from plugin.portfolio.models import SelectionKind, Submission, SubmissionRow
from plugin.portfolio.operations.submission_state import building
from plugin.portfolio.queries import batches
from plugin.portfolio.queries import snapshot as snapshots
from plugin.portfolio.queries.snapshot import AnyChosen, ClassGroup
from plugin.school import queries as school_queries

BATCH = 200
"""Rows of one write transaction: others save in between."""


class NothingToSubmit(Refusal):
    """The 預檢 found nothing to hand in, or something that must be mended first."""

    code = "SUBMISSION_NOT_READY"
    status = 409


class TakenOver(Exception):
    """Another attempt writes the rows now: this worker was thought dead."""


def snapshot(submission_id: int) -> int:
    """Copy every selected record into rows, as it all was at one moment; returns how many.

    Read and looked at outside of any write transaction, written little by little: nobody else's
    saving waits for the whole. The rows count once the sums stand at the submission; those of an
    attempt that died go, and it is read anew. Everything that blocks is looked for once more. Done
    twice is done once.

    :raises NothingToSubmit: nothing is selected, or something blocks that did not at the 預檢.
    :raises TakenOver: another attempt has begun meanwhile.
    """
    while True:
        writer = secrets.token_hex(16)
        with db.writing() as session:
            submission = building(session, submission_id)
            if submission.totals:
                return int(submission.totals["rows"])
            submission.writer = writer
        _forget_rows(submission_id, writer)
        try:
            with db.one_moment():
                rows = _Rows(submission, writer)
                rows.write_all()
            if rows.finish():
                return rows.totals["rows"]
        except NothingToSubmit:
            _forget_rows(submission_id, writer)
            raise


def _mine(session: Session, submission_id: int, writer: str) -> Submission:
    """The submission, held, while this attempt is the one that writes.

    :raises TakenOver: it is another.
    """
    submission = building(session, submission_id)
    if submission.writer != writer or submission.totals:
        raise TakenOver(f"submission {submission_id}")
    return submission


def _forget_rows(submission_id: int, writer: str) -> None:
    """Take away what an attempt wrote that did not come to its end: a snapshot is whole or none."""
    some = (
        sa.select(SubmissionRow.id).where(SubmissionRow.submission_id == submission_id).limit(BATCH)
    )
    while True:
        with db.writing() as session:
            _mine(session, submission_id, writer)
            ids = session.scalars(some).all()
            session.execute(sa.delete(SubmissionRow).where(SubmissionRow.id.in_(ids)))
        if len(ids) < BATCH:
            return


class _Rows:
    """Writes rows some at a time, lets go of each class, and counts."""

    def __init__(self, submission: Submission, writer: str) -> None:
        self.submission = submission
        self.writer = writer
        self.where = (submission.school_id, submission.academic_year, submission.batch)
        school = school_queries.school(submission.school_id)
        self.inspector = Inspector(school, *self.where[1:], personal=True)
        self.left_out = batches.left_out(*self.where)
        self.digest = hashlib.sha256()
        self.totals = dict.fromkeys(
            ("rows", "outcomes", "experiences", "students", "classes", "files", "bytes", "lines"),
            0,
        )

    def write_all(self) -> None:
        """Every class.

        :raises NothingToSubmit: something blocks.
        """
        for group in snapshots.by_class(*self.where, personal=True):
            self._write(group)

    def finish(self) -> bool:
        """Put the sums to the submission; False: the other batch was frozen meanwhile, so that
        what must be left out is another thing now.

        :raises NothingToSubmit: there was no row.
        """
        if not self.totals["rows"]:
            raise nothing()
        self.totals["students"] = self.inspector.students
        with db.writing() as session:
            submission = _mine(session, self.submission.id, self.writer)
            if batches.left_out(*self.where) != self.left_out:
                return False
            query = sa.select(sa.func.count(SubmissionRow.id), sa.func.max(SubmissionRow.sequence))
            there = session.execute(query.where(SubmissionRow.submission_id == submission.id)).one()
            if tuple(there) != (self.totals["rows"],) * 2:
                raise RuntimeError(f"submission {submission.id} has other rows than were written")
            submission.totals = self.totals
            submission.rows_sha256 = self.digest.hexdigest()
        return True

    def _write(self, group: ClassGroup) -> None:
        """One class.

        :raises NothingToSubmit: something of it blocks.
        """
        for found in self.inspector.look(group):
            if found.fault.blocks:
                raise _changed(found.one, found.fault.kind.say(found.fault.detail))
        lines = map(self._row, group)
        while some := list(islice(lines, BATCH)):
            with db.writing() as session:
                _mine(session, self.submission.id, self.writer)
                session.add_all(some)
        self.totals["classes"] += 1

    def _row(self, one: AnyChosen) -> SubmissionRow:
        try:
            cells = cells_of(one)
        except ValueError as error:
            raise _changed(one, "") from error
        digest = cells_digest(cells)
        self.digest.update(digest.encode())
        files = files_of(cells)
        outcome = one.record_kind is SelectionKind.OUTCOME
        self.totals["rows"] += 1
        self.totals["outcomes" if outcome else "experiences"] += 1
        self.totals["files"] += len(files)
        self.totals["lines"] += max(len(files), 1)
        self.totals["bytes"] += sum(file["size"] for file in files)
        return SubmissionRow(
            submission_id=self.submission.id,
            sequence=self.totals["rows"],
            record_kind=one.record_kind,
            kind=cells.get("sheet", "") if outcome else cells["kind"],
            outcome_id=one.record.id if outcome else None,
            experience_id=None if outcome else one.record.id,
            student_id=one.student.id,
            cells=cells,
            national_id=one.student.national_id,
            birthday=one.student.birthday,
            identity=identity_of(one.student),
            digest=digest,
        )


def nothing() -> NothingToSubmit:
    """There is nothing to hand in."""
    return NothingToSubmit(
        _("目前沒有可以提交的勾選項目。"), remedy=_("請等學生勾選後，再建立提交。")
    )


def _changed(one: AnyChosen, said: str) -> NothingToSubmit:
    return NothingToSubmit(
        _(
            "「%(title)s」（%(who)s）在預檢後有變動，不能提交。%(said)s",
            title=one.record.title,
            who=one.student.number,
            said=said,
        ),
        remedy=_("請重新預檢，處理後再建立提交。"),
    )

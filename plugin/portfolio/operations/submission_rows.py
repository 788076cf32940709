"""The snapshot of a submission: every selected record copied into a row, all at once."""

from __future__ import annotations

import hashlib

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import db
from plugin.errors import Refusal
from plugin.portfolio.cells import cells_digest, cells_of, files_of, identity_of
from plugin.portfolio.checking.rows import Inspector
from plugin.portfolio.models import SelectionKind, Submission, SubmissionRow
from plugin.portfolio.operations.submission_state import building
from plugin.portfolio.queries import snapshot as snapshots
from plugin.portfolio.queries.snapshot import AnyChosen, ClassGroup
from plugin.school import queries as school_queries


class NothingToSubmit(Refusal):
    """The 預檢 found nothing to hand in, or something that must be mended first."""

    code = "SUBMISSION_NOT_READY"
    status = 409


def snapshot(submission_id: int) -> int:
    """Copy every selected record into rows, all at once; returns how many rows there are.

    Everything that blocks is looked for once more. Done twice is done once.

    :raises NothingToSubmit: nothing is selected, or something blocks that did not at the 預檢.
    """
    with db.writing() as session:
        submission = building(session, submission_id)
        if submission.totals:
            return int(submission.totals["rows"])
        writer = _Rows(session, submission)
        for group in snapshots.by_class(
            submission.school_id, submission.academic_year, submission.batch, personal=True
        ):
            writer.write(group)
        writer.finish()
        return int(submission.totals["rows"])


class _Rows:
    """Writes rows class by class, lets go of each class, and counts."""

    def __init__(self, session: Session, submission: Submission) -> None:
        self.session = session
        self.submission = submission
        school = school_queries.school(submission.school_id)
        self.inspector = Inspector(school, submission.academic_year, personal=True)
        self.digest = hashlib.sha256()
        self.totals = dict.fromkeys(
            ("rows", "outcomes", "experiences", "students", "classes", "files", "bytes", "lines"),
            0,
        )

    def write(self, group: ClassGroup) -> None:
        """One class.

        :raises NothingToSubmit: something of it blocks.
        """
        for found in self.inspector.look(group):
            if found.fault.blocks:
                raise _changed(found.one, found.fault.kind.say(found.fault.detail))
        lines = [self._row(one) for one in group]
        self.session.add_all(lines)
        self.session.flush()
        for line in lines:
            self.session.expunge(line)
        self.totals["classes"] += 1

    def finish(self) -> None:
        """Put the sums to the submission.

        :raises NothingToSubmit: there was no row.
        """
        if not self.totals["rows"]:
            raise nothing()
        self.totals["students"] = self.inspector.students
        self.submission.totals = self.totals
        self.submission.rows_sha256 = self.digest.hexdigest()

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
            kind=cells.get("kind", ""),
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

"""The hand-in of a term's book while it is made: asked whether it may be, copied, frozen, failed.

The steps are safe to repeat: a worker that was killed is followed by another that begins anew and
finds what is done already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db, jobs
from plugin.actor import Actor
from plugin.errors import Conflict, Refusal
from plugin.portfolio.cells import cells_digest, identity_of
from plugin.portfolio.models import (
    SubmissionFileKind,
    SubmissionState,
    TermWorkbook,
    TermWorkbookFile,
    TermWorkbookRow,
)
from plugin.portfolio.operations.academic import telling
from plugin.portfolio.operations.submission_rows import BATCH, NothingToSubmit, TakenOver
from plugin.portfolio.queries.academic import checks, hand_ins, workbooks
from plugin.portfolio.queries.academic.workbooks import Line
from plugin.school.terms import Term
from plugin.trail.chain import record
from plugin.vault.models import StoredFile
from reports.roster import RosterBook, RosterSheet, roster_text

OPENING = 2
"""身分證號 and 出生日期 open every sheet; a row keeps them apart, encrypted."""
NEEDED = {
    SubmissionFileKind.WORKBOOK,
    SubmissionFileKind.CSV,
    SubmissionFileKind.MANIFEST,
    SubmissionFileKind.PACKAGE,
}


class NotFrozen(Refusal):
    """Course records that can still be changed are not handed in."""

    code = "RECORDS_NOT_FROZEN"
    status = 409


def require_ready(actor: Actor, term: Term, book: str, override: str = "") -> dict[str, int]:
    """Whether a book of a term may be handed in as the records are now.

    :param override: the registry's reason to hand it in in spite of what the checks found.
    :returns: what blocks and is handed in all the same: key of the check → how many.
    :raises NotFrozen: course records of it are not frozen; no reason helps against that.
    :raises NothingToSubmit: the checks found what blocks, and there is no reason.
    """
    assert actor.school_id is not None
    if n := hand_ins.unfrozen(actor.school_id, term, book):
        raise NotFrozen(
            _("還有 %(n)s 筆修課紀錄沒有凍結，不能製作名冊。", n=n),
            remedy=_("請先到「成績凍結」凍結各課程或整個學期。"),
        )
    found = checks.blocking(actor, term, book)
    if found and not override:
        raise NothingToSubmit(
            _("預檢發現 %(n)s 項必須先處理的問題。", n=sum(found.values())),
            remedy=_("請依資料檢核的清單逐項處理；如有必要先行提交，由註冊組填寫原因。"),
        )
    return found


def close_if_dead(session: Session, made: TermWorkbook) -> None:
    """What is no longer made by anybody has failed."""
    job = session.get(jobs.Job, made.job_id) if made.job_id else None
    if made.state is SubmissionState.BUILDING and (
        job is None or job.state is jobs.JobState.FAILED
    ):
        made.state, made.failure = SubmissionState.FAILED, job.error if job else jobs.LOST


def snapshot(actor: Actor, workbook_id: int, roster: RosterBook) -> dict[str, int]:
    """Copy every line into rows, as it all was at one moment; returns how many by sheet.

    Read outside of any write transaction and written little by little: nobody else's saving waits
    for the whole. The rows count once their sum stands at the hand-in; those of an attempt that
    died go. Everything that blocks is looked for once more. Done twice is done once.

    :raises NotFrozen: records were thawed since it was begun.
    :raises NothingToSubmit: something blocks that did not before.
    :raises TakenOver: another attempt writes the rows.
    """
    with db.writing() as session:
        made = building(session, workbook_id)
        if made.rows_sha256:
            return made.counts
    _forget_rows(workbook_id)
    rows = _Rows(workbook_id)
    with db.one_moment():
        require_ready(actor, Term(made.academic_year, made.term), made.book, made.override)
        scope = workbooks.scope_of(made, roster)
        for sheet in roster.sheets:
            rows.write(sheet, workbooks.rows(scope, sheet))
    rows.finish()
    return rows.counts


def attach(workbook_id: int, kind: SubmissionFileKind, file: StoredFile) -> None:
    """Put a deposited file to the hand-in; a kind that is there already stays as it is."""
    with db.writing() as session:
        made = building(session, workbook_id)
        if kind not in hand_ins.files(made.id):
            session.add(
                TermWorkbookFile(
                    workbook_id=made.id,
                    kind=kind,
                    file_id=file.id,
                    name=file.name,
                    size=file.size,
                    sha256=file.sha256,
                )
            )


def freeze(actor: Actor, workbook_id: int, name: str) -> None:
    """Its files are whole: it is final, and whoever asked hears. Frozen twice is frozen once.

    :param name: of the book.
    :raises Conflict: a file is missing.
    """
    with db.writing() as session:
        made = held(session, workbook_id)
        if made.state is SubmissionState.FROZEN:
            return
        files = hand_ins.files(made.id)
        if set(files) != NEEDED:
            raise Conflict(_("提交的檔案還沒有全部完成。"))
        made.file_id = files[SubmissionFileKind.WORKBOOK].file_id
        made.state, made.failure, made.done_at = SubmissionState.FROZEN, "", clock.now()
        session.flush()
        record(
            actor, "workbook.made", "term_workbook", made.id,
            rows=sum(made.counts.values()), rows_sha256=made.rows_sha256,
            files={file.kind: file.sha256 for file in files.values()},
        )  # fmt: skip
        telling.made(made, name)


def fail(actor: Actor, workbook_id: int, reason: str) -> None:
    """It cannot be made; the version stays used, the next attempt is a new one."""
    with db.writing() as session:
        made = held(session, workbook_id)
        if made.state is SubmissionState.BUILDING:
            made.state, made.failure = SubmissionState.FAILED, reason[:500]
            record(actor, "workbook.fail", "term_workbook", made.id)


def held(session: Session, workbook_id: int) -> TermWorkbook:
    """The hand-in, its row held until the transaction ends."""
    return session.get_one(
        TermWorkbook, workbook_id, with_for_update=db.HELD, populate_existing=True
    )


def building(session: Session, workbook_id: int) -> TermWorkbook:
    """The same, while it is made.

    :raises Conflict: it is frozen, or has failed.
    """
    made = held(session, workbook_id)
    if made.state is not SubmissionState.BUILDING:
        raise Conflict(_("這個版本已經結束製作，不能再變更。"))
    return made


def _uncopied(session: Session, workbook_id: int) -> TermWorkbook:
    """The hand-in, held, while its rows are not whole.

    :raises TakenOver: another attempt has made them so.
    """
    made = building(session, workbook_id)
    if made.rows_sha256:
        raise TakenOver(f"workbook {workbook_id}")
    return made


def _forget_rows(workbook_id: int) -> None:
    """Take away what an attempt wrote that did not come to its end: a copy is whole or none."""
    some = (
        sa.select(TermWorkbookRow.id).where(TermWorkbookRow.workbook_id == workbook_id).limit(BATCH)
    )
    while True:
        with db.writing() as session:
            _uncopied(session, workbook_id)
            ids = session.scalars(some).all()
            session.execute(sa.delete(TermWorkbookRow).where(TermWorkbookRow.id.in_(ids)))
        if len(ids) < BATCH:
            return


def _said(sheet: str, record_id: int, digest: str, identity: str) -> bytes:
    """What a row adds to the sum over all of them."""
    return f"{sheet}:{record_id}:{digest}:{identity}\n".encode()


class _Rows:
    """Writes rows some at a time, lets go of them, and counts."""

    def __init__(self, workbook_id: int) -> None:
        self.workbook_id = workbook_id
        self.counts: dict[str, int] = {}
        self._said = hashlib.sha256()
        self._sequence = 0

    def write(self, sheet: RosterSheet, lines: Iterator[Line]) -> None:
        """The lines of one sheet."""
        before = self._sequence
        made = (self._row(sheet, line) for line in lines)
        while some := list(islice(made, BATCH)):
            with db.writing() as session:
                _uncopied(session, self.workbook_id)
                session.add_all(some)
        self.counts[sheet.key] = self._sequence - before

    def finish(self) -> None:
        """Put the sum to the hand-in.

        :raises TakenOver: there are other rows than these: of an attempt that was thought dead.
        """
        query = (
            sa.select(
                TermWorkbookRow.sheet,
                TermWorkbookRow.record_id,
                TermWorkbookRow.digest,
                TermWorkbookRow.identity,
            )
            .where(TermWorkbookRow.workbook_id == self.workbook_id)
            .order_by(TermWorkbookRow.sequence)
            .execution_options(yield_per=BATCH)
        )
        with db.writing() as session:
            made = _uncopied(session, self.workbook_id)
            there = hashlib.sha256()
            for row in session.execute(query):
                there.update(_said(*row))
            if there.digest() != self._said.digest():
                raise TakenOver(f"workbook {self.workbook_id}")
            made.counts, made.rows_sha256 = self.counts, self._said.hexdigest()

    def _row(self, sheet: RosterSheet, line: Line) -> TermWorkbookRow:
        own = sheet.columns[OPENING:]
        cells = {one.key: roster_text(line.cells.get(one.key), one.format) for one in own}
        digest, identity = cells_digest(cells), identity_of(line.student)
        self._sequence += 1
        self._said.update(_said(sheet.key, line.record_id, digest, identity))
        placed, student = line.placed, line.student
        return TermWorkbookRow(
            workbook_id=self.workbook_id,
            sequence=self._sequence,
            sheet=sheet.key,
            record_id=line.record_id,
            student_id=student.id,
            student_number=student.number,
            student_name=student.name,
            class_code=placed.class_code if placed else "",
            class_name=placed.class_name if placed else "",
            seat=placed.seat if placed else 0,
            cells=cells,
            national_id=student.national_id,
            birthday=student.birthday,
            identity=identity,
            digest=digest,
        )

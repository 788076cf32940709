"""What was handed in of a term: the rows that were copied, the files made from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import defer

from plugin import db
from plugin.portfolio import record_kinds
from plugin.portfolio.models import (
    CourseFreeze,
    CourseRecord,
    SubmissionFileKind,
    SubmissionState,
    TermWorkbook,
    TermWorkbookFile,
    TermWorkbookRow,
)
from plugin.school.models import School
from plugin.school.terms import Term

CHUNK = 500
PERSONAL = (TermWorkbookRow.national_id, TermWorkbookRow.birthday)


@dataclass(frozen=True)
class Verification:
    """What the public verification page tells of a term's list: nothing of any person."""

    school_name: str
    book: str
    batch: str
    number: str
    academic_year: int
    term: int
    version: int
    done_at: datetime
    counts: dict[str, int]
    """Rows by sheet."""
    manifest_sha256: str
    package_sha256: str
    newer_version: int | None


def verify_url(public_url: str, made: TermWorkbook) -> str:
    """Where anybody may check the printed list; "" of those older than the page."""
    return f"{public_url}/verify/term/{made.token}" if made.token else ""


def verification(token: str) -> Verification | None:
    """What anybody may know who holds the printed list; None for an unknown token."""
    session = db.reading()
    row = session.execute(
        sa.select(TermWorkbook, School.name)
        .join(School, School.id == TermWorkbook.school_id)
        .where(TermWorkbook.token == token, TermWorkbook.state == SubmissionState.FROZEN)
    ).one_or_none()
    if row is None:
        return None
    made, school_name = row
    newest = session.scalar(
        sa.select(sa.func.max(TermWorkbook.version)).where(
            TermWorkbook.school_id == made.school_id,
            TermWorkbook.academic_year == made.academic_year,
            TermWorkbook.term == made.term,
            TermWorkbook.book == made.book,
            TermWorkbook.batch == made.batch,
            TermWorkbook.state == SubmissionState.FROZEN,
        )
    )
    produced = files(made.id)
    assert made.done_at is not None
    return Verification(
        school_name=school_name,
        book=made.book,
        batch=made.batch,
        number=made.number,
        academic_year=made.academic_year,
        term=made.term,
        version=made.version,
        done_at=made.done_at,
        counts=made.counts,
        manifest_sha256=produced[SubmissionFileKind.MANIFEST].sha256,
        package_sha256=produced[SubmissionFileKind.PACKAGE].sha256,
        newer_version=newest if newest is not None and newest > made.version else None,
    )


def unfrozen(school_id: int, term: Term, book: str) -> int:
    """How many course records of a book can still be changed; of other books there are none."""
    kinds = [one.key for one in record_kinds.kinds() if one.book == book]
    frozen = sa.exists().where(
        CourseFreeze.school_id == school_id,
        CourseFreeze.academic_year == term.academic_year,
        CourseFreeze.term == term.term,
        CourseFreeze.thawed_at.is_(None),
        sa.or_(CourseFreeze.course_id.is_(None), CourseFreeze.course_id == CourseRecord.course_id),
    )
    query = (
        sa.select(sa.func.count())
        .select_from(CourseRecord)
        .where(
            CourseRecord.school_id == school_id,
            CourseRecord.academic_year == term.academic_year,
            CourseRecord.term == term.term,
            CourseRecord.kind.in_(kinds),
            CourseRecord.removed_at.is_(None),
            ~frozen,
        )
    )
    return db.reading().scalar(query) or 0 if kinds else 0


def all_rows(
    workbook_id: int, sheet: str | None = None, *, personal: bool = False
) -> Iterator[TermWorkbookRow]:
    """Every row in order, a chunk at a time; each is free to go after use.

    :param sheet: only that one.
    :param personal: also decrypt national IDs and birthdays; without, they cannot be read.
    """
    after = 0
    while True:
        query = sa.select(TermWorkbookRow).where(
            TermWorkbookRow.workbook_id == workbook_id, TermWorkbookRow.sequence > after
        )
        if sheet is not None:
            query = query.where(TermWorkbookRow.sheet == sheet)
        if not personal:
            query = query.options(*(defer(one, raiseload=True) for one in PERSONAL))
        session = db.reading()
        chunk = session.scalars(query.order_by(TermWorkbookRow.sequence).limit(CHUNK)).all()
        for row in chunk:
            session.expunge(row)
            yield row
        if len(chunk) < CHUNK:
            return
        after = chunk[-1].sequence


def by_class(workbook_id: int) -> Iterator[TermWorkbookRow]:
    """Every row, class by class and by seat; whoever has no class comes first."""
    query = (
        sa.select(TermWorkbookRow)
        .where(TermWorkbookRow.workbook_id == workbook_id)
        .order_by(
            TermWorkbookRow.class_code,
            TermWorkbookRow.class_name,
            TermWorkbookRow.seat,
            TermWorkbookRow.student_number,
            TermWorkbookRow.sequence,
        )
        .options(*(defer(one, raiseload=True) for one in PERSONAL))
        .execution_options(yield_per=CHUNK)
    )
    session = db.reading()
    for row in session.scalars(query):
        session.expunge(row)
        yield row


def files(workbook_id: int) -> dict[SubmissionFileKind, TermWorkbookFile]:
    """The files by kind."""
    query = sa.select(TermWorkbookFile).where(TermWorkbookFile.workbook_id == workbook_id)
    return {one.kind: one for one in db.reading().scalars(query)}

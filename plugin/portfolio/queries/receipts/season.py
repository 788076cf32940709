"""When the 收訖明細 of a batch 梯次 is confirmed: each of the third year's may have its window."""

from __future__ import annotations

import sqlalchemy as sa

from plugin import clock, db
from plugin.portfolio.models import ReceiptSheet, Submission
from plugin.school import batches, windows
from plugin.school.batches import Batch
from plugin.school.models import WindowKind
from plugin.school.windows import Period


def batch_of(sheet: ReceiptSheet) -> Batch:
    """In which batch the sheet's submission was handed in."""
    query = sa.select(Submission.batch).where(Submission.id == sheet.submission_id)
    return db.reading().scalars(query).one()


def window_of(sheet: ReceiptSheet) -> Period | None:
    """The window in which the student confirms it, until an extension of theirs ends."""
    return batches.window(
        sheet.school_id, WindowKind.RECEIPT, sheet.academic_year, batch_of(sheet), sheet.grade,
        student_id=sheet.student_id,
    )  # fmt: skip


def open_batches(
    school_id: int, academic_year: int, grade: int, student_id: int
) -> dict[Batch, Period]:
    """The batches whose window is open now for a student."""
    found = {
        one: batches.window(
            school_id, WindowKind.RECEIPT, academic_year, one, grade, student_id=student_id
        )
        for one in Batch
    }
    moment = clock.now()
    return {one: it for one, it in found.items() if it and windows.open_at(it, moment)}

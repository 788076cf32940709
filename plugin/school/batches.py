"""Batches 梯次: the third year hands in twice a year, everybody else once (central-rosters §2).

The first batch feeds that spring's admissions, the second what came after. Of the windows of a
year, selection, submission and receipt may be set for each batch (`windows.BATCHED`); what is not
set for a batch is that of the grade, or of the school.
"""

from __future__ import annotations

import enum
from datetime import datetime

from flask_babel import lazy_gettext as _l

from plugin import clock
from plugin.school import windows
from plugin.school.models import WindowKind
from plugin.school.windows import FINAL_GRADE, Period


class Batch(enum.StrEnum):
    """What a submission is of. The values are those by which `reports.roster` knows 名冊別."""

    ORDINARY = "ordinary"
    FIRST = "third_year_first"
    SECOND = "third_year_second"

    @property
    def place(self) -> int:
        """1 and 2 for the batches of the third year, 0 for all the others."""
        return list(Batch).index(self)

    @property
    def grade(self) -> int:
        """The grade whose windows hold; 0: each student's own."""
        return FINAL_GRADE if self.place else 0

    @property
    def letter(self) -> str:
        """Of the submission's number."""
        return ("O", "A", "B")[self.place]


LABELS = {
    Batch.ORDINARY: _l("一、二年級"),
    Batch.FIRST: _l("三年級第一梯次"),
    Batch.SECOND: _l("三年級第二梯次"),
}
"""What people read."""


def read(text: str | None) -> Batch:
    """The batch that an address names; the ordinary one for anything else."""
    return Batch(text) if text in set(Batch) else Batch.ORDINARY


def of_grade(grade: int) -> tuple[Batch, ...]:
    """The batches in which a grade hands in. Who stays longer 延修 is in the third year
    (inferred); a student without a class is among the others."""
    return (Batch.FIRST, Batch.SECOND) if grade >= FINAL_GRADE else (Batch.ORDINARY,)


def window(
    school_id: int,
    kind: WindowKind,
    academic_year: int,
    batch: Batch,
    grade: int = 0,
    *,
    student_id: int | None = None,
) -> Period | None:
    """The window that holds for a batch: its own, else that of the grade, else that of all.

    The ordinary batch is handed in as one. Where the calendar gives its grades submission windows
    of their own, it is open while either is; of two that are open, the later closing holds.
    """
    grades: tuple[int, ...] = (batch.grade or grade,)
    if kind is WindowKind.SUBMISSION and not grades[0]:
        grades = tuple(range(1, FINAL_GRADE))
    found = [
        windows.find(
            school_id, kind, academic_year, grade=one, batch=batch.place, student_id=student_id
        )
        for one in grades
    ]
    moment = clock.now()
    return min(found, key=lambda one: (_distance(one, moment), -_closes(one)))


def current(
    school_id: int,
    kind: WindowKind,
    academic_year: int,
    grade: int,
    *,
    student_id: int | None = None,
) -> tuple[Batch, Period | None]:
    """The batch at hand of a grade with its window: the first that is open now, else the next to
    open, else the one that closed last."""
    moment = clock.now()
    found = [
        (batch, window(school_id, kind, academic_year, batch, grade, student_id=student_id))
        for batch in of_grade(grade)
    ]
    return min(found, key=lambda one: _distance(one[1], moment))


def _closes(one: Period | None) -> float:
    return one.closes_at.timestamp() if one is not None else 0.0


def _distance(one: Period | None, moment: datetime) -> tuple[int, float]:
    if one is None:
        return 3, 0.0
    if windows.open_at(one, moment):
        return 0, 0.0
    if moment < one.opens_at:
        return 1, (one.opens_at - moment).total_seconds()
    return 2, (moment - one.closes_at).total_seconds()

"""Whether a student may change a selection now: the window of the batch, the registry's word."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.jinja import roc_date
from plugin import clock, db
from plugin.errors import Conflict
from plugin.portfolio.models import HoldState, SelectionHold, SelectionKind
from plugin.portfolio.queries import batches as batch_queries
from plugin.portfolio.queries.shared import grade_of, seated
from plugin.school import batches, windows
from plugin.school.batches import Batch
from plugin.school.models import ClassSeat, SchoolClass, WindowKind
from plugin.school.windows import Period


@dataclass(frozen=True)
class Standing:
    """How a student's selection of a year stands towards the calendar and the registry.

    :param batch: the batch at hand.
    :param period: its window, if one is set.
    :param hold: the registry's last word on the class.
    :param fixed: outcome ids and experience ids that the first batch has handed in, while the
        second is at hand.
    """

    batch: Batch
    period: Period | None
    hold: SelectionHold | None
    fixed: tuple[frozenset[int], frozenset[int]]

    @property
    def locked(self) -> bool:
        """Locked by the registry."""
        return self.hold is not None and self.hold.state is HoldState.LOCKED

    @property
    def opened(self) -> bool:
        """Opened by the registry, whatever the window says."""
        return (
            self.hold is not None
            and self.hold.state is HoldState.OPEN
            and self.hold.until is not None
            and clock.now() < self.hold.until
        )

    @property
    def open(self) -> bool:
        """Whether the student may change it now."""
        in_time = self.period is not None and windows.open_at(self.period, clock.now())
        return not self.locked and (in_time or self.opened)

    def fixed_of(self, kind: SelectionKind) -> frozenset[int]:
        """What of a kind can no longer be taken out."""
        return self.fixed[kind is SelectionKind.EXPERIENCE]


def standing(school_id: int, student_id: int, academic_year: int) -> Standing:
    """How it stands now."""
    grade = grade_of(student_id, academic_year)
    batch, period = batches.current(
        school_id, WindowKind.SELECTION, academic_year, grade, student_id=student_id
    )
    fixed: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
    if batch is Batch.SECOND:
        outcomes, experiences = batch_queries.handed_in_before(school_id, academic_year, student_id)
        fixed = frozenset(outcomes), frozenset(experiences)
    return Standing(batch, period, hold_of(student_id, academic_year), fixed)


def hold_of(student_id: int, academic_year: int) -> SelectionHold | None:
    """The registry's last word on the student's class."""
    query = (
        sa.select(SelectionHold)
        .join(SchoolClass, SchoolClass.id == SelectionHold.class_id)
        .join(ClassSeat, ClassSeat.class_id == SchoolClass.id)
        .where(seated(student_id, academic_year), SchoolClass.academic_year == academic_year)
        .order_by(SelectionHold.id.desc())
        .limit(1)
    )
    return db.reading().scalar(query)


def require_open(school_id: int, student_id: int, academic_year: int) -> Standing:
    """How it stands, if the student may change it now.

    :raises Conflict: the registry has locked the class.
    :raises WindowClosed: the window of the batch is not open, and the registry has not opened it.
    """
    found = standing(school_id, student_id, academic_year)
    if found.locked:
        assert found.hold is not None
        raise Conflict(
            _("註冊組在 %(at)s 鎖定了貴班的勾選：%(reason)s",
              at=roc_date(found.hold.at), reason=found.hold.reason),
            remedy=_("需要修改請洽註冊組。"),
        )  # fmt: skip
    if not found.opened:
        windows.require_open(
            school_id,
            WindowKind.SELECTION,
            academic_year,
            grade=grade_of(student_id, academic_year),
            batch=found.batch.place,
            student_id=student_id,
        )
    return found

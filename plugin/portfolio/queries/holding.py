"""Whether a student may change a selection now: the window of the batch, the registry's word."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

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
        return locks(self.hold)

    @property
    def opened(self) -> bool:
        """Opened by the registry, whatever the window says."""
        return opened_until(self.hold) is not None

    @property
    def until(self) -> datetime | None:
        """Until when the student may change it; None: not now."""
        return until(self.period, self.hold)

    @property
    def open(self) -> bool:
        """Whether the student may change it now."""
        return self.until is not None

    def fixed_of(self, kind: SelectionKind) -> frozenset[int]:
        """What of a kind can no longer be taken out."""
        return self.fixed[kind is SelectionKind.EXPERIENCE]


def locks(hold: SelectionHold | None) -> bool:
    """Whether the registry's last word locks the class."""
    return hold is not None and hold.state is HoldState.LOCKED


def opened_until(hold: SelectionHold | None) -> datetime | None:
    """Until when the registry's last word opens the class; None: it does not, or no longer."""
    if hold is None or hold.state is not HoldState.OPEN or hold.until is None:
        return None
    return hold.until if clock.now() < hold.until else None


def until(period: Period | None, hold: SelectionHold | None) -> datetime | None:
    """Until when students may change their selections by the window and the registry's word,
    whichever lasts longer; None: not now."""
    if locks(hold):
        return None
    ends = [opened_until(hold)]
    if period is not None and windows.open_at(period, clock.now()):
        ends.append(period.closes_at)
    return max((one for one in ends if one is not None), default=None)


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


def holds_of(student_ids: Collection[int], academic_year: int) -> dict[int, SelectionHold]:
    """The same of many students at once; one statement."""
    of_class = sa.orm.aliased(SelectionHold)
    newest = sa.select(sa.func.max(of_class.id)).where(of_class.class_id == SchoolClass.id)
    query = (
        sa.select(ClassSeat.student_id, SelectionHold)
        .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .join(SelectionHold, SelectionHold.class_id == SchoolClass.id)
        .where(
            ClassSeat.student_id.in_(student_ids),
            SchoolClass.academic_year == academic_year,
            SelectionHold.id == newest.correlate(SchoolClass).scalar_subquery(),
        )
        .order_by(SelectionHold.id)
    )
    return dict(db.reading().execute(query).all())


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

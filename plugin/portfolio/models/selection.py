"""What a student chooses of a year."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base
from plugin.portfolio.models.final import never_changed
from plugin.school.batches import Batch


class SelectionKind(enum.StrEnum):
    """What is selected 勾選."""

    OUTCOME = "outcome"
    EXPERIENCE = "experience"


class Selection(Base):
    """A student's selection of one kind in one academic year; each kind is confirmed by itself."""

    __tablename__ = "selection"
    __table_args__ = (
        sa.UniqueConstraint("student_id", "academic_year", "kind"),
        sa.Index("ix_selection_school_year", "school_id", "academic_year", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    academic_year: Mapped[int]
    kind: Mapped[SelectionKind] = mapped_column(
        sa.Enum(SelectionKind, native_enum=False, length=12)
    )
    locked_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class SelectionItem(Base):
    """One selected outcome."""

    __tablename__ = "selection_item"
    __table_args__ = (sa.UniqueConstraint("selection_id", "outcome_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    selection_id: Mapped[int] = mapped_column(sa.ForeignKey("selection.id"))
    outcome_id: Mapped[int] = mapped_column(sa.ForeignKey("outcome.id"), index=True)
    chosen_at: Mapped[datetime]
    batch: Mapped[Batch] = mapped_column(
        sa.Enum(Batch, native_enum=False, length=12), default=Batch.ORDINARY
    )
    """For which batch it was chosen."""


class SelectedExperience(Base):
    """One selected experience."""

    __tablename__ = "selected_experience"
    __table_args__ = (sa.UniqueConstraint("selection_id", "experience_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    selection_id: Mapped[int] = mapped_column(sa.ForeignKey("selection.id"))
    experience_id: Mapped[int] = mapped_column(sa.ForeignKey("experience.id"), index=True)
    chosen_at: Mapped[datetime]
    batch: Mapped[Batch] = mapped_column(
        sa.Enum(Batch, native_enum=False, length=12), default=Batch.ORDINARY
    )


class HoldState(enum.StrEnum):
    """What the registry said of a class's selections."""

    LOCKED = "locked"
    OPEN = "open"


class SelectionHold(Base):
    """The registry locks a class's selections or opens them again, with a reason.

    The newest of a class holds: locked, nobody in it changes anything; open, its students may
    until `until` though the window has closed. Never edited, only followed by another.
    """

    __tablename__ = "selection_hold"
    __table_args__ = (sa.Index("ix_selection_hold_class", "class_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(sa.ForeignKey("school_class.id"))
    state: Mapped[HoldState] = mapped_column(sa.Enum(HoldState, native_enum=False, length=10))
    until: Mapped[datetime | None]
    """Of `OPEN`; afterwards the window counts again."""
    reason: Mapped[str] = mapped_column(sa.String(200))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    by_name: Mapped[str] = mapped_column(sa.String(60))
    at: Mapped[datetime]


class SelectionSlip(Base):
    """A selection slip 勾選確認單 as it was printed: what was selected, by one digest."""

    __tablename__ = "selection_slip"
    __table_args__ = (sa.Index("ix_selection_slip_student", "student_id", "academic_year", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    academic_year: Mapped[int]
    outcomes: Mapped[int]
    experiences: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 over what the slip lists: tells whether the selection is still that one."""
    token: Mapped[str] = mapped_column(sa.String(43), unique=True)
    """Of the public verification page; unguessable."""
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]

    @property
    def number(self) -> str:
        """Printed on the slip."""
        return f"{self.academic_year:03}-S-{self.id:06}"


never_changed(SelectionHold)
never_changed(SelectionSlip)

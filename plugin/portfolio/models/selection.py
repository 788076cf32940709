"""What a student chooses of a year."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base


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


class SelectedExperience(Base):
    """One selected experience."""

    __tablename__ = "selected_experience"
    __table_args__ = (sa.UniqueConstraint("selection_id", "experience_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    selection_id: Mapped[int] = mapped_column(sa.ForeignKey("selection.id"))
    experience_id: Mapped[int] = mapped_column(sa.ForeignKey("experience.id"), index=True)
    chosen_at: Mapped[datetime]

"""What an earlier system of the school handed in, as the official books tell it: no outcome and no
experience of this system, since a book holds neither title nor certifier nor any file (decision
record 0009)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Json
from plugin.portfolio.models.selection import SelectionKind


class EarlierRecord(Base):
    """One row of 學生課程學習成果名冊 or 學生自填多元表現名冊 of a past year.

    It cannot be chosen, so no 預檢, submission or storage figure ever counts it.
    """

    __tablename__ = "earlier_record"
    __table_args__ = (
        sa.UniqueConstraint("student_id", "item_key"),
        sa.Index("ix_earlier_record_school", "school_id", "academic_year", "record_kind", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    academic_year: Mapped[int]
    """Of the book's cover."""
    record_kind: Mapped[SelectionKind] = mapped_column(
        sa.Enum(SelectionKind, native_enum=False, length=12)
    )
    sheet: Mapped[str] = mapped_column(sa.String(20))
    """Key of the sheet in the book (`reports.roster`)."""
    item_key: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 over year, sheet and the columns that tell one row of a student from another: the
    same is known."""
    cells: Mapped[dict] = mapped_column(Json)
    """Column key → text as the book has it, without national ID and birthday; what was empty is
    not there. `document_link` and `media_link` say where its files were."""
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"), index=True)
    """The school's own course of that code and term, where there is exactly one."""
    brought_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    brought_at: Mapped[datetime]

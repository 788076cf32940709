"""What the overviews keep: exports that were made, whom somebody reminded, a preview's choice."""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Json


class ExportState(enum.StrEnum):
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


class PortfolioExport(Base):
    """A student's export of everything 個人匯出: asked for, made in the queue, kept for a while."""

    __tablename__ = "portfolio_export"
    __table_args__ = (
        sa.Index("ix_portfolio_export_asker", "asked_by_id", "student_id", "id"),
        sa.Index("ix_portfolio_export_school", "school_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    """The student, or a parent where the school allows: nobody else sees it."""
    counselling: Mapped[bool] = mapped_column(default=False)
    """With the counselling records, in a folder of their own 校內資料，不提交."""
    state: Mapped[ExportState] = mapped_column(sa.Enum(ExportState, native_enum=False, length=10))
    failure: Mapped[str] = mapped_column(sa.String(500), default="")
    totals: Mapped[dict] = mapped_column(Json, default=dict)
    """`records`, `files`, `bytes`, `missing`."""
    package_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    made_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    """When the file is purged (rule `export.keep_days`)."""


class Reminder(Base):
    """Somebody was reminded on a day; a second press the same day tells them nothing."""

    __tablename__ = "reminder"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "day"),
        sa.Index("ix_reminder_school_day", "school_id", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    day: Mapped[date]
    """In Taipei."""
    duties: Mapped[list] = mapped_column(Json, default=list)
    """What they still had to do (`queries.overviews.duties.Duty`)."""
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime]


class AdmissionPreview(Base):
    """What a student would show a university 備審預覽: chosen to look at, never submitted."""

    __tablename__ = "admission_preview"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    outcome_ids: Mapped[list] = mapped_column(Json, default=list)
    """In the order chosen; read together with the student's own records only."""
    experience_ids: Mapped[list] = mapped_column(Json, default=list)
    statement: Mapped[str] = mapped_column(sa.Text, default="")
    """學習歷程自述."""
    synthesis: Mapped[str] = mapped_column(sa.Text, default="")
    """多元表現綜整心得."""
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

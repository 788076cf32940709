"""Experiences 多元表現: what a student did besides courses, in one of the roster's ten kinds."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Json
from plugin.portfolio.models.final import never_changed


class ExperienceState(enum.StrEnum):
    """Where an experience stands: nobody certifies it, but the school may return it."""

    DRAFT = "draft"
    SENT = "sent"
    RETURNED = "returned"


class Experience(Base):
    """One experience of a student. A draft may lack anything but its owner and kind."""

    __tablename__ = "experience"
    __table_args__ = (
        sa.UniqueConstraint("student_id", "page_key"),
        # my experiences, and the count of a year
        sa.Index("ix_experience_student_year", "student_id", "academic_year", "state", "id"),
        # the lists of student affairs
        sa.Index("ix_experience_school_year", "school_id", "academic_year", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    """A key of `plugin.portfolio.kinds`."""
    academic_year: Mapped[int]
    """Of the window in which it is sent; of a draft, the one it could go to when last saved."""
    term: Mapped[int]
    grade: Mapped[int] = mapped_column(default=0)
    """The student's when it was sent; windows may differ by grade."""
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    """Made from its details, for lists (`kinds.Kind.title_of`)."""
    details: Mapped[dict] = mapped_column(Json, default=dict)
    """Field key → text: a date as ISO, a number in digits, a code; what nobody can read yet stays
    in a draft as it was typed."""
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    """內容簡述, NFC, trimmed, line breaks as `\\n`."""
    link: Mapped[str] = mapped_column(sa.Text, default="")
    """外部影音連結: text, never fetched."""
    ai_note: Mapped[str] = mapped_column(sa.Text, default="")
    """AI 使用揭露."""
    document_file_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("stored_file.id"), index=True
    )
    """證明文件."""
    media_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    state: Mapped[ExperienceState] = mapped_column(
        sa.Enum(ExperienceState, native_enum=False, length=12)
    )
    started_at: Mapped[datetime]
    """When the upload of what is there now began: it counts against the window (15 minutes)."""
    sent_at: Mapped[datetime | None]
    correct_until: Mapped[datetime | None]
    """A returned one may be sent again until then, though the window has closed."""
    page_key: Mapped[str | None] = mapped_column(sa.String(32))
    """Of the page on which it was begun: the same page sent twice is one experience."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class ExperienceReturn(Base):
    """Why student affairs returned an experience; never edited, only followed by another."""

    __tablename__ = "experience_return"
    __table_args__ = (sa.Index("ix_experience_return_experience", "experience_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    experience_id: Mapped[int] = mapped_column(sa.ForeignKey("experience.id"))
    reason: Mapped[str] = mapped_column(sa.Text)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    by_name: Mapped[str] = mapped_column(sa.String(60))
    at: Mapped[datetime]
    correct_until: Mapped[datetime | None]
    title: Mapped[str] = mapped_column(sa.String(200))
    details: Mapped[dict] = mapped_column(Json)
    """What it said when it was returned."""


never_changed(ExperienceReturn)

"""Outcomes, and what was decided about them."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base
from plugin.portfolio.models.final import never_changed


class OutcomeState(enum.StrEnum):
    """Where an outcome 課程學習成果 stands (SPEC §1, Outcome life)."""

    DRAFT = "draft"
    SENT = "sent"
    CERTIFIED = "certified"
    RETURNED = "returned"
    OVERDUE = "overdue"


OCCUPYING = (OutcomeState.SENT, OutcomeState.CERTIFIED, OutcomeState.OVERDUE)
"""The states that take one of the term's places; a withdrawn or returned item frees its own."""


class Outcome(Base):
    """An outcome: one work of a student in a course that carries credits.

    A draft may lack anything but its owner: what was typed is kept even when it cannot be sent.
    """

    __tablename__ = "outcome"
    __table_args__ = (
        sa.UniqueConstraint("student_id", "page_key"),
        # my outcomes, and the counts of a term
        sa.Index("ix_outcome_student_term", "student_id", "academic_year", "term", "state", "id"),
        # a teacher's queue, by key (sent_at, id)
        sa.Index("ix_outcome_course_state", "course_id", "state", "sent_at", "id"),
        # the registry's lists and figures
        sa.Index("ix_outcome_school_year", "school_id", "academic_year", "state", "id"),
        # what has waited longest in the school
        sa.Index("ix_outcome_school_waiting", "school_id", "state", "sent_at", "id"),
        # undecided when certification closes
        sa.Index("ix_outcome_state", "state", "academic_year", "term"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"))
    academic_year: Mapped[int]
    """The course's; of a draft without course, the year in which it was begun."""
    term: Mapped[int]
    grade: Mapped[int] = mapped_column(default=0)
    """The student's when it was sent; windows may differ by grade."""
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    """成果簡述, NFC, trimmed, line breaks as `\\n`."""
    ai_note: Mapped[str] = mapped_column(sa.Text, default="")
    """AI 使用揭露."""
    document_file_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("stored_file.id"), index=True
    )
    media_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    state: Mapped[OutcomeState] = mapped_column(sa.Enum(OutcomeState, native_enum=False, length=12))
    started_at: Mapped[datetime]
    """When the upload of what is there now began: it counts against the window (15 minutes)."""
    sent_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    certify_until: Mapped[datetime | None]
    """An extension the registry gave to this item alone."""
    page_key: Mapped[str | None] = mapped_column(sa.String(32))
    """Of the page on which it was begun: the same page sent twice is one outcome."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Verdict(enum.StrEnum):
    CERTIFIED = "certified"
    RETURNED = "returned"


class Decision(Base):
    """What a teacher decided, about which files; never edited, only followed by another."""

    __tablename__ = "decision"
    __table_args__ = (
        sa.Index("ix_decision_outcome", "outcome_id", "id"),
        sa.Index("ix_decision_by", "by_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    outcome_id: Mapped[int] = mapped_column(sa.ForeignKey("outcome.id"))
    verdict: Mapped[Verdict] = mapped_column(sa.Enum(Verdict, native_enum=False, length=12))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """None: a teacher of another school, from whose package the outcome came."""
    by_name: Mapped[str] = mapped_column(sa.String(60))
    at: Mapped[datetime]
    substitute: Mapped[bool] = mapped_column(default=False)
    """Decided by a named substitute 代理人."""
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    title: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.Text)
    document_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    media_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    restores_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision.id"))
    """The teacher's decision that stands again, since the same files came back."""


never_changed(Decision)

"""What stands around certification: substitutes, reasons used again, looks, digests."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base


class Substitution(Base):
    """A substitute 代理人 for a teacher's courses or for one course, from a day to a day
    (inclusive). Who may certify today says the roster (`course_teacher`); this says why."""

    __tablename__ = "substitution"
    __table_args__ = (
        sa.CheckConstraint("(teacher_id IS NULL) <> (course_id IS NULL)", name="one"),
        sa.CheckConstraint("ends_on >= starts_on", name="order"),
        sa.Index("ix_substitution_school", "school_id", "ends_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    substitute_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    teacher_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Whose courses, all of this and the last academic year; or"""
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"), index=True)
    """the one course."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    """When the registry ended it before its time."""
    reminded_for: Mapped[date | None]
    """The last day that people were reminded of; another one is reminded of anew."""
    ended_for: Mapped[date | None]
    """The last day of which people were told afterwards."""


class ReturnReason(Base):
    """Words for returning an outcome: a teacher's own, or (without owner) the school's."""

    __tablename__ = "return_reason"
    __table_args__ = (sa.Index("ix_return_reason_owner", "school_id", "owner_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    place: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text)
    changed_at: Mapped[datetime]


class FileLook(Base):
    """A teacher has opened this file of this outcome; another file is another row."""

    __tablename__ = "file_look"
    __table_args__ = (sa.UniqueConstraint("person_id", "file_id", "outcome_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    outcome_id: Mapped[int] = mapped_column(sa.ForeignKey("outcome.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    at: Mapped[datetime]


class CertifyingChoice(Base):
    """How a teacher wants to work: keyboard shortcuts, and less mail than the school sends."""

    __tablename__ = "certifying_choice"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    keys: Mapped[bool] = mapped_column(default=True)
    digest: Mapped[str] = mapped_column(sa.String(10), default="school")
    """`school`, `weekly` or `off`."""
    digest_on: Mapped[date | None]
    """The slot of the last digest, so that "weekly" is once a week."""


class DigestRun(Base):
    """A school's digests of one slot have gone out: all of them, in the same transaction."""

    __tablename__ = "digest_run"
    __table_args__ = (sa.UniqueConstraint("school_id", "slot_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    slot_on: Mapped[date]
    teachers: Mapped[int]
    at: Mapped[datetime]

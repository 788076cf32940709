"""Counselling records 課程諮詢紀錄, and which counsellor students belong to.

They stay in the school (rule `counselling.leaves_school`, fixed): nothing that is submitted,
packed or exchanged reads these tables.
"""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Json
from plugin.portfolio.models.final import never_changed


class CounsellorAssignment(Base):
    """A counsellor's students: a whole class or one student, from a day to a day (inclusive)."""

    __tablename__ = "counsellor_assignment"
    __table_args__ = (
        sa.CheckConstraint("(class_id IS NULL) <> (student_id IS NULL)", name="one"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="order"),
        sa.Index("ix_counsellor_assignment_school", "school_id", "id"),
        sa.Index("ix_counsellor_assignment_counsellor", "counsellor_id", "ends_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    counsellor_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    class_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school_class.id"), index=True)
    student_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime]


class CounsellingKind(enum.StrEnum):
    INDIVIDUAL = "individual"
    GROUP = "group"


class CounsellingState(enum.StrEnum):
    DRAFT = "draft"
    KEPT = "kept"
    VOID = "void"


class Counselling(Base):
    """One consultation. A draft may lack anything but its counsellor."""

    __tablename__ = "counselling"
    __table_args__ = (
        sa.UniqueConstraint("counsellor_id", "page_key"),
        # my records, newest first
        sa.Index("ix_counselling_counsellor_state", "counsellor_id", "state", "held_on", "id"),
        # whom to remind today
        sa.Index("ix_counselling_due", "state", "followed_up_at", "follow_up_on"),
        sa.Index("ix_counselling_school", "school_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    counsellor_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    counsellor_name: Mapped[str] = mapped_column(sa.String(60))
    kind: Mapped[CounsellingKind] = mapped_column(
        sa.Enum(CounsellingKind, native_enum=False, length=12)
    )
    held_on: Mapped[date | None]
    """The day of the consultation: its term's window decides."""
    place: Mapped[str] = mapped_column(sa.String(100), default="")
    topic: Mapped[str] = mapped_column(sa.String(40), default="")
    """A copy of the words of the school's list: a list that changes changes no record."""
    topic_note: Mapped[str] = mapped_column(sa.String(200), default="")
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    advice: Mapped[str] = mapped_column(sa.Text, default="")
    follow_up: Mapped[str] = mapped_column(sa.Text, default="")
    follow_up_on: Mapped[date | None]
    followed_up_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    """When the counsellor was told that the follow-up is due."""
    document_file_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("stored_file.id"), index=True
    )
    state: Mapped[CounsellingState] = mapped_column(
        sa.Enum(CounsellingState, native_enum=False, length=12)
    )
    started_at: Mapped[datetime]
    """When what is there now was begun to be sent: it counts against the window."""
    kept_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    """The last change after it was registered."""
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    page_key: Mapped[str | None] = mapped_column(sa.String(32))
    """Of the page on which it was begun: the same page sent twice is one record."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class CounsellingStudent(Base):
    """A student took part."""

    __tablename__ = "counselling_student"
    __table_args__ = (sa.UniqueConstraint("counselling_id", "student_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    counselling_id: Mapped[int] = mapped_column(sa.ForeignKey("counselling.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)


class CounsellingAddendum(Base):
    """What is added to a record that may not be changed any more; itself never changed."""

    __tablename__ = "counselling_addendum"

    id: Mapped[int] = mapped_column(primary_key=True)
    counselling_id: Mapped[int] = mapped_column(sa.ForeignKey("counselling.id"), index=True)
    text: Mapped[str] = mapped_column(sa.Text)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    by_name: Mapped[str] = mapped_column(sa.String(60))
    at: Mapped[datetime]


class CounsellingVersion(Base):
    """A registered record as it stood before a change; itself never changed."""

    __tablename__ = "counselling_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    counselling_id: Mapped[int] = mapped_column(sa.ForeignKey("counselling.id"), index=True)
    kind: Mapped[CounsellingKind] = mapped_column(
        sa.Enum(CounsellingKind, native_enum=False, length=12)
    )
    held_on: Mapped[date | None]
    place: Mapped[str] = mapped_column(sa.String(100))
    topic: Mapped[str] = mapped_column(sa.String(40))
    topic_note: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.Text)
    advice: Mapped[str] = mapped_column(sa.Text)
    follow_up: Mapped[str] = mapped_column(sa.Text)
    follow_up_on: Mapped[date | None]
    followed_up_at: Mapped[datetime | None]
    document_file_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("stored_file.id"), index=True
    )
    student_ids: Mapped[list] = mapped_column(Json)
    """Who took part by it, in the order in which they were entered."""
    counsellor_name: Mapped[str] = mapped_column(sa.String(60))
    """Whose words they are: nobody else changes a record."""
    at: Mapped[datetime]
    """Since when it read so."""
    replaced_at: Mapped[datetime]


class CounsellingTopic(Base):
    """One line of the school's list of topics; without any, the product's own list stands."""

    __tablename__ = "counselling_topic"
    __table_args__ = (sa.UniqueConstraint("school_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    place: Mapped[int]
    label: Mapped[str] = mapped_column(sa.String(40))


class AdviceTemplate(Base):
    """Words of advice that a counsellor saves and uses again; nobody else sees them."""

    __tablename__ = "advice_template"
    __table_args__ = (sa.UniqueConstraint("owner_id", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    title: Mapped[str] = mapped_column(sa.String(60))
    body: Mapped[str] = mapped_column(sa.Text)
    changed_at: Mapped[datetime]


never_changed(CounsellingAddendum)
never_changed(CounsellingVersion)

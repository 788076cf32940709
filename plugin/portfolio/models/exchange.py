"""Exchange between schools 歷程交換: packages that went out, packages that came in, and what in a
student's portfolio came from another school (SPEC §1; central-rosters §7)."""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted, Json
from plugin.portfolio.models.academic import PostLevel
from plugin.portfolio.models.final import never_changed


class ExchangeSetting(Base):
    """What a school's packages need: their password, the school's unit code. The newest holds."""

    __tablename__ = "exchange_setting"
    __table_args__ = (sa.Index("ix_exchange_setting_school", "school_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    password: Mapped[str] = mapped_column(Encrypted)
    unit_code: Mapped[str] = mapped_column(sa.String(20))
    """就讀單位代碼."""
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    set_by_name: Mapped[str] = mapped_column(sa.String(60))
    set_at: Mapped[datetime]


class OutState(enum.StrEnum):
    BUILDING = "building"
    DONE = "done"
    FAILED = "failed"


class ExchangeOut(Base):
    """A package of one or several students for another school."""

    __tablename__ = "exchange_out"
    __table_args__ = (sa.Index("ix_exchange_out_school", "school_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    target: Mapped[str] = mapped_column(sa.String(100), default="")
    """The school that it is for, as it was typed."""
    reason: Mapped[str] = mapped_column(sa.String(200))
    base_name: Mapped[str] = mapped_column(sa.String(60))
    """`<學校代碼>_<yyyy>_<MM>_<dd>_<HH>_<mm>_<ss>`: of the ZIP and of the JSON in it."""
    password: Mapped[str] = mapped_column(Encrypted)
    """The setting as it was then: a new one must not lock an old package."""
    unit_code: Mapped[str] = mapped_column(sa.String(20))
    state: Mapped[OutState] = mapped_column(sa.Enum(OutState, native_enum=False, length=10))
    totals: Mapped[dict] = mapped_column(Json, default=dict)
    """`students`, `outcomes`, `experiences`, `posts`, `files`, `bytes`."""
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    failure: Mapped[str] = mapped_column(sa.String(500), default="")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(sa.String(60))
    made_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))


class ExchangeOutStudent(Base):
    """A student is in a package."""

    __tablename__ = "exchange_out_student"
    __table_args__ = (sa.UniqueConstraint("exchange_out_id", "student_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exchange_out_id: Mapped[int] = mapped_column(sa.ForeignKey("exchange_out.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)


class InState(enum.StrEnum):
    """checking → ready | refused; ready → taking → taken → undone; ready → dropped."""

    CHECKING = "checking"
    READY = "ready"
    TAKING = "taking"
    TAKEN = "taken"
    UNDONE = "undone"
    DROPPED = "dropped"
    REFUSED = "refused"


class ExchangeIn(Base):
    """A package that another school made: looked at first, taken whole or not at all."""

    __tablename__ = "exchange_in"
    __table_args__ = (sa.Index("ix_exchange_in_school", "school_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    password: Mapped[str | None] = mapped_column(Encrypted)
    origin_code: Mapped[str] = mapped_column(sa.String(16), default="")
    """學校代碼 of the school that made it."""
    state: Mapped[InState] = mapped_column(sa.Enum(InState, native_enum=False, length=10))
    preview: Mapped[str | None] = mapped_column(Encrypted)
    """What it would bring, as JSON (`portfolio.operations.exchange.preview`); names persons."""
    totals: Mapped[dict] = mapped_column(Json, default=dict)
    """`students`, `unknown`, `new`, `known`, `faults`, `outcomes`, `experiences`, `posts`,
    `files`; `new` and `known` count posts as well."""
    failure: Mapped[str] = mapped_column(sa.String(500), default="")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(sa.String(60))
    made_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))


class ExchangeArrival(Base):
    """One outcome or experience that came from another school, and what that school said of it."""

    __tablename__ = "exchange_arrival"
    __table_args__ = (
        sa.UniqueConstraint("student_id", "item_key"),
        sa.UniqueConstraint("outcome_id"),
        sa.UniqueConstraint("experience_id"),
        sa.CheckConstraint("(outcome_id IS NULL) <> (experience_id IS NULL)", name="one_record"),
        sa.Index("ix_exchange_arrival_package", "exchange_in_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    exchange_in_id: Mapped[int] = mapped_column(sa.ForeignKey("exchange_in.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    outcome_id: Mapped[int | None] = mapped_column(sa.ForeignKey("outcome.id"))
    experience_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experience.id"))
    item_key: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 over what the item is and its files: the same item again is known."""
    origin_code: Mapped[str] = mapped_column(sa.String(16))
    details: Mapped[dict] = mapped_column(Json)
    """What has no place of its own here: status and hand-in as the other school wrote them, and how
    the course was attended (`plugin.portfolio.outcome_sheets.Told`)."""
    arrived_at: Mapped[datetime]


class ExchangePost(Base):
    """An officer post that a student held at another school. It is no row of `officer_post`: this
    school neither corrects it nor hands it in a second time."""

    __tablename__ = "exchange_post"
    __table_args__ = (
        sa.UniqueConstraint("student_id", "item_key"),
        sa.Index("ix_exchange_post_package", "exchange_in_id", "id"),
        sa.CheckConstraint("ends_on >= starts_on", name="order"),
        sa.CheckConstraint("term IN (1, 2)", name="term"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    exchange_in_id: Mapped[int] = mapped_column(sa.ForeignKey("exchange_in.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    item_key: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 over what the post is: the same post again is known."""
    origin_code: Mapped[str] = mapped_column(sa.String(16))
    academic_year: Mapped[int]
    term: Mapped[int]
    level: Mapped[PostLevel] = mapped_column(sa.Enum(PostLevel, native_enum=False, length=8))
    unit: Mapped[str] = mapped_column(sa.String(100))
    duty: Mapped[str] = mapped_column(sa.String(100))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    made_at: Mapped[datetime | None]
    """建立日期, as the other school wrote it."""
    arrived_at: Mapped[datetime]


class ExchangeCourse(Base):
    """A course of another school, entered so that arrived outcomes have one."""

    __tablename__ = "exchange_course"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), unique=True)
    origin_code: Mapped[str] = mapped_column(sa.String(16))
    exchange_in_id: Mapped[int] = mapped_column(sa.ForeignKey("exchange_in.id"), index=True)


never_changed(ExchangeSetting)
never_changed(ExchangeArrival)
never_changed(ExchangePost)

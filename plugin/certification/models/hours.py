"""The ledger of hours 研習時數: proofs of one's own and finished courses."""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.certification.models.cases import enum_of
from plugin.db import Base


class HourEntry(Base):
    """One training a person took part in; whether it counts say the rules (`hours.py`)."""

    __tablename__ = "certification_hour_entry"
    __table_args__ = (sa.Index("ix_certification_hour_entry_own", "person_id", "held_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    topic: Mapped[str] = mapped_column(sa.String(20))
    """Code of `topics.yaml`; "other" when none of them."""
    title: Mapped[str] = mapped_column(sa.String(120))
    provider: Mapped[str] = mapped_column(sa.String(120))
    provider_kind: Mapped[str] = mapped_column(sa.String(20))
    """Code of `topics.yaml`."""
    approval_number: Mapped[str] = mapped_column(sa.String(40), default="")
    """核定文號 of the recognised course."""
    held_on: Mapped[date]
    minutes: Mapped[int]
    """Half hours exist: minutes of training."""
    digital: Mapped[bool] = mapped_column(default=False)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    """The proof; None for a course that this house knows to be finished."""
    source: Mapped[str] = mapped_column(sa.String(40), default="own")
    """`own`, or where it comes from (`training:12`)."""
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Taken away by its person."""


class PaperState(enum.StrEnum):
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


class HoursPaper(Base):
    """The table of hours with its proofs joined, made small enough for the application.

    One a person; the next takes its place."""

    __tablename__ = "certification_hours_paper"
    __table_args__ = (sa.UniqueConstraint("person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("certification_case.id"), index=True)
    """For which it was made: its number stands on the table."""
    state: Mapped[PaperState] = mapped_column(enum_of(PaperState, 10))
    limit: Mapped[int] = mapped_column("limit_bytes")
    whole_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    """As joined, before anything was made smaller."""
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    """Within the limit."""
    pages: Mapped[int] = mapped_column(default=0)
    table_pages: Mapped[int] = mapped_column(default=0)
    """Of them, before the proofs begin."""
    images: Mapped[int] = mapped_column(default=0)
    """Pictures whose resolution was lowered to fit."""
    failure: Mapped[str] = mapped_column(sa.String(500), default="")
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    made_at: Mapped[datetime]

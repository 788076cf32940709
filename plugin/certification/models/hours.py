"""The ledger of hours 研習時數: proofs of one's own and finished courses."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

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

"""What is kept of a file that was too large, while its student may have it made smaller."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Json


class ShrinkState(enum.StrEnum):
    OFFERED = "offered"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


class ShrinkOffer(Base):
    """A refused file that waits in the staging folder; gone once it is taken, left or too old."""

    __tablename__ = "shrink_offer"
    __table_args__ = (sa.UniqueConstraint("owner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    """Whose file; one at a time, so that the staging folder stays small."""
    outcome_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("outcome.id", ondelete="SET NULL"), index=True
    )
    """The draft it was brought for; None until that is kept, or once it is thrown away."""
    token: Mapped[str] = mapped_column(sa.String(32))
    """Name of its folder in the staging folder."""
    name: Mapped[str] = mapped_column(sa.String(255))
    kind: Mapped[str] = mapped_column(sa.String(8))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    limit: Mapped[int] = mapped_column("limit_bytes", sa.BigInteger)
    state: Mapped[ShrinkState] = mapped_column(sa.Enum(ShrinkState, native_enum=False, length=10))
    small_size: Mapped[int | None] = mapped_column(sa.BigInteger)
    told: Mapped[dict] = mapped_column(Json, default=dict)
    """What was done (`plugin.vault.shrinking.shrink`)."""
    failure: Mapped[str] = mapped_column(sa.String(500), default="")
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    made_at: Mapped[datetime] = mapped_column(index=True)

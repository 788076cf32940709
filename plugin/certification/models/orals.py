"""Who of the committee assesses an oral examination or demonstration."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base


class OralAssessor(Base):
    """A member of the committee who assesses; others stand by name in `Oral.assessors`."""

    __tablename__ = "certification_oral_assessor"

    oral_id: Mapped[int] = mapped_column(
        sa.ForeignKey("certification_oral.id"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False, index=True
    )

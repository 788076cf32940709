"""What the office notes for itself about a case."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted


class CaseNote(Base):
    """An internal note: for the office only, never edited, never shown to the applicant."""

    __tablename__ = "certification_note"
    __table_args__ = (sa.Index("ix_certification_note_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_case.id"))
    words: Mapped[str] = mapped_column(Encrypted)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime]

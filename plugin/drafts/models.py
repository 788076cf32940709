"""The drafts of forms."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted, Json


class FormDraft(Base):
    """One person's answers so far to one form about one subject."""

    __tablename__ = "form_draft"
    __table_args__ = (sa.UniqueConstraint("person_id", "form", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    form: Mapped[str] = mapped_column(sa.String(60))
    """`Form.Meta.name`."""
    subject: Mapped[str] = mapped_column(sa.String(60))
    version: Mapped[str] = mapped_column(sa.String(20))
    answers: Mapped[str] = mapped_column(Encrypted)
    """JSON: posted name → words, also where they are not valid yet. May be personal data."""
    done: Mapped[list] = mapped_column(Json)
    saved_at: Mapped[datetime]

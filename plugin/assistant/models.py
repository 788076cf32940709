"""Conversations: what was said, and where it stands."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted


class Speaker(enum.StrEnum):
    PERSON = "person"
    ASSISTANT = "assistant"


class Conversation(Base):
    """One person's conversation; there is one, on whatever device."""

    __tablename__ = "conversation"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    state: Mapped[str] = mapped_column(Encrypted, default="{}")
    """JSON of `dialogue.state.State`. May hold answers that were taken back: personal data."""
    version: Mapped[int] = mapped_column(default=0)
    """Raised by every turn: who began from an older one must look again."""
    updated_at: Mapped[datetime]


class Turn(Base):
    """One thing that was said, by the person or by the assistant."""

    __tablename__ = "conversation_turn"
    __table_args__ = (sa.Index("ix_conversation_turn_place", "conversation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    conversation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("conversation.id", ondelete="CASCADE")
    )
    speaker: Mapped[Speaker] = mapped_column(sa.Enum(Speaker, native_enum=False, length=10))
    content: Mapped[str] = mapped_column(Encrypted)
    """What a person typed, or JSON of a reply (`plugin.skills.replies.pack`)."""
    said_at: Mapped[datetime]

"""The audit chain, the inbox, and mail waiting to leave."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Json


class AuditEvent(Base):
    """One link of a school's append-only chain; `hash` covers the row and `previous`."""

    __tablename__ = "audit_event"
    __table_args__ = (
        sa.UniqueConstraint("chain", "sequence"),
        sa.Index("ix_audit_event_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[int]
    """School id; 0 = the installation itself."""
    sequence: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    actor_name: Mapped[str] = mapped_column(sa.String(60))
    verb: Mapped[str] = mapped_column(sa.String(60), index=True)
    """`outcome.send`, `launch.refused` …"""
    subject_kind: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[int | None]
    detail: Mapped[dict] = mapped_column(Json)
    """Ids, hashes, codes and numbers; never personal data beyond the actor's name."""
    previous: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))


class AuditHead(Base):
    """The last link of each chain: locked while a link is added."""

    __tablename__ = "audit_head"

    chain: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(sa.String(64))


class Message(Base):
    """A line of a person's inbox 通知."""

    __tablename__ = "message"
    __table_args__ = (sa.Index("ix_message_person_read", "person_id", "read_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    subject: Mapped[str] = mapped_column(sa.String(120))
    body: Mapped[str] = mapped_column(sa.Text)
    path: Mapped[str] = mapped_column(sa.String(200), default="")
    """Where the button leads, inside the product, without session (`/outcomes/12`)."""
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class OutboundMail(Base):
    """A mail accepted for sending; kept until the SMTP server has taken it."""

    __tablename__ = "outbound_mail"
    __table_args__ = (sa.Index("ix_outbound_mail_due", "sent_at", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    recipient: Mapped[str] = mapped_column(sa.String(254))
    subject: Mapped[str] = mapped_column(sa.String(120))
    """No personal data (SPEC §7, Safety)."""
    body: Mapped[str] = mapped_column(sa.Text)
    calendar: Mapped[str | None] = mapped_column(sa.Text)
    """An appointment's calendar object for this recipient (`invitations`); None: no appointment."""
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    """When it was given up: the server refused the address, or would not answer for days."""
    last_error: Mapped[str] = mapped_column(sa.String(200), default="")

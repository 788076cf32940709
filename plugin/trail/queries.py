"""Reads of the audit chain, the inbox and waiting mail."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from plugin import db
from plugin.paging import PAGE_SIZE, Page
from plugin.trail.chain import INSTALLATION
from plugin.trail.models import AuditEvent, Message, OutboundMail


def events(
    school_id: int | None,
    *,
    verb: str = "",
    person_id: int | None = None,
    subject_kind: str = "",
    subject_id: int | None = None,
    before: int | None = None,
    limit: int = PAGE_SIZE,
) -> Page[AuditEvent]:
    """A school's audit log, newest first.

    :param verb: a whole verb (`outcome.send`) or a room with its dot (`outcome.`).
    :param before: the `next` of the page before, a sequence number.
    """
    query = sa.select(AuditEvent).where(AuditEvent.chain == (school_id or INSTALLATION))
    if verb.endswith("."):
        query = query.where(AuditEvent.verb.startswith(verb, autoescape=True))
    elif verb:
        query = query.where(AuditEvent.verb == verb)
    if person_id is not None:
        query = query.where(AuditEvent.actor_id == person_id)
    if subject_kind:
        query = query.where(AuditEvent.subject_kind == subject_kind)
    if subject_id is not None:
        query = query.where(AuditEvent.subject_id == subject_id)
    if before is not None:
        query = query.where(AuditEvent.sequence < before)
    rows = db.reading().scalars(query.order_by(AuditEvent.sequence.desc()).limit(limit + 1)).all()
    return Page.cut(rows, limit, lambda one: one.sequence)


def verbs(school_id: int | None) -> list[str]:
    """The verbs that occur in a school's log, for the filter."""
    query = sa.select(AuditEvent.verb).where(AuditEvent.chain == (school_id or INSTALLATION))
    return sorted(db.reading().scalars(query.distinct()))


def inbox(
    school_id: int, person_id: int, before: int | None = None, limit: int = PAGE_SIZE
) -> Page[Message]:
    """A person's messages, newest first."""
    query = sa.select(Message).where(Message.school_id == school_id, Message.person_id == person_id)
    if before is not None:
        query = query.where(Message.id < before)
    rows = db.reading().scalars(query.order_by(Message.id.desc()).limit(limit + 1)).all()
    return Page.cut(rows, limit, lambda one: one.id)


def unread(school_id: int, person_id: int) -> int:
    """How many messages of a person are not read."""
    query = sa.select(sa.func.count(Message.id)).where(
        Message.school_id == school_id,
        Message.person_id == person_id,
        Message.read_at.is_(None),
    )
    return db.reading().scalar(query) or 0


def due_mail(now: datetime, limit: int) -> list[int]:
    """Ids of the mails to be sent now, oldest first."""
    query = (
        sa.select(OutboundMail.id)
        .where(
            OutboundMail.sent_at.is_(None),
            OutboundMail.failed_at.is_(None),
            OutboundMail.next_try_at <= now,
        )
        .order_by(OutboundMail.next_try_at, OutboundMail.id)
        .limit(limit)
    )
    return list(db.reading().scalars(query))

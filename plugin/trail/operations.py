"""The inbox and the mail that waits to leave: the only code that changes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import NotFound
from plugin.trail.models import Message, OutboundMail

LEASE = timedelta(minutes=5)
"""How long one worker keeps a mail it is sending."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
GIVE_UP_AFTER = 24
"""Tries, about four days: longer than any mail server's usual trouble."""


def deliver(messages: Iterable[dict[str, Any]], mails: Iterable[dict[str, Any]]) -> None:
    """Put messages into inboxes and mails into the queue, within the current transaction."""
    now = clock.now()
    with db.writing() as session:
        for row in messages:
            session.add(Message(created_at=now, **row))
        for row in mails:
            session.add(OutboundMail(next_try_at=now, tries=0, **row))
        session.flush()


def read_message(actor: Actor, message_id: int) -> Message:
    """Mark a message as read and return it.

    :raises NotFound: not in this person's inbox.
    """
    with db.writing() as session:
        message = session.get(Message, message_id)
        if (
            message is None
            or actor.person_id is None
            or message.person_id != actor.person_id
            or message.school_id != actor.school_id
        ):
            raise NotFound(_("找不到這則通知。"))
        if message.read_at is None:
            message.read_at = clock.now()
        return message


def read_all(actor: Actor) -> int:
    """Mark everything in the actor's inbox as read; returns how many were not."""
    with db.writing() as session:
        done = session.execute(
            sa.update(Message)
            .where(
                Message.person_id == actor.person_id,
                Message.school_id == actor.school_id,
                Message.read_at.is_(None),
            )
            .values(read_at=clock.now())
        )
        return int(done.rowcount)  # type: ignore[attr-defined]


def claim_mail(mail_id: int) -> OutboundMail | None:
    """Take a due mail for sending; None when another worker has it or it has left."""
    now = clock.now()
    with db.writing() as session:
        taken = session.execute(
            sa.update(OutboundMail)
            .where(
                OutboundMail.id == mail_id,
                OutboundMail.sent_at.is_(None),
                OutboundMail.failed_at.is_(None),
                OutboundMail.next_try_at <= now,
            )
            .values(next_try_at=now + LEASE, tries=OutboundMail.tries + 1)
        )
        if taken.rowcount == 0:  # type: ignore[attr-defined]
            return None
        return session.get(OutboundMail, mail_id, populate_existing=True)


def mail_sent(mail_id: int) -> None:
    """The SMTP server has taken the mail."""
    with db.writing() as session:
        mail = session.get_one(OutboundMail, mail_id)
        mail.sent_at, mail.last_error = clock.now(), ""


def mail_refused(mail_id: int, error: str, *, for_good: bool) -> None:
    """The mail did not leave; tried again later, ever more patiently, unless `for_good`."""
    with db.writing() as session:
        mail = session.get_one(OutboundMail, mail_id)
        mail.last_error = error[:200]
        if for_good or mail.tries >= GIVE_UP_AFTER:
            mail.failed_at = clock.now()
        else:
            mail.next_try_at = clock.now() + wait_after(mail.tries)


def wait_after(tries: int) -> timedelta:
    """How long to wait after the nth try: 1, 2, 4 … minutes, at most six hours."""
    return min(FIRST_WAIT * 2 ** min(tries - 1, 16), LONGEST_WAIT)

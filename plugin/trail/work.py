"""Sending mail by SMTP, with patience: every minute, what is due."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any

import structlog
from flask import current_app

from plugin import clock, jobs, schedule, tenancy
from plugin.settings import Settings
from plugin.trail import invitations, operations, queries
from plugin.trail.models import OutboundMail

log = structlog.get_logger(__name__)

TIMEOUT = 15.0
"""Seconds the server may be silent."""
BATCH = 200
"""Mails in one run; the next minute brings the next."""


@schedule.recurring("trail.mail", every=timedelta(minutes=1))
@tenancy.across("one queue of mail for all schools")
def send_mail(run: jobs.Run) -> dict[str, Any]:
    """Send what is due. A mail is marked once the server took it: at least once, never lost."""
    due = queries.due_mail(clock.now(), BATCH)
    sent = 0
    if due:
        with _connection() as server:
            for done, mail_id in enumerate(due, 1):
                sent += _send(server, mail_id)
                run.progress(done, len(due))
    return {"due": len(due), "sent": sent}


class _Unreachable:
    """Stands for a server that did not answer: refuses every mail, for now."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def send_message(self, _message: EmailMessage) -> None:
        raise self.error


@contextmanager
def _connection() -> Iterator[smtplib.SMTP | _Unreachable]:
    settings: Settings = current_app.extensions["licheng.settings"]
    try:
        server = smtplib.SMTP(settings.mail_host, settings.mail_port, timeout=TIMEOUT)
    except OSError as error:
        log.warning("mail_server_unreachable", error=type(error).__name__)
        yield _Unreachable(error)
        return
    with server:
        try:
            if settings.mail_tls:
                server.starttls(context=ssl.create_default_context())
            if settings.mail_user:
                server.login(settings.mail_user, settings.mail_password)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("mail_server_refused", error=type(error).__name__)
            yield _Unreachable(error)
            return
        yield server


def _send(server: smtplib.SMTP | _Unreachable, mail_id: int) -> bool:
    mail = operations.claim_mail(mail_id)
    if mail is None:
        return False
    try:
        server.send_message(_message(mail))
    except (smtplib.SMTPRecipientsRefused, ValueError) as error:
        operations.mail_refused(mail_id, _said(error), for_good=_permanent(error))
        return False
    except (OSError, smtplib.SMTPException) as error:
        operations.mail_refused(mail_id, _said(error), for_good=False)
        return False
    operations.mail_sent(mail_id)
    return True


def _message(mail: OutboundMail) -> EmailMessage:
    settings: Settings = current_app.extensions["licheng.settings"]
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = settings.mail_from
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(clock.now())
    # The same mail tried twice is the same message to the reader's mailbox.
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<licheng-{mail.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    if mail.calendar is not None:
        _add_calendar(message, mail.calendar)
    return message


def _add_calendar(message: EmailMessage, text: str) -> None:
    """The appointment twice: as the part that calendars act on (RFC 6047), and as a file for mail
    programs that know no appointments. Base64, so that no server folds its lines anew."""
    parameters = {"method": invitations.method_of(text)}
    message.add_alternative(text, subtype="calendar", cte="base64", params=parameters)
    message.add_attachment(
        text, subtype="calendar", cte="base64", params=parameters, filename="invite.ics"
    )


def _permanent(error: Exception) -> bool:
    """Whether the server will never take it: a 5xx for the address, or no address at all."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return True


def _said(error: Exception) -> str:
    """The kind of fault and its number; never the server's text, which repeats the address."""
    code = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max(code for code, _text in error.recipients.values())
    return f"{type(error).__name__} {code or ''}".strip()

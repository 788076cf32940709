"""Telling people: a line in their inbox, and a mail where they have an address.

Mail leaves the building unencrypted more often than not: its subject never holds personal data,
and it carries no link into a session; it says where to look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import current_app, render_template
from flask_babel import gettext as _

from plugin.trail import operations
from plugin.trail.invitations import Invitation, written

DIRECTORY = "licheng.directory"


class PersonalSubject(ValueError):
    """A subject names a person it is sent to: a mistake in the program, never shown to anybody."""

    code = "PERSONAL_SUBJECT"


@dataclass(frozen=True)
class Recipient:
    """Whom a message reaches, as the school's directory knows them."""

    person_id: int
    name: str
    number: str
    email: str | None


Directory = Callable[[int, Iterable[int]], "dict[int, Recipient]"]
"""School id, person ids → active people of that school; others are left out."""


def notify(
    person_ids: Iterable[int],
    subject: str,
    body: str,
    path: str = "",
    *,
    school_id: int,
    mail: bool,
    calendar: Invitation | None = None,
) -> int:
    """Tell people something, within the current write transaction; returns how many.

    :param subject: at most 120 characters, without personal data.
    :param body: plain text; a blank line separates paragraphs.
    :param path: where the button in the inbox leads, inside the product (`/outcomes/12`).
    :param mail: also by mail, to those with an address.
    :param calendar: an appointment that the mail brings along.
    :raises PersonalSubject: the subject holds a recipient's name or number.
    """
    directory: Directory = current_app.extensions[DIRECTORY]
    found = directory(school_id, set(person_ids)).values()
    subject = " ".join(subject.split())[:120]
    for one in found:
        if one.number in subject.split() or (len(one.name) > 1 and one.name in subject):
            raise PersonalSubject
    operations.deliver(
        [
            {
                "school_id": school_id,
                "person_id": one.person_id,
                "subject": subject,
                "body": body,
                "path": path,
            }
            for one in found
        ],
        [
            {
                "school_id": school_id,
                "recipient": one.email,
                "subject": _("［學習歷程］%(subject)s", subject=subject)[:120],
                "body": render_template("mail/notice.txt", body=body),
                "calendar": written(calendar, one.email) if calendar is not None else None,
            }
            for one in found
            if mail and one.email
        ],
    )
    return len(found)

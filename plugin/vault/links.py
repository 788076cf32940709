"""Links to files: whoever holds one may read that file until it ends.

Who may have a link is asked where it is made: pages call `url` only for files that their own
query let the actor see. The path lies outside the session prefix (`/s/<token>`): a link in a
browser's history, a `<video>` or a download manager must not carry a session.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from flask_babel import gettext as _

from plugin import clock, secrets
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.vault.models import StoredFile

LIFETIME = timedelta(hours=2)
_STEP = 600
"""Seconds to which the end is rounded up: a page shown again has the same links, so the browser
need not load its pictures again."""
_DIGITS = 32
_PURPOSE = "file-link"


class LinkEnded(Refusal):
    """The link's time is over, or it was never ours."""

    code = "LINK_ENDED"
    status = 403


@dataclass(frozen=True)
class Grant:
    """What a genuine link says."""

    file_id: int
    reader_id: int
    """The person it was made for; 0 = the system."""


def url(file: StoredFile, actor: Actor, *, lifetime: timedelta = LIFETIME) -> str:
    """A link to a file for an actor who has been found allowed to read it.

    :returns: a path from the host's root; append nothing to it.
    """
    return f"/files/{_token(file, actor, lifetime)}/{quote(file.name or 'file', safe='')}"


def page_url(file: StoredFile, actor: Actor, number: int, *, lifetime: timedelta = LIFETIME) -> str:
    """A link to the picture of one page of a PDF; `number` from 1."""
    return f"/files/{_token(file, actor, lifetime)}/page/{number}.png"


def read(token: str) -> Grant:
    """What a token grants now.

    :raises LinkEnded: forged, or its time is over.
    """
    parts = token.split("-")
    if len(parts) != 4:
        raise _ended()
    said, signature = "-".join(parts[:3]), parts[3]
    if not hmac.compare_digest(_signature(said).encode(), signature.encode()):
        raise _ended()
    file_id, reader_id, until = (int(part, 16) for part in parts[:3])
    if datetime.fromtimestamp(until, UTC) < clock.now():
        raise _ended()
    return Grant(file_id, reader_id)


def _token(file: StoredFile, actor: Actor, lifetime: timedelta) -> str:
    until = int((clock.now() + lifetime).timestamp())
    until += -until % _STEP
    said = f"{file.id:x}-{actor.person_id or 0:x}-{until:x}"
    return f"{said}-{_signature(said)}"


def _ended() -> LinkEnded:
    return LinkEnded(_("這個檔案連結已失效。"), remedy=_("請回到原來的頁面重新整理，再開啟檔案。"))


def _signature(said: str) -> str:
    return secrets.sign(_PURPOSE, said.encode())[:_DIGITS]

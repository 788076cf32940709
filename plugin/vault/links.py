"""Links to files: whoever holds one may read that file until it ends.

Who may have a link is asked where it is made: pages call `url` only for files that their own
query let the actor see. The path lies outside the session prefix (`/s/<token>`): a link in a
browser's history, a `<video>` or a download manager must not carry a session. The token is sealed:
it tells nothing, neither the file's name nor whose it is. Decision record 0008.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from flask import current_app
from flask_babel import gettext as _

from plugin import clock, secrets
from plugin.actor import Actor, Role
from plugin.errors import Refusal
from plugin.settings import Settings
from plugin.vault.models import StoredFile

LIFETIME = timedelta(hours=2)
STEP = 600
"""Seconds to which the end is rounded up: a page shown again has the same links, so the browser
need not load its pictures again."""
READER = "licheng.link_reader"
"""Extension: `Callable[[school_id, session_id], Actor | None]`, whom a session belongs to now."""
_PAGE, _LENT = "file-link", "lent-file-link"

Reader = Callable[[int, int], Actor | None]


class LinkEnded(Refusal):
    """The link's time is over, it was taken back, or it was never ours."""

    code = "LINK_ENDED"
    status = 403


@dataclass(frozen=True)
class Grant:
    """What a genuine link of a page says."""

    file_id: int
    reader_id: int
    """The person it was made for; 0 = the system."""
    session_id: int
    """The session of the page; 0 = there was none."""
    roles: int
    """What that person was then, as bits."""
    generation: int
    """Of the file's links; counted up when they are taken back."""
    until: int
    """Seconds of the epoch."""


def url(file: StoredFile, actor: Actor, *, lifetime: timedelta = LIFETIME) -> str:
    """A link to a file for an actor who has been found allowed to read it.

    :returns: a path from the host's root; append nothing to it.
    """
    return f"/files/{_token(file, actor, lifetime)}"


def page_url(file: StoredFile, actor: Actor, number: int, *, lifetime: timedelta = LIFETIME) -> str:
    """A link to the picture of one page of a PDF; `number` from 1."""
    return f"/files/{_token(file, actor, lifetime)}/page/{number}.png"


def lent_url(lending_id: int, file_id: int) -> str:
    """The whole address of a file that is lent (`operations.lend`).

    It follows from its arguments alone: whoever makes a workbook again writes the same.
    """
    settings: Settings = current_app.extensions["licheng.settings"]
    return f"{settings.public_url}/files/lent/{_seal(_LENT, f'{lending_id:x}-{file_id:x}')}"


def read(token: str) -> Grant:
    """What a page's link grants now; whether its file and session still do asks `require_standing`.

    :raises LinkEnded: forged, or its time is over.
    """
    grant = Grant(*(int(part, 16) for part in _unseal(_PAGE, token).split("-")))
    if datetime.fromtimestamp(grant.until, UTC) < clock.now():
        raise ended()
    return grant


def read_lent(token: str) -> tuple[int, int]:
    """The lending and the file that a lasting link names; whether it holds is in its row.

    :raises LinkEnded: forged.
    """
    lending_id, file_id = _unseal(_LENT, token).split("-")
    return int(lending_id, 16), int(file_id, 16)


def require_standing(grant: Grant, file: StoredFile) -> None:
    """Ask whether what the link was made by still holds: the file's links, the session, its person
    and their roles.

    :raises LinkEnded: something of it is over.
    """
    if grant.generation != file.link_generation:
        raise ended()
    if not grant.session_id:
        return
    reader: Reader = current_app.extensions[READER]
    now = reader(file.school_id, grant.session_id)
    if now is None or (now.person_id or 0) != grant.reader_id or grant.roles & ~_bits(now.roles):
        raise ended()


def ended() -> LinkEnded:
    """The same words whatever the reason."""
    return LinkEnded(_("這個檔案連結已失效。"), remedy=_("請回到原來的頁面重新整理，再開啟檔案。"))


def _token(file: StoredFile, actor: Actor, lifetime: timedelta) -> str:
    until = int((clock.now() + lifetime).timestamp())
    until += -until % STEP
    said = (
        file.id,
        actor.person_id or 0,
        actor.launch_session_id or 0,
        _bits(actor.roles) if actor.launch_session_id else 0,
        file.link_generation,
        until,
    )
    return _seal(_PAGE, "-".join(f"{part:x}" for part in said))


_BIT = {role: 1 << place for place, role in enumerate(Role)}


def _bits(roles: frozenset[Role]) -> int:
    return sum(_BIT[role] for role in roles)


def _seal(purpose: str, text: str) -> str:
    """Encrypted and signed in one (AES-SIV, RFC 5297); the same text gives the same token."""
    sealed = AESSIV(secrets.derive(purpose)).encrypt(text.encode(), [purpose.encode()])
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _unseal(purpose: str, token: str) -> str:
    """:raises LinkEnded: not made by `_seal` for this purpose."""
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        return AESSIV(secrets.derive(purpose)).decrypt(sealed, [purpose.encode()]).decode()
    except (ValueError, InvalidTag) as error:
        raise ended() from error

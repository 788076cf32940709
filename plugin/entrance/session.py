"""Sessions that need no cookie: the token is in the path, `/s/<token>/…`.

The middleware moves that prefix into SCRIPT_NAME, so every `url_for` carries it and no view knows.
`flask.session` is the row of that token. If the browser brought the binding cookie to the launch,
the session is bound to it and the address alone is worthless elsewhere. Reasons:
docs/decisions/0002-sessions-without-cookies.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

import sqlalchemy as sa
from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from plugin import clock, db, secrets, tenancy
from plugin.entrance.models import LaunchSession
from plugin.entrance.operations import sessions
from plugin.entrance.tokens import digest
from plugin.settings import Settings

PREFIX = re.compile(r"^/s/([A-Za-z0-9_-]{32})(?=/|$)")
IN_PATH = "licheng.session_token"
"""Key of the WSGI environment."""
COOKIE = "licheng_browser"
VISITOR = "licheng_visitor"
"""The binding cookie of visits. They are never framed, so it is an ordinary first-party cookie; it
has a name of its own because the launches' is kept once for each site that frames us, and two
cookies of one name would hide each other."""
TOUCH = timedelta(minutes=5)
"""How precisely it is known when somebody was last there; a write that pages are spared."""


class SessionPath:
    """WSGI middleware: `/s/<token>` goes from PATH_INFO to SCRIPT_NAME."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        found = PREFIX.match(path) if path.startswith("/s/") else None
        if found:
            environ[IN_PATH] = found[1]
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + found[0]
            environ["PATH_INFO"] = path[found.end() :] or "/"
        return self._application(environ, start_response)


@dataclass(frozen=True)
class Launched:
    """The row behind a session, as far as requests need it.

    :param registration_id: the platform; None for a visit by a mailed code.
    :param person_id: who visits so; None for every launch.
    """

    id: int
    school_id: int
    registration_id: int | None
    launch_person_id: int | None
    launch_context_id: int | None
    roles: frozenset[str]
    person_id: int | None = None


class PathSession(CallbackDict[str, Any], SessionMixin):
    """`flask.session` of a launch. `launched` is None when the token is worthless (any more).

    :param visited: of which school a worthless token was a visit by a mailed code: how to come in
        again is another matter there than after a launch.
    """

    def __init__(
        self,
        data: dict[str, Any],
        launched: Launched | None,
        seen_at: datetime | None,
        *,
        visited: int | None = None,
    ) -> None:
        def changed(_self: PathSession) -> None:
            self.modified = True

        super().__init__(data, changed)
        self.modified = False
        self.launched = launched
        self.seen_at = seen_at
        self.visited = visited


class Sessions(SecureCookieSessionInterface):
    """Path sessions for launches; the ordinary signed cookie for public pages."""

    def open_session(  # type: ignore[override]
        self, app: Flask, request: Request
    ) -> PathSession | SecureCookieSession | None:
        token = request.environ.get(IN_PATH)
        if token is not None:
            return _load(token, request)
        if request.path.startswith("/lti/"):
            # Framed by an LMS and without cookies: the installation page's form is protected by
            # a secret that follows from the one-time link itself.
            return PathSession(
                {"csrf_token": secrets.digest("installation-csrf", request.path)}, None, None
            )
        return super().open_session(app, request)

    def save_session(  # type: ignore[override]
        self, app: Flask, session: PathSession | SecureCookieSession, response: Response
    ) -> None:
        if not isinstance(session, PathSession):
            super().save_session(app, session, response)
            return
        if session.launched is None or session.seen_at is None:
            return
        now = clock.now()
        with tenancy.within(session.launched.school_id):
            if session.modified:
                sessions.keep(session.launched.id, now, dict(session))
            elif now - session.seen_at >= TOUCH:
                sessions.keep(session.launched.id, now)


def outside(request: Request, address: str) -> str:
    """An address of ours without the session's prefix: of a public page, as others may have it."""
    root = request.script_root
    found = _LAST.search(root)
    if found is None or not address.startswith(root):
        return address
    return root[: found.start()] + address[len(root) :]


_LAST = re.compile(r"/s/[A-Za-z0-9_-]{32}$")


def browser_of(request: Request) -> str | None:
    """Digest of the binding cookie that came, or None."""
    return browser_of_cookie(request.cookies.get(COOKIE, ""))


def visitor_of(request: Request) -> str | None:
    """Digest of the binding cookie of visits that came, or None."""
    return browser_of_cookie(request.cookies.get(VISITOR, ""))


def browser_of_cookie(value: str) -> str | None:
    """Digest of a binding cookie; None for what is none of ours."""
    return digest(value) if 16 <= len(value) <= 64 else None


_ROW = sa.select(
    LaunchSession.id,
    LaunchSession.school_id,
    LaunchSession.registration_id,
    LaunchSession.launch_person_id,
    LaunchSession.launch_context_id,
    LaunchSession.person_id,
    LaunchSession.browser,
    LaunchSession.roles,
    LaunchSession.data,
    LaunchSession.seen_at,
    LaunchSession.expires_at,
    LaunchSession.ended_at,
).where(LaunchSession.token_digest == sa.bindparam("digest"))


@tenancy.across("the token of a session says of which school it is")
def _load(token: str, request: Request) -> PathSession:
    row = db.reading().execute(_ROW, {"digest": digest(token)}).first()
    if row is None:
        return PathSession({}, None, None)
    if not _good(row, request):
        visited = row.school_id if row.person_id is not None else None
        return PathSession({}, None, None, visited=visited)
    return PathSession(dict(row.data), launched_of(row), row.seen_at)


def launched_of(row: Any) -> Launched:
    """What requests need of a session's row."""
    return Launched(
        row.id,
        row.school_id,
        row.registration_id,
        row.launch_person_id,
        row.launch_context_id,
        frozenset(row.roles),
        row.person_id,
    )


def _good(row: Any, request: Request) -> bool:
    from flask import current_app

    settings: Settings = current_app.extensions["licheng.settings"]
    now = clock.now()
    if row.ended_at is not None or now >= row.expires_at:
        return False
    if now - row.seen_at >= timedelta(minutes=settings.session_idle_minutes):
        return False
    if row.browser is None:
        return True
    came = browser_of(request) if row.person_id is None else visitor_of(request)
    return came is not None and compare_digest(came, row.browser)

"""The quick way in, for launches that have nothing to tell.

When a lesson begins, hundreds of people open their course within a minute. Nearly all of these
launches are good, come from a browser that was here before, and say nothing new. For them the
machinery of a page (routing, session, hooks, templates) costs more than verifying the signature
and writing the three rows, so this middleware answers them itself, by the very operation that the
view uses.

Every other request, refused, new, changed or odd in any way, goes on to the application with its
body put back, as if nobody had looked: its checks, pages, logs and audit lines are the ordinary
ones, and an attempt here has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask
from werkzeug.routing import MapAdapter
from werkzeug.sansio.http import parse_cookie

from lti import storage
from lti.browser import Browser
from plugin import headers
from plugin.entrance.operations import launching
from plugin.entrance.session import COOKIE, browser_of_cookie
from plugin.entrance.views import places

PATH = "/lti/launch"
MOST_BYTES = 80 * 1024
"""A longer body holds a token longer than `lti.jws.MAX_TOKEN_CHARS`."""
_FORM = "application/x-www-form-urlencoded"
_HERE = "http://localhost"
"""Outside of a request, Flask builds whole addresses; this is what they begin with."""


class Express:
    """WSGI middleware."""

    def __init__(self, app: Flask, application: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._application = application
        self._addresses: MapAdapter | None = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == PATH and environ["REQUEST_METHOD"] == "POST":
            body = _body(environ)
            form = None if body is None else _fields(body)
            location = None if form is None else self._enter(form, environ)
            if location is not None:
                start_response("303 SEE OTHER", self._headers(location))
                return []
        return self._application(environ, start_response)

    def _enter(self, form: dict[str, str], environ: dict[str, Any]) -> str | None:
        """Where the browser goes; None for a launch that is to go the ordinary way."""
        cookie = parse_cookie(environ.get("HTTP_COOKIE")).get(COOKIE, "")
        browser = Browser(browser_of_cookie(cookie), environ.get("HTTP_ORIGIN"))
        context = self._app.app_context()
        if self._addresses is None:  # every room has its routes by the first request
            self._addresses = self._app.url_map.bind("localhost")
        context.url_adapter = self._addresses
        with context:
            entered = launching.enter_at_once(form, browser)
            if entered is None:
                return None
            page = places.first_page(entered).removeprefix(_HERE)
        root = environ.get("SCRIPT_NAME", "").rstrip("/")
        return f"{root}/s/{entered.token}{page}"

    def _headers(self, location: str) -> list[tuple[str, str]]:
        return [
            ("Location", location),
            ("Content-Type", "text/plain; charset=utf-8"),
            *headers.of_messages(self._app.extensions["licheng.settings"]),
            ("Content-Length", "0"),
        ]


def _body(environ: dict[str, Any]) -> bytes | None:
    """The body, if it is a small form of plain fields; whoever comes next can read it again."""
    length = environ.get("CONTENT_LENGTH", "")
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != _FORM or not length.isdecimal() or not 0 < int(length) <= MOST_BYTES:
        return None
    if "HTTP_TRANSFER_ENCODING" in environ:
        return None
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return body


def _fields(body: bytes) -> dict[str, str] | None:
    """The fields of a plain answer: state, token, and what the platform adds for itself. None
    where something stands twice, is no answer, or is our own page's second post."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        return None
    fields = dict(pairs)
    plain = len(pairs) == len(fields) and "error" not in fields and storage.SEAL not in fields
    return fields if plain and "state" in fields and "id_token" in fields else None

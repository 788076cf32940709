"""The page of somebody whose session is over: come in again, and keep what you typed."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template, request

from plugin.entrance import visits
from plugin.errors import SessionMissing

_OURS = {"csrf_token", "next", "locale"}
_LONGEST = 5000


def register(app: Flask) -> None:
    """Take over the page of `SessionMissing`."""
    app.register_error_handler(SessionMissing, _page)


def _page(error: SessionMissing) -> Response:
    typed = []
    if request.method == "POST" and request.mimetype == "application/x-www-form-urlencoded":
        typed = [
            (name, value[:_LONGEST])
            for name, value in request.form.items(multi=True)
            if value.strip() and name not in _OURS
        ][:20]
    body = render_template(
        "entrance/expired.html",
        message=error.message,
        remedy=error.remedy,
        typed=typed,
        door=visits.door(),
    )
    return make_response(body, error.status)

"""The Flask app of the demo LMS."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from lti.platform import (
    deeplink,
    eula,
    grades,
    notices,
    oidc,
    pages,
    registration,
    roster,
    services,
    storage,
    toolpages,
)
from lti.platform.claims import sesskey
from lti.platform.core import Lms
from lti.platform.core import lms as current_lms
from lti.platform.faults import Faults
from lti.platform.session import visitor

_ROOMS = (
    *(pages, toolpages, registration, oidc, deeplink, storage),
    *(services, roster, grades, notices, eula),
)


def create_platform(lms: Lms, *, tool_url: str = "", faults_door: bool = False) -> Flask:
    """The LMS as a WSGI app.

    Args:
        lms: its memory.
        tool_url: public address of the tool; only shown as a hint where a link is pasted.
        faults_door: serve ``/_faults``, by which a test makes this process misbehave.
    """
    app = Flask(__name__)
    app.secret_key = lms.state.secret
    # Moodle's cookie on plain http is Lax: a cross-site frame loses it and has to repost.
    # Loopback counts as secure, so that a cookie of the other kind works on plain http here.
    app.config.update(
        SESSION_COOKIE_NAME="QingtianSession",
        SESSION_COOKIE_SAMESITE=lms.mode.cookie,
        SESSION_COOKIE_SECURE=lms.mode.cookie == "None",
    )
    app.extensions["lms"] = lms
    for module in _ROOMS:
        app.register_blueprint(module.blueprint)
    app.register_error_handler(HTTPException, _error_page)
    app.before_request(lms.world.refresh)

    @app.context_processor
    def around_every_page() -> dict[str, Any]:
        person = visitor()
        key = sesskey(lms, person.id) if person else ""
        return {
            "site": lms.world.site,
            "me": person,
            "sesskey": key,
            "tool_url": tool_url,
            "mode": lms.mode,
            "storage": storage.offered(lms),
        }

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify({"status": "ok", "lms": lms.world.site["name"]})

    if faults_door:
        app.add_url_rule("/_faults", view_func=_set_faults, methods=["POST"])
    return app


def _error_page(error: HTTPException) -> tuple[str, int]:
    return render_template("error.html", message=error.description), error.code or 500


def _set_faults() -> Response:
    """Replace the faults by those of the JSON body; ``rotate`` and ``forget`` act on the keys."""
    here, wish = current_lms(), request.get_json()
    forget = wish.pop("forget", False)
    if wish.pop("rotate", False):
        here.keys.rotate(here.clock().timestamp(), forget_old=forget)
    here.faults = Faults(**wish)
    return jsonify({"status": "ok"})

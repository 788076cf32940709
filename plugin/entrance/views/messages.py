"""Messages from an LMS: login, launch, key set."""

from __future__ import annotations

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from lti import keys
from lti.errors import LaunchError, LtiError
from lti.launch import Browser
from lti.login import answer_login
from plugin import clock
from plugin.entrance.operations import installing, launching
from plugin.entrance.operations.stores import Registrations, Transactions
from plugin.entrance.session import COOKIE, browser_of
from plugin.entrance.tokens import digest, new_token
from plugin.entrance.views import places
from plugin.settings import Settings


def login() -> Response:
    """Public: the LMS announces somebody; nobody is known yet. Answers with a redirect to it."""
    settings: Settings = current_app.extensions["licheng.settings"]
    cookie = request.cookies.get(COOKIE, "") if browser_of(request) else new_token()
    try:
        answer = answer_login(
            request.form if request.method == "POST" else request.args,
            registrations=Registrations(),
            transactions=Transactions(),
            redirect_uri=settings.public_url + url_for("entrance.launch", _external=False),
            own_origins={settings.public_url},
            browser=digest(cookie),
            now=clock.now(),
        )
    except LaunchError as error:
        launching.refuse(error, None, cookie=browser_of(request) is not None)
        return refused(error)
    response = redirect(answer.redirect_url, 302)
    # SameSite=None with Partitioned is the only cookie that a cross-site frame may keep where
    # third-party cookies are blocked. Where it is refused, the launch goes on without.
    response.set_cookie(
        COOKIE, cookie, secure=True, httponly=True, samesite="None", partitioned=True, path="/"
    )
    return response


def launch() -> Response:
    """Public: the LMS says who it is, signed; whoever is let in gets a session in the path."""
    browser = Browser(browser_of(request), request.headers.get("Origin"))
    try:
        entered = launching.enter(request.form, browser)
    except LaunchError as error:
        return refused(error)
    # 303: the browser comes with GET, and a reload does not post the token again.
    address = f"{request.script_root}/s/{entered.token}{places.first_page(entered)}"
    return Response(status=303, headers={"Location": address})


def key_set() -> Response:
    """Public: our public keys, fetched by every LMS's server."""
    response = make_response(keys.key_set(installing.ensure_keys()))
    # Well below the two days for which a new key is published before it signs.
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def refused(error: LtiError) -> Response:
    """The page of a refusal: what happened, what to do, the code."""
    told = error.explanation
    page = render_template(
        "entrance/refused.html",
        code=error.code,
        title=gettext(told.title),
        todo=gettext(told.todo),
        detail=error.detail if error.code in {"NOT_YET_VALID", "EXPIRED", "TOO_OLD"} else "",
        at=clock.now(),
    )
    return make_response(page, told.status)

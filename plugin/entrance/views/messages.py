"""Messages from an LMS: login, launch, key set."""

from __future__ import annotations

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from lti import keys, storage
from lti.browser import Browser, StorageUnasked
from lti.errors import LaunchError, LtiError
from lti.login import LoginAnswer, answer_login
from lti.ports import Transaction
from lti.window import Anew
from plugin import clock, secrets
from plugin.entrance.operations import deploying, installing, launching, refusing
from plugin.entrance.operations.refusing import Refused
from plugin.entrance.operations.stores import Registrations, Transactions
from plugin.entrance.session import COOKIE, browser_of
from plugin.entrance.tokens import digest, new_token
from plugin.entrance.views import places
from plugin.settings import Settings


def login() -> Response:
    """Public: the LMS announces somebody; nobody is known yet. Answers with the way to it.

    Where the LMS offers its storage and the browser shows no cookie, that way leads over a page
    which puts the proof of this login there.
    """
    settings: Settings = current_app.extensions["licheng.settings"]
    form = request.form if request.method == "POST" else request.args
    came = browser_of(request)
    cookie = request.cookies[COOKIE] if came else new_token()
    uncertain = came is None and _in_a_frame()
    target = storage.frame_name(form.get("lti_storage_target", "")) if uncertain else ""
    try:
        answer = answer_login(
            form,
            registrations=Registrations(),
            transactions=Transactions(),
            redirect_uri=settings.public_url + url_for("entrance.launch", _external=False),
            own_origins={settings.public_url},
            browser=digest(cookie),
            storage_target=target,
            keep_hints=uncertain,
            now=clock.now(),
        )
    except LaunchError as error:
        refusing.refuse_login(error, form, cookie=came is not None)
        return refused(error)
    response = _put_into_storage(answer) if target else redirect(answer.redirect_url, 302)
    # SameSite=None with Partitioned is the only cookie that a cross-site frame may keep where
    # third-party cookies are blocked. Where it is refused, the launch goes on without.
    response.set_cookie(
        COOKIE, cookie, secure=True, httponly=True, samesite="None", partitioned=True, path="/"
    )
    return response


def launch() -> Response:
    """Public: the LMS says who it is, signed; whoever is let in gets a session in the path."""
    form = request.form
    browser = Browser(browser_of(request), request.headers.get("Origin"))
    if storage.SEAL in form:
        settings: Settings = current_app.extensions["licheng.settings"]
        browser = storage.second_post(form, browser, {settings.public_url}, _storage_secret())
    try:
        entered = launching.enter(form, browser)
    except StorageUnasked as first:
        return _ask_storage(first.transaction, browser.origin)
    except Refused as refusal:
        return refused(refusal.error, refusal.return_url, refusal.anew)
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


def refused(error: LtiError, return_url: str = "", anew: Anew | None = None) -> Response:
    """The page of a refusal: what happened, what to do, the code.

    :param return_url: where the platform is told, if it wants to be.
    :param anew: how to begin again in a window of its own, where that helps.
    """
    told = error.explanation
    checked = error.checked if isinstance(error, LaunchError) else None
    ticket = deploying.ticket_for(checked) if checked else None
    page = render_template(
        "entrance/refused.html",
        claim=url_for("entrance.claim_deployment", ticket=ticket) if ticket else "",
        return_url=return_url,
        anew=anew if _in_a_frame() else None,
        code=error.code,
        title=gettext(told.title),
        todo=gettext(told.todo),
        detail=error.detail if error.code in {"NOT_YET_VALID", "EXPIRED", "TOO_OLD"} else "",
        at=clock.now(),
    )
    return make_response(page, told.status)


def _put_into_storage(answer: LoginAnswer) -> Response:
    transaction = answer.transaction
    proof = storage.proof_of(_storage_secret(), transaction.state)
    page = render_template(
        "entrance/storage_put.html",
        errand=storage.errand(transaction, proof),
        wait=_settings().storage_wait_ms,
        address=answer.redirect_url,
    )
    return make_response(page)


def _ask_storage(transaction: Transaction, origin: str | None) -> Response:
    """The page that asks the platform's storage and posts the launch once more, with the answer
    and our word on who posted it first."""
    page = render_template(
        "entrance/storage_get.html",
        errand=storage.errand(transaction),
        wait=_settings().storage_wait_ms,
        proof_field=storage.PROOF,
        fields={
            "id_token": request.form["id_token"],
            "state": transaction.state,
            storage.POSTED_BY: origin or "",
            storage.SEAL: storage.seal_of(_storage_secret(), transaction.state, origin),
        },
    )
    return make_response(page)


def _in_a_frame() -> bool:
    """False where the browser says that this is a window of its own: cookies are first-party
    there, and there is no parent that could keep anything."""
    return request.headers.get("Sec-Fetch-Dest") != "document"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["licheng.settings"]
    return settings


def _storage_secret() -> bytes:
    return secrets.derive("lti-storage")

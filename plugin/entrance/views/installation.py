"""The one link that installs everything: opened by the LMS in a frame of its own page."""

from __future__ import annotations

from flask import current_app, g, make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from lti.errors import RegistrationError
from lti.login import origin_of
from plugin.entrance.operations import installing, refusing
from plugin.school import queries as school
from plugin.settings import Settings


def register(token: str) -> Response:
    """Public: whoever installs has no account here; the one-time link is the proof.

    GET shows which school and which LMS; POST performs the exchange.
    """
    # Brightspace opens this page in a tab and waits there for the word that all is done: the tab
    # has to know who opened it.
    g.keeps_opener = True
    invitation = installing.usable_invitation(token)
    settings: Settings = current_app.extensions["licheng.settings"]
    values = request.form if request.method == "POST" else request.args
    configuration_url = values.get("openid_configuration", "")
    registration_token = values.get("registration_token", "")
    context = {
        "school": school.school(invitation.school_id),
        "lms_host": shown_host(configuration_url),
        "configuration_url": configuration_url,
        "registration_token": registration_token,
        "tool_host": shown_host(settings.public_url),
    }
    if request.method != "POST":
        return make_response(render_template("entrance/install.html", problem=None, **context))
    try:
        installed = installing.install(
            token,
            configuration_url,
            registration_token or None,
            current_app.extensions["licheng.lms_client"],
        )
    except RegistrationError as error:
        refusing.refuse(error)
        told = error.explanation
        problem = {
            "code": error.code,
            "title": gettext(told.title),
            "todo": gettext(told.todo),
            "says": error.platform_says,
        }
        page = render_template("entrance/install.html", problem=problem, **context)
        return make_response(page, told.status)
    origins = dict.fromkeys((origin_of(configuration_url), *installed.origins))
    return make_response(
        render_template(
            "entrance/installed.html", installed=installed, origins=" ".join(origins), **context
        )
    )


def shown_host(url: str) -> str:
    """Host and port for people to read; "" if it is no web address."""
    return origin_of(url).partition("://")[2]

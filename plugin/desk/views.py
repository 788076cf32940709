"""The first page."""

from __future__ import annotations

from flask import current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response

from plugin import web
from plugin.desk import queries
from plugin.school.policy import onlookers
from plugin.trail import queries as trail
from plugin.web import Route, room


def home() -> Response | str:
    """Figures, what to do next, deadlines and the newest notices, a section for each role.

    Whoever came through a launch but is not bound yet is sent to the entrance.
    """
    actor = web.current_actor()
    if actor.person_id is None or actor.school_id is None:
        return redirect(url_for(current_app.extensions["licheng.unbound_endpoint"]))
    return render_template(
        "desk/home.html",
        sections=queries.sections(actor),
        deadlines=queries.deadlines(actor),
        calendar=onlookers(actor),
        notices=trail.inbox(actor.school_id, actor.person_id, limit=3).items,
        known_endpoints=current_app.view_functions,
    )


routes = [Route("/", home, web.launched)]
blueprint = room("desk", routes)

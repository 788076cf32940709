"""Where a launch leads: the page that the link in the LMS course was made for."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from flask import current_app, url_for

from lti import vocabulary as v
from lti.roles import Role as LmsRole
from plugin.entrance.operations import launching


def first_page(entered: launching.Entered) -> str:
    """The first page after a launch, as a path without the session."""
    if entered.launch.message_type == v.DEEP_LINKING:
        return url_for("entrance.select")
    if not entered.bound:
        return url_for("entrance.waiting")
    place = _place(entered)
    # A link to the desk may stand in a course that is no lesson: nobody is asked which it is.
    unknown = bool(entered.launch.context) and not entered.course_bound and place != "desk"
    if LmsRole.INSTRUCTOR in entered.roles and unknown:
        return url_for("entrance.course")
    endpoint = current_app.extensions["licheng.destinations"].get(place, "desk.home")
    return url_for(endpoint if endpoint in current_app.view_functions else "desk.home")


def _place(entered: launching.Entered) -> str:
    """What the link in the course was made for: its `open` parameter, in address or custom."""
    place: str = dict(entered.launch.custom).get("open", "")
    query = urlsplit(entered.launch.target_link_uri).query
    return parse_qs(query).get("open", [place])[0] if query else place

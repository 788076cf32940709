"""Deep linking: choose what the LMS course gets; the answer goes back signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app, g, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

import forms.page
from forms.assets import PREFIX
from lti import deep_linking
from lti.deep_linking import LineItem, Link
from lti.keys import signing_key
from plugin import clock, db, web
from plugin.actor import Role
from plugin.desk import destinations
from plugin.desk.destinations import Destination
from plugin.entrance import asked, columns, loading
from plugin.entrance.forms import Selection, selection_form
from plugin.entrance.models import Registration
from plugin.entrance.operations import installing
from plugin.entrance.session import Launched
from plugin.errors import NotAllowed, NotFound
from plugin.settings import Settings

ICON = "images/favicon.svg"


def select() -> Response:
    """Choose among what the rooms offer: by whoever the LMS lets put things into a course.

    Nobody has to be known to the school's roster for it, or be a teacher here: a choice grants
    nothing, and each link asks whoever opens it. Only a student never chooses, whatever the LMS
    calls them.
    """
    found, wanted = _request()
    settings = asked.settings_of(wanted)
    # The form that leads back posts to the LMS; said on this page too, because browsers look at
    # the policy of the page on which the way began.
    g.form_targets = [settings.return_url]
    if not deep_linking.takes_links(settings):
        return _hand_over(
            found,
            wanted,
            error=_("這個位置不接受外部工具的連結，請改在課程活動中加入。"),
            error_log="accept_types lacks ltiResourceLink",
        )
    if request.form.get("act") == "cancel":
        return _hand_over(found, wanted)
    offered = destinations.choosable(in_course=found.launch_context_id is not None)
    form = selection_form(
        offered,
        many=settings.accept_multiple,
        columns=any(_may_have_column(one, wanted) for one in offered),
    )
    if not form.validate_on_submit():
        return forms.page.render(
            form,
            submit=_("加入課程") if found.launch_context_id is not None else _("加入"),
            template="entrance/select.html",
            offered=offered,
            many=settings.accept_multiple,
            graded={one.name for one in offered if _may_have_column(one, wanted)},
            in_course=found.launch_context_id is not None,
        )
    return _hand_over(found, wanted, chosen=form.selections(offered))


def icon() -> Response:
    """Public: the picture beside our links in the LMS, loaded by its pages.

    An address that stays: links keep it for years, while that of the file changes with its
    content, and is for our own pages only.
    """
    settings: Settings = current_app.extensions["licheng.settings"]
    asset: Any = current_app.jinja_env.globals["asset"]
    file = settings.static / asset(ICON).removeprefix(PREFIX)
    response = current_app.response_class(file.read_bytes(), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=86400"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _request() -> tuple[Launched, Mapping[str, Any]]:
    found, wanted = loading.launched(), session.get("deep_linking")
    if found is None or not wanted:
        raise NotFound(
            _("平臺沒有要求選擇項目。"),
            remedy=_("請在平臺的課程中新增活動，再選擇「歷程」。"),
        )
    if not wanted["may_choose"] or web.current_actor().has(Role.STUDENT):
        raise NotAllowed(_("只有教師可以在課程中加入項目。"))
    return found, wanted


def _hand_over(
    found: Launched,
    wanted: Mapping[str, Any],
    chosen: Sequence[Selection] = (),
    error: str = "",
    error_log: str = "",
) -> Response:
    """The page that takes the signed answer from the person's own browser to the LMS."""
    now = clock.now()
    registration = db.reading().get_one(Registration, found.registration_id)
    token = deep_linking.answer(
        registration.issuer,
        registration.client_id,
        wanted["deployment_id"],
        asked.settings_of(wanted),
        [_link(one) for one in chosen],
        signing_key(installing.ensure_keys(), now),
        now,
        error=error,
        error_log=error_log,
    )
    page = render_template(
        "entrance/selected.html",
        token=token,
        action=wanted["return_url"],
        chosen=chosen,
        error=error,
    )
    return current_app.make_response(page)


def _link(chosen: Selection) -> Link:
    """The link to a destination. Its name stands in the address, which most platforms keep, and as
    a custom parameter, for those that open every link at one address."""
    settings: Settings = current_app.extensions["licheng.settings"]
    base, one = settings.public_url, chosen.destination
    column = None
    if chosen.column:
        column = LineItem(columns.LABEL, columns.MAXIMUM, columns.RESOURCE_ID, columns.TAG)
    return Link(
        title=chosen.title,
        url=f"{base}{_bare('entrance.launch')}?open={one.name}",
        text=str(one.text),
        custom={"open": one.name},
        icon_url=f"{base}{_bare('entrance.icon')}",
        line_item=column,
    )


def _may_have_column(one: Destination, wanted: Mapping[str, Any]) -> bool:
    """Whether a destination can come with a gradebook column on this platform."""
    return one.graded and bool(wanted["columns"])


def _bare(endpoint: str) -> str:
    """The path of an endpoint without the session."""
    return url_for(endpoint).removeprefix(request.script_root)

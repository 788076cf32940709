"""Visits: sessions begun by a mailed code instead of a launch, and the way back in.

The room that mails the codes says where its door is:
`app.extensions["licheng.visit_endpoint"] = "certification.area"`, an endpoint whose one argument
is the `code` of the school.
"""

from __future__ import annotations

from flask import current_app, has_request_context, request, session, url_for
from flask_babel import gettext as _

from plugin import tenancy
from plugin.entrance.session import PathSession, outside
from plugin.school import queries as school


def of_school() -> str | None:
    """The code of the school that this request's session is a visit of, or was before it ended;
    None for launches, and without any session."""
    if not has_request_context():
        return None
    held = session._get_current_object()  # type: ignore[attr-defined]
    if not isinstance(held, PathSession):
        return None
    school_id = held.visited
    if held.launched is not None and held.launched.person_id is not None:
        school_id = held.launched.school_id
    if school_id is None:
        return None
    with tenancy.within(school_id):
        return school.school(school_id).code


def way_in() -> str:
    """What to do to come in again after a visit; "" after a launch."""
    if of_school() is None:
        return ""
    return _("請重新取得電子信箱驗證碼後再進入；已儲存的內容都還在。")


def door() -> str:
    """The address of the door of a visit, without its session; "" after a launch."""
    code, endpoint = of_school(), current_app.extensions.get("licheng.visit_endpoint")
    if code is None or endpoint is None:
        return ""
    return outside(request, url_for(endpoint, code=code))

"""Who sits at the browser: the LMS's own login, its form key, its repost page."""

from __future__ import annotations

from flask import Response, abort, make_response, render_template, request, session

from lti.platform.claims import sesskey
from lti.platform.core import lms
from lti.platform.state import Activity, Tool
from lti.platform.world import STAFF_ROLES, Course, Person


def visitor() -> Person | None:
    """The person logged in, None for a guest."""
    person_id = session.get("person")
    return lms().world.people.get(person_id) if person_id else None


def as_student(course_id: str) -> bool:
    """Whether the visitor looks at this course as a student would."""
    return course_id in session.get("as_student", [])


def require_visitor() -> Person:
    """The person logged in; a guest gets the LMS's error page."""
    person = visitor()
    if person is None:
        abort(403, "請先在首頁選擇一個身分登入。")
    return person


def require_admin() -> Person:
    person = require_visitor()
    if person.role != "admin":
        abort(403, "只有平臺管理者可以使用這一頁。")
    return person


def require_course(course_id: str) -> tuple[Person, Course, str]:
    """Visitor, course and the visitor's LMS role there; strangers are turned away."""
    person = require_visitor()
    course = lms().world.courses.get(course_id) or abort(404, "沒有這門課程。")
    role = lms().world.role_in(person, course)
    if role is None:
        abort(403, "您沒有選修或任教這門課程。")
    return person, course, role


def require_staff(course_id: str) -> tuple[Person, Course]:
    person, course, role = require_course(course_id)
    if role not in STAFF_ROLES:
        abort(403, "只有教師可以使用這一頁。")
    return person, course


def require_activity(activity_id: int) -> tuple[Activity, Tool]:
    """An activity whose tool is switched on."""
    activity = lms().state.activities.get(activity_id) or abort(404, "沒有這個活動。")
    tool = lms().state.tools[activity.tool_id]
    if not tool.active:
        abort(403, "這個外部工具尚未啟用。")
    return activity, tool


def check_sesskey() -> None:
    """Refuse a form post that does not carry this visitor's form key."""
    person = visitor()
    given = request.values.get("sesskey", "")
    if person is None or given != sesskey(lms(), person.id):
        abort(403, "這個操作的有效時間已過，請重新整理頁面再試一次。")


def repost_page() -> Response | None:
    """Moodle's answer to a cross-site request that lost the (Lax) session cookie: post again.

    The page is of this site, so the form it posts carries the cookie. None when the visitor is
    known, when the request already is the repost, or where cookies are of the other kind.
    """
    if lms().mode.cookie != "Lax":
        return None
    if visitor() is not None or "repost" in request.values:
        return None
    fields = request.values.to_dict() | {"repost": "true"}
    return make_response(render_template("autopost.html", action=request.url, fields=fields))

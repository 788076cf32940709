"""Where a launch leads: the page that the link in the LMS course was made for.

The first address is told before there is a session, so it names no person's page yet: `onward` is
the first request of the session, knows who came, and leads them to theirs.
"""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lti import vocabulary as v
from lti.roles import Role as LmsRole
from plugin import web
from plugin.actor import Role
from plugin.desk import destinations
from plugin.desk.destinations import Destination
from plugin.entrance import asked, loading, queries
from plugin.entrance.operations import launching
from plugin.errors import NotFound

DESK = "desk"


def first_page(entered: launching.Entered) -> str:
    """The first page after a launch, as a path without the session."""
    launch = entered.launch
    if launch.message_type == v.DEEP_LINKING:
        return url_for("entrance.select")
    # What is kept of somebody, and what they agree to, is also told to whom the school's roster
    # does not know yet.
    if launch.message_type == v.EULA:
        return url_for("entrance.terms")
    if launch.message_type in v.DATA_PRIVACY:
        return url_for("entrance.privacy")
    if not entered.bound:
        return url_for("entrance.waiting")
    review = launch.message_type == v.SUBMISSION_REVIEW
    place = asked.REVIEW if review else asked.place_of(launch)
    unknown = launch.context is not None and not entered.course_bound
    if LmsRole.INSTRUCTOR in entered.roles and unknown and _about_course(place):
        return url_for("entrance.course")
    return url_for("desk.home" if place in {"", DESK} else "entrance.onward")


def onward() -> Response:
    """Where the link of this launch leads this person: also after they were identified, or have
    said which course it is. What is not for them, or no longer there, is the first page."""
    actor = web.current_actor()
    if actor.person_id is None:
        return redirect(url_for("entrance.waiting"))
    place = session.get("open", "")
    if place == asked.REVIEW and "for_user" in session:
        return redirect(url_for("entrance.review"))
    found = destinations.find(place) if place else None
    if found is None or not found.choosable:
        return redirect(url_for("desk.home"))
    if found.in_course and _course_to_be_said():
        return redirect(url_for("entrance.course"))
    way = found.way(actor)
    if way is None or way.endpoint not in current_app.view_functions:
        flash(
            _(
                "這個連結是「%(title)s」，不是您的身分使用的頁面，已為您開啟首頁。",
                title=found.title,
            ),
            "warning",
        )
        return redirect(url_for("desk.home"))
    return redirect(url_for(way.endpoint, **way.params(actor)))


def review() -> Response | str:
    """From the gradebook: one student's work in this course, for who teaches here.

    The launch keeps `for_user` only of an instructor, because a Moodle student can have this
    message signed for anybody. Whose work may be seen is asked again, of the roster, by the page
    this leads to.
    """
    actor, found = web.current_actor(), loading.launched()
    subject = session.get("for_user")
    if found is None or not subject:
        raise NotFound(
            _("這次不是從成績簿開啟一位學生的作業。"),
            remedy=_("請回到學習平臺的成績簿，再點一次學生的成績。"),
        )
    if _course_to_be_said():
        return redirect(url_for("entrance.course"))
    destination = destinations.find(asked.REVIEW)
    way = destination.way(actor) if destination is not None else None
    if way is None or way.endpoint not in current_app.view_functions:
        raise NotFound(
            _("只有任課教師可以由成績簿開啟學生的成果。"),
            remedy=_("若您任教這門課，請洽註冊組確認授課資料。"),
        )
    account = queries.account_of_subject(found.school_id, found.registration_id, subject)
    if account is None or account.person_id is None:
        return render_template("entrance/review_unknown.html", account=account)
    return redirect(url_for(way.endpoint, student=account.person_id))


def _about_course(place: str) -> bool:
    """Whether a link needs its course known. One of no name may be anything; a link to the desk may
    stand in a course that is no lesson, and nobody is asked which it is."""
    found: Destination | None = destinations.find(place)
    return found.in_course if found is not None else place != DESK


def _course_to_be_said() -> bool:
    """Whether the LMS course of this launch stands for none of ours, nobody has said that this is
    right, and this person may say which it is."""
    actor, found = web.current_actor(), loading.launched()
    if found is None or found.launch_context_id is None or actor.course_ids:
        return False
    if LmsRole.INSTRUCTOR not in found.roles or not actor.has(Role.TEACHER):
        return False
    return not queries.context(found.school_id, found.launch_context_id).hold

"""What people see of the LMS: choosing who one is, courses, activities, members, grades."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from lti.platform.copying import copy_course
from lti.platform.core import lms
from lti.platform.modes import EULA
from lti.platform.session import (
    as_student,
    check_sesskey,
    require_activity,
    require_course,
    require_staff,
    require_visitor,
    visitor,
)
from lti.platform.state import Tool
from lti.platform.world import Person

SHOWN = 60
"""People of a group on the first page, and members on a course's page; the rest is searched."""
FEWER = 12
"""The same in an LMS of thousands."""
ROWS = 100
"""Rows of a members' or gradebook page."""

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> str:
    """The role switch: everyone of the school, by group, with a hint what to try."""
    everyone = list(lms().world.people.values())
    wanted = request.args.get("q", "").strip()
    people = [one for one in everyone if _matches(one, wanted)] if wanted else everyone
    shown = SHOWN if len(people) <= ROWS * 10 else FEWER
    groups = [
        (name, rows[:shown], len(rows) - shown)
        for name, rows in ((name, list(rows)) for name, rows in groupby(people, _group_of))
    ]
    person = visitor()
    courses = lms().world.courses_of(person) if person else []
    tools = [tool for tool in lms().state.tools.values() if tool.active]
    return render_template(
        "home.html",
        groups=groups,
        courses=courses,
        tools=tools,
        wanted=wanted,
        searchable=bool(wanted) or len(everyone) > SHOWN,
    )


def _group_of(person: Person) -> str:
    return person.group


def _matches(person: Person, wanted: str) -> bool:
    known = (person.display_name(), person.display_name("en"), person.username, person.idnumber)
    return any(wanted.lower() in one.lower() for one in known)


@blueprint.post("/switch")
def switch() -> Response:
    """Become another person. Open to everyone: this LMS exists to be tried out."""
    person = lms().world.people.get(request.form.get("person", ""))
    if person is None:
        abort(404, "沒有這個人。")
    locale = session.get("locale", "zh_tw")
    session.clear()
    session["person"], session["locale"] = person.id, locale
    return redirect(_landing(person))


def _landing(person: Person) -> str:
    if person.role == "admin" and not lms().state.tools:
        return url_for("tools.index")
    courses = lms().world.courses_of(person)
    if len(courses) == 1:
        return url_for("pages.course", course_id=courses[0].id)
    return url_for("pages.home")


@blueprint.post("/logout")
def logout() -> Response:
    session.clear()
    return redirect(url_for("pages.home"))


@blueprint.post("/language")
def language() -> Response:
    """The language that launches announce; the LMS's own pages stay Chinese."""
    session["locale"] = "en" if request.form.get("locale") == "en" else "zh_tw"
    return redirect(url_for("pages.home"))


@blueprint.get("/course/<course_id>")
def course(course_id: str) -> str:
    person, found, role = require_course(course_id)
    here = lms()
    tools = [tool for tool in here.state.tools.values() if tool.active]
    members = here.world.enrolled(found)
    return render_template(
        "course.html",
        course=found,
        role=role,
        activities=here.state.activities_of(course_id),
        tools=tools,
        members=members[:SHOWN],
        total=len(members),
        as_student=as_student(course_id),
        terms=[tool for tool in tools if _asks_terms(tool, person)],
    )


def _asks_terms(tool: Tool, person: Person) -> bool:
    """Whether the tool's terms of use are offered here and this person has not accepted them."""
    here = lms()
    if EULA not in here.mode.messages or EULA not in tool.message_uris:
        return False
    mine = {"tool": tool.id, "person": person.id, "accepted": True}
    return not any(mine.items() <= one.items() for one in here.state.eula_answers)


@blueprint.post("/course/<course_id>/view")
def view(course_id: str) -> Response:
    """Look at the course as a student does, or no longer."""
    check_sesskey()
    require_staff(course_id)
    seen = [one for one in session.get("as_student", []) if one != course_id]
    session["as_student"] = seen if as_student(course_id) else [*seen, course_id]
    return redirect(url_for("pages.course", course_id=course_id))


@blueprint.post("/course/<course_id>/copy")
def copy(course_id: str) -> Response:
    """A copy of the course for another term: activities and staff, no students."""
    check_sesskey()
    _, found = require_staff(course_id)
    made = copy_course(lms(), found)
    return redirect(url_for("pages.course", course_id=made.id))


@blueprint.get("/course/<course_id>/members")
def members(course_id: str) -> str:
    """Everybody in the course, a page at a time."""
    _, found, _ = require_course(course_id)
    rows, pages = _page(lms().world.enrolled(found))
    groups = {person.id: found.groups_of(person.id) for person, _ in rows}
    return render_template("members.html", course=found, rows=rows, groups=groups, pages=pages)


def _page(rows: Sequence[Any]) -> tuple[Sequence[Any], dict[str, int]]:
    """The rows of the page asked for, and where it stands: {now, last, total}."""
    last = max((len(rows) - 1) // ROWS + 1, 1)
    now = min(max(request.args.get("page", 1, int), 1), last)
    found = {"now": now, "last": last, "total": len(rows)}
    return rows[(now - 1) * ROWS : now * ROWS], found


@blueprint.get("/course/<course_id>/terms/<int:tool_id>")
def terms(course_id: str, tool_id: int) -> str:
    """The tool's terms of use in an iframe; the tool tells the LMS the answer."""
    _, found, _ = require_course(course_id)
    src = url_for("oidc.eula", tool_id=tool_id, course_id=course_id)
    back = url_for("pages.course", course_id=course_id)
    return render_template("message.html", title="使用條款", src=src, back=back, course=found)


@blueprint.get("/privacy/<int:tool_id>/<kind>")
def privacy(tool_id: int, kind: str) -> str:
    """What the tool keeps of a person: its data privacy page in an iframe."""
    require_visitor()
    src = url_for("oidc.message", tool_id=tool_id, kind=kind)
    return render_template(
        "message.html", title="個人資料", src=src, back=url_for("pages.home"), course=None
    )


@blueprint.get("/activity/<int:activity_id>")
def activity(activity_id: int) -> str:
    """An activity with the tool in an iframe."""
    found, _ = require_activity(activity_id)
    _, of_course, _ = require_course(found.course_id)
    return render_template("activity.html", course=of_course, activity=found)


@blueprint.get("/mod/lti/launch.php")
def launch_page() -> Response:
    """Moodle's page that an activity's frame shows; in a window of its own it does as well."""
    if not lms().mode.launch_page:
        abort(404, "這個平臺沒有這個網址。")
    found, _ = require_activity(request.args.get("id", 0, int))
    return redirect(url_for("oidc.launch", activity_id=found.id, container="window"))


@blueprint.post("/course/<course_id>/add/<int:tool_id>")
def add_plain(course_id: str, tool_id: int) -> Response:
    """Add the tool itself as an activity, without choosing content."""
    check_sesskey()
    require_staff(course_id)
    tool = tool_of(tool_id)
    made = lms().state.add_activity(tool, course_id, request.form.get("title") or tool.name)
    return redirect(url_for("pages.activity", activity_id=made.id))


@blueprint.get("/course/<course_id>/choose/<int:tool_id>")
def choose(course_id: str, tool_id: int) -> str:
    """加入活動: the tool's deep-linking page in an iframe."""
    _, found = require_staff(course_id)
    return render_template("choose.html", course=found, tool=tool_of(tool_id))


@blueprint.get("/course/<course_id>/grades")
def grades(course_id: str) -> str:
    _, found = require_staff(course_id)
    here = lms()
    items = [item for item in here.state.line_items.values() if item.course_id == course_id]
    students = [person for person, role in here.world.enrolled(found) if role == "student"]
    rows, pages = _page(students)
    return render_template(
        "grades.html",
        course=found,
        items=items,
        students=rows,
        score=here.state.score,
        pages=pages,
    )


@blueprint.get("/review/<int:activity_id>/<person_id>")
def review(activity_id: int, person_id: str) -> str:
    """A student's work, opened from the gradebook."""
    found, _ = require_activity(activity_id)
    _, of_course, _ = require_course(found.course_id)
    person = lms().world.people.get(person_id) or abort(404, "沒有這個人。")
    return render_template("review.html", course=of_course, activity=found, person=person)


def tool_of(tool_id: int) -> Tool:
    """The tool of this number."""
    tool = lms().tool(tool_id)
    if tool is None:
        abort(404, "沒有這個外部工具。")
    return tool

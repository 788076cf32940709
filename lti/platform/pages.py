"""What people see of the LMS: choosing who one is, courses, activities, grades, tool settings."""

from __future__ import annotations

from itertools import groupby
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from lti.platform.core import lms
from lti.platform.registration import start_url
from lti.platform.session import (
    check_sesskey,
    require_activity,
    require_admin,
    require_course,
    require_staff,
    visitor,
)
from lti.platform.state import Tool
from lti.platform.world import Person

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> str:
    """The role switch: everyone of the school, by group, with a hint what to try."""
    people = list(lms().world.people.values())
    groups = [(name, list(rows)) for name, rows in groupby(people, key=lambda p: p.group)]
    person = visitor()
    courses = lms().world.courses_of(person) if person else []
    return render_template("home.html", groups=groups, courses=courses)


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
        return url_for("pages.tools")
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
    _, found, role = require_course(course_id)
    here = lms()
    tools = [tool for tool in here.state.tools.values() if tool.active]
    return render_template(
        "course.html",
        course=found,
        role=role,
        activities=here.state.activities_of(course_id),
        tools=tools,
        members=here.world.enrolled(found),
    )


@blueprint.get("/activity/<int:activity_id>")
def activity(activity_id: int) -> str:
    """An activity with the tool in an iframe."""
    found, _ = require_activity(activity_id)
    _, of_course, _ = require_course(found.course_id)
    return render_template("activity.html", course=of_course, activity=found)


@blueprint.post("/course/<course_id>/add/<int:tool_id>")
def add_plain(course_id: str, tool_id: int) -> Response:
    """Add the tool itself as an activity, without choosing content."""
    check_sesskey()
    require_staff(course_id)
    tool = _tool(tool_id)
    made = lms().state.add_activity(tool, course_id, request.form.get("title") or tool.name)
    return redirect(url_for("pages.activity", activity_id=made.id))


@blueprint.get("/course/<course_id>/choose/<int:tool_id>")
def choose(course_id: str, tool_id: int) -> str:
    """加入活動: the tool's deep-linking page in an iframe."""
    _, found = require_staff(course_id)
    return render_template("choose.html", course=found, tool=_tool(tool_id))


@blueprint.get("/course/<course_id>/grades")
def grades(course_id: str) -> str:
    _, found = require_staff(course_id)
    here = lms()
    items = [item for item in here.state.line_items.values() if item.course_id == course_id]
    students = [person for person, role in here.world.enrolled(found) if role == "student"]
    return render_template(
        "grades.html", course=found, items=items, students=students, score=here.state.score
    )


@blueprint.get("/review/<int:activity_id>/<person_id>")
def review(activity_id: int, person_id: str) -> str:
    """A student's work, opened from the gradebook."""
    found, _ = require_activity(activity_id)
    _, of_course, _ = require_course(found.course_id)
    person = lms().world.people.get(person_id) or abort(404, "沒有這個人。")
    return render_template("review.html", course=of_course, activity=found, person=person)


def _tool(tool_id: int) -> Tool:
    tool = lms().tool(tool_id)
    if tool is None:
        abort(404, "沒有這個外部工具。")
    return tool


@blueprint.get("/admin/tools")
def tools() -> str:
    require_admin()
    return render_template("tools.html", tools=lms().state.tools.values())


@blueprint.get("/admin/tools/register")
def register() -> str:
    """Open the tool's registration page in an iframe, as Moodle does.

    A second registration on a domain that is known already asks: update it, or make a new one.
    """
    require_admin()
    url = request.args.get("url", "").strip()
    if urlsplit(url).scheme not in {"http", "https"}:
        abort(400, "請貼上以 http:// 或 https:// 開頭的註冊網址。")
    state = lms().state
    same = [tool for tool in state.tools.values() if tool.domain == urlsplit(url).netloc]
    choice = request.args.get("choice", "")
    if same and not choice:
        return render_template("register_choice.html", url=url, same=same)
    updated = state.tools.get(int(choice)) if choice.isdigit() else None
    return render_template("register.html", frame_url=start_url(lms(), url, tool=updated))


@blueprint.post("/admin/tools/<int:tool_id>/activate")
def activate(tool_id: int) -> Response:
    """啟用: until now the tool is only pending."""
    check_sesskey()
    require_admin()
    tool = _tool(tool_id)
    with lms().state.change():
        tool.active = True
    return redirect(url_for("pages.tools"))


@blueprint.post("/admin/tools/<int:tool_id>/everywhere")
def everywhere(tool_id: int) -> Response:
    """Add the tool to every course that does not have it yet."""
    check_sesskey()
    require_admin()
    tool, here = _tool(tool_id), lms()
    for course_id in here.world.courses:
        if not any(a.tool_id == tool.id for a in here.state.activities_of(course_id)):
            here.state.add_activity(tool, course_id, request.form.get("title") or tool.name)
    return redirect(url_for("pages.tools"))


@blueprint.post("/admin/tools/<int:tool_id>/delete")
def delete(tool_id: int) -> Response:
    check_sesskey()
    require_admin()
    tool = _tool(tool_id)
    with lms().state.change() as state:
        del state.tools[tool.id]
        state.activities = {k: a for k, a in state.activities.items() if a.tool_id != tool.id}
        state.line_items = {k: i for k, i in state.line_items.items() if i.tool_id != tool.id}
    return redirect(url_for("pages.tools"))


@blueprint.post("/admin/keys/rotate")
def rotate() -> Response:
    """Sign with a new key from now on."""
    check_sesskey()
    require_admin()
    lms().keys.rotate()
    return redirect(url_for("pages.tools"))

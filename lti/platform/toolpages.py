"""What the LMS's administrator sees: tools, their registration, their deployments, the keys."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti.platform.core import lms
from lti.platform.pages import tool_of
from lti.platform.registration import platform_configuration, start_url
from lti.platform.registration_body import scopes_of
from lti.platform.session import check_sesskey, require_admin
from lti.platform.state import Tool
from lti.platform.urls import origin_of

blueprint = Blueprint("tools", __name__, url_prefix="/admin")

ALL_CLAIMS = ["sub", "iss", "name", "given_name", "family_name", "email"]


@blueprint.get("/tools")
def index() -> str:
    """All tools, and what a tool by hand needs to know of this platform."""
    require_admin()
    here = lms()
    return render_template(
        "tools.html",
        tools=here.state.tools.values(),
        courses=here.world.courses,
        platform=platform_configuration(here),
        answers=_answers(),
    )


def _answers() -> dict[int, tuple[int, int]]:
    """How many have accepted each tool's terms of use, and how many have not."""
    found: dict[int, tuple[int, int]] = {}
    for one in lms().state.eula_answers:
        yes, no = found.get(one["tool"], (0, 0))
        found[one["tool"]] = (yes + one["accepted"], no + (not one["accepted"]))
    return found


@blueprint.get("/tools/register")
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
    if not lms().mode.dynamic:
        abort(404, "這個平臺沒有動態註冊，請手動設定。")
    return render_template("register.html", frame_url=start_url(lms(), url, tool=updated))


@blueprint.post("/tools/by-hand")
def by_hand() -> Response:
    """A tool whose addresses were typed in, as on platforms without dynamic registration."""
    check_sesskey()
    require_admin()
    here, form = lms(), request.form
    launch, login = form.get("launch", "").strip(), form.get("login", "").strip()
    keys = form.get("jwks", "").strip()
    if not all(origin_of(url) for url in (launch, login, keys)):
        abort(400, "三個網址都要以 http:// 或 https:// 開頭。")
    with here.state.change() as state:
        tool = Tool(
            id=state.next_id(),
            client_id=form.get("client_id", "").strip() or here.mode.client_id(),
            name=form.get("name", "").strip() or "外部工具",
            domain=urlsplit(launch).netloc,
            target_link_uri=launch,
            initiate_login_uri=login,
            redirect_uris=[launch],
            jwks_uri=keys,
            deep_link_uri=launch,
            scopes=scopes_of(here),
            claims=list(ALL_CLAIMS),
            active=here.mode.active_at_once,
            message_uris=dict.fromkeys(here.mode.messages, launch),
        )
        state.tools[tool.id] = tool
    here.deploy(tool)
    return redirect(url_for("tools.index"))


@blueprint.post("/tools/<int:tool_id>/deploy")
def deploy(tool_id: int) -> Response:
    """Deploy the tool once more, in one course."""
    check_sesskey()
    require_admin()
    course_id = request.form.get("course", "")
    if course_id not in lms().world.courses:
        abort(404, "沒有這門課程。")
    lms().deploy(tool_of(tool_id), course_id)
    return redirect(url_for("tools.index"))


@blueprint.post("/tools/<int:tool_id>/institution")
def institution(tool_id: int) -> Response:
    """Send institution roles to this tool, or no longer."""
    check_sesskey()
    require_admin()
    tool = tool_of(tool_id)
    with lms().state.change():
        tool.institution_roles = not tool.institution_roles
    return redirect(url_for("tools.index"))


@blueprint.post("/tools/<int:tool_id>/activate")
def activate(tool_id: int) -> Response:
    """啟用: until now the tool is only pending."""
    check_sesskey()
    require_admin()
    tool = tool_of(tool_id)
    with lms().state.change():
        tool.active = True
    return redirect(url_for("tools.index"))


@blueprint.post("/tools/<int:tool_id>/everywhere")
def everywhere(tool_id: int) -> Response:
    """Add the tool to every course that does not have it yet, but to those named `but`."""
    check_sesskey()
    require_admin()
    tool, here = tool_of(tool_id), lms()
    but = request.form.getlist("but")
    for course_id in here.world.courses:
        if course_id not in but and not any(
            a.tool_id == tool.id for a in here.state.activities_of(course_id)
        ):
            here.state.add_activity(tool, course_id, request.form.get("title") or tool.name)
    return redirect(url_for("tools.index"))


@blueprint.post("/tools/<int:tool_id>/delete")
def delete(tool_id: int) -> Response:
    check_sesskey()
    require_admin()
    tool = tool_of(tool_id)
    with lms().state.change() as state:
        del state.tools[tool.id]
        state.activities = {k: a for k, a in state.activities.items() if a.tool_id != tool.id}
        state.line_items = {k: i for k, i in state.line_items.items() if i.tool_id != tool.id}
    return redirect(url_for("tools.index"))


@blueprint.post("/keys/rotate")
def rotate() -> Response:
    """Sign with a new key from now on."""
    check_sesskey()
    require_admin()
    lms().keys.rotate(lms().clock().timestamp())
    return redirect(url_for("tools.index"))

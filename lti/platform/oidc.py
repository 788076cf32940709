"""Launching: login initiation, the OIDC authentication endpoint, the way back.

Strict where Moodle is strict: scope exactly ``openid``, a redirect URI exactly as registered, a
message hint that works once, a login hint that is the visitor's own id. Some faults are posted to
the tool (access_denied, invalid_request), the others show the LMS's own page and the tool never
hears of them.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    session,
)

from lti.platform.claims import (
    DEEP_LINKING,
    EULA,
    RESOURCE_LINK,
    SUBMISSION_REVIEW,
    id_token_claims,
)
from lti.platform.core import Launch, Lms, lms
from lti.platform.session import (
    as_student,
    check_sesskey,
    repost_page,
    require_activity,
    require_course,
    require_staff,
    require_visitor,
    visitor,
)
from lti.platform.signing import sign_id_token
from lti.platform.state import Tool
from lti.platform.world import TEST_STUDENT, Person

blueprint = Blueprint("oidc", __name__, url_prefix="/lti")


def initiation_fields(here: Lms, launch: Launch) -> dict[str, str]:
    """The body of the third-party login initiation for a launch."""
    tool = here.state.tools[launch.tool_id]
    launch_id, module_id = here.begin(launch)
    hint = {"cmid": int(module_id), "launchid": launch_id}
    fields = {
        "iss": here.issuer,
        "target_link_uri": launch.target,
        "login_hint": here.names.subject(launch.person_id),
        "lti_message_hint": json.dumps(hint, separators=(",", ":")),
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment_in(launch.course_id),
    }
    if here.mode.storage_target:
        fields["lti_storage_target"] = here.mode.storage_target
    return fields


def _post_to_tool(tool: Tool, launch: Launch) -> Response:
    fields = initiation_fields(lms(), launch)
    page = render_template("autopost.html", action=tool.initiate_login_uri, fields=fields)
    return make_response(page)


def _seen_as(person: Person, course_id: str) -> dict[str, str]:
    """Whom a launch of this visitor speaks of: in student view, a student.

    Moodle keeps the teacher's account and changes the role; Canvas has an account for it.
    """
    if not as_student(course_id):
        return {"person_id": person.id}
    if lms().mode.test_student:
        return {"person_id": f"{TEST_STUDENT}{course_id}", "visitor_id": person.id}
    return {"person_id": person.id, "role": "student"}


@blueprint.get("/launch/<int:activity_id>")
def launch(activity_id: int) -> Response:
    """Open an activity: in the course's iframe, or with ``?container=window`` on its own."""
    activity, tool = require_activity(activity_id)
    person, course, _ = require_course(activity.course_id)
    container = "window" if request.args.get("container") == "window" else "iframe"
    begun = Launch(
        tool_id=tool.id,
        course_id=course.id,
        message=RESOURCE_LINK,
        target=lms().target_of(activity),
        activity_id=activity.id,
        container=container,
        **_seen_as(person, course.id),
    )
    return _post_to_tool(tool, begun)


@blueprint.get("/review/<int:activity_id>/<person_id>")
def review(activity_id: int, person_id: str) -> Response:
    """Open a student's work from the gradebook (LtiSubmissionReviewRequest).

    As in Moodle nothing here asks for a teacher: ``for_user`` can be forged by a student, and the
    tool has to look at the role.
    """
    activity, tool = require_activity(activity_id)
    person, course, _ = require_course(activity.course_id)
    begun = Launch(
        tool_id=tool.id,
        course_id=course.id,
        person_id=person.id,
        message=SUBMISSION_REVIEW,
        target=lms().target_of(activity),
        activity_id=activity.id,
        for_user=person_id,
    )
    return _post_to_tool(tool, begun)


@blueprint.get("/deeplink/<course_id>/<int:tool_id>")
def deep_link(course_id: str, tool_id: int) -> Response:
    """Let a teacher choose content in the tool (LtiDeepLinkingRequest)."""
    person, course = require_staff(course_id)
    tool = _active(tool_id)
    if tool.deep_link_uri is None:
        abort(404, "這個外部工具不提供選取內容。")
    return _post_to_tool(
        tool, Launch(tool.id, course.id, person.id, DEEP_LINKING, tool.deep_link_uri)
    )


@blueprint.get("/message/<int:tool_id>/<kind>")
def message(tool_id: int, kind: str) -> Response:
    """A message of the whole site: data privacy (in either spelling), or the terms of use."""
    person, tool = require_visitor(), _active(tool_id)
    if kind not in lms().mode.messages:
        abort(404, "這個平臺沒有這種啟動。")
    return _post_to_tool(tool, Launch(tool.id, "", person.id, kind, tool.target_of(kind)))


@blueprint.get("/eula/<int:tool_id>/<course_id>")
def eula(tool_id: int, course_id: str) -> Response:
    """The terms of use, asked for from within a course."""
    person, course, _ = require_course(course_id)
    tool = _active(tool_id)
    if EULA not in lms().mode.messages:
        abort(404, "這個平臺沒有這種啟動。")
    return _post_to_tool(tool, Launch(tool.id, course.id, person.id, EULA, tool.target_of(EULA)))


def _active(tool_id: int) -> Tool:
    tool = lms().tool(tool_id)
    if tool is None or not tool.active:
        abort(404, "這個外部工具尚未啟用。")
    return tool


def clean_text(value: str) -> str:
    """What Moodle's PARAM_TEXT leaves of a value: tags are cut out."""
    return re.sub(r"<[^>]*>?", "", value)


@blueprint.route("/auth", methods=["GET", "POST"])
def auth() -> Response:
    """The OIDC authentication endpoint."""
    here = lms()
    if here.mode.posts_from_home:
        return make_response(redirect(f"{here.base_url}/lti/authorize?{urlencode(request.values)}"))
    return authorize()


@blueprint.route("/authorize", methods=["GET", "POST"])
def authorize() -> Response:
    """Check the request and answer with a form that posts to the tool."""
    again = repost_page()
    if again is not None:
        return again
    here, asked, person = lms(), request.values, visitor()
    tool = here.state.tool_by_client(asked.get("client_id", ""))
    refused = _refusal(tool, asked.get)
    if refused or tool is None or person is None:
        abort(404, refused or "請先登入學習平臺。")
    begun = _hinted(here, asked["lti_message_hint"])
    if begun is None or begun.tool_id != tool.id:
        # The hint works once: reload and back end on the LMS's page, not at the tool.
        abort(404, "無效的請求（Invalid request）。請回到課程頁面重新開啟活動。")
    fields = {}
    clean = clean_text if here.mode.extras else str
    if "state" in asked:
        fields["state"] = clean(asked["state"])
    if asked.get("response_mode") != "form_post" or asked.get("prompt", "none") != "none":
        fields |= {"error": "invalid_request", "error_description": "response_mode or prompt"}
    elif not _is_meant(here, begun, person, asked["login_hint"]):
        fields |= {"error": "access_denied", "error_description": "login_hint is someone else"}
    else:
        locale = session.get("locale", "zh_tw")
        claims = id_token_claims(here, begun, clean(asked["nonce"]), locale=locale)
        fields["id_token"] = sign_id_token(here, claims)
        if here.mode.storage_target:
            fields["lti_storage_target"] = here.mode.storage_target
    page = make_response(
        render_template("autopost.html", action=asked["redirect_uri"], fields=fields)
    )
    if here.faults.hide_origin:
        page.headers["Referrer-Policy"] = "no-referrer"
    return page


def _is_meant(here: Lms, begun: Launch, person: Person, login_hint: str) -> bool:
    """Whether this launch was begun by this visitor, and the hint names whom it speaks of."""
    if login_hint != here.names.subject(begun.person_id):
        return False
    return (begun.visitor_id or begun.person_id) == person.id


def _refusal(tool: Tool | None, get: Any) -> str | None:
    """Why the LMS shows its own error page, None when it will post to the tool."""
    if tool is None or not tool.active:
        return "不明的工具（client_id）。"
    if get("redirect_uri") not in tool.redirect_uris:
        return "redirect_uri 未登記。"
    if get("scope") != "openid":
        return "scope 只能是 openid。"
    if get("response_type") != "id_token":
        return "response_type 只能是 id_token。"
    missing = [name for name in ("nonce", "login_hint", "lti_message_hint") if not get(name)]
    return f"缺少 {missing[0]}。" if missing else None


def _hinted(here: Lms, hint: str) -> Launch | None:
    try:
        data = json.loads(hint)
    except ValueError:
        return None
    return here.take(str(data.get("launchid"))) if isinstance(data, dict) else None


@blueprint.route("/return", methods=["GET", "POST"])
def come_back() -> str:
    """Where the tool sends people back to; shows its message or its error."""
    check_sesskey()
    course_id = request.values.get("course", "")
    course = require_course(course_id)[1] if course_id else None
    return render_template(
        "return.html",
        course=course,
        error=request.values.get("lti_errormsg", ""),
        message=request.values.get("lti_msg", ""),
    )

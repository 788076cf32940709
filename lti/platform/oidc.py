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

from flask import Blueprint, Response, abort, make_response, render_template, request, session

from lti.platform.claims import DEEP_LINKING, RESOURCE_LINK, SUBMISSION_REVIEW, id_token_claims
from lti.platform.core import Launch, Lms, lms
from lti.platform.session import (
    check_sesskey,
    repost_page,
    require_activity,
    require_course,
    require_staff,
    visitor,
)
from lti.platform.state import Tool

blueprint = Blueprint("oidc", __name__, url_prefix="/lti")


def initiation_fields(here: Lms, launch: Launch) -> dict[str, str]:
    """The body of the third-party login initiation for a launch."""
    tool = here.state.tools[launch.tool_id]
    launch_id, module_id = here.begin(launch)
    hint = {"cmid": int(module_id), "launchid": launch_id}
    fields = {
        "iss": here.issuer,
        "target_link_uri": launch.target,
        "login_hint": launch.person_id,
        "lti_message_hint": json.dumps(hint, separators=(",", ":")),
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment_id,
    }
    if here.mode.storage_target:
        fields["lti_storage_target"] = here.mode.storage_target
    return fields


def _post_to_tool(tool: Tool, launch: Launch) -> Response:
    fields = initiation_fields(lms(), launch)
    page = render_template("autopost.html", action=tool.initiate_login_uri, fields=fields)
    return make_response(page)


@blueprint.get("/launch/<int:activity_id>")
def launch(activity_id: int) -> Response:
    """Open an activity: in the course's iframe, or with ``?container=window`` on its own."""
    activity, tool = require_activity(activity_id)
    person, course, _ = require_course(activity.course_id)
    container = "window" if request.args.get("container") == "window" else "iframe"
    target = lms().target_of(activity)
    return _post_to_tool(
        tool,
        Launch(tool.id, course.id, person.id, RESOURCE_LINK, target, activity.id, container),
    )


@blueprint.get("/review/<int:activity_id>/<person_id>")
def review(activity_id: int, person_id: str) -> Response:
    """Open a student's work from the gradebook (LtiSubmissionReviewRequest).

    As in Moodle nothing here asks for a teacher: ``for_user`` can be forged by a student, and the
    tool has to look at the role.
    """
    activity, tool = require_activity(activity_id)
    person, course, _ = require_course(activity.course_id)
    target = lms().target_of(activity)
    return _post_to_tool(
        tool,
        Launch(
            tool.id,
            course.id,
            person.id,
            SUBMISSION_REVIEW,
            target,
            activity.id,
            for_user=person_id,
        ),
    )


@blueprint.get("/deeplink/<course_id>/<int:tool_id>")
def deep_link(course_id: str, tool_id: int) -> Response:
    """Let a teacher choose content in the tool (LtiDeepLinkingRequest)."""
    person, course = require_staff(course_id)
    tool = lms().tool(tool_id)
    if tool is None or not tool.active or tool.deep_link_uri is None:
        abort(404, "這個外部工具不提供選取內容。")
    return _post_to_tool(
        tool, Launch(tool.id, course.id, person.id, DEEP_LINKING, tool.deep_link_uri)
    )


def clean_text(value: str) -> str:
    """What Moodle's PARAM_TEXT leaves of a value: tags are cut out."""
    return re.sub(r"<[^>]*>?", "", value)


@blueprint.route("/auth", methods=["GET", "POST"])
def auth() -> Response:
    """The OIDC authentication endpoint; answers with a form that posts to the tool."""
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
    if "state" in asked:
        fields["state"] = clean_text(asked["state"])
    if asked.get("response_mode") != "form_post" or asked.get("prompt", "none") != "none":
        fields |= {"error": "invalid_request", "error_description": "response_mode or prompt"}
    elif asked["login_hint"] != person.id or begun.person_id != person.id:
        fields |= {"error": "access_denied", "error_description": "login_hint is someone else"}
    else:
        locale = session.get("locale", "zh_tw")
        claims = id_token_claims(here, begun, clean_text(asked["nonce"]), locale=locale)
        fields["id_token"] = _sign(here, claims)
        if here.mode.storage_target:
            fields["lti_storage_target"] = here.mode.storage_target
    page = render_template("autopost.html", action=asked["redirect_uri"], fields=fields)
    return make_response(page)


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


def _sign(here: Lms, claims: dict[str, Any]) -> str:
    if here.faults.replay and here.last_id_token is not None:
        return here.last_id_token
    here.last_id_token = here.keys.sign(claims)
    return here.last_id_token


@blueprint.route("/return", methods=["GET", "POST"])
def come_back() -> str:
    """Where the tool sends people back to; shows its message or its error."""
    check_sesskey()
    _, course, _ = require_course(request.values.get("course", ""))
    return render_template(
        "return.html",
        course=course,
        error=request.values.get("lti_errormsg", ""),
        message=request.values.get("lti_msg", ""),
    )

"""The way back from choosing content: the tool's signed answer becomes activities."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from lti.platform.claims import CLAIM
from lti.platform.core import Lms, lms
from lti.platform.session import check_sesskey, repost_page, require_staff
from lti.platform.state import Tool
from lti.platform.toolkeys import ToolKeyError, verify

DATA = "https://purl.imsglobal.org/spec/lti-dl/claim/data"
CONTENT_ITEMS = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items"

blueprint = Blueprint("deeplink", __name__, url_prefix="/lti/deeplink")


def _tool() -> Tool:
    tool = lms().tool(request.values.get("id", 0, int))
    if tool is None or not tool.active:
        abort(404, "沒有這個外部工具。")
    return tool


def read_answer(tool: Tool, course_id: str, token: str) -> list[dict[str, Any]]:
    """Content items of the tool's answer. Stricter than Moodle: aud, type and deployment count.

    Where the request carried ``data``, the answer must bring it back, once, with a nonce.

    Raises:
        ToolKeyError: the answer is not the tool's, not for us, or not a deep linking response.
    """
    here = lms()
    asked = {"audience": here.issuer, "issuer": tool.client_id, "leeway": here.mode.leeway}
    if here.mode.deep_link_data:
        asked["options"] = {"require": ["iat", "exp", "nonce"]}
    claims = verify(here, tool, token, **asked)
    if claims.get(f"{CLAIM}message_type") != "LtiDeepLinkingResponse":
        raise ToolKeyError("message_type must be LtiDeepLinkingResponse")
    if claims.get(f"{CLAIM}deployment_id") != tool.deployment_in(course_id):
        raise ToolKeyError("deployment_id is not the one of the request")
    _check_data(here, claims, f"{course_id}:{tool.id}")
    items = claims.get(CONTENT_ITEMS, [])
    return [item for item in items if item.get("type") == "ltiResourceLink"]


def _check_data(here: Lms, claims: dict[str, Any], place: str) -> None:
    if not here.mode.deep_link_data:
        # Deep linking §4.4.5: an answer has `data` if, and only if, the request had it.
        if DATA in claims:
            raise ToolKeyError("data was not part of the request")
        return
    if here.deep_links.pop(str(claims.get(DATA)), None) != place:
        raise ToolKeyError("data is not that of the request, or was brought back before")
    if not here.first_time(f"nonce {claims['nonce']}"):
        raise ToolKeyError("this nonce was used before")


@blueprint.post("/return")
def come_back() -> Response:
    """Show what was chosen; the teacher still presses 儲存."""
    again = repost_page()
    if again is not None:
        return again
    check_sesskey()
    _, course = require_staff(request.values.get("course", ""))
    tool = _tool()
    try:
        items = read_answer(tool, course.id, request.form.get("JWT", ""))
    except ToolKeyError as error:
        abort(400, f"外部工具的回應無法驗證：{error}")
    page = render_template(
        "chosen.html", course=course, tool=tool, items=items, payload=json.dumps(items)
    )
    return make_response(page)


@blueprint.post("/save")
def save() -> Response:
    """Put the chosen items into the course."""
    check_sesskey()
    _, course = require_staff(request.values.get("course", ""))
    tool, here = _tool(), lms()
    for item in json.loads(request.form.get("items", "[]"))[: None if here.mode.several else 1]:
        url = str(item.get("url", ""))
        if url and urlsplit(url).netloc != tool.domain:
            abort(400, "外部工具的連結不在登記的網域內。")
        here.state.add_activity(
            tool,
            course.id,
            str(item.get("title") or tool.name),
            text=str(item.get("text", "")),
            url=url,
            custom={str(k): str(v) for k, v in item.get("custom", {}).items()},
            line_item=item.get("lineItem"),
        )
    return make_response(redirect(url_for("pages.course", course_id=course.id)))

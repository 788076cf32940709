"""EULA service: the tool tells who has accepted its terms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from lti.platform.core import lms
from lti.platform.modes import EULA
from lti.platform.service_claims import EULA_SCOPE
from lti.platform.services import answer_json, bearer, fault, guard, refused

blueprint = Blueprint("eula", __name__, url_prefix="/services/eulas/<int:tool_id>")
blueprint.before_request(guard)
blueprint.before_request(fault)


@blueprint.post("/user")
def answer(tool_id: int) -> Response:
    """Record what somebody answered; the last answer counts. 201 with the body."""
    here = lms()
    tool = bearer(here, EULA_SCOPE)
    if tool is None or tool.id != tool_id or EULA not in here.mode.messages:
        return refused()
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("accepted"), bool):
        return answer_json({"status": 400, "reason": "accepted must be true or false"}, 400)
    person_id = here.names.person_id(str(body.get("userId", "")))
    if not person_id:
        return answer_json({"status": 404, "reason": "no such user"}, 404)
    if not _is_moment(body.get("timestamp")):
        return answer_json({"status": 400, "reason": "timestamp"}, 400)
    row = {"tool": tool.id, "person": person_id, **_kept(body)}
    with here.state.change() as state:
        state.eula_answers = [one for one in state.eula_answers if not _same(one, row)] + [row]
    return answer_json(body, 201)


@blueprint.delete("/user")
def forget(tool_id: int) -> Response:
    """The terms have changed: everybody is asked again."""
    here = lms()
    tool = bearer(here, EULA_SCOPE)
    if tool is None or tool.id != tool_id:
        return refused()
    with here.state.change() as state:
        state.eula_answers = [one for one in state.eula_answers if one["tool"] != tool.id]
    return Response(status=204)


def _kept(body: dict[str, Any]) -> dict[str, Any]:
    return {"accepted": body["accepted"], "at": body["timestamp"]}


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (one["tool"], one["person"]) == (other["tool"], other["person"])


def _is_moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(str(value).replace("Z", "+00:00")).tzinfo is not None
    except ValueError:
        return False

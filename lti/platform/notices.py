"""Platform Notification Service: tools subscribe, and are told when a course was copied.

As Canvas does it: one handler for each type of notice, on the tool's own host; a greeting right
after subscribing to greetings; no second try.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import requests
from flask import Blueprint, Response, request

from lti.platform.claims import CLAIM
from lti.platform.core import Lms, lms
from lti.platform.service_claims import NOTICES_SCOPE
from lti.platform.services import answer_json, bearer, fault, guard, refused
from lti.platform.state import Tool
from lti.platform.world import Course

HELLO = "LtiHelloWorldNotice"
CONTEXT_COPY = "LtiContextCopyNotice"
TIMEOUT = 5.0
"""Seconds to wait for the tool."""
NOTICE_LIFE = 3600

Send = Callable[[str, dict[str, Any]], int]
"""(handler, body) to HTTP status; 0 when nobody answered."""

blueprint = Blueprint("notices", __name__, url_prefix="/services/notice-handlers/<deployment_id>")
blueprint.before_request(guard)
blueprint.before_request(fault)


@dataclass
class Delivery:
    """One notice on its way."""

    kind: str
    handler: str
    body: dict[str, Any]
    status: int | None = None
    _thread: threading.Thread | None = field(default=None, repr=False)

    def start(self, send: Send) -> None:
        """Deliver in the background: the tool may be waiting for our own answer."""

        def deliver() -> None:
            self.status = send(self.handler, self.body)

        self._thread = threading.Thread(target=deliver, daemon=True)
        self._thread.start()

    def wait(self) -> int:
        """The status that the tool answered with."""
        if self._thread is not None:
            self._thread.join(timeout=2 * TIMEOUT)
        return self.status or 0


def post(handler: str, body: dict[str, Any]) -> int:
    """Deliver over HTTP."""
    try:
        answer = requests.post(handler, json=body, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException:
        return 0
    return answer.status_code


def _deployed(here: Lms, deployment_id: str) -> Tool | None:
    """The tool of the request's token, if this deployment is one of its own."""
    tool = bearer(here, NOTICES_SCOPE)
    if tool is None or not here.mode.notices:
        return None
    return tool if deployment_id in {tool.deployment_id, *tool.deployments.values()} else None


@blueprint.get("")
def handlers(deployment_id: str) -> Response:
    """All types of notices, with their handlers; "" where nobody listens."""
    here = lms()
    tool = _deployed(here, deployment_id)
    if tool is None:
        return refused()
    held = tool.notice_handlers.get(deployment_id, {})
    rows = [{"notice_type": kind, "handler": held.get(kind, "")} for kind in here.mode.notices]
    return answer_json(
        {
            "client_id": tool.client_id,
            "deployment_id": deployment_id,
            "notice_handlers": rows,
        }
    )


@blueprint.put("")
def subscribe(deployment_id: str) -> Response:
    """Set the handler of one type; "" takes it away."""
    here = lms()
    tool = _deployed(here, deployment_id)
    if tool is None:
        return refused()
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict) or body.get("notice_type") not in here.mode.notices:
        return answer_json({"errors": [{"message": "unknown notice_type"}]}, 400)
    kind, handler = body["notice_type"], str(body.get("handler", ""))
    if handler and urlsplit(handler).netloc != tool.domain:
        return answer_json({"errors": [{"message": "handler must be of the tool's domain"}]}, 400)
    with here.state.change():
        tool.notice_handlers.setdefault(deployment_id, {})[kind] = handler
    if kind == HELLO:
        notify(here, tool, deployment_id, HELLO, {"context": _site(here)})
    return answer_json({"notice_type": kind, "handler": handler})


def _site(here: Lms) -> dict[str, Any]:
    return {"id": here.state.guid, "title": here.world.site["name"], "type": ["Account"]}


def notice_token(
    here: Lms, tool: Tool, deployment_id: str, kind: str, claims: dict[str, Any]
) -> str:
    """A signed notice; ``claims`` are those of its type, without their prefix."""
    now = here.now()
    body: dict[str, Any] = {
        "iss": here.issuer,
        "aud": tool.client_id,
        "azp": tool.client_id,
        "iat": now,
        "exp": now + NOTICE_LIFE,
        "nonce": str(uuid4()),
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}deployment_id": deployment_id,
        f"{CLAIM}notice": {
            "id": str(uuid4()),
            "timestamp": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "type": kind,
        },
    }
    return here.keys.sign(body | {f"{CLAIM}{name}": value for name, value in claims.items()})


def notify(
    here: Lms, tool: Tool, deployment_id: str, kind: str, claims: dict[str, Any]
) -> Delivery | None:
    """Send a notice to the tool's handler; None when it has none for this type."""
    handler = tool.notice_handlers.get(deployment_id, {}).get(kind, "")
    if not handler:
        return None
    token = notice_token(here, tool, deployment_id, kind, claims)
    delivery = Delivery(kind, handler, {"notices": [{"jwt": token}]})
    here.deliveries.append(delivery)
    delivery.start(here.send or post)
    return delivery


def copy_claims(here: Lms, copied: Course) -> dict[str, Any]:
    """What a notice says of a course that was copied from another."""
    return {
        "context": {
            "id": here.names.context(copied.id),
            "label": copied.shortname,
            "title": copied.fullname,
            "type": [here.mode.context_type],
        },
        "origin_contexts": [here.names.context(one) for one in copied.origins[:1]],
    }


def tell_of_copy(here: Lms, copied: Course) -> None:
    """Tell every tool that listens that a course was copied."""
    for tool in list(here.state.tools.values()):
        for deployment_id in list(tool.notice_handlers):
            if tool.active and CONTEXT_COPY in here.mode.notices:
                notify(here, tool, deployment_id, CONTEXT_COPY, copy_claims(here, copied))

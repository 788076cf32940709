"""Service door: key set, access tokens (private_key_jwt), and what all services share."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from flask import Blueprint, Response, abort, jsonify, make_response, request

from lti.platform.core import Lms, lms
from lti.platform.state import Tool
from lti.platform.toolkeys import ToolKeyError, verify
from lti.platform.world import Course

TOKEN_LIFE = 3600
"""Seconds an access token is good for."""
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

blueprint = Blueprint("services", __name__)


def guard() -> Response | None:
    """Before every service: a User-Agent where it is demanded, and the faults in force."""
    here = lms()
    if here.mode.needs_user_agent and not request.headers.get("User-Agent"):
        return answer_json({"status": 403, "reason": "User-Agent required"}, 403)
    return None


def fault() -> Response | None:
    """The answer that the faults in force give instead of the service."""
    here = lms()
    status = here.faults.of_service()
    if status == 200:
        return None
    answer = answer_json({"status": status, "reason": "fault"}, status)
    if here.faults.retry_after:
        answer.headers["Retry-After"] = str(here.faults.retry_after)
    return answer


blueprint.before_request(guard)


@blueprint.get("/lti/certs")
def certs() -> Response:
    """The platform's key set."""
    here = lms()
    if here.faults.jwks_delay:
        time.sleep(here.faults.jwks_delay)
    if here.faults.jwks_status != 200:
        return answer_json({"error": "service unavailable"}, here.faults.jwks_status)
    found: dict[str, Any] = here.keys.jwks(with_alg=here.mode.jwk_alg)
    if here.faults.jwks_wrapped:
        found = {"keys": found}
    if here.faults.jwks_padding:
        found["padding"] = "x" * here.faults.jwks_padding
    answer = jsonify(found)
    answer.headers["Cache-Control"] = here.mode.jwks_cache
    return answer


def answer_json(body: Any, status: int = 200, content_type: str = "application/json") -> Response:
    answer = jsonify(body)
    answer.status_code = status
    answer.content_type = f"{content_type}; charset=utf-8"
    return answer


def _token_error(text: str) -> Response:
    return answer_json({"error": text}, 400)


@blueprint.post("/lti/token")
def token() -> Response:
    """An access token against a JWT signed by the tool.

    In Moodle ``aud`` and ``jti`` go unchecked, and an ``iat`` even seconds ahead is refused.
    """
    here, form = lms(), request.form
    if here.faults.token_status != 200:
        return answer_json({"error": "temporarily_unavailable"}, here.faults.token_status)
    if form.get("grant_type") != "client_credentials":
        return _token_error("unsupported_grant_type")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        return _token_error("invalid_request")
    assertion = form.get("client_assertion", "")
    tool = here.state.tool_by_client(_claimed_client(assertion))
    if tool is None or not tool.active:
        return _token_error("invalid_client")
    try:
        claims = verify(here, tool, assertion, leeway=here.mode.leeway, **_checks(here))
    except ToolKeyError as error:
        return _token_error(str(error))
    if here.mode.assertion_once and not (claims.get("jti") and here.first_time(claims["jti"])):
        return _token_error("invalid_client: jti is missing or was used before")
    asked = form.get("scope", "").split()
    granted = [scope for scope in asked if scope in tool.scopes]
    if not granted or (granted != asked and not here.mode.drops_unknown_scopes):
        return _token_error("invalid_scope")
    value = secrets.token_hex(16)
    here.tokens[value] = (tool.id, frozenset(granted), here.clock().timestamp() + TOKEN_LIFE)
    return answer_json(
        {
            "access_token": value,
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFE,
            "scope": " ".join(granted),
        }
    )


def _checks(here: Lms) -> dict[str, Any]:
    """What is asked of an assertion beside its signature."""
    options: dict[str, Any] = {"require": ["iat", "exp"]}
    if not here.mode.checks_audience:
        return {"options": options | {"verify_aud": False}}
    if here.mode.token_audience:
        return {"options": options, "audience": here.mode.token_audience}
    taken = [f"{here.sso_url}/lti/token", here.issuer, str(urlsplit(here.issuer).hostname)]
    return {"options": options, "audience": taken}


def _claimed_client(assertion: str) -> str:
    """The (unverified) issuer of an assertion: only used to find whose keys to check it with."""
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return ""
    return str(claims.get("sub") or claims.get("iss") or "")


def bearer(here: Lms, *scopes: str) -> Tool | None:
    """The tool whose token allows one of ``scopes``, None when refused."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    found = here.tokens.get(value)
    if scheme.lower() != "bearer" or found is None:
        return None
    tool_id, granted, expires = found
    if expires < here.clock().timestamp() or not granted.intersection(scopes):
        return None
    return here.state.tools.get(tool_id)


def speaks(here: Lms, expected: str, *, any_is_fine: bool = True) -> bool:
    """Whether the request names this media type as strictly as the platform wants it.

    Args:
        any_is_fine: a strict platform takes ``*/*`` (Moodle does for the roster only).
    """
    reading = request.method == "GET"
    given = request.headers.get("Accept" if reading else "Content-Type", "")
    kinds = {part.split(";")[0].strip() for part in given.split(",")}
    if expected in kinds:
        return True
    if reading and (not given or "*/*" in kinds):
        return any_is_fine or not here.mode.exact_media_types
    return "application/json" in kinds and not here.mode.exact_media_types


def no_handler(content_type: str) -> Response:
    """Moodle's answer to a media type it does not speak."""
    reason = f"No handler found for {request.path} {content_type}"
    return answer_json({"status": 400, "reason": reason}, 400)


def refused() -> Response:
    return answer_json({"status": 401, "reason": "Unauthorized"}, 401)


def paging(here: Lms, total: int) -> tuple[int, int]:
    """(from, limit) of this request; without a limit, as the platform likes it."""
    mode = here.mode
    limit = request.args.get("limit", 0, int)
    limit = limit if limit > 0 else mode.page_size
    if mode.page_limit:
        limit = min(limit, mode.page_limit)
    start = _bookmarked() if mode.bookmarks else max(request.args.get("from", 0, int), 0)
    return start, limit if limit > 0 else max(total, 1)


def _bookmarked() -> int:
    """Where a bookmark points to. Written in another case it is none: 400."""
    mark = request.args.get("page", "")
    if not mark:
        return 0
    try:
        text = base64.b64decode(mark.removeprefix("bookmark:").encode(), validate=True).decode()
        return int(text.removeprefix("Member:"))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        abort(make_response(answer_json({"status": 400, "reason": "invalid bookmark"}, 400)))


def next_page(here: Lms, url: str, start: int, limit: int, keep: Mapping[str, str]) -> str:
    """Address of the page that begins at ``start``.

    Args:
        keep: what is asked for beside the page.
    """
    place = {"from": str(start)}
    if here.mode.bookmarks:
        mark = base64.b64encode(f"Member:{start}".encode()).decode()
        place = {"page": f"bookmark:{mark}"}
    joint = "&" if urlsplit(url).query else "?"
    return f"{url}{joint}{urlencode({**keep, 'limit': limit, **place}, safe=':/#')}"


def enrolled_student(here: Lms, course: Course, person_id: str) -> bool:
    """True when a grade can be stored for this person: enrolled with a graded role."""
    return course.members.get(person_id) == "student" and person_id in here.world.people

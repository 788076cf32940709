"""Service door: key set, access tokens (private_key_jwt) and the roster (NRPS 2.0)."""

from __future__ import annotations

import secrets
import time
from typing import Any

import jwt
from flask import Blueprint, Response, jsonify, request

from lti.platform.claims import NRPS_SCOPE, memberships_url, personal, roster_roles
from lti.platform.core import Lms, lms
from lti.platform.state import Tool
from lti.platform.toolkeys import ToolKeyError, verify
from lti.platform.world import Course, Person

MEMBERSHIP_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
TOKEN_LIFE = 3600
"""Seconds an access token is good for."""
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

blueprint = Blueprint("services", __name__)


@blueprint.get("/lti/certs")
def certs() -> Response:
    """The platform's key set."""
    here = lms()
    if here.faults.jwks_delay:
        time.sleep(here.faults.jwks_delay)
    if here.faults.jwks_status != 200:
        return answer_json({"error": "service unavailable"}, here.faults.jwks_status)
    return jsonify(here.keys.jwks())


def answer_json(body: Any, status: int = 200, content_type: str = "application/json") -> Response:
    answer = jsonify(body)
    answer.status_code = status
    answer.content_type = f"{content_type}; charset=utf-8"
    return answer


def _token_error(text: str) -> Response:
    return answer_json({"error": text}, 400)


@blueprint.post("/lti/token")
def token() -> Response:
    """An access token against a JWT signed by the tool. ``aud`` and ``jti`` go unchecked, as in
    Moodle; an ``iat`` even seconds ahead is refused, as in Moodle."""
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
        verify(here, tool, assertion, options={"verify_aud": False, "require": ["iat", "exp"]})
    except ToolKeyError as error:
        return _token_error(str(error))
    granted = [scope for scope in form.get("scope", "").split() if scope in tool.scopes]
    if not granted:
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


def no_handler(content_type: str) -> Response:
    """Moodle's answer to a media type it does not speak."""
    reason = f"No handler found for {request.path} {content_type}"
    return answer_json({"status": 400, "reason": reason}, 400)


def refused() -> Response:
    return answer_json({"status": 401, "reason": "Unauthorized"}, 401)


def paging(total: int) -> tuple[int, int]:
    """(from, limit) of this request; without a limit everything is on one page."""
    start = max(request.args.get("from", 0, int), 0)
    limit = request.args.get("limit", 0, int)
    return start, limit if limit > 0 else max(total, 1)


@blueprint.get("/services/CourseSection/<course_id>/bindings/<int:tool_id>/memberships")
def memberships(course_id: str, tool_id: int) -> Response:
    """The roster. A tool's token is good for every course of the site, as in Moodle."""
    here = lms()
    if here.faults.service_status != 200:
        return answer_json({"status": here.faults.service_status}, here.faults.service_status)
    tool, course = bearer(here, NRPS_SCOPE), here.world.courses.get(course_id)
    if tool is None or tool.id != tool_id:
        return refused()
    accept = request.headers.get("Accept", "*/*")
    if MEMBERSHIP_TYPE not in accept and "*/*" not in accept:
        return no_handler(accept)
    if course is None:
        return answer_json({"status": 404, "reason": "Not Found"}, 404)
    everyone = here.world.enrolled(course)
    wanted = request.args.get("role", "").rpartition("#")[2]
    if wanted:
        everyone = [row for row in everyone if wanted in roster_roles(row[1])]
    start, limit = paging(len(everyone))
    url = memberships_url(here, tool, course)
    members = [_member(tool, person, role) for person, role in everyone[start : start + limit]]
    answer = answer_json(
        {
            "id": url,
            "context": {"id": course.id, "label": course.shortname, "title": course.fullname},
            "members": members,
        },
        content_type=MEMBERSHIP_TYPE,
    )
    if start + limit < len(everyone):
        # Measured: the role filter is lost in the link to the next page.
        answer.headers["Link"] = f'<{url}?limit={limit}&from={start + limit}>; rel="next"'
    return answer


def _member(tool: Tool, person: Person, role: str) -> dict[str, Any]:
    return {
        "status": "Active",
        "roles": roster_roles(role),
        "user_id": person.id,
        "lis_person_sourcedid": person.idnumber,
        # The roster writes names in western order whatever the language.
        **personal(tool, person, "en"),
        "ext_user_username": person.username,
    }


def enrolled_student(here: Lms, course: Course, person_id: str) -> bool:
    """True when a grade can be stored for this person: enrolled with a graded role."""
    return course.members.get(person_id) == "student" and person_id in here.world.people

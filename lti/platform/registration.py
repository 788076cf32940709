"""Dynamic registration, platform side: configuration document, one-success token, stored tool.

Follows the platform acted. Moodle: errors are plain text (``missing_domain``), a malformed or
expired token is an HTML page with status 404, LtiResourceLinkRequest is dropped from the echoed
messages. Canvas: the configuration itself wants the token, errors are JSON with status 422.
Brightspace: no token at all, the link is open once. Blackboard: there is no such thing.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from lti.platform.claims import DEEP_LINKING, RESOURCE_LINK
from lti.platform.core import Lms, lms
from lti.platform.registration_body import (
    TOOL_CONFIGURATION,
    RegistrationRefused,
    echo,
    read_tool,
    scopes_of,
)
from lti.platform.services import answer_json, guard
from lti.platform.state import Tool

__all__ = ["PLATFORM_CONFIGURATION", "TOOL_CONFIGURATION", "platform_configuration", "start_url"]

PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
CANVAS = "https://canvas.instructure.com/lti/"
TOKEN_LIFE = 3600
"""Seconds a registration token can be used."""

VARIABLES = [
    *("Context.id", "Context.title", "Context.label", "Context.id.history", "Context.sourcedId"),
    *("CourseSection.title", "CourseSection.label", "CourseSection.sourcedId"),
    *("CourseSection.timeFrame.begin", "CourseSection.timeFrame.end"),
    *("ResourceLink.id", "ResourceLink.title", "ResourceLink.description"),
    *("User.id", "User.username", "Person.name.full", "Person.name.given", "Person.name.family"),
    *("Person.email.primary", "Person.sourcedId", "Person.address.timezone", "Membership.role"),
    "Moodle.Person.userGroupIds",
]

blueprint = Blueprint("registration", __name__)
blueprint.before_request(guard)


def new_registration_token(lms_: Lms, *, tool: Tool | None = None) -> str:
    """A token for one registration; with ``tool`` the registration updates that tool."""
    client_id = tool.client_id if tool else lms_.mode.client_id()
    now = lms_.now()
    claims = {"sub": client_id, "scope": "reg-update" if tool else "reg", "iat": now}
    return lms_.keys.sign(claims | {"exp": now + TOKEN_LIFE, "jti": secrets.token_hex(8)})


def configuration_url(lms_: Lms) -> str:
    """Address of the OpenID configuration, as registrations are told it."""
    path = "/lti/openid-configuration" if lms_.mode.discovery_redirects else _WELL_KNOWN
    return f"{lms_.base_url}{path}"


_WELL_KNOWN = "/.well-known/openid-configuration"


def start_url(lms_: Lms, tool_registration_url: str, *, tool: Tool | None = None) -> str:
    """The tool's registration URL with the parameters that the platform adds to it."""
    joint = "&" if urlsplit(tool_registration_url).query else "?"
    token = new_registration_token(lms_, tool=tool)
    configuration = configuration_url(lms_)
    if lms_.mode.registration_token:
        query = {"openid_configuration": configuration, "registration_token": token}
    else:
        # The tool learns no token; its one permission is in the address of the configuration.
        query = {"openid_configuration": f"{configuration}?registration={token}"}
    return f"{tool_registration_url}{joint}{urlencode(query)}"


def platform_configuration(lms_: Lms, permission: str = "") -> dict[str, Any]:
    """The OpenID configuration document with the LTI part.

    Args:
        permission: what the address of the configuration carried, if it carries one.
    """
    mode, sso = lms_.mode, lms_.sso_url
    endpoint = f"{lms_.base_url}/lti/registration"
    if permission:
        endpoint = f"{endpoint}?registration={permission}"
    lti: dict[str, Any] = {
        "product_family_code": mode.product,
        "version": mode.version,
        "messages_supported": [
            {"type": RESOURCE_LINK},
            {"type": DEEP_LINKING, "placements": ["ContentArea"]},
            *({"type": kind} for kind in mode.messages),
        ],
        "variables": [name for name in VARIABLES if mode.extras or not name.startswith("Moodle")],
    }
    if mode.notices:
        lti["notice_types_supported"] = list(mode.notices)
    if mode.privacy_level:
        lti |= {
            f"{CANVAS}account_name": lms_.world.site["name"],
            f"{CANVAS}account_lti_guid": f"{lms_.state.guid}:canvas-lms",
        }
    document: dict[str, Any] = {
        "issuer": lms_.issuer,
        "token_endpoint": f"{sso}/lti/token",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": f"{sso}/lti/certs",
        "authorization_endpoint": f"{sso}/lti/auth",
        "registration_endpoint": endpoint,
        "scopes_supported": scopes_of(lms_),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        PLATFORM_CONFIGURATION: lti,
    }
    if mode.authorization_server:
        host = str(urlsplit(lms_.issuer).hostname)
        document["authorization_server"] = mode.authorization_server.format(host=host)
    return document


@blueprint.get("/lti/openid-configuration")
def openid_configuration_elsewhere() -> Response:
    """Where some platforms send tools on to the configuration."""
    if not lms().mode.discovery_redirects:
        abort(404)
    return make_response(redirect(url_for("registration.openid_configuration")))


@blueprint.get(_WELL_KNOWN)
def openid_configuration() -> Response:
    """The configuration; for the token's bearer only where the platform is so."""
    here = lms()
    if not here.mode.dynamic:
        abort(404, "這個平臺沒有動態註冊。")
    if here.mode.token_for_discovery and _permission(here) is None:
        return answer_json({"errors": [{"message": "Unauthorized"}]}, 401)
    permission = "" if here.mode.registration_token else request.args.get("registration", "")
    return jsonify(platform_configuration(here, permission))


def _given() -> str:
    """The token that the request carries: as Bearer, or in its address."""
    if not lms().mode.registration_token:
        return request.args.get("registration", "")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _permission(here: Lms) -> dict[str, Any] | None:
    """Claims of a good token; None for any other."""
    try:
        return here.keys.verify_own(_given())
    except jwt.InvalidTokenError:
        return None


def _plain(text: str, status: int) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


def _refusal(here: Lms, text: str, status: int) -> Response:
    """A refusal in the platform's own way of speaking."""
    if not here.mode.strict_registration:
        return _plain(text, status)
    status = 422 if status == 400 else status
    return answer_json({"errors": [{"field": text.partition(" ")[0], "message": text}]}, status)


@blueprint.post("/lti/registration")
def register() -> Response:
    """Store the tool as pending; an administrator has to activate it."""
    here = lms()
    if not here.mode.dynamic:
        abort(404, "這個平臺沒有動態註冊。")
    if here.faults.registration_status != 200:
        return _plain("service unavailable", here.faults.registration_status)
    if not _given():
        return _refusal(here, "missing_registration_token", 401)
    claims = _permission(here)
    if claims is None:
        return _bad_token(here)
    body = request.get_json(silent=True)
    try:
        tool = _store(here, claims["sub"], claims["jti"], body)
    except _TokenUsed:
        return _refusal(here, "token_already_used", 401)
    except RegistrationRefused as refused:
        return _refusal(here, str(refused), 400)
    return jsonify(echo(here, tool))


class _TokenUsed(Exception):
    """This token has already registered a tool."""


def _store(here: Lms, client_id: str, mark: str, body: Any) -> Tool:
    """Keep the tool and use up the token.

    Raises:
        RegistrationRefused, _TokenUsed: nothing was kept.
    """
    with here.state.lock:
        if mark in here.state.used_registrations:
            raise _TokenUsed
        if not isinstance(body, dict):
            raise RegistrationRefused("invalid_json")
        known = here.state.tool_by_client(client_id)
        tool = read_tool(here, body, client_id, known.id if known else here.state.next_id())
        with here.state.change() as state:
            if known is not None:
                tool.active, tool.deployments = known.active, known.deployments
                tool.institution_roles = known.institution_roles
                tool.notice_handlers = known.notice_handlers
            state.tools[tool.id] = tool
            state.used_registrations.append(mark)
        if known is None:
            here.deploy(tool)
        here.tool_keys.pop(client_id, None)
        return tool


def _bad_token(here: Lms) -> Response:
    """Moodle shows its own page, as if the address were wrong."""
    if here.mode.strict_registration:
        return _refusal(here, "invalid_registration_token", 401)
    page = render_template("error.html", message="註冊權杖無效或已過期。")
    return Response(page, 404)

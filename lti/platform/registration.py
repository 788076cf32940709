"""Dynamic registration, platform side: configuration document, one-success token, stored tool.

Follows the measured Moodle: errors are plain text (``missing_domain``), a malformed or expired
token is an HTML page with status 404, LtiResourceLinkRequest is dropped from the echoed messages,
and the echo of a custom value is cut at its second "=" (the stored value is whole).
"""

from __future__ import annotations

import secrets
import string
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from flask import Blueprint, Response, jsonify, render_template, request

from lti.platform.claims import AGS_SCOPE, DEEP_LINKING, NRPS_SCOPE, RESOURCE_LINK
from lti.platform.core import Lms, lms
from lti.platform.state import Tool

TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOKEN_LIFE = 3600
"""Seconds a registration token can be used."""

SCOPES = [
    "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome",
    f"{AGS_SCOPE}lineitem.readonly",
    f"{AGS_SCOPE}result.readonly",
    f"{AGS_SCOPE}score",
    f"{AGS_SCOPE}lineitem",
    NRPS_SCOPE,
    "https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting",
    "openid",
]
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


class RegistrationRefused(Exception):
    """The registration body lacks something; the text is what the tool gets to see."""


def new_registration_token(lms_: Lms, *, tool: Tool | None = None) -> str:
    """A token for one registration; with ``tool`` the registration updates that tool."""
    alphabet = string.ascii_letters + string.digits
    client_id = tool.client_id if tool else "".join(secrets.choice(alphabet) for _ in range(15))
    now = lms_.now()
    claims = {"sub": client_id, "scope": "reg-update" if tool else "reg", "iat": now}
    return lms_.keys.sign(claims | {"exp": now + TOKEN_LIFE, "jti": secrets.token_hex(8)})


def configuration_url(lms_: Lms) -> str:
    """Address of the OpenID configuration, as registrations are told it."""
    return f"{lms_.base_url}/.well-known/openid-configuration"


def start_url(lms_: Lms, tool_registration_url: str, *, tool: Tool | None = None) -> str:
    """The tool's registration URL with the two parameters the platform adds to it."""
    joint = "&" if urlsplit(tool_registration_url).query else "?"
    query = urlencode(
        {
            "openid_configuration": configuration_url(lms_),
            "registration_token": new_registration_token(lms_, tool=tool),
        }
    )
    return f"{tool_registration_url}{joint}{query}"


def platform_configuration(lms_: Lms) -> dict[str, Any]:
    """The OpenID configuration document with the LTI part."""
    base, sso = lms_.base_url, lms_.sso_url
    return {
        "issuer": lms_.issuer,
        "token_endpoint": f"{sso}/lti/token",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": f"{sso}/lti/certs",
        "authorization_endpoint": f"{sso}/lti/auth",
        "registration_endpoint": f"{base}/lti/registration",
        "scopes_supported": SCOPES,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        PLATFORM_CONFIGURATION: {
            "product_family_code": lms_.mode.product,
            "version": lms_.mode.version,
            "messages_supported": [
                {"type": RESOURCE_LINK},
                {"type": DEEP_LINKING, "placements": ["ContentArea"]},
            ],
            "variables": VARIABLES,
        },
    }


@blueprint.get("/.well-known/openid-configuration")
def openid_configuration() -> Response:
    return jsonify(platform_configuration(lms()))


def _need(body: dict[str, Any], name: str, kind: type) -> Any:
    value = body.get(name)
    if not value:
        raise RegistrationRefused(f"missing_{name}")
    if not isinstance(value, kind):
        raise RegistrationRefused(f"invalid_{name}")
    return value


def read_tool(body: dict[str, Any], client_id: str, tool_id: int) -> Tool:
    """The tool described by a registration body.

    Raises:
        RegistrationRefused: a required member is missing or wrong.
    """
    if "id_token" not in _need(body, "response_types", list):
        raise RegistrationRefused("invalid_response_types")
    if body.get("token_endpoint_auth_method") != "private_key_jwt":
        raise RegistrationRefused("invalid_token_endpoint_auth_method")
    login = _need(body, "initiate_login_uri", str)
    redirects = _need(body, "redirect_uris", list)
    name, jwks_uri = _need(body, "client_name", str), _need(body, "jwks_uri", str)
    configuration = _need(body, TOOL_CONFIGURATION, dict)
    target = _need(configuration, "target_link_uri", str)
    domain = _need(configuration, "domain", str).removeprefix("www.")
    if urlsplit(target).netloc.removeprefix("www.") != domain:
        raise RegistrationRefused("domain_targetlinkuri_mismatch")
    deep = [m for m in configuration.get("messages", []) if m.get("type") == DEEP_LINKING]
    scopes = [scope for scope in str(body.get("scope", "")).split() if scope in SCOPES]
    return Tool(
        id=tool_id,
        client_id=client_id,
        name=name,
        domain=domain,
        target_link_uri=target,
        initiate_login_uri=login,
        redirect_uris=[str(uri) for uri in redirects],
        jwks_uri=jwks_uri,
        deep_link_uri=(deep[0].get("target_link_uri") or target) if deep else None,
        scopes=scopes,
        claims=[str(claim) for claim in configuration.get("claims", [])],
        custom={str(k): str(v) for k, v in configuration.get("custom_parameters", {}).items()},
        logo_uri=str(body.get("logo_uri", "")),
        description=str(configuration.get("description", "")),
    )


def echo(tool: Tool) -> dict[str, Any]:
    """The registration response for a stored tool."""
    messages = []
    if tool.deep_link_uri:
        messages = [{"type": DEEP_LINKING, "target_link_uri": tool.deep_link_uri}]
    return {
        "client_id": tool.client_id,
        "response_types": ["id_token"],
        "jwks_uri": tool.jwks_uri,
        "initiate_login_uri": tool.initiate_login_uri,
        "grant_types": ["client_credentials", "implicit"],
        "redirect_uris": tool.redirect_uris,
        "application_type": "web",
        "token_endpoint_auth_method": "private_key_jwt",
        "client_name": tool.name,
        "logo_uri": tool.logo_uri,
        "scope": " ".join(tool.scopes),
        TOOL_CONFIGURATION: {
            "version": "1.3.0",
            "deployment_id": tool.deployment_id,
            "target_link_uri": tool.target_link_uri,
            "domain": tool.domain,
            "description": tool.description,
            "messages": messages,
            "custom_parameters": {k: v.split("=")[0] for k, v in tool.custom.items()},
            "claims": tool.claims,
        },
    }


def _plain(text: str, status: int) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


@blueprint.post("/lti/registration")
def register() -> Response:
    """Store the tool as pending; an administrator has to activate it."""
    here = lms()
    if here.faults.registration_status != 200:
        return _plain("service unavailable", here.faults.registration_status)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return _plain("missing_registration_token", 401)
    try:
        claims = here.keys.verify_own(token)
    except jwt.InvalidTokenError:
        page = render_template("error.html", message="註冊權杖無效或已過期。")
        return Response(page, 404)
    client_id, mark = claims["sub"], claims["jti"]
    if mark in here.state.used_registrations:
        return _plain("token_already_used", 401)
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        return _plain("invalid_json", 400)
    with here.state.change() as state:
        if mark in state.used_registrations:
            return _plain("token_already_used", 401)
        known = state.tool_by_client(client_id)
        try:
            tool = read_tool(body, client_id, known.id if known else state.next_id())
        except RegistrationRefused as refused:
            return _plain(str(refused), 400)
        tool.active = known.active if known else False
        state.tools[tool.id] = tool
        state.used_registrations.append(mark)
    here.tool_keys.pop(client_id, None)
    return jsonify(echo(tool))

"""What a tool says of itself when it registers: checked, kept, and told back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from lti.platform.claims import DEEP_LINKING
from lti.platform.core import Lms
from lti.platform.service_claims import (
    AGS_SCOPE,
    EULA_SCOPE,
    GROUPS_SCOPE,
    NOTICES_SCOPE,
    NRPS_SCOPE,
)
from lti.platform.state import Tool

TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PRIVACY_LEVEL = "https://canvas.instructure.com/lti/privacy_level"
PRIVACY_LEVELS = {
    "public": ["sub", "name", "given_name", "family_name", "email"],
    "name_only": ["sub", "name", "given_name", "family_name"],
    "email_only": ["sub", "email"],
    "anonymous": ["sub"],
}
"""Claims that Canvas sends by level, whatever else the tool asked for."""

_OUTCOMES = "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome"
_SETTINGS = "https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting"


class RegistrationRefused(Exception):
    """The registration body lacks something; the text is what the tool gets to see."""


def scopes_of(here: Lms) -> list[str]:
    """The scopes that the platform has."""
    names = ("lineitem.readonly", "result.readonly", "score", "lineitem")
    ags = [f"{AGS_SCOPE}{name}" for name in names]
    if here.mode.extras:
        return [_OUTCOMES, *ags, NRPS_SCOPE, _SETTINGS, "openid"]
    found = [*ags, NRPS_SCOPE]
    found += [GROUPS_SCOPE] if here.mode.groups else []
    found += [NOTICES_SCOPE] if here.mode.notices else []
    found += [EULA_SCOPE] if "LtiEulaRequest" in here.mode.messages else []
    return found


def _need(body: dict[str, Any], name: str, kind: type) -> Any:
    value = body.get(name)
    if not value:
        raise RegistrationRefused(f"missing_{name}")
    if not isinstance(value, kind):
        raise RegistrationRefused(f"invalid_{name}")
    return value


def _check_strictly(here: Lms, body: dict[str, Any]) -> None:
    """What Canvas demands beyond Moodle."""
    if body.get("application_type") != "web":
        raise RegistrationRefused("application_type must be web")
    if set(_need(body, "grant_types", list)) != {"client_credentials", "implicit"}:
        raise RegistrationRefused("grant_types must be client_credentials and implicit")
    unknown = set(_need(body, "scope", str).split()) - set(scopes_of(here))
    if unknown:
        raise RegistrationRefused(f"scope has unknown values: {' '.join(sorted(unknown))}")
    configuration = _need(body, TOOL_CONFIGURATION, dict)
    for member in ("messages", "claims"):
        _need(configuration, member, list)


def read_tool(here: Lms, body: dict[str, Any], client_id: str, tool_id: int) -> Tool:
    """The tool described by a registration body.

    Raises:
        RegistrationRefused: a required member is missing or wrong.
    """
    if here.mode.strict_registration:
        _check_strictly(here, body)
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
    targets = {
        message["type"]: message.get("target_link_uri") or target
        for message in configuration.get("messages", [])
        if isinstance(message, dict) and isinstance(message.get("type"), str)
    }
    known = scopes_of(here)
    claims = [str(claim) for claim in configuration.get("claims", [])]
    if here.mode.privacy_level:
        claims = PRIVACY_LEVELS[configuration.get(PRIVACY_LEVEL, "anonymous")]
    return Tool(
        id=tool_id,
        client_id=client_id,
        name=name,
        domain=domain,
        target_link_uri=target,
        initiate_login_uri=login,
        redirect_uris=[str(uri) for uri in redirects],
        jwks_uri=jwks_uri,
        deep_link_uri=targets.get(DEEP_LINKING),
        scopes=[scope for scope in str(body.get("scope", "")).split() if scope in known],
        claims=claims,
        custom={str(k): str(v) for k, v in configuration.get("custom_parameters", {}).items()},
        logo_uri=str(body.get("logo_uri", "")),
        description=str(configuration.get("description", "")),
        message_uris={kind: uri for kind, uri in targets.items() if kind in here.mode.messages},
    )


def echo(here: Lms, tool: Tool) -> dict[str, Any]:
    """The registration response for a stored tool."""
    messages = [{"type": kind, "target_link_uri": uri} for kind, uri in tool.message_uris.items()]
    if tool.deep_link_uri:
        messages.insert(0, {"type": DEEP_LINKING, "target_link_uri": tool.deep_link_uri})
    configuration: dict[str, Any] = {
        "version": "1.3.0",
        "deployment_id": tool.deployment_id,
        "target_link_uri": tool.target_link_uri,
        "domain": tool.domain,
        "description": tool.description,
        "messages": messages,
        # Measured: what is told back is cut at the second "="; what is kept is whole.
        "custom_parameters": {k: v.split("=")[0] for k, v in tool.custom.items()},
        "claims": tool.claims,
    }
    if not here.mode.answers_deployment:
        del configuration["deployment_id"]
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
        TOOL_CONFIGURATION: configuration,
    }

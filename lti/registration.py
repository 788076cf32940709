"""Dynamic registration: the LMS administrator pastes one link and everything else is exchanged.

Source: LTI dynamic registration 1.0; the comments name what Moodle and Canvas add to it.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from lti import vocabulary as v
from lti.errors import RegistrationError
from lti.http import AddressError, Answer, HttpError
from lti.login import origin_of

SCOPES = (
    v.SCOPE_LINE_ITEM,
    v.SCOPE_LINE_ITEM_READ,
    v.SCOPE_RESULT,
    v.SCOPE_SCORE,
    v.SCOPE_ROSTER,
)

# Moodle sends names and e-mail only if they are asked for here; left out means "never".
CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email")

CUSTOM_PARAMETERS = {
    "person_sourcedid": "$Person.sourcedId",
    "course_sourcedid": "$CourseSection.sourcedId",
    "context_history": "$Context.id.history",
    "membership_role": "$Membership.role",
    "group_ids": "$Moodle.Person.userGroupIds",
}
"""No "=" and no line break in a value: Moodle joins them as `key=value` lines."""


class Client(Protocol):
    """The part of `lti.http.GuardedClient` that is needed here."""

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Answer: ...

    def post(
        self, url: str, body: bytes, content_type: str, *, headers: Mapping[str, str] | None = None
    ) -> Answer: ...


@dataclass(frozen=True, slots=True)
class PlatformConfiguration:
    """What the platform's OpenID configuration says."""

    issuer: str
    auth_login_url: str
    token_url: str
    key_set_url: str
    registration_url: str
    product: str = ""
    version: str = ""
    account_name: str = ""
    messages: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    authorization_server: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """How this tool presents itself. `base_url` is its public address without trailing slash."""

    base_url: str
    name: str
    description: str
    login_path: str = "/lti/login"
    launch_path: str = "/lti/launch"
    key_set_path: str = "/lti/jwks"
    logo_path: str = ""
    link_title: str = ""
    selection_title: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """The platform's answer. `deployment_id` is "" where the platform names none yet."""

    platform: PlatformConfiguration
    client_id: str
    deployment_id: str
    scopes: frozenset[str] = field(default=frozenset())


def discover(
    client: Client,
    configuration_url: str,
    token: str | None = None,
    *,
    trusted_issuers: Collection[str] = (),
) -> PlatformConfiguration:
    """Fetch and check the platform's OpenID configuration.

    :param token: the registration token; Canvas wants it already here.
    :param trusted_issuers: issuers that may live on another host than their configuration
        (Canvas cloud), as an explicit setting.
    :raises RegistrationError: not reachable, not complete, or not consistent.
    """
    if not configuration_url:
        raise RegistrationError("REGISTRATION_INCOMPLETE")
    answer = _call(lambda: client.get(configuration_url, headers=_bearer(token)))
    if answer.status != 200:
        raise RegistrationError("PLATFORM_UNREACHABLE", f"status {answer.status}")
    try:
        document = answer.json()
    except HttpError as failure:
        raise RegistrationError("DISCOVERY_INVALID", failure.reason) from None
    if not isinstance(document, dict):
        raise RegistrationError("DISCOVERY_INVALID", "not an object")
    lti = document.get(v.PLATFORM_CONFIGURATION)
    lti = lti if isinstance(lti, dict) else {}
    found = PlatformConfiguration(
        issuer=_address(document, "issuer"),
        auth_login_url=_address(document, "authorization_endpoint"),
        token_url=_address(document, "token_endpoint"),
        key_set_url=_address(document, "jwks_uri"),
        registration_url=_address(document, "registration_endpoint"),
        product=_optional(lti, "product_family_code").lower(),
        version=_optional(lti, "version"),
        account_name=_optional(lti, "https://canvas.instructure.com/lti/account_name"),
        messages=frozenset(
            m["type"]
            for m in _list(lti, "messages_supported")
            if isinstance(m, dict) and isinstance(m.get("type"), str)
        ),
        scopes=frozenset(s for s in _list(document, "scopes_supported") if isinstance(s, str)),
        authorization_server=_optional(document, "authorization_server"),
    )
    if found.issuer not in trusted_issuers and _host(found.issuer) != _host(answer.url):
        raise RegistrationError("ISSUER_HOST_MISMATCH", found.issuer[:100])
    if origin_of(found.registration_url) != origin_of(answer.url):
        raise RegistrationError("REGISTRATION_HOST_MISMATCH", found.registration_url[:100])
    return found


def build_request(tool: Tool, platform: PlatformConfiguration) -> dict[str, Any]:
    """The registration request, complete for Moodle and acceptable to the others."""
    launch_url = tool.base_url + tool.launch_path
    wanted = [scope for scope in SCOPES if not platform.scopes or scope in platform.scopes]
    request: dict[str, Any] = {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": tool.base_url + tool.login_path,
        "redirect_uris": [launch_url],
        "client_name": tool.name,
        "jwks_uri": tool.base_url + tool.key_set_path,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(wanted),
        v.TOOL_CONFIGURATION: {
            # Moodle: required, and equal to the host of target_link_uri.
            "domain": urlsplit(tool.base_url).netloc,
            "description": tool.description,
            "target_link_uri": launch_url,
            "custom_parameters": dict(CUSTOM_PARAMETERS),
            "claims": list(CLAIMS),
            "messages": [
                {
                    "type": v.RESOURCE_LINK,
                    "target_link_uri": launch_url,
                    "label": tool.link_title or tool.name,
                },
                {
                    "type": v.DEEP_LINKING,
                    "target_link_uri": launch_url,
                    "label": tool.selection_title or tool.name,
                    "placements": ["ContentArea"],
                },
            ],
        },
    }
    if tool.logo_path:
        request["logo_uri"] = tool.base_url + tool.logo_path
    if platform.product == "canvas":
        # Canvas is anonymous by default; without this no name and no e-mail arrive.
        request[v.TOOL_CONFIGURATION]["https://canvas.instructure.com/lti/privacy_level"] = "public"
    return request


def register(
    client: Client, platform: PlatformConfiguration, request: Mapping[str, Any], token: str | None
) -> Registered:
    """Send the request and read the answer.

    :param token: sent as Bearer when the platform gave one (Moodle demands it, Brightspace sends
        none).
    :raises RegistrationError: refused or incomplete.
    """
    answer = _call(
        lambda: client.post(
            platform.registration_url,
            json.dumps(request, ensure_ascii=False).encode(),
            "application/json",
            headers=_bearer(token),
        )
    )
    if answer.status not in (200, 201):
        raise RegistrationError(
            "REGISTRATION_REFUSED", f"status {answer.status}", _plain_beginning(answer)
        )
    try:
        document = answer.json()
    except HttpError as failure:
        raise RegistrationError("REGISTRATION_ANSWER_INVALID", failure.reason) from None
    client_id = document.get("client_id") if isinstance(document, dict) else None
    if not isinstance(client_id, str) or not 1 <= len(client_id) <= 255:
        raise RegistrationError("REGISTRATION_ANSWER_INVALID", "no client_id")
    configuration = document.get(v.TOOL_CONFIGURATION)
    deployment = configuration.get("deployment_id") if isinstance(configuration, dict) else None
    scope = document.get("scope")
    return Registered(
        platform=platform,
        client_id=client_id,
        deployment_id=deployment if isinstance(deployment, str) else "",
        scopes=frozenset(scope.split()) if isinstance(scope, str) else frozenset(),
    )


def _call(call: Any) -> Answer:
    try:
        answer: Answer = call()
    except AddressError as refused:
        raise RegistrationError("ADDRESS_REFUSED", refused.reason) from None
    except HttpError as failure:
        raise RegistrationError("PLATFORM_UNREACHABLE", failure.reason) from None
    return answer


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _address(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not origin_of(value) or len(value) > 512:
        raise RegistrationError("DISCOVERY_INVALID", name)
    return value


def _optional(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value[:255] if isinstance(value, str) else ""


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _plain_beginning(answer: Answer) -> str:
    """The platform's own words, unless it answered with a page (Moodle does for a bad token)."""
    text = answer.body[:300].decode("utf-8", "replace").strip()
    return "" if text.startswith("<") else "".join(c for c in text if c.isprintable())

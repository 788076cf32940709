"""Dynamic registration: the LMS administrator pastes one link and everything else is exchanged.

Source: LTI dynamic registration 1.0; the comments name what the platforms add to it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lti import vocabulary as v
from lti.discovery import Client, PlatformConfiguration, bearer, own_words
from lti.errors import RegistrationError
from lti.http import AddressError, HttpError
from lti.products import Product, product

SCOPES = (
    v.SCOPE_LINE_ITEM,
    v.SCOPE_LINE_ITEM_READ,
    v.SCOPE_RESULT,
    v.SCOPE_SCORE,
    v.SCOPE_ROSTER,
)
"""Asked for also where the platform does not say which it has."""

FURTHER_SCOPES = (v.SCOPE_GROUPS, v.SCOPE_NOTICES, v.SCOPE_EULA_USER)
"""Asked for only where it says so: Canvas answers 422 to a scope that it does not know."""

CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email")
"""Moodle sends names and e-mail only if they are asked for here; left out means "never". Nothing
more is asked for: what is not needed is not collected."""

CUSTOM_PARAMETERS = {
    "person_sourcedid": "$Person.sourcedId",
    "course_sourcedid": "$CourseSection.sourcedId",
    "context_history": "$Context.id.history",
    "membership_role": "$Membership.role",
}
"""No "=" and no line break in a value: Moodle joins them as `key=value` lines. Moodle's own
`$Moodle.Person.userGroupIds` is not asked for: numbers without names tell nobody anything."""

_NEVER_SENT = ("no connection", "the host name", "ConnectTimeout")
"""How failures begin after which the platform cannot have seen the request."""


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

    @property
    def domain(self) -> str:
        """Host and port, as platforms match links against."""
        return urlsplit(self.base_url).netloc


@dataclass(frozen=True, slots=True)
class Registered:
    """The platform's answer. `deployment_id` is "" where the platform names none yet; `scopes` are
    those it granted, empty when it did not say."""

    platform: PlatformConfiguration
    client_id: str
    deployment_id: str
    scopes: frozenset[str] = field(default=frozenset())


def build_request(tool: Tool, platform: PlatformConfiguration) -> dict[str, Any]:
    """The registration request: complete for the strictest (Moodle, Canvas), and naming only what
    this platform says it has."""
    launch_url = tool.base_url + tool.launch_path
    wanted = [scope for scope in SCOPES if not platform.scopes or scope in platform.scopes]
    wanted += [scope for scope in FURTHER_SCOPES if scope in platform.scopes]
    kind = product(platform.product)
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
            "domain": tool.domain,
            "description": tool.description,
            "target_link_uri": launch_url,
            "custom_parameters": dict(CUSTOM_PARAMETERS),
            "claims": list(CLAIMS),
            "messages": _messages(tool, platform, kind, launch_url),
            **dict(kind.tool_extensions),
        },
    }
    if tool.logo_path:
        request["logo_uri"] = tool.base_url + tool.logo_path
    return request


def register(
    client: Client, platform: PlatformConfiguration, request: Mapping[str, Any], token: str | None
) -> Registered:
    """Send the request and read the answer.

    :param token: sent as Bearer when the platform gave one (Moodle demands it, Brightspace sends
        none).
    :raises RegistrationError: refused, incomplete, or REGISTRATION_UNCERTAIN: sent, but no answer
        came back, so the platform may have made the tool or not.
    """
    body = json.dumps(request, ensure_ascii=False).encode()
    try:
        answer = client.post(
            platform.registration_url, body, "application/json", headers=bearer(token)
        )
    except AddressError as refused:
        raise RegistrationError("ADDRESS_REFUSED", refused.reason) from None
    except HttpError as failure:
        if failure.reason.startswith(_NEVER_SENT):
            raise RegistrationError("PLATFORM_UNREACHABLE", failure.reason) from None
        raise RegistrationError("REGISTRATION_UNCERTAIN", failure.reason) from None
    if answer.status not in (200, 201):
        says = own_words(answer)
        raise RegistrationError("REGISTRATION_REFUSED", f"status {answer.status}", says)
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
        deployment_id=deployment if isinstance(deployment, str) and len(deployment) <= 255 else "",
        scopes=frozenset(scope.split()) if isinstance(scope, str) else frozenset(),
    )


def _messages(
    tool: Tool, platform: PlatformConfiguration, kind: Product, launch_url: str
) -> list[dict[str, Any]]:
    """The messages that the platform supports and this tool answers.

    The link of a course is always offered: it is what a tool is for, and platforms imply it. Deep
    linking is offered where nothing is said, the rest only by name: Canvas refuses a registration
    (422) for a message type that it does not know.
    """
    said = platform.messages - set(kind.never_offered)
    offered = [(v.RESOURCE_LINK, tool.link_title, kind.link_placements)]
    if v.DEEP_LINKING in said or not platform.messages:
        offered.append((v.DEEP_LINKING, tool.selection_title, kind.selection_placements))
    further = (v.SUBMISSION_REVIEW, *sorted(v.DATA_PRIVACY), v.EULA)
    offered += [(message, tool.link_title, ()) for message in further if message in said]
    return [
        {"type": message, "target_link_uri": launch_url, "label": label or tool.name}
        | _placed(wanted, platform.placements.get(message))
        for message, label, wanted in offered
    ]


def _placed(wanted: tuple[str, ...], listed: tuple[str, ...] | None) -> dict[str, Any]:
    """Our places among those the platform lists, spelt as it does (Canvas has them with and
    without its address before the name); all of ours when it lists none."""
    if listed is None:
        places = list(wanted)
    else:
        places = [one for one in listed if one.rpartition("/")[2] in wanted]
    return {"placements": places} if places else {}

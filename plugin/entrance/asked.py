"""What a message asked for, as its session remembers it: written at the launch, read by pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lti import vocabulary as v
from lti.claims import DeepLinking, VerifiedLaunch
from lti.roles import Role as LmsRole
from lti.roles import Widening, launch_roles
from plugin.desk.destinations import NAME

REVIEW = "review"
"""The destination of a submission review."""

CHOOSERS = frozenset(
    {LmsRole.INSTRUCTOR, LmsRole.ADMINISTRATOR, LmsRole.DESIGNER, LmsRole.ASSISTANT}
)
_EVERY_ACCOUNT_ROLE = Widening(institution_administrator=True, system_administrator=True)


def kept(launch: VerifiedLaunch) -> dict[str, Any]:
    """What the session of a launch holds of its message.

    No addresses of services: those belong to the course, not to a person's session. `return_url`
    may carry a session key of the LMS; it is used and shown, never logged.
    """
    data: dict[str, Any] = {}
    if launch.message_type == v.SUBMISSION_REVIEW:
        data["open"] = REVIEW
    elif place := place_of(launch):
        data["open"] = place
    if launch.resource_link is not None:
        data["link"] = launch.resource_link.id[:255]
    if launch.deep_linking is not None:
        data["deep_linking"] = _deep_linking(launch, launch.deep_linking)
    if launch.message_type in v.DATA_PRIVACY and launch.for_user_id:
        data["privacy_of"] = launch.for_user_id
    if launch.message_type == v.EULA:
        data["terms"] = {"url": launch.services.eula_url, "return_url": launch.return_url}
    if LmsRole.MENTOR in launch_roles(launch.roles):
        data["mentored"] = list(launch.mentored_ids)
    return data


def place_of(launch: VerifiedLaunch) -> str:
    """What the link in the course was made for: its `open`, in the address or as a custom
    parameter. The address wins: it is the link's own, a parameter may be an administrator's."""
    place = dict(launch.custom).get("open", "")
    found = parse_qs(urlsplit(launch.target_link_uri).query).get("open", [place])[0]
    return found if NAME.fullmatch(found) else ""


def settings_of(asked: Mapping[str, Any]) -> DeepLinking:
    """The platform's wishes for a content selection, as `kept` wrote them."""
    return DeepLinking(
        return_url=asked["return_url"],
        accept_types=tuple(asked["accept_types"]),
        accept_targets=tuple(asked["accept_targets"]),
        accept_multiple=asked["accept_multiple"],
        data=asked["data"],
    )


def _deep_linking(launch: VerifiedLaunch, settings: DeepLinking) -> dict[str, Any]:
    services = launch.services
    return {
        "return_url": settings.return_url,
        "accept_types": list(settings.accept_types),
        "accept_targets": list(settings.accept_targets),
        "accept_multiple": settings.accept_multiple,
        "data": settings.data,
        "deployment_id": launch.deployment_id,
        # A column that we may not write to would stay empty for ever.
        "columns": settings.accept_line_item is not False
        and bool(services.line_items_url)
        and v.SCOPE_SCORE in services.grade_scopes,
        "may_choose": may_choose(launch),
    }


def may_choose(launch: VerifiedLaunch) -> bool:
    """Whether the LMS calls the person somebody who puts things into courses.

    Account-level administrators count here without the school's switch: whoever the platform lets
    begin a selection outside of any course is one of them, and choosing grants nothing.
    """
    return not CHOOSERS.isdisjoint(launch_roles(launch.roles, _EVERY_ACCOUNT_ROLE).roles)

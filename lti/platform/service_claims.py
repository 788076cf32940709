"""Claims of a launch that say where the services are, and those addresses."""

from __future__ import annotations

from typing import Any

from lti.platform.core import Lms
from lti.platform.state import Activity, Tool
from lti.platform.world import Course

AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
GROUPS_CLAIM = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
NOTICES_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice"
EULA_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/eulaservice"

AGS_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
GROUPS_SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
NOTICES_SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
EULA_SCOPE = "https://purl.imsglobal.org/spec/lti/scope/eula/user"


def memberships_url(lms: Lms, tool: Tool, course: Course) -> str:
    return f"{lms.base_url}/services/CourseSection/{course.id}/bindings/{tool.id}/memberships"


def groups_url(lms: Lms, tool: Tool, course: Course, what: str = "groups") -> str:
    return f"{lms.base_url}/services/CourseSection/{course.id}/bindings/{tool.id}/{what}"


def notices_url(lms: Lms, deployment_id: str) -> str:
    return f"{lms.base_url}/services/notice-handlers/{deployment_id}"


def eula_url(lms: Lms, tool: Tool) -> str:
    """Base of the EULA service; ``/user`` follows."""
    return f"{lms.base_url}/services/eulas/{tool.id}"


def line_items_url(lms: Lms, tool: Tool, course_id: str) -> str:
    query = f"?type_id={tool.id}" if lms.mode.item_query else ""
    return f"{lms.base_url}/services/{course_id}/lineitems{query}"


def line_item_url(lms: Lms, tool_id: int, course_id: str, item_id: int, tail: str = "") -> str:
    """URL of a line item; ``tail`` (/scores, /results) goes before the query string."""
    base = f"{lms.base_url}/services/{course_id}/lineitems/{item_id}/lineitem{tail}"
    return f"{base}?type_id={tool_id}" if lms.mode.item_query else base


def service_claims(
    lms: Lms, tool: Tool, course: Course | None, activity: Activity | None, deep: bool
) -> dict[str, Any]:
    """The claims of all services that the tool was granted."""
    found: dict[str, Any] = {}
    if course is not None:
        found |= _grades(lms, tool, course, activity)
        found |= _roster(lms, tool, course, deep)
        if lms.mode.groups and GROUPS_SCOPE in tool.scopes:
            found[GROUPS_CLAIM] = {
                "scope": [GROUPS_SCOPE],
                "context_groups_url": groups_url(lms, tool, course),
                "context_group_sets_url": groups_url(lms, tool, course, "sets"),
                "service_versions": ["1.0"],
            }
    if lms.mode.notices and NOTICES_SCOPE in tool.scopes:
        deployment = tool.deployment_in(course.id if course else "")
        found[NOTICES_CLAIM] = {
            "service_versions": ["1.0"],
            "platform_notification_service_url": notices_url(lms, deployment),
            "scope": [NOTICES_SCOPE],
            "notice_types_supported": list(lms.mode.notices),
        }
    return found


def _grades(
    lms: Lms, tool: Tool, course: Course, activity: Activity | None
) -> dict[str, dict[str, Any]]:
    ags = sorted(scope for scope in tool.scopes if scope.startswith(AGS_SCOPE))
    if not ags:
        return {}
    endpoint: dict[str, Any] = {"scope": ags, "lineitems": line_items_url(lms, tool, course.id)}
    coupled = [
        item
        for item in lms.state.items_of(course.id, tool.id)
        if activity is not None and item.link_id == activity.id
    ]
    # Two items on one link: nobody can say which is meant, so none is named.
    if len(coupled) == 1:
        endpoint["lineitem"] = line_item_url(lms, tool.id, course.id, coupled[0].id)
    return {AGS_ENDPOINT: endpoint}


def _roster(lms: Lms, tool: Tool, course: Course, deep: bool) -> dict[str, dict[str, Any]]:
    if NRPS_SCOPE not in tool.scopes:
        return {}
    has_activity = any(a.tool_id == tool.id for a in lms.state.activities_of(course.id))
    if deep and not has_activity and not lms.mode.roster_always:
        return {}
    claim = {
        "context_memberships_url": memberships_url(lms, tool, course),
        "service_versions": ["1.0", "2.0"] if lms.mode.extras else ["2.0"],
    }
    return {NRPS_ENDPOINT: claim}

"""id_token claims in the exact shape a Moodle 4.5 sends (measured), quirks included.

Quirks kept on purpose: roles sorted and reduced to Learner or Instructor, context type as a bare
word, locale ``zh_tw``, names ordered by the viewer's language, unknown custom variables sent
literally, custom keys with capitals sent twice, privacy decided by the registered ``claims``.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from lti.platform.core import Launch, Lms
from lti.platform.state import Activity, Tool
from lti.platform.world import STAFF_ROLES, Course, Person

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINK_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
BASIC_OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"
AGS_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING = "LtiDeepLinkingRequest"
SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"

TOKEN_LIFE = 60
"""Seconds from iat to exp of an id_token."""

_LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
_LEARNER, _INSTRUCTOR = f"{_LIS}membership#Learner", f"{_LIS}membership#Instructor"


def launch_roles(role: str) -> list[str]:
    """Full role URIs of a launch, sorted: managers and non-editing teachers are Instructors."""
    if role == "admin":
        return [
            f"{_LIS}institution/person#Administrator",
            _INSTRUCTOR,
            f"{_LIS}system/person#Administrator",
        ]
    return [_INSTRUCTOR if role in STAFF_ROLES else _LEARNER]


def roster_roles(role: str) -> list[str]:
    """Short role names of the roster: there a non-editing teacher is a Learner, unlike above."""
    if role == "admin":
        return ["Instructor", f"{_LIS}person#Administrator"]
    return ["Instructor" if role in {"teacher", "manager"} else "Learner"]


def membership_role(role: str) -> str:
    """The ``$Membership.role`` variable."""
    if role == "admin":
        admin = ("urn:lti:sysrole:ims/lis/Administrator", "urn:lti:instrole:ims/lis/Administrator")
        return ",".join(("Instructor", *admin))
    return "Instructor" if role in STAFF_ROLES else "Learner"


def personal(tool: Tool, person: Person, locale: str) -> dict[str, str]:
    """Name and e-mail, as far as the tool asked for them when it registered."""
    found: dict[str, str] = {}
    if "name" in tool.claims or "given_name" in tool.claims:
        found |= {
            "given_name": person.given_name,
            "family_name": person.family_name,
            "name": person.display_name(locale),
        }
    if "email" in tool.claims:
        found["email"] = person.email
    return found


def memberships_url(lms: Lms, tool: Tool, course: Course) -> str:
    return f"{lms.base_url}/services/CourseSection/{course.id}/bindings/{tool.id}/memberships"


def line_items_url(lms: Lms, tool: Tool, course_id: str) -> str:
    return f"{lms.base_url}/services/{course_id}/lineitems?type_id={tool.id}"


def line_item_url(lms: Lms, tool_id: int, course_id: str, item_id: int, tail: str = "") -> str:
    """URL of a line item; ``tail`` (/scores, /results) goes before the query string."""
    base = f"{lms.base_url}/services/{course_id}/lineitems/{item_id}/lineitem{tail}"
    return f"{base}?type_id={tool_id}"


def custom_values(
    lms: Lms,
    tool: Tool,
    person: Person,
    course: Course,
    role: str,
    activity: Activity | None,
    locale: str,
) -> dict[str, str | None]:
    """Custom parameters with their variables filled in; the tool's win over the activity's."""
    known: dict[str, str | None] = {
        "User.id": person.id,
        "User.username": person.username,
        "Person.sourcedId": person.idnumber,
        "Person.name.full": person.display_name(locale),
        "Person.name.given": person.given_name,
        "Person.name.family": person.family_name,
        "Person.email.primary": person.email,
        "Person.address.timezone": "99",
        "Membership.role": membership_role(role),
        "Context.id": course.id,
        "Context.title": course.fullname,
        "Context.label": course.shortname,
        "Context.id.history": "",
        "Context.sourcedId": course.idnumber,
        "CourseSection.title": course.fullname,
        "CourseSection.label": course.shortname,
        "CourseSection.sourcedId": course.idnumber,
        "CourseSection.timeFrame.begin": "",
        "CourseSection.timeFrame.end": "",
        "ResourceLink.id": str(activity.id) if activity else None,
        "ResourceLink.title": activity.title if activity else None,
        "ResourceLink.description": activity.text if activity else None,
        "Moodle.Person.userGroupIds": "",
    }
    found: dict[str, str | None] = {}
    for name, value in ((activity.custom if activity else {}) | tool.custom).items():
        filled = known.get(value[1:], value) if value.startswith("$") else value
        found[name.lower()] = filled
        found[name] = filled
    if NRPS_SCOPE in tool.scopes:
        found["context_memberships_url"] = memberships_url(lms, tool, course)
    return found


def id_token_claims(
    lms: Lms, launch: Launch, nonce: str, *, locale: str = "zh_tw"
) -> dict[str, Any]:
    """The claims of one launch, as the auth endpoint signs them."""
    tool = lms.state.tools[launch.tool_id]
    course = lms.world.courses[launch.course_id]
    person = lms.world.person(launch.person_id)
    role = lms.world.role_in(person, course) or "student"
    activity = lms.state.activities.get(launch.activity_id) if launch.activity_id else None
    deep = launch.message == DEEP_LINKING
    now = lms.now()
    claims: dict[str, Any] = {
        "nonce": nonce,
        "iat": now,
        "exp": now + TOKEN_LIFE,
        "iss": lms.issuer,
        "aud": tool.client_id,
        f"{CLAIM}deployment_id": tool.deployment_id,
        f"{CLAIM}target_link_uri": launch.target,
        "sub": person.id,
        f"{CLAIM}lis": {
            "person_sourcedid": person.idnumber,
            "course_section_sourcedid": course.idnumber,
        },
        f"{CLAIM}roles": launch_roles(role),
        f"{CLAIM}context": {
            "id": course.id,
            "label": course.shortname,
            "title": course.fullname,
            "type": ["CourseSection"],
        },
        f"{CLAIM}message_type": launch.message,
    }
    if launch.message == SUBMISSION_REVIEW:
        claims[f"{CLAIM}for_user"] = {"user_id": launch.for_user}
    if activity is not None:
        claims[f"{CLAIM}resource_link"] = {
            "title": activity.title,
            "description": activity.text,
            "id": str(activity.id),
        }
        claims[BASIC_OUTCOME] = _basic_outcome(lms, activity, person)
    claims |= personal(tool, person, locale)
    ext = {"lms": "moodle-2"}
    if "name" in tool.claims or "given_name" in tool.claims:
        ext = {"user_username": person.username, **ext}
    claims[f"{CLAIM}ext"] = ext
    claims[f"{CLAIM}launch_presentation"] = _presentation(lms, launch, locale)
    claims[f"{CLAIM}tool_platform"] = {
        "product_family_code": lms.mode.product,
        "version": "2024100705.01",
        "guid": lms.state.guid,
        "name": lms.world.site["name"],
        "description": lms.world.site["description"],
    }
    claims[f"{CLAIM}version"] = "1.3.0"
    claims[f"{CLAIM}custom"] = custom_values(lms, tool, person, course, role, activity, locale)
    claims |= _service_claims(lms, tool, course, activity, launch.message)
    if deep:
        claims[DEEP_LINK_SETTINGS] = _deep_link_settings(lms, tool, course, person)
    for name in lms.faults.drop_claims:
        claims.pop(name, None)
    return claims


def _basic_outcome(lms: Lms, activity: Activity, person: Person) -> dict[str, str]:
    data = {
        "instanceid": str(activity.id),
        "userid": person.id,
        "typeid": str(activity.tool_id),
        "launchid": secrets.randbelow(1 << 31),
    }
    digest = hashlib.sha256((json.dumps(data) + lms.state.secret).encode()).hexdigest()
    sourced = json.dumps({"data": data, "hash": digest}, separators=(",", ":"))
    return {
        "lis_result_sourcedid": sourced,
        "lis_outcome_service_url": f"{lms.base_url}/services/outcome",
    }


def _presentation(lms: Lms, launch: Launch, locale: str) -> dict[str, str]:
    if launch.message == DEEP_LINKING:
        return {"locale": locale}
    # Moodle names its containers by number; the return page reads it back.
    number = {"iframe": "3", "window": "4"}.get(launch.container, "5")
    query = (
        f"course={launch.course_id}&launch_container={number}"
        f"&instanceid={launch.activity_id or ''}&sesskey={sesskey(lms, launch.person_id)}"
    )
    return {
        "locale": locale,
        "document_target": launch.container,
        "return_url": f"{lms.base_url}/lti/return?{query}",
    }


def sesskey(lms: Lms, person_id: str) -> str:
    """The secret that Moodle puts into return URLs (and that must not be logged)."""
    return hashlib.sha256(f"{lms.state.secret}:{person_id}".encode()).hexdigest()[:10]


def _service_claims(
    lms: Lms, tool: Tool, course: Course, activity: Activity | None, message: str
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    ags = sorted(scope for scope in tool.scopes if scope.startswith(AGS_SCOPE))
    if ags:
        endpoint: dict[str, Any] = {
            "scope": ags,
            "lineitems": line_items_url(lms, tool, course.id),
        }
        coupled = [
            item
            for item in lms.state.items_of(course.id, tool.id)
            if activity is not None and item.link_id == activity.id
        ]
        # Two items on one link: Moodle cannot say which is meant and names none.
        if len(coupled) == 1:
            endpoint["lineitem"] = line_item_url(lms, tool.id, course.id, coupled[0].id)
        found[AGS_ENDPOINT] = endpoint
    has_activity = any(a.tool_id == tool.id for a in lms.state.activities_of(course.id))
    # Measured: no roster claim while the course holds no activity of the tool yet.
    if NRPS_SCOPE in tool.scopes and (has_activity or message != DEEP_LINKING):
        found[NRPS_ENDPOINT] = {
            "context_memberships_url": memberships_url(lms, tool, course),
            "service_versions": ["1.0", "2.0"],
        }
    return found


def _deep_link_settings(lms: Lms, tool: Tool, course: Course, person: Person) -> dict[str, Any]:
    query = f"course={course.id}&id={tool.id}&sesskey={sesskey(lms, person.id)}"
    return {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_copy_advice": False,
        "accept_multiple": True,
        "accept_unsigned": False,
        "auto_create": False,
        "can_confirm": False,
        "deep_link_return_url": f"{lms.base_url}/lti/deeplink/return?{query}",
        "title": tool.name,
        "text": "",
    }

"""id_token claims in the shape that the platform acted sends, quirks included.

Of Moodle 4.5 (measured): roles reduced to Learner or Instructor, context type as a bare word,
locale ``zh_tw``, names ordered by the viewer's language, custom keys with capitals sent twice,
privacy decided by the registered ``claims``. Everywhere: unknown custom variables sent literally.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from lti.platform import modes
from lti.platform.core import Launch, Lms
from lti.platform.roles import TEST_USER
from lti.platform.service_claims import (
    EULA_CLAIM,
    EULA_SCOPE,
    NRPS_SCOPE,
    eula_url,
    memberships_url,
    service_claims,
)
from lti.platform.state import Activity, Tool
from lti.platform.world import TEST_STUDENT, Course, Person

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINK_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
BASIC_OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"

RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINKING = "LtiDeepLinkingRequest"
SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"
EULA = modes.EULA

NAME_CLAIMS = ("name", "given_name", "family_name")


def personal(tool: Tool, person: Person, locale: str) -> dict[str, str]:
    """Name and e-mail, as far as they are sent to this tool."""
    found: dict[str, str] = {}
    if "name" in tool.claims or "given_name" in tool.claims:
        found |= {
            "given_name": person.given_name,
            "family_name": person.family_name,
            "name": person.display_name(locale),
        }
    if "email" in tool.claims and person.email:
        found["email"] = person.email
    return found


def membership_role(lms: Lms, role: str) -> str:
    """The ``$Membership.role`` variable: short words in Moodle, URIs elsewhere."""
    if not lms.mode.extras:
        return ",".join(lms.mode.roles.of_roster(role))
    if role == "admin":
        admin = ("urn:lti:sysrole:ims/lis/Administrator", "urn:lti:instrole:ims/lis/Administrator")
        return ",".join(("Instructor", *admin))
    return lms.mode.roles.of_launch(role)[0].rpartition("#")[2]


def custom_values(
    lms: Lms,
    tool: Tool,
    person: Person,
    course: Course | None,
    role: str,
    activity: Activity | None,
    locale: str,
) -> dict[str, str | None]:
    """Custom parameters with their variables filled in; the tool's win over the activity's."""
    known: dict[str, str | None] = {
        "User.id": lms.names.subject(person.id),
        "User.username": person.username,
        "Person.sourcedId": person.idnumber,
        "Person.name.full": person.display_name(locale),
        "Person.name.given": person.given_name,
        "Person.name.family": person.family_name,
        "Person.email.primary": person.email,
        "Person.address.timezone": "99" if lms.mode.extras else "Asia/Taipei",
        "Membership.role": membership_role(lms, role),
        "ResourceLink.id": lms.names.link(activity.id) if activity else None,
        "ResourceLink.title": activity.title if activity else None,
        "ResourceLink.description": activity.text if activity else None,
    }
    if course is not None:
        known |= _of_course(lms, course)
        if lms.mode.extras:
            known["Moodle.Person.userGroupIds"] = ",".join(
                group.id for group in course.groups_of(person.id)
            )
    found: dict[str, str | None] = {}
    for name, value in ((activity.custom if activity else {}) | tool.custom).items():
        filled = known.get(value[1:], value) if value.startswith("$") else value
        if lms.mode.extras:
            found[name.lower()] = filled
        found[name] = filled
    if lms.mode.extras and course is not None and NRPS_SCOPE in tool.scopes:
        found["context_memberships_url"] = memberships_url(lms, tool, course)
    return found


def _of_course(lms: Lms, course: Course) -> dict[str, str | None]:
    return {
        "Context.id": lms.names.context(course.id),
        "Context.title": course.fullname,
        "Context.label": course.shortname,
        "Context.id.history": ",".join(lms.names.context(one) for one in course.origins),
        "Context.sourcedId": course.idnumber,
        "CourseSection.title": course.fullname,
        "CourseSection.label": course.shortname,
        "CourseSection.sourcedId": course.idnumber,
        "CourseSection.timeFrame.begin": "",
        "CourseSection.timeFrame.end": "",
    }


def id_token_claims(
    lms: Lms, launch: Launch, nonce: str, *, locale: str = "zh_tw"
) -> dict[str, Any]:
    """The claims of one launch, as the auth endpoint signs them."""
    mode = lms.mode
    tool = lms.state.tools[launch.tool_id]
    course = lms.world.courses.get(launch.course_id)
    person = lms.world.person(launch.person_id)
    role = launch.role or (lms.world.role_in(person, course) if course else person.role)
    role = role or "student"
    activity = lms.state.activities.get(launch.activity_id) if launch.activity_id else None
    now = lms.now()
    claims: dict[str, Any] = {
        "nonce": nonce,
        "iat": now,
        "exp": now + mode.token_life,
        "iss": lms.issuer,
        "aud": tool.client_id,
        f"{CLAIM}deployment_id": tool.deployment_in(launch.course_id),
        f"{CLAIM}target_link_uri": launch.target,
        "sub": lms.names.subject(person.id),
        f"{CLAIM}roles": _roles(lms, tool, person, role),
        f"{CLAIM}message_type": launch.message,
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}launch_presentation": _presentation(lms, launch, mode.locales.get(locale, locale)),
        f"{CLAIM}tool_platform": _platform(lms),
        f"{CLAIM}custom": custom_values(lms, tool, person, course, role, activity, locale),
    }
    if mode.azp:
        claims["azp"] = tool.client_id
    claims |= personal(tool, person, locale if mode.extras else "zh_tw")
    if course is not None:
        claims |= _place(lms, course, person, role)
    if activity is not None:
        claims[f"{CLAIM}resource_link"] = _link(lms, activity)
        if mode.extras:
            claims[BASIC_OUTCOME] = basic_outcome(lms, activity, person)
    if mode.extras:
        claims[f"{CLAIM}ext"] = _moodle_ext(tool, person)
    claims |= _of_message(lms, tool, launch, course, person)
    claims |= service_claims(lms, tool, course, activity, launch.message == DEEP_LINKING)
    return _spoilt(lms, claims)


def _spoilt(lms: Lms, claims: dict[str, Any]) -> dict[str, Any]:
    """What the faults in force make of good claims."""
    if lms.faults.drop_link_id:
        claims.get(f"{CLAIM}resource_link", {}).pop("id", None)
    claims |= lms.faults.change_claims
    for name in lms.faults.drop_claims:
        claims.pop(name, None)
    return claims


def _roles(lms: Lms, tool: Tool, person: Person, role: str) -> list[str]:
    found = lms.mode.roles.of_launch(role, institution=tool.institution_roles)
    return sorted([*found, TEST_USER]) if person.id.startswith(TEST_STUDENT) else found


def _platform(lms: Lms) -> dict[str, str]:
    return {
        "product_family_code": lms.mode.product,
        "version": "2024100705.01" if lms.mode.extras else lms.mode.version,
        "guid": lms.state.guid,
        "name": lms.world.site["name"],
        "description": lms.world.site["description"],
    }


def _place(lms: Lms, course: Course, person: Person, role: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        f"{CLAIM}context": {
            "id": lms.names.context(course.id),
            "label": course.shortname,
            "title": course.fullname,
            "type": [lms.mode.context_type],
        },
        f"{CLAIM}lis": {
            "person_sourcedid": person.idnumber,
            lms.mode.course_sourcedid: course.idnumber,
        },
    }
    children = [one for one in person.children if one in course.members]
    if role == "parent" and lms.mode.roles.mentor_scope and children:
        found[f"{CLAIM}role_scope_mentor"] = [lms.names.subject(one) for one in children]
    return found


def _link(lms: Lms, activity: Activity) -> dict[str, str]:
    link = {"id": lms.names.link(activity.id), "title": activity.title}
    return {"description": activity.text, **link}


def _moodle_ext(tool: Tool, person: Person) -> dict[str, str]:
    if "name" in tool.claims or "given_name" in tool.claims:
        return {"user_username": person.username, "lms": "moodle-2"}
    return {"lms": "moodle-2"}


def _of_message(
    lms: Lms, tool: Tool, launch: Launch, course: Course | None, person: Person
) -> dict[str, Any]:
    if launch.message == SUBMISSION_REVIEW:
        return {f"{CLAIM}for_user": {"user_id": lms.names.subject(launch.for_user or "")}}
    if launch.message == DEEP_LINKING and course is not None:
        return {DEEP_LINK_SETTINGS: _deep_link_settings(lms, tool, course, person)}
    if launch.message == EULA:
        return {EULA_CLAIM: {"url": eula_url(lms, tool), "scope": [EULA_SCOPE]}}
    if launch.message in modes.PRIVACY:
        return {f"{CLAIM}for_user": {"user_id": lms.names.subject(person.id)}}
    return {}


def basic_outcome(lms: Lms, activity: Activity, person: Person) -> dict[str, str]:
    """The claim of LTI 1.1 outcomes, which Moodle still sends."""
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
    if launch.message == DEEP_LINKING and lms.mode.extras:
        return {"locale": locale}
    # Moodle names its containers by number; the return page reads it back.
    number = {"iframe": "3", "window": "4"}.get(launch.container, "5")
    key = sesskey(lms, launch.visitor_id or launch.person_id)
    query = (
        f"course={launch.course_id}&launch_container={number}"
        f"&instanceid={launch.activity_id or ''}&sesskey={key}"
    )
    return {
        "locale": locale,
        "document_target": launch.container,
        "return_url": f"{lms.base_url}/lti/return?{query}",
    }


def sesskey(lms: Lms, person_id: str) -> str:
    """The secret that Moodle puts into return URLs (and that must not be logged)."""
    return hashlib.sha256(f"{lms.state.secret}:{person_id}".encode()).hexdigest()[:10]


def _deep_link_settings(lms: Lms, tool: Tool, course: Course, person: Person) -> dict[str, Any]:
    query = f"course={course.id}&id={tool.id}&sesskey={sesskey(lms, person.id)}"
    settings: dict[str, Any] = {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_copy_advice": False,
        "accept_multiple": lms.mode.several,
        "accept_lineitem": True,
        "accept_unsigned": False,
        "auto_create": False,
        "can_confirm": False,
        "deep_link_return_url": f"{lms.base_url}/lti/deeplink/return?{query}",
        "title": tool.name,
        "text": "",
    }
    if lms.mode.extras:
        del settings["accept_lineitem"]
    if lms.mode.deep_link_data:
        settings["data"] = lms.offer_deep_link(course.id, tool.id)
    return settings

"""Names and Role Provisioning Services 2.0, and the course groups beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from lti.platform.claims import BASIC_OUTCOME, CLAIM, RESOURCE_LINK, basic_outcome, personal
from lti.platform.core import Lms, lms
from lti.platform.service_claims import (
    GROUPS_SCOPE,
    NRPS_SCOPE,
    groups_url,
    memberships_url,
)
from lti.platform.services import (
    answer_json,
    bearer,
    fault,
    guard,
    next_page,
    no_handler,
    paging,
    refused,
    speaks,
)
from lti.platform.state import Tool
from lti.platform.world import Course, Group, Person

MEMBERSHIP_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
GROUPS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
SETS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json"

blueprint = Blueprint(
    "roster", __name__, url_prefix="/services/CourseSection/<course_id>/bindings/<int:tool_id>"
)
blueprint.before_request(guard)
blueprint.before_request(fault)


@blueprint.get("/memberships")
def memberships(course_id: str, tool_id: int) -> Response:
    """The roster. A tool's token is good for every course of the site, as in Moodle."""
    here = lms()
    tool, course = bearer(here, NRPS_SCOPE), here.world.courses.get(course_id)
    if tool is None or tool.id != tool_id:
        return refused()
    if not speaks(here, MEMBERSHIP_TYPE):
        return no_handler(request.headers.get("Accept", ""))
    if course is None:
        return answer_json({"status": 404, "reason": "Not Found"}, 404)
    everyone = _asked_for(here, course)
    if everyone is None:
        return answer_json({"status": 404, "reason": "Not Found"}, 404)
    start, limit = paging(here, len(everyone))
    members = [_member(here, tool, course, *row) for row in everyone[start : start + limit]]
    url = memberships_url(here, tool, course)
    answer = answer_json(
        {
            "id": url,
            "context": {
                "id": here.names.context(course.id),
                "label": course.shortname,
                "title": course.fullname,
            },
            "members": members,
        },
        content_type=MEMBERSHIP_TYPE,
    )
    if start + limit < len(everyone) or here.faults.roster_endless:
        kept = {name: request.args[name] for name in ("rlid", "role") if name in request.args}
        if not here.mode.next_keeps_role:
            kept.pop("role", None)  # measured: page 2 is unfiltered
        follow = next_page(here, url, start + limit, limit, kept)
        if here.faults.roster_elsewhere:
            follow = follow.replace(urlsplit(follow).netloc, here.faults.roster_elsewhere, 1)
        links = f'<{follow}>; rel="next"'
        if here.mode.bookmarks:
            links = f'<{request.url}>; rel="current",{links},<{url}?limit={limit}>; rel="first"'
        answer.headers["Link"] = links
    return answer


def _asked_for(here: Lms, course: Course) -> list[tuple[Person, str]] | None:
    """The course's people, as far as ``role`` and ``rlid`` ask for them; None: no such link."""
    everyone = here.world.enrolled(course)
    wanted = request.args.get("role", "").rpartition("#")[2]
    if wanted:
        everyone = [row for row in everyone if _plays(here, row[1], wanted)]
    link = request.args.get("rlid", "")
    if not link:
        return everyone
    activity = here.state.activities.get(here.names.activity_id(link) or 0)
    if activity is None or activity.course_id != course.id:
        return None
    return [row for row in everyone if not activity.only or row[0].id in activity.only]


def _plays(here: Lms, role: str, wanted: str) -> bool:
    return any(name.rpartition("#")[2] == wanted for name in here.mode.roles.of_roster(role))


def _member(here: Lms, tool: Tool, course: Course, person: Person, role: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "status": "Active",
        "roles": here.mode.roles.of_roster(role),
        "user_id": here.names.subject(person.id),
        "lis_person_sourcedid": person.idnumber,
        **personal(tool, person, here.mode.roster_locale),
    }
    if here.mode.extras:
        found["ext_user_username"] = person.username
    if here.mode.groups and GROUPS_SCOPE in tool.scopes:
        found["group_enrollments"] = [
            {"group_id": group.id} for group in course.groups_of(person.id)
        ]
    if request.args.get("rlid"):
        found["message"] = _message(here, person, request.args["rlid"])
    return found


def _message(here: Lms, person: Person, link: str) -> list[dict[str, Any]]:
    """What a launch of this link would say of this person alone (``rlid``)."""
    said: dict[str, Any] = {f"{CLAIM}message_type": RESOURCE_LINK}
    number = here.names.activity_id(link)
    if number is not None and here.mode.extras:
        said[BASIC_OUTCOME] = basic_outcome(here, here.state.activities[number], person)
    return [said]


@blueprint.get("/groups")
def groups(course_id: str, tool_id: int) -> Response:
    """The groups of a course; with ``user_id`` those of one person."""
    here = lms()
    tool, course = bearer(here, GROUPS_SCOPE), here.world.courses.get(course_id)
    if tool is None or tool.id != tool_id or course is None or not here.mode.groups:
        return refused()
    if not speaks(here, GROUPS_TYPE):
        return no_handler(request.headers.get("Accept", ""))
    rows: Sequence[Group] = course.groups
    if "user_id" in request.args:
        rows = course.groups_of(here.names.person_id(request.args["user_id"]))
    start, limit = paging(here, len(rows))
    url = groups_url(here, tool, course)
    page = [_group(course, group) for group in rows[start : start + limit]]
    answer = answer_json({"id": url, "groups": page}, content_type=GROUPS_TYPE)
    if start + limit < len(rows):
        follow = next_page(here, url, start + limit, limit, {})
        answer.headers["Link"] = f'<{follow}>; rel="next"'
    return answer


def _group(course: Course, group: Group) -> dict[str, str]:
    found = {"id": group.id, "name": group.name}
    return found | ({"set_id": set_id(course, group.set)} if group.set else {})


def set_id(course: Course, name: str) -> str:
    """Id of a set of groups: sets have names only, so the first group stands for its set."""
    return f"set-{next(group.id for group in course.groups if group.set == name)}"


@blueprint.get("/sets")
def sets(course_id: str, tool_id: int) -> Response:
    """The sets of groups, each with its groups."""
    here = lms()
    tool, course = bearer(here, GROUPS_SCOPE), here.world.courses.get(course_id)
    if tool is None or tool.id != tool_id or course is None or not here.mode.groups:
        return refused()
    names = dict.fromkeys(group.set for group in course.groups if group.set)
    rows = [
        {
            "id": set_id(course, name),
            "name": name,
            "groups": [
                {"id": one.id, "name": one.name} for one in course.groups if one.set == name
            ],
        }
        for name in names
    ]
    body = {"id": groups_url(here, tool, course, "sets"), "sets": rows}
    return answer_json(body, content_type=SETS_TYPE)

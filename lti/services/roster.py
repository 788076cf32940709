"""Who is in a course: Names and Role Provisioning Services 2.0."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lti.names import display_name
from lti.services.connector import Connector
from lti.services.pages import paged, with_query
from lti.services.reading import id_of, text_of, texts_of
from lti.vocabulary import SCOPE_ROSTER

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
"""Moodle refuses `application/json`."""
_CONTEXT_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a course. Empty strings mean "not sent".

    :ivar user_id: what launches call `sub`.
    :ivar name: as the person writes it: family name first for Chinese names.
    :ivar sourcedid: the school's number of the person.
    :ivar roles: as sent: full addresses, or Moodle's short words. They grant nothing: Moodle's
        roster calls a non-editing teacher a Learner.
    :ivar active: False: the platform keeps them as inactive or deleted. Others just vanish.
    :ivar group_ids: course groups, where the platform tells them here.
    """

    user_id: str
    name: str
    given_name: str
    family_name: str
    email: str
    sourcedid: str
    roles: tuple[str, ...]
    active: bool
    group_ids: tuple[str, ...]


def members(
    connector: Connector, url: str, *, page_limit: int = 0, rlid: str = "", role: str = ""
) -> Iterator[Member]:
    """Everybody, as they arrive, in memory that does not grow with their number.

    Only when the iterator has come to its end is somebody who did not appear no longer there.
    The platform waits while the caller works on a member, so slow work is best done in batches.

    :param url: `context_memberships_url` of the launch.
    :param page_limit: members a page to ask for; 0: as many as the platform likes.
    :param rlid: only who can reach this resource link, where the platform knows that.
    :param role: only this role, as a full address or a short word.
    :raises ServiceError: while it is read, too.
    """
    first = with_query(
        url, {"limit": str(page_limit) if page_limit > 0 else "", "rlid": rlid, "role": role}
    )
    wanted = _canonical(role) if role else ""
    for entry in paged(connector, first, scopes=(SCOPE_ROSTER,), accept=MEDIA_TYPE, name="members"):
        member = read_member(entry)
        # Moodle forgets `role` from the second page on, so we look ourselves.
        if member is not None and (not wanted or _plays(member.roles, wanted)):
            yield member


def read_member(entry: Mapping[str, Any]) -> Member | None:
    """One entry; None if it does not say who it is (§2.2: `user_id` is required)."""
    user_id = id_of(entry.get("user_id"))
    if not user_id:
        return None
    given, family = text_of(entry.get("given_name")), text_of(entry.get("family_name"))
    return Member(
        user_id=user_id,
        name=display_name(text_of(entry.get("name")), given, family),
        given_name=given,
        family_name=family,
        email=text_of(entry.get("email")).lower(),
        sourcedid=_sourcedid(entry),
        roles=texts_of(entry.get("roles")),
        active=_active(entry.get("status")),
        group_ids=_groups(entry.get("group_enrollments")),
    )


def _sourcedid(entry: Mapping[str, Any]) -> str:
    """Flat in the specification and in Moodle; some nest it as in a launch."""
    if "lis_person_sourcedid" in entry:
        return text_of(entry["lis_person_sourcedid"])
    nested = entry.get("lis")
    return text_of(nested.get("person_sourcedid")) if isinstance(nested, dict) else ""


def _active(status: object) -> bool:
    """§2.3: a missing status means active. Older services write it as an address."""
    word = text_of(status).rpartition("#")[2].rpartition(":")[2].rpartition("/")[2]
    return word.lower() not in ("inactive", "deleted")


def _groups(value: object) -> tuple[str, ...]:
    """Course Groups Service §3.3: `[{"group_id": "…"}]`."""
    if not isinstance(value, list):
        return ()
    found = (id_of(one.get("group_id")) for one in value[:200] if isinstance(one, dict))
    return tuple(group for group in found if group)


def _canonical(role: str) -> str:
    """The full address of a role in a course, also for a short word."""
    return f"{_CONTEXT_ROLE}#{role}" if role.isalpha() else role


def _plays(roles: tuple[str, ...], wanted: str) -> bool:
    """A sub-role counts as its principal role: `…/membership/Instructor#Grader`."""
    principal, _, name = wanted.partition("#")
    below = f"{principal}/{name}#"
    return any(
        role == wanted or (name and role.startswith(below)) for role in map(_canonical, roles)
    )

"""The groups of a course: Course Groups Service 1.0."""

from collections.abc import Iterator
from dataclasses import dataclass

from lti.services.connector import Connector
from lti.services.pages import paged, with_query
from lti.services.reading import id_of, text_of
from lti.vocabulary import SCOPE_GROUPS

GROUPS = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
SETS = "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json"
_MOST_SETS = 1000


@dataclass(frozen=True, slots=True)
class Group:
    """A group; `set_id` and `set_name` are those of the set (Moodle: grouping) it is in, or ""."""

    id: str
    name: str
    tag: str = ""
    set_id: str = ""
    set_name: str = ""


def groups(
    connector: Connector, url: str, *, sets_url: str = "", user_id: str = ""
) -> Iterator[Group]:
    """All groups; who is in them the roster tells (`Member.group_ids`), or `user_id` asks.

    :param url: `context_groups_url` of the launch.
    :param sets_url: `context_group_sets_url`, which not every platform has; without it
        `set_name` stays "".
    :param user_id: only the groups of this person.
    :raises ServiceError: while it is read, too.
    """
    names = _sets(connector, sets_url) if sets_url else {}
    first = with_query(url, {"user_id": user_id})
    for entry in paged(connector, first, scopes=(SCOPE_GROUPS,), accept=GROUPS, name="groups"):
        identifier, set_id = id_of(entry.get("id")), id_of(entry.get("set_id"))
        if identifier:
            yield Group(
                id=identifier,
                name=text_of(entry.get("name")),
                tag=text_of(entry.get("tag")),
                set_id=set_id,
                set_name=names.get(set_id, ""),
            )


def _sets(connector: Connector, url: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in paged(connector, url, scopes=(SCOPE_GROUPS,), accept=SETS, name="sets"):
        if len(found) < _MOST_SETS:
            found[id_of(entry.get("id"))] = text_of(entry.get("name"))
    return found

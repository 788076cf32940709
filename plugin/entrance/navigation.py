"""What the entrance puts on desks: the registry's queue, the administrator's connections."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.actor import Actor, Role
from plugin.desk import registry
from plugin.desk.registry import Todo
from plugin.entrance import queries

for _role in (Role.REGISTRY, Role.ADMINISTRATOR):
    registry.nav(_role, _l("帳號配對"), "entrance.people", 84)
    registry.nav(_role, _l("平臺課程"), "entrance.contexts", 86)
registry.nav(Role.ADMINISTRATOR, _l("平臺連線"), "entrance.connections", 88)


@registry.todos(Role.REGISTRY, Role.ADMINISTRATOR)
def _queue(actor: Actor) -> list[Todo]:
    """Accounts that nobody has identified."""
    count = queries.waiting_count(actor.school_id or 0)
    if not count:
        return []
    return [Todo(_("配對 %(count)s 個平臺帳號", count=count), "entrance.people")]


@registry.todos(Role.ADMINISTRATOR)
def _deployments(actor: Actor) -> list[Todo]:
    """Deployments that wait for approval."""
    count = len(queries.waiting_deployments(actor.school_id or 0))
    if not count:
        return []
    return [Todo(_("核可 %(count)s 個平臺部署", count=count), "entrance.connections")]

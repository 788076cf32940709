"""Who may change what belongs to the school itself."""

from __future__ import annotations

from flask_babel import gettext as _

from plugin import web
from plugin.actor import Actor, Role
from plugin.errors import NotAllowed

administrators = web.holding(Role.ADMINISTRATOR)
"""Roles and rules of the school, its audit log."""

keepers = web.holding(Role.ADMINISTRATOR, Role.REGISTRY)
"""The calendar, people, classes, courses."""

onlookers = web.holding(
    Role.ADMINISTRATOR,
    Role.REGISTRY,
    Role.STUDENT_AFFAIRS,
    Role.COUNSELLOR,
    Role.HOMEROOM,
    Role.TEACHER,
    Role.STUDENT,
    Role.PARENT,
)
"""Whoever may read the calendar and the rules: everybody of the school."""


def is_system(actor: Actor) -> bool:
    """The installation itself: a command or scheduled work, not a person of any kind."""
    return (
        actor.person_id is None
        and actor.launch_person_id is None
        and actor.launch_session_id is None
    )


def require(actor: Actor, *roles: Role) -> int:
    """The school in which `actor` may act as one of `roles` (the system may always).

    :raises NotAllowed: none of the roles is held, or no school is named.
    """
    allowed = is_system(actor) or (actor.person_id is not None and actor.has(*roles))
    if not allowed or actor.school_id is None:
        raise NotAllowed(
            _("您的身分不能變更這項設定。"),
            remedy=_("請洽貴校系統管理者或註冊組。"),
        )
    return actor.school_id


def require_keeper(actor: Actor) -> int:
    """The school whose calendar, people, classes and courses `actor` may change.

    :raises NotAllowed: neither administrator nor registry.
    """
    return require(actor, Role.ADMINISTRATOR, Role.REGISTRY)


def require_administrator(actor: Actor) -> int:
    """The school whose roles and rules `actor` may change.

    :raises NotAllowed: not an administrator.
    """
    return require(actor, Role.ADMINISTRATOR)

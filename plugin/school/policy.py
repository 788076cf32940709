"""Who may change what belongs to the school itself."""

from __future__ import annotations

from flask_babel import gettext as _

from plugin import clock, web
from plugin.actor import Actor, Role
from plugin.errors import NotAllowed
from plugin.school import queries
from plugin.school.models import RoleGrant

administrators = web.holding(Role.ADMINISTRATOR)
"""Roles and rules of the school, its audit log."""

keepers = web.holding(Role.ADMINISTRATOR, Role.REGISTRY)
"""The calendar, people, classes, courses."""

days_keepers = web.holding(Role.ADMINISTRATOR, Role.REGISTRY, Role.ISSUING_OFFICE)
"""The table of office days: whoever keeps the school's calendar, and the desk whose periods run."""

importers = web.holding(Role.ADMINISTRATOR, Role.REGISTRY, Role.STUDENT_AFFAIRS)
"""Bring in files: the registry all, student affairs what is theirs (`importing.rights`)."""

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


def require_days_keeper(actor: Actor) -> int:
    """The school whose table of office days `actor` may change.

    :raises NotAllowed: neither administrator nor registry nor issuing office.
    """
    return require(actor, Role.ADMINISTRATOR, Role.REGISTRY, Role.ISSUING_OFFICE)


def require_administrator(actor: Actor) -> int:
    """The school whose roles and rules `actor` may change.

    :raises NotAllowed: not an administrator.
    """
    return require(actor, Role.ADMINISTRATOR)


def require_may_identify(actor: Actor, person_id: int) -> None:
    """Whoever says who an account is gives it that person's rights, or takes them: nobody gives or
    takes more than they hold, so only an administrator says who is, or is no longer, one.

    :raises NotAllowed: `person_id` is an administrator, and `actor` is none.
    """
    if is_system(actor) or actor.has(Role.ADMINISTRATOR) or actor.school_id is None:
        return
    if any(
        _stands(grant) for grant, _holder in queries.grants(actor.school_id, person_id=person_id)
    ):
        raise NotAllowed(
            _("此人是系統管理者，帳號只能由系統管理者配對或解除配對。"),
            remedy=_("請洽貴校的系統管理者。"),
        )


def _stands(grant: RoleGrant) -> bool:
    """An administrator's grant that holds now or will."""
    ended = grant.ends_on is not None and grant.ends_on < clock.today()
    return grant.role == Role.ADMINISTRATOR and grant.revoked_at is None and not ended

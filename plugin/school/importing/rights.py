"""Who may bring in what: the registry everything; others the kinds that name their role, and of the
imports they see their own."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _

from plugin.actor import Actor, Role
from plugin.errors import NotAllowed
from plugin.school import policy
from plugin.school.importing.definition import Importable, importables
from plugin.school.importing.models import SchoolImport

KEEPERS = (Role.ADMINISTRATOR, Role.REGISTRY)


def keeps(actor: Actor) -> bool:
    """Brings in everything, sees every import of the school."""
    return policy.is_system(actor) or actor.has(*KEEPERS)


def kinds(actor: Actor) -> tuple[Importable, ...]:
    """What the actor may bring in."""
    if keeps(actor):
        return importables()
    return tuple(one for one in importables() if actor.has(*one.brought_by))


def require(actor: Actor) -> int:
    """The school into which `actor` may bring something.

    :raises NotAllowed: nothing at all.
    """
    roles = {role for one in importables() for role in one.brought_by}
    return policy.require(actor, *KEEPERS, *roles)


def require_kinds(actor: Actor, wanted: Iterable[str]) -> None:
    """:raises NotAllowed: one of these is not the actor's to bring in."""
    mine = {one.kind for one in kinds(actor)}
    if not mine.issuperset(wanted):
        raise NotAllowed(
            _("這份檔案有您不能匯入的資料。"),
            remedy=_("請交由註冊組匯入，或只保留您負責的工作表。"),
        )


def sees(actor: Actor, one: SchoolImport) -> bool:
    """Whether an import is the actor's to look at."""
    if one.school_id != actor.school_id:
        return False
    return keeps(actor) or (actor.person_id is not None and one.made_by_id == actor.person_id)

"""What the services put on desks: rosters for staff, what failed for administrators."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.actor import Actor, Role
from plugin.desk import registry
from plugin.desk.registry import Card, Todo
from plugin.entrance import loading
from plugin.school.models import SchoolKind
from plugin.services import queries

registry.absent(SchoolKind.ISSUING_OFFICE, "services.roster_list")
registry.nav(Role.TEACHER, _l("課程名單"), "services.roster_list", 24)
registry.nav(Role.SUBSTITUTE, _l("課程名單"), "services.roster_list", 24)
registry.nav(Role.REGISTRY, _l("課程名單"), "services.roster_list", 87)
registry.nav(Role.ADMINISTRATOR, _l("平臺服務"), "services.services", 89)


@registry.cards(Role.ADMINISTRATOR)
def _failed(actor: Actor) -> list[Card]:
    """Only when something failed."""
    found = queries.trouble(actor.school_id or 0)
    if not found.any:
        return []
    body = _(
        "%(rosters)s 份名單、%(grades)s 筆成績、%(errands)s 則訊息沒有成功",
        rosters=found.rosters, grades=found.grades, errands=found.errands,
    )  # fmt: skip
    n = found.rosters + found.grades + found.errands
    return [Card(_("平臺服務"), n, _("件"), body, "services.services", "bad", 6)]


@registry.todos(Role.REGISTRY, Role.ADMINISTRATOR)
def _copied(actor: Actor) -> list[Todo]:
    """LMS courses that were copied and stand for nothing yet."""
    found = queries.copies(actor.school_id or 0)
    if not found:
        return []
    return [Todo(_("為 %(n)s 門複製來的平臺課程選擇校內課程", n=len(found)), "entrance.contexts")]


@registry.todos(Role.TEACHER)
def _my_copy(actor: Actor) -> list[Todo]:
    """The LMS course of this launch is a copy: which course is it this term? Not taken over from
    the original, for a copy is made for a new term or another class."""
    launched = loading.launched()
    if launched is None or launched.launch_context_id is None:
        return []
    found = queries.copies(actor.school_id or 0, context_id=launched.launch_context_id)
    return [
        Todo(
            _(
                "這門平臺課程複製自「%(courses)s」，請選擇它在本學期代表的課程",
                courses=_("、").join(f"{one.number} {one.name}" for one in copy.origins),
            )
            if copy.origins
            else _("這門平臺課程是複製來的，請選擇它在本學期代表的課程"),
            "entrance.course",
        )
        for copy in found
    ]

"""The yearly books of outcomes and experiences can be brought in; what is kept of them is on
people's desks."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.actor import Actor, Role
from plugin.desk import registry
from plugin.desk.registry import Card
from plugin.portfolio.operations import handed_in
from plugin.portfolio.queries import earlier
from plugin.school import importing

for _one in handed_in.importables():
    importing.register(_one)

registry.nav(Role.REGISTRY, _l("往年提交紀錄"), "portfolio.earlier_list", 50)
registry.nav(Role.STUDENT_AFFAIRS, _l("往年提交紀錄"), "portfolio.earlier_list", 50)


@registry.cards(Role.STUDENT)
def _earlier(actor: Actor) -> list[Card]:
    """What an earlier system handed in, for those of whom there is something."""
    if n := earlier.count(actor):
        return [
            Card(_("往年提交紀錄"), n, _("件"), _("前一套系統提交的，只供備查"),
                 "portfolio.earlier_mine", "info", 60),
        ]  # fmt: skip
    return []

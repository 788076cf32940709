"""The ledger of hours on the desk of whoever applies: where it is, and how much counts."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.actor import Actor, Role
from plugin.certification.hours import HOUR
from plugin.certification.queries import hours as queries
from plugin.desk import registry
from plugin.desk.registry import Card

registry.nav(Role.APPLICANT, _l("研習時數"), "certification.hours_ledger", 60)


@registry.cards(Role.APPLICANT)
def _mine(actor: Actor) -> list[Card]:
    """Hours that count, for what matters to the person now."""
    view = queries.views(actor)[0]
    found = queries.tally(actor, view.needs)
    total, needed = (f"{minutes / HOUR:g}" for minutes in (found.total, view.needs.total))
    return [
        Card(_("採計的研習時數"), f"{total} / {needed}", _("小時"), view.label,
             "certification.hours_ledger", "good" if found.enough else "info", 60),
    ]  # fmt: skip

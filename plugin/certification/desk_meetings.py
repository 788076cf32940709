"""What meetings put on the desk of the issuing office."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.actor import Actor, Role
from plugin.certification.queries import meetings
from plugin.desk import registry
from plugin.desk.registry import Card

registry.nav(Role.ISSUING_OFFICE, _l("審查會議"), "certification.meetings", 42)


@registry.cards(Role.ISSUING_OFFICE)
def _open(actor: Actor) -> list[Card]:
    """Meetings that are not closed."""
    n = meetings.open_count(actor)
    return [
        Card(_("審查會議"), n, _("場"), _("還沒有結案的會議"), "certification.meetings",
             "wait" if n else "calm", 42)
    ]  # fmt: skip

"""What meetings put on the desk of the issuing office."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.actor import Actor, Role
from plugin.certification.queries import meeting_cases, meetings
from plugin.desk import registry
from plugin.desk.registry import Card, Todo

registry.nav(Role.ISSUING_OFFICE, _l("審查會議"), "certification.meetings", 42)


@registry.cards(Role.ISSUING_OFFICE)
def _open(actor: Actor) -> list[Card]:
    """Meetings that are not closed."""
    n = meetings.open_count(actor)
    return [
        Card(_("審查會議"), n, _("場"), _("還沒有結案的會議"), "certification.meetings",
             "wait" if n else "calm", 42)
    ]  # fmt: skip


@registry.todos(Role.ISSUING_OFFICE)
def _to_arrange(actor: Actor) -> list[Todo]:
    """What a meeting resolved and somebody has to arrange."""
    return [
        Todo(
            _("安排展示或口試：%(number)s", number=one.number),
            "certification.office_review",
            {"case_id": one.id},
        )
        for one in meeting_cases.to_arrange(actor)
    ]

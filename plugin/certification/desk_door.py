"""The desk of whoever came by a mailed code; the way to the public pages for whoever keeps them."""

from __future__ import annotations

from datetime import datetime, time

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.actor import Actor, Role
from plugin.certification.case_words import BY_APPLICANT, NEXT
from plugin.certification.models import CaseState
from plugin.certification.queries import own
from plugin.certification.states import LABELS
from plugin.clock import TAIPEI
from plugin.desk import registry
from plugin.desk.registry import Card, Todo

registry.nav(Role.ISSUING_OFFICE, _l("專區內容"), "certification.page_list", 66)

CASE = "certification.case"
"""The page of one's own case."""
_WAITS = BY_APPLICANT - {CaseState.CERTIFIED}


@registry.cards(Role.APPLICANT)
def _cases(actor: Actor) -> list[Card]:
    """How the newest own case stands."""
    newest = own.newest(actor)
    return [
        Card(
            _("案件 %(number)s", number=one.case.number),
            LABELS[one.case.state].text,
            "",
            NEXT[one.case.state],
            CASE,
            LABELS[one.case.state].tone,
            10 + place,
            {"case_id": one.case.id},
        )
        for place, one in enumerate(newest[:3])
    ]


@registry.todos(Role.APPLICANT)
def _todos(actor: Actor) -> list[Todo]:
    """What waits for the applicant, until when."""
    waiting = [one for one in own.newest(actor) if one.case.state in _WAITS]
    return [
        Todo(
            f"{one.case.number}{_('：')}{NEXT[one.case.state]}",
            CASE,
            {"case_id": one.case.id},
            None if one.due is None else datetime.combine(one.due, time(23, 59), tzinfo=TAIPEI),
        )
        for one in waiting
    ]

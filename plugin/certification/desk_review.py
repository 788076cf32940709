"""What certification puts on a reviewer's desk, and the committee on the office's."""

from __future__ import annotations

from datetime import datetime, time

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import clock
from plugin.actor import Actor, Role
from plugin.certification.outlook import ORAL_FORMS
from plugin.certification.queries import orals, review
from plugin.desk import registry
from plugin.desk.registry import Card, Todo

registry.nav(Role.REVIEWER, _l("審查案件"), "certification.reviews", 10)
registry.nav(Role.ISSUING_OFFICE, _l("審查委員"), "certification.committee", 40)


@registry.cards(Role.REVIEWER)
def _waiting(actor: Actor) -> list[Card]:
    """What one still has to hand in, and how much of it is late."""
    waits = [one for one in review.mine(actor) if not one.handed_in]
    late = sum(one.assignment.due_on < clock.today() for one in waits)
    words = _("其中 %(n)s 件超過期限", n=late) if late else _("還沒交回的審查表")
    tone = "bad" if late else "wait" if waits else "good"
    return [Card(_("待審查"), len(waits), _("件"), words, "certification.reviews", tone, 10)]


@registry.todos(Role.REVIEWER)
def _next(actor: Actor) -> list[Todo]:
    """Declare, then review, what is due first on top; and where one has to be."""
    sheets = [
        Todo(
            _("審查案件 %(number)s", number=one.case.number)
            if one.assignment.declared_at
            else _("聲明有無迴避：%(number)s", number=one.case.number),
            "certification.review",
            {"review_id": one.assignment.id},
            datetime.combine(one.assignment.due_on, time(23, 59), clock.TAIPEI),
        )
        for one in review.mine(actor)
        if not one.handed_in
    ][:5]
    appointments = [
        Todo(
            _("評審%(form)s：%(number)s，%(place)s",
              form=ORAL_FORMS[one.oral.form], number=one.case.number, place=one.oral.place),
            "certification.reviews",
            {},
            one.oral.starts_at,
        )
        for one in orals.to_assess(actor)
        if orals.lies_ahead(one.oral)
    ][:5]  # fmt: skip
    return [*appointments, *sheets]

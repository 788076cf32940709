"""What payments put on the desks of the issuing office."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.actor import Actor, Role
from plugin.certification.queries import payments
from plugin.desk import registry
from plugin.desk.registry import Card

registry.nav(Role.ISSUING_OFFICE, _l("繳費與入帳"), "certification.payments", 20)


@registry.cards(Role.ISSUING_OFFICE)
def _odd(actor: Actor) -> list[Card]:
    """Money that somebody has to look at."""
    counts = payments.open_counts(actor)
    refunds = counts.pop("refunds")
    n = sum(counts.values())
    return [
        Card(_("待處理的款項"), n, _("筆"), _("對不到、逾期或金額不符"),
             "certification.payments", "wait" if n else "good", 20),
        *([Card(_("待退費"), refunds, _("筆"), _("已登錄、還沒退"),
                "certification.payments", "wait", 21, {"show": "refunds"})] if refunds else []),
    ]  # fmt: skip

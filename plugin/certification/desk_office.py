"""What certification puts on the desks of the issuing office: figures, what to do next."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.actor import Actor, Role
from plugin.certification.queries import office
from plugin.desk import registry
from plugin.desk.registry import Card, Todo

registry.nav(Role.ISSUING_OFFICE, _l("認證案件"), "certification.office_queue", 10)
registry.nav(Role.ISSUING_OFFICE, _l("認證統計"), "certification.statistics", 60)


@registry.cards(Role.ISSUING_OFFICE)
def _waiting(actor: Actor) -> list[Card]:
    """What waits for the office, what comes near its end, what is over."""
    n = office.waiting(actor)
    return [
        Card(_("輪到承辦單位"), n["ours"], _("件"), _("受理、審查或確認繳費"),
             "certification.office_queue", "wait" if n["ours"] else "good", 10,
             {"state": "ours"}),
        Card(_("快到期"), n["near"], _("件"), _("期限將到的案件"),
             "certification.office_queue", "wait" if n["near"] else "calm", 11,
             {"clock": "near"}),
        Card(_("已逾期"), n["over"], _("件"), _("超過期限還沒結束的案件"),
             "certification.office_queue", "bad" if n["over"] else "calm", 12,
             {"clock": "over"}),
    ]  # fmt: skip


@registry.todos(Role.ISSUING_OFFICE)
def _next(actor: Actor) -> list[Todo]:
    """Cases that nobody has begun, and those over their period."""
    n = office.waiting(actor)
    found = []
    if n["over"]:
        words = _("處理 %(n)s 件已逾期的案件", n=n["over"])
        found.append(Todo(words, "certification.office_queue", {"clock": "over"}))
    if n["ours"]:
        words = _("辦理 %(n)s 件認證案件", n=n["ours"])
        found.append(Todo(words, "certification.office_queue", {"state": "ours"}))
    return found

"""What receipts and exchange put on people's desks."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import clock
from plugin.actor import Actor, Role
from plugin.desk import registry
from plugin.desk.registry import Card, Todo
from plugin.portfolio.models import SheetState
from plugin.portfolio.queries import receipts
from plugin.portfolio.queries.receipts import season, sheets
from plugin.school import windows
from plugin.school.terms import term_of

registry.nav(Role.REGISTRY, _l("收訖"), "portfolio.receipt_progress", 43)
registry.nav(Role.HOMEROOM, _l("收訖確認"), "portfolio.receipt_progress", 34)
registry.nav(Role.PARENT, _l("收訖明細"), "portfolio.receipt_children", 18)
registry.nav(Role.REGISTRY, _l("歷程交換"), "portfolio.exchange", 45)
registry.nav(Role.EXCHANGE, _l("歷程交換"), "portfolio.exchange", 45)


@registry.todos(Role.STUDENT)
def _confirm(actor: Actor) -> list[Todo]:
    """Confirm what was handed in, while that is open."""
    found = []
    for sheet in sheets.waiting_sheets(actor):
        window = season.window_of(sheet)
        if window is None or not windows.open_at(window, clock.now()):
            continue
        if sheet.state is not SheetState.DISPUTED:
            words = _("確認收訖明細（%(n)s 件）", n=sheet.items)
            found.append(Todo(words, "portfolio.handed_in", due=window.closes_at))
    return found


@registry.cards(Role.REGISTRY)
def _confirmed(actor: Actor) -> list[Card]:
    """How far the confirmations are, once something was handed in."""
    classes = sheets.by_class(actor, term_of(clock.today()).academic_year)
    students = sum(one.students for one in classes)
    if not students:
        return []
    done = sum(one.counts.get(SheetState.CONFIRMED, 0) for one in classes)
    return [
        Card(_("已確認收訖明細"), f"{done} / {students}", _("人"), _("本學年已提交的學生"),
             "portfolio.receipt_progress", "good" if done == students else "wait", 34),
    ]  # fmt: skip


@registry.todos(Role.REGISTRY)
def _disputes(actor: Actor) -> list[Todo]:
    """Disputes to answer."""
    assert actor.school_id is not None
    n = receipts.open_count(actor.school_id, term_of(clock.today()).academic_year)
    if not n:
        return []
    return [Todo(_("回覆 %(n)s 項收訖明細的異議", n=n), "portfolio.receipt_disputes")]

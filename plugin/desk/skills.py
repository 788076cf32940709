"""When what opens and closes, by talking: the window that is named, then whatever is one's own."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.deadline import Deadline
from forms.jinja import roc_date
from plugin import clock, skills
from plugin.actor import Actor
from plugin.desk import queries
from plugin.school import policy, window_words, windows
from plugin.school.models import WindowKind
from plugin.school.terms import Term, term_of
from plugin.skills import Asked, QuerySkill
from plugin.skills.replies import Link, Part, Reply, Say, Table

PHASES = {
    "ahead": _l("尚未開放"),
    "open": _l("開放中"),
    "soon": _l("開放中"),
    "last-hour": _l("即將截止"),
    "closed": _l("已截止"),
}


def _show(actor: Actor, asked: Asked) -> Reply:
    today = term_of(clock.today())
    term = Term(
        int(asked.slots.get("academic_year") or today.academic_year),
        int(asked.slots.get("term") or today.term),
    )
    named = str(asked.slots.get("window", ""))
    kind = window_words.kind(named) or window_words.kind(asked.words)
    page = Link(_("看作業期程"), "school.calendar", {"year": term.academic_year})
    parts: list[Part] = _of_kind(actor, kind, term) if kind else []
    mine = queries.deadlines(actor)
    if mine:
        rows = [
            [one.title, roc_date(one.opens_at), roc_date(one.closes_at), _left(one)]
            for one in mine[: Table.SHOWN]
        ]
        columns = [_("項目"), _("開放"), _("截止"), _("剩餘時間")]
        caption = _("與您有關的期限")
        return Reply((*parts, Table(caption, columns, rows, total=len(mine), more=page)))
    if not parts:
        parts = [Say(_("目前沒有與您有關、尚未截止的期限。"))]
    return Reply((*parts, page))


def _of_kind(actor: Actor, kind: WindowKind, term: Term) -> list[Part]:
    """The windows of one kind in so many words; of several grades, a line each."""
    found = queries.deadlines_of(actor, kind, term)
    if not found:
        whole = Term(term.academic_year, 0) if kind in windows.YEARLY else term
        words = _(
            "%(term)s的「%(name)s」期間尚未設定。", term=whole.label, name=windows.LABELS[kind]
        )
        return [Say(words, "warning")]
    return [_told(one) for one in found]


def _told(one: Deadline) -> Say:
    words = {
        "name": one.title,
        "opens": roc_date(one.opens_at),
        "closes": roc_date(one.closes_at),
        "left": one.left,
    }
    if one.phase == "closed":
        return Say(_("「%(name)s」已於%(closes)s截止。", **words), "warning")
    if one.phase == "ahead":
        return Say(_("「%(name)s」尚未開放：%(opens)s開放，%(closes)s截止。", **words))
    told = _("「%(name)s」開放中，%(closes)s截止，%(left)s。", **words)
    if one.extended:
        told += _("這是為您延長後的期限。")
    return Say(told, "warning" if one.phase in {"soon", "last-hour"} else "")


def _left(one: Deadline) -> str:
    return one.left or str(PHASES[one.phase])


skills.register(
    QuerySkill(
        intent="deadline.show",
        title=_l("看期限"),
        who=_l("全校師生與家長"),
        policy=policy.onlookers,
        answer=_show,
        order=10,
    )
)

"""Parents see how the outcomes of their children stand: what was sent, never a draft."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.said import day_said
from plugin import clock, skills
from plugin.actor import Actor
from plugin.clock import TAIPEI
from plugin.portfolio import policy
from plugin.portfolio.models import Outcome, OutcomeState
from plugin.portfolio.queries.overviews import everything
from plugin.portfolio.queries.overviews.everything import Everything
from plugin.portfolio.skills.people import FAMILY, children
from plugin.portfolio.states import LABELS
from plugin.school.models import Person
from plugin.school.terms import term_of
from plugin.skills import Asked, QuerySkill
from plugin.skills.replies import Bars, Link, Part, Reply, Say, Table

SHOWN = Table.SHOWN
_FIRST = (OutcomeState.RETURNED, OutcomeState.OVERDUE, OutcomeState.SENT, OutcomeState.CERTIFIED)
"""What needs a look comes first."""


def _status(actor: Actor, asked: Asked) -> Reply:
    found = children(actor, asked)
    return Reply(tuple(part for child in found for part in _of_child(child, asked)))


def _of_child(child: Person, asked: Asked) -> list[Part]:
    year = int(asked.slots.get("academic_year") or term_of(clock.today()).academic_year)
    page = Link(
        _("看 %(name)s 各學期的紀錄", name=child.name),
        "portfolio.timeline_of",
        {"person_id": child.id},
    )
    known = everything.of(child, drafts=False)
    term = str(asked.slots.get("term") or "")
    outcomes = [
        one
        for one in known.outcomes
        if one.academic_year == year and (not term or str(one.term) == term)
    ]
    named = [one for one in outcomes if _is_named(one, known, asked)]
    if not named:
        told = (
            _("%(name)s：找不到符合的課程學習成果；還沒送出的不會顯示。", name=child.name)
            if outcomes
            else _("%(name)s：%(year)s 學年度還沒有送出課程學習成果。", name=child.name, year=year)
        )
        return [Say(told), page]
    counts = {state: sum(one.state is state for one in named) for state in _FIRST}
    listed = _("、").join(
        _("%(state)s %(count)s 件", state=LABELS[state].text, count=count)
        for state, count in counts.items()
        if count
    )
    told = _("%(name)s：共 %(n)s 件，%(told)s。", name=child.name, n=len(named), told=listed)
    parts: list[Part] = [Say(told)]
    bars = [
        (LABELS[state].text, count, len(named)) for state, count in counts.items() if count
    ]  # fmt: skip
    if len(bars) > 1:
        parts.append(Bars(_("認證進度"), bars, _("件")))
    named.sort(key=lambda one: (_FIRST.index(one.state), -one.id))
    columns = [_("名稱"), _("課程"), _("狀態"), _("最後處理")]
    rows = [_row(one, known) for one in named[:SHOWN]]
    return [*parts, Table(_("課程學習成果"), columns, rows, total=len(named), more=page)]


def _is_named(one: Outcome, known: Everything, asked: Asked) -> bool:
    course = known.courses.get(one.course_id or 0)
    wanted, title = str(asked.slots.get("course", "")), str(asked.slots.get("title", ""))
    return (not wanted or (course is not None and wanted in course.name)) and title in one.title


def _row(one: Outcome, known: Everything) -> list[Any]:
    course = known.courses.get(one.course_id or 0)
    decisions = known.decisions.get(one.id, ())
    at = decisions[-1].at if decisions else one.sent_at
    by = decisions[-1].by_name if decisions else _("送出")
    day = day_said(at.astimezone(TAIPEI).date()) if at else ""
    return [one.title, course.name if course else "—", LABELS[one.state].text, f"{by} {day}"]


skills.register(
    QuerySkill(
        intent="outcome.status",
        name="outcome.status:children",
        title=_l("看子女的成果認證進度"),
        who=FAMILY,
        policy=policy.parents,
        answer=_status,
        order=20,
    )
)

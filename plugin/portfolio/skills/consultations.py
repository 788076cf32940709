"""A counsellor writes a consultation: the form of its page; what stands is changed on its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from forms.said import day_said
from plugin import clock, skills
from plugin.actor import Actor
from plugin.portfolio import policy
from plugin.portfolio.forms.counselling import TOPICS, CounsellingForm, counselling_form
from plugin.portfolio.models import CounsellingKind, CounsellingState
from plugin.portfolio.operations.counselling import writing
from plugin.portfolio.queries import counselling as reads
from plugin.portfolio.queries import counsellors
from plugin.portfolio.states import COUNSELLING_LABELS
from plugin.school.models import Person
from plugin.school.queries import Placement
from plugin.school.terms import term_of
from plugin.skills import Asked, FormSkill, Going, QuerySkill
from plugin.skills.replies import Button, Facts, Link, Part, Reply, Say, Table, reply

COUNSELLOR = _l("課程諮詢教師")
TITLE, CHANGE = _l("登錄諮詢"), _l("修改諮詢紀錄")
SHOWN = Table.SHOWN
OFFERED = 6
"""Words of advice to press; the page has them all."""
_CHANGES = re.compile(r"修改|更正|要改|改一下|打錯|登錯|草稿|correct|change|draft", re.IGNORECASE)
_KINDS = {
    CounsellingKind.GROUP: re.compile(r"團體|团体|團諮|团咨|group", re.IGNORECASE),
    CounsellingKind.INDIVIDUAL: re.compile(r"個別|个别|個諮|个咨|individual", re.IGNORECASE),
}
Own = Sequence[tuple[Person, Placement | None]]


def _form(actor: Actor, _subject: str, data: Any) -> CounsellingForm:
    assert actor.school_id is not None
    form = counselling_form(
        actor,
        term_of(clock.today()).academic_year,
        students=counsellors.own_choices(actor),
        topics=reads.own_topics(actor.school_id) or [str(one) for one in TOPICS],
        formdata=data,
        meta={"csrf": False},
    )
    kept = [(one.title, one.body) for one in reads.templates(actor)[:OFFERED]]
    form.advice.ask = replace(form.advice.ask, offers=kept)
    return form


def _called(own: Own, asked: Asked) -> list[int] | None:
    """Own students by the names in the sentence; None: a name that is nobody's or several's."""
    slot = asked.slots.get("student")
    names = [str(one) for one in slot] if isinstance(slot, (list, tuple)) else [str(slot or "")]
    found: list[int] = []
    for name in filter(None, names):
        exact = [one.id for one, _placed in own if name in (one.name, one.number)]
        some = exact or [one.id for one, _placed in own if name in one.name]
        if len(some) != 1:
            return None
        found += some
    # a sentence names several, a slot often only the first
    by_name: dict[str, list[int]] = {}
    for one, _placed in own:
        by_name.setdefault(one.name, []).append(one.id)
    for name, some in by_name.items():
        if len(name) > 1 and len(some) == 1 and name in asked.words:
            found += some
    return list(dict.fromkeys(found))


def _in_class(own: Own, asked: Asked) -> list[int]:
    """Own students of the class that is named, unless another number of them was there."""
    name = str(asked.slots.get("class_name", "")).removesuffix("班")
    count = asked.slots.get("count")
    if not name:
        return []
    found = [
        one.id
        for one, placed in own
        if placed is not None and name in (placed.class_name.removesuffix("班"), placed.class_code)
    ]
    return [] if count and int(count) != len(found) else found


def _fill(actor: Actor, asked: Asked, _given: Form) -> Mapping[str, Sequence[str]]:
    """Who took part, and whether that was one or a group."""
    filled: dict[str, Sequence[str]] = {}
    kind = next((one for one, words in _KINDS.items() if words.search(asked.words)), None)
    own = counsellors.own_choices(actor)
    found = _called(own, asked)
    if found is not None and not found and kind is not CounsellingKind.INDIVIDUAL:
        found = _in_class(own, asked)
    if found:
        filled["students"] = [str(one) for one in found]
        kind = kind or (CounsellingKind.GROUP if len(found) > 1 else CounsellingKind.INDIVIDUAL)
    if kind is not None:
        filled["kind"] = [kind.value]
    return filled


def _log(actor: Actor, form: Form, going: Going) -> Reply:
    """Keep it as a draft, register it: what is refused stays as a draft, as on the page."""
    assert isinstance(form, CounsellingForm)
    found = writing.start(actor, form.values(), begun_at=going.begun_at, page_key=going.key)
    receipts = []
    if found.state is CounsellingState.DRAFT:  # else this very run was registered before
        kept = writing.register(actor, found.id)
        found, receipts = kept.record, kept.receipts
    parts: list[Part] = [Say(_("已登錄。學生可以看到這筆紀錄。"), "good")]
    if receipts:
        parts.append(Facts([(_("收件回條"), one.number, "") for one in receipts]))
    parts += [
        Link(_("看這筆諮詢紀錄"), "portfolio.counselling_record", {"counselling_id": found.id}),
        Button(_("再登錄一筆"), TITLE),
    ]
    return Reply(tuple(parts))


skills.register(
    FormSkill(
        intent="counselling.log",
        title=TITLE,
        who=COUNSELLOR,
        policy=policy.counsellors,
        build=_form,
        fields={
            "student": "students",
            "date": "held_on",
            "place": "place",
            "summary": "summary",
        },
        fill=_fill,
        run=_log,
        confirm=_l("登錄"),
        warning=lambda _actor, _form: _("登錄後學生看得到自己的紀錄；家長依學校規定。"),
        page=lambda _actor, _subject: Link(TITLE, "portfolio.counselling_new"),
        suits=lambda _actor, asked: not _CHANGES.search(asked.words),
        order=10,
    )
)


def _changed(actor: Actor, asked: Asked) -> Reply:
    """One's own records, those that are named first of all: each is changed on its page."""
    page = Link(_("看全部諮詢紀錄"), "portfolio.counselling_records")
    lines = [
        one for one in reads.records(actor).items if one.record.state is not CounsellingState.VOID
    ]
    if not lines:
        return reply(_("您還沒有登錄過諮詢紀錄。"), Button(TITLE, TITLE))
    found = [one for one in lines if _named(one, asked)]
    told = (
        _("請選要修改的紀錄；期限過後只能補充說明。")
        if found
        else _("沒有找到符合的紀錄，以下是您最近登錄的。")
    )
    rows = [_row(one) for one in (found or lines)[:SHOWN]]
    columns = [_("諮詢日期"), _("學生"), _("主題"), _("狀態")]
    table = Table(_("我登錄的諮詢紀錄"), columns, rows, total=len(found or lines), more=page)
    return reply(Say(told, "" if found else "warning"), table)


def _named(line: reads.Line, asked: Asked) -> bool:
    name, day = str(asked.slots.get("student") or ""), asked.slots.get("date")
    held = line.record.held_on.isoformat() if line.record.held_on else ""
    if name and not any(name in one.name for one in line.students):
        return False
    return not day or held == day


def _row(line: reads.Line) -> list[Any]:
    one = line.record
    day = day_said(one.held_on) if one.held_on else _("尚未填寫日期")
    endpoint = "portfolio.counselling_edit"
    if line.total > 1:
        who = _("%(n)s 位學生", n=line.total)
    else:
        who = _("、").join(student.name for student in line.students)
    return [
        Link(day, endpoint, {"counselling_id": one.id}),
        who,
        one.topic,
        COUNSELLING_LABELS[one.state].text,
    ]


skills.register(
    QuerySkill(
        intent="counselling.log",
        name="counselling.change",
        title=CHANGE,
        who=COUNSELLOR,
        policy=policy.counsellors,
        answer=_changed,
        suits=lambda _actor, asked: bool(_CHANGES.search(asked.words)),
        order=20,
    )
)

"""Counselling records: a student's own, a child's where the school allows, a counsellor's students.

A conversation is kept: what is written of a student is told to that student alone; everybody else
is told when and about what, and reads it on its page, where today's relation is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.said import day_said
from plugin import clock, skills
from plugin.actor import Actor
from plugin.errors import NotAllowed
from plugin.portfolio import policy
from plugin.portfolio.forms.counselling import KINDS
from plugin.portfolio.operations.counselling import found as operations
from plugin.portfolio.queries import counselling as reads
from plugin.portfolio.queries import counsellors
from plugin.portfolio.queries.counselling import Sheet
from plugin.portfolio.skills.people import MOST, children
from plugin.school.terms import term_of
from plugin.skills import Asked, QuerySkill
from plugin.skills.replies import Bars, Facts, Link, Part, Reply, Say, Table, reply

SHOWN = Table.SHOWN


def _mine(actor: Actor, asked: Asked) -> Reply:
    assert actor.person_id is not None
    page = Link(_("看全部諮詢紀錄"), "portfolio.counselling_mine")
    records = _asked_for(operations.of_family(actor, actor.person_id).items, asked)
    if not records:
        return reply(
            _("還沒有諮詢紀錄。與課程諮詢教師談過、教師登錄之後，紀錄會出現在這裡。"), page
        )
    newest = records[0].record
    told = {
        _("主題"): newest.topic,
        _("簡述"): newest.summary,
        _("建議"): newest.advice,
        _("後續追蹤"): newest.follow_up,
    }
    facts = [(label, words, "") for label, words in told.items() if words]
    caption = _("%(day)s 的諮詢", day=_day(records[0]))
    return reply(_counted(records), Facts(facts, caption), _table(records, page))


def _of_children(actor: Actor, asked: Asked) -> Reply:
    if not reads.shown_to_parents(actor):
        raise NotAllowed(
            _("貴校目前沒有開放家長查看課程諮詢紀錄。"),
            remedy=_("學生本人可以查看；如需開放，請洽註冊組。"),
            rule=reads.SHOWN_TO_PARENT,
        )
    parts: list[Part] = []
    for child in children(actor, asked):
        page = Link(
            _("看 %(name)s 的諮詢紀錄", name=child.name), "portfolio.counselling_mine",
            {"child": child.id},
        )  # fmt: skip
        records = _asked_for(operations.of_family(actor, child.id).items, asked)
        if records:
            told = _("%(name)s：%(told)s", name=child.name, told=_counted(records))
            parts += [Say(told), _table(records, page)]
        else:
            parts += [Say(_("%(name)s：還沒有諮詢紀錄。", name=child.name)), page]
    return Reply(tuple(parts))


def _of_students(actor: Actor, asked: Asked) -> Reply:
    """One student by name; without a name how far the counsellor's own students are."""
    name = str(asked.slots.get("student", ""))
    if not name:
        return _reached(actor)
    lines = counsellors.own_students(actor, counsellors.Wanted(text=name), limit=SHOWN)
    if not lines.items:
        return reply(
            Say(_("您的學生裡沒有「%(name)s」。", name=name), "warning"),
            Link(_("我的學生"), "portfolio.counselling_students"),
        )
    if len(lines.items) > MOST:
        return reply(
            _("符合「%(name)s」的學生不只一位。", name=name), _students(lines.items, {"q": name})
        )
    parts: list[Part] = []
    for line in lines.items:
        student, sheets = operations.history(actor, line.student.id)
        page = Link(
            _("看 %(name)s 的諮詢紀錄", name=student.name), "portfolio.counselling_history",
            {"person_id": student.id},
        )  # fmt: skip
        records = _asked_for(sheets.items, asked)
        if records:
            told = _("%(name)s：%(told)s", name=student.name, told=_counted(records))
            parts += [Say(told), _table(records, page)]
        else:
            parts += [Say(_("%(name)s：還沒有諮詢紀錄。", name=student.name)), page]
    return Reply(tuple(parts))


def _reached(actor: Actor) -> Reply:
    seen, total = counsellors.reached(actor, term_of(clock.today()))
    waiting, due, _first = reads.waiting(actor)
    if not total:
        return reply(
            _("還沒有指派給您的學生"), Link(_("課程諮詢"), "portfolio.counselling_students")
        )
    told = _("您的學生 %(total)s 位，本學期已諮詢 %(seen)s 位。", total=total, seen=seen)
    parts: list[Part] = [Say(told)]
    if waiting:
        words = _("待追蹤的紀錄 %(n)s 件，其中 %(due)s 件已到期。", n=waiting, due=due)
        parts.append(Say(words, "warning" if due else ""))
    parts.append(Bars(_("本學期已諮詢"), [(_("我的學生"), seen, total)], _("人")))
    listed = counsellors.own_students(actor, counsellors.Wanted(), limit=SHOWN)
    return Reply((*parts, _students(listed.items, {}, total)))


def _students(
    lines: Sequence[counsellors.Line], args: dict[str, Any], total: int | None = None
) -> Table:
    def row(line: counsellors.Line) -> list[Any]:
        to = {"person_id": line.student.id}
        return [
            Link(line.student.name, "portfolio.counselling_history", to),
            f"{line.placed.class_name} {line.placed.seat}" if line.placed else "—",
            day_said(line.last) if line.last else _("尚未諮詢"),
            line.times,
        ]

    columns = [_("學生"), _("班級座號"), _("最近一次諮詢"), _("諮詢次數")]
    page = Link(_("看全部學生"), "portfolio.counselling_students", args)
    return Table(_("我的學生"), columns, [row(one) for one in lines], total=total, more=page)


def _asked_for(records: Sequence[Sheet], asked: Asked) -> list[Sheet]:
    """Those of the day, span, term, teacher that the sentence names."""
    slots = asked.slots
    teacher = str(slots.get("teacher", ""))
    found = []
    for one in records:
        day = one.record.held_on
        on = day.isoformat() if day else ""
        term = term_of(day) if day else None
        year, number = slots.get("academic_year"), slots.get("term")
        fits = (
            (not slots.get("date") or on == slots["date"])
            and (not slots.get("date_from") or on >= slots["date_from"])
            and (not slots.get("date_to") or on <= slots["date_to"])
            and (not year or (term is not None and str(term.academic_year) == str(year)))
            and (not number or (term is not None and str(term.term) == str(number)))
            and teacher in one.record.counsellor_name
        )
        if fits:
            found.append(one)
    return found


def _counted(records: Sequence[Sheet]) -> str:
    return _("共 %(n)s 次諮詢，最近一次是 %(day)s。", n=len(records), day=_day(records[0]))


def _day(one: Sheet) -> str:
    return day_said(one.record.held_on) if one.record.held_on else _("尚未填寫日期")


def _table(records: Sequence[Sheet], page: Link) -> Table:
    rows = [
        [_day(one), one.record.topic, str(KINDS[one.record.kind]), one.record.counsellor_name]
        for one in records[:SHOWN]
    ]
    columns = [_("諮詢日期"), _("主題"), _("方式"), _("諮詢教師")]
    return Table(_("課程諮詢紀錄"), columns, rows, total=len(records), more=page)


skills.register(
    QuerySkill(
        intent="counselling.show",
        title=_l("看我的諮詢紀錄"),
        who=_l("學生、家長與課程諮詢教師"),
        policy=policy.students,
        answer=_mine,
        order=10,
    )
)
skills.register(
    QuerySkill(
        intent="counselling.show",
        name="counselling.show:children",
        title=_l("看子女的諮詢紀錄"),
        who=_l("家長"),
        policy=policy.parents,
        answer=_of_children,
        suits=lambda actor, asked: not (policy.counsellors(actor) and asked.slots.get("student")),
        order=20,
    )
)
skills.register(
    QuerySkill(
        intent="counselling.show",
        name="counselling.show:students",
        title=_l("看學生的諮詢紀錄"),
        who=_l("課程諮詢教師"),
        policy=policy.counsellors,
        answer=_of_students,
        order=30,
    )
)

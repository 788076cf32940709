"""Looking at 收訖明細: the student's own, a child's, how far the school's classes are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import clock, skills
from plugin.actor import Actor
from plugin.portfolio import policy
from plugin.portfolio.models import SelectionKind, SheetState
from plugin.portfolio.queries import receipts
from plugin.portfolio.queries.receipts import sheets as queries
from plugin.portfolio.queries.receipts.sheets import Line, Sheet
from plugin.portfolio.receipt_words import SHEET_LABELS
from plugin.portfolio.skills.outcomes import STUDENT
from plugin.portfolio.skills.people import children
from plugin.portfolio.skills.receipts import may_be_said_of
from plugin.school.models import Person
from plugin.school.terms import term_of
from plugin.skills import Asked, QuerySkill
from plugin.skills.replies import Bars, Button, Link, Part, Reply, Say, Table, reply

SHOWN = Table.SHOWN
_KINDS = {
    SelectionKind.OUTCOME: ("成果", "outcome"),
    SelectionKind.EXPERIENCE: ("多元", "多表", "experience"),
}


def _mine(actor: Actor, asked: Asked) -> Reply:
    assert actor.school_id is not None
    assert actor.person_id is not None
    found = _of(actor.person_id, actor.school_id, asked)
    page = Link(_("看全部與下載收訖單"), "portfolio.handed_in")
    if not found:
        return reply(_("學校還沒有提交您的項目"), page)
    parts: list[Part] = []
    for one in found:
        parts += _parts(one, asked, page)
    if any(may_be_said_of(one.sheet) for one in found):
        if any(one.sheet.state is not SheetState.CONFIRMED for one in found):
            parts.append(Button(_("確認收訖明細"), _("確認收訖明細")))
        parts.append(Button(_("提出異議"), _("對收訖明細提出異議")))
    return Reply(tuple(parts))


def _of_children(actor: Actor, asked: Asked) -> Reply:
    assert actor.school_id is not None
    parts: list[Part] = []
    for child in children(actor, asked):
        found = _of(child.id, actor.school_id, asked)
        page = Link(
            _("%(name)s 的收訖明細", name=child.name), "portfolio.receipt_of",
            {"person_id": child.id},
        )  # fmt: skip
        if not found:
            parts.append(Say(_("%(name)s：學校還沒有提交這位學生的項目。", name=child.name)))
        for one in found:
            parts += _parts(one, asked, page, child)
    return Reply((*parts, Say(_("只能檢視；確認與異議由學生本人提出。"), "hint")))


def _of(student_id: int, school_id: int, asked: Asked) -> list[Sheet]:
    """The sheets that hold, of the year that is asked for."""
    found = queries.of_student(student_id, school_id=school_id)
    year = asked.slots.get("academic_year")
    return [
        one
        for one in found
        if one.sheet.current and (year is None or one.sheet.academic_year == int(year))
    ]


def _parts(one: Sheet, asked: Asked, page: Link, child: Person | None = None) -> list[Part]:
    lines = _asked_for(one.lines, str(asked.slots.get("item_kind", "")))
    counts = {
        "year": one.sheet.academic_year,
        "state": SHEET_LABELS[one.sheet.state].text,
        "items": len(lines),
        "received": sum(line.received is not False for line in lines),
    }
    if one.central is None:
        told = _(
            "%(year)s 學年度收訖明細（%(state)s）：學校提交 %(items)s 件，"
            "還沒有收到中央的收訖檔案。",
            **counts,
        )
    else:
        told = _(
            "%(year)s 學年度收訖明細（%(state)s）：學校提交 %(items)s 件，"
            "中央收訖 %(received)s 件。",
            **counts,
        )
    if child is not None:
        told = _("%(name)s：%(told)s", name=child.name, told=told)
    missing = one.central is not None and counts["received"] < len(lines)
    parts: list[Part] = [Say(told, "warning" if missing else "")]
    if one.central is not None and lines:
        bar = (_("中央收訖"), counts["received"], len(lines))
        parts.append(Bars(_("收訖件數"), [bar], _("件")))
    columns = [_("名稱"), _("課程或類別"), _("中央收訖")]
    rows = [_row(line, one) for line in lines[:SHOWN]]
    parts.append(Table(_("提交的項目"), columns, rows, total=len(lines), more=page))
    return parts


def _asked_for(lines: Sequence[Line], item_kind: str) -> list[Line]:
    """Those of the kind that is named; all where none is, or another."""
    for kind, words in _KINDS.items():
        if any(word in item_kind for word in words):
            return [line for line in lines if line.row.record_kind is kind]
    return list(lines)


def _row(line: Line, one: Sheet) -> list[Any]:
    said = {True: _("已收訖"), False: _("缺這一件"), None: "—"}[line.received]
    if line.lacking:
        said = _("缺檔案")
    if line.row.id in one.disputed:
        said = _("%(said)s，異議處理中", said=said)
    return [line.row.cells["title"], line.group, said]


def _of_school(actor: Actor, asked: Asked) -> Reply:
    """How many have confirmed, class by class; the least far first."""
    year = int(asked.slots.get("academic_year") or term_of(clock.today()).academic_year)
    classes = queries.by_class(actor, year)
    page = Link(_("收訖明細確認進度"), "portfolio.receipt_progress", {"year": year})
    if not classes:
        return reply(_("%(year)s 學年度還沒有收訖明細。", year=year), page)
    students = sum(one.students for one in classes)
    confirmed = sum(one.counts.get(SheetState.CONFIRMED, 0) for one in classes)
    told: list[Part] = [
        Say(
            _(
                "%(year)s 學年度收訖明細：%(students)s 位學生，已確認 %(confirmed)s 位；"
                "中央缺件的學生 %(missing)s 位。",
                year=year,
                students=students,
                confirmed=confirmed,
                missing=sum(one.missing for one in classes),
            )
        )
    ]
    assert actor.school_id is not None
    if policy.registry(actor) and (waiting := receipts.open_count(actor.school_id, year)):
        told.append(Say(_("有 %(n)s 項異議等待回覆。", n=waiting), "warning"))
        told.append(Link(_("看異議"), "portfolio.receipt_disputes", {"year": year}))
    classes.sort(key=lambda one: one.confirmed_percent)
    shown = classes[:SHOWN]
    told.append(
        Bars(
            _("各班的確認進度"),
            [
                (one.name or _("沒有班級"), one.counts.get(SheetState.CONFIRMED, 0), one.students)
                for one in shown
            ],
            _("人"),
        )
    )
    return Reply((*told, page))


skills.register(
    QuerySkill(
        intent="receipt.show",
        title=_l("看我的收訖明細"),
        who=STUDENT,
        policy=policy.students,
        answer=_mine,
        order=10,
    )
)
skills.register(
    QuerySkill(
        intent="receipt.show",
        name="receipt.show:children",
        title=_l("看子女的收訖明細"),
        who=_l("家長"),
        policy=policy.parents,
        answer=_of_children,
        order=20,
    )
)
skills.register(
    QuerySkill(
        intent="receipt.show",
        name="receipt.show:school",
        title=_l("看收訖明細確認進度"),
        who=_l("註冊組與導師"),
        policy=policy.sheet_watchers,
        answer=_of_school,
        order=30,
    )
)

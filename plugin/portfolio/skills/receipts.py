"""收訖明細: the student confirms it, or says what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from plugin import clock, skills
from plugin.actor import Actor
from plugin.errors import Conflict
from plugin.portfolio import policy
from plugin.portfolio.forms.picking import ConfirmForm
from plugin.portfolio.forms.receipts import WHOLE, DisputeForm, dispute_form
from plugin.portfolio.models import ReceiptSheet
from plugin.portfolio.operations.receipts import stating
from plugin.portfolio.queries.receipts import season
from plugin.portfolio.queries.receipts import sheets as queries
from plugin.portfolio.queries.receipts.sheets import Sheet
from plugin.portfolio.skills.outcomes import STUDENT
from plugin.school import batches, windows
from plugin.skills import NEW, Asked, FormSkill, Going
from plugin.skills.replies import Link, Reply, Say, reply

MOST_TITLES = 10
"""Titles told in one sentence."""


def may_be_said_of(sheet: ReceiptSheet) -> bool:
    """Whether its student may confirm or dispute it now."""
    window = season.window_of(sheet) if sheet.current else None
    return window is not None and windows.open_at(window, clock.now())


def named(sheet: ReceiptSheet) -> str:
    """What a sheet is called where one of several is meant."""
    return _(
        "%(year)s 學年度%(batch)s（%(n)s 件）",
        year=sheet.academic_year,
        batch=batches.LABELS[season.batch_of(sheet)],
        n=sheet.items,
    )


def _opened(actor: Actor, sheets: Sequence[ReceiptSheet]) -> list[ReceiptSheet]:
    """Those of which something may be said now.

    :raises Conflict: there is none. :raises WindowClosed: not now.
    """
    if not sheets:
        raise Conflict(
            _("目前沒有要確認的收訖明細。"),
            remedy=_("學校提交後會通知您；已經確認過的，可以再看或提出異議。"),
        )
    opened = [one for one in sheets if may_be_said_of(one)]
    return opened or [stating.ready(actor, sheets[0].id)]


def _confirmable(actor: Actor, _asked: Asked) -> str:
    _opened(actor, queries.waiting_sheets(actor))
    return NEW


def _confirm_form(actor: Actor, _subject: str, data: Any) -> ConfirmForm:
    form = ConfirmForm(data, meta={"csrf": False})
    waiting = [one for one in queries.waiting_sheets(actor) if may_be_said_of(one)]
    form.sheet_id.choices = [(str(one.id), named(one)) for one in waiting]
    return form


def _only(_actor: Actor, _asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    choices = [value for value, _label in form["sheet_id"].plain_choices() if value]
    return {"sheet_id": choices} if len(choices) == 1 else {}


def _checked(actor: Actor, form: Form) -> str:
    """What exactly is confirmed, and what is taken back by it."""
    one = queries.whole(stating.seen_own(actor, int(form["sheet_id"].data)))
    told = [
        _(
            "這份明細共 %(n)s 件：%(titles)s。請逐件核對再確認。",
            n=len(one.lines),
            titles=_titles([line.row.cells["title"] for line in one.lines]),
        )
    ]
    if one.missing:
        told.append(
            _(
                "中央資料庫還缺：%(titles)s。",
                titles=_titles([line.row.cells["title"] for line in one.missing]),
            )
        )
    if one.disputed:
        told.append(
            _(
                "您有 %(n)s 項異議等待回覆；如果現在按「確認無誤」，這些異議就視為撤回。",
                n=len(one.disputed),
            )
        )
    return "".join(told)


def _titles(titles: Sequence[str]) -> str:
    shown = _("、").join(f"「{one}」" for one in titles[:MOST_TITLES])
    return shown if len(titles) <= MOST_TITLES else _("%(some)s等", some=shown)


def _confirm(actor: Actor, form: Form, _going: Going) -> Reply:
    stating.confirm(actor, int(form["sheet_id"].data))
    return reply(
        Say(_("已確認收訖明細，謝謝。"), "good"), Link(_("看收訖明細"), "portfolio.handed_in")
    )


def _page(_actor: Actor, _subject: str) -> Link:
    return Link(_("看收訖明細"), "portfolio.handed_in")


skills.register(
    FormSkill(
        intent="receipt.confirm",
        title=_l("確認收訖明細"),
        who=STUDENT,
        policy=policy.students,
        build=_confirm_form,
        fill=_only,
        subject=_confirmable,
        run=_confirm,
        confirm=_l("確認無誤"),
        warning=_checked,
        page=_page,
        order=10,
    )
)


def _disputed(actor: Actor, asked: Asked) -> str:
    """The sheet that has what is named, or whose number is; else the newest."""
    assert actor.school_id is not None
    assert actor.person_id is not None
    current = [
        one
        for one in queries.of_student(actor.person_id, school_id=actor.school_id)
        if one.sheet.current
    ]
    opened = {one.id for one in _opened(actor, [one.sheet for one in current])}
    found = [one for one in current if one.sheet.id in opened]
    told = {str(asked.slots[slot]) for slot in ("title", "course") if asked.slots.get(slot)}
    for one in found:
        items = [f"{line.row.cells['title']} {line.group}" for line in one.lines]
        if one.submission.number in asked.words or any(
            word in item for word in told for item in items
        ):
            return f"sheet:{one.sheet.id}"
    return f"sheet:{found[0].sheet.id}"


def _sheet(actor: Actor, subject: str) -> Sheet:
    return queries.whole(stating.seen_own(actor, int(subject.partition(":")[2])))


def _dispute_form(actor: Actor, subject: str, data: Any) -> DisputeForm:
    one = _sheet(actor, subject)
    items = [(line.row.id, f"{line.row.cells['title']}（{line.group}）") for line in one.lines]
    form = dispute_form(items, formdata=data, meta={"csrf": False})
    # in a conversation no page shows which sheet it is about
    whole = _("整份明細（%(number)s）", number=one.submission.number)
    form.item.choices[0] = (WHOLE, whole)
    return form


_LACKING = ("少", "漏", "缺", "沒列", "沒在", "不在")
_SAID = {
    "not_received": ("沒收到", "沒有收到", "未收訖"),
    "wrong_file": ("檔案", "檔名", "舊版", "舊的"),
    "not_mine": ("不是我的", "沒有勾", "沒勾"),
}
"""Words that say what is wrong, by reason."""


def _said(_actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    """The reason, where the words leave no doubt; what is missing is not on the list."""
    found = [key for key, words in _SAID.items() if any(one in asked.words for one in words)]
    if len(found) == 1:
        return {"reason": found}
    if not found and any(one in asked.words for one in _LACKING):
        return {"item": [WHOLE], "reason": ["missing"]}
    return {}


def _dispute(actor: Actor, form: Form, going: Going) -> Reply:
    assert isinstance(form, DisputeForm)
    stating.dispute(
        actor, int(going.subject.partition(":")[2]), row_id=form.row_id,
        reason=form.reason.data or "", text=form.text.data or "",
    )  # fmt: skip
    return reply(
        Say(_("異議已送出，註冊組回覆後會通知您。"), "good"),
        Link(_("看收訖明細"), "portfolio.handed_in"),
    )


skills.register(
    FormSkill(
        intent="receipt.dispute",
        title=_l("對收訖明細提出異議"),
        who=STUDENT,
        policy=policy.students,
        build=_dispute_form,
        fields={"title": "item", "course": "item", "reason": "text"},
        fill=_said,
        subject=_disputed,
        run=_dispute,
        confirm=_l("送出異議"),
        warning=lambda _actor, _form: _("送出後不能修改，註冊組會看到並回覆。"),
        page=_page,
        order=10,
    )
)

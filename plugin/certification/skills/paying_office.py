"""Payments by talking, for the office: one case confirmed or doubted, who has not paid yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from forms.said import day_said
from plugin import skills
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.forms import payments as forms
from plugin.certification.models import CaseState
from plugin.certification.operations import payments as operations
from plugin.certification.queries import office, office_case
from plugin.certification.queries import payments as queries
from plugin.certification.queries.office import Filter
from plugin.certification.skills import found
from plugin.certification.skills.found import case_page
from plugin.certification.skills.paying_titles import CONFIRM, DOUBT
from plugin.certification.states import LABELS
from plugin.errors import NotFound
from plugin.skills import Asked, FormSkill, Going, QuerySkill
from plugin.skills.replies import Link, Reply, Say, Table, reply

WAITING = frozenset(operations.WAITING)
_COUNTER = r"臨櫃|現金|匯票|劃撥|郵局|支票|cash|counter"
_BANK = r"匯款|轉帳|轉入|匯了|入帳|ATM|銀行|transfer|bank"
_DOUBTS = r"查無|查不到|沒有收到|沒收到|對不到|末五碼不符|no such payment"
_LISTS = r"哪些|清單|名單|誰|列出|還沒繳|未繳|待繳|待確認|which|list|who"
_FILES = r"銀行檔|入帳檔|對帳|明細|匯入|勾稽|比對|bank file|import|reconcil"


def _subject(actor: Actor, asked: Asked) -> str:
    return found.about(found.office_case(actor, asked, WAITING, CONFIRM))


def _stands(actor: Actor, subject: str) -> str:
    found.require(office_case.seen(actor, found.id_of(subject)), WAITING, CONFIRM)
    return subject


def _form(actor: Actor, subject: str, data: Any) -> forms.ConfirmForm:
    """What is owed and what was claimed stands beside the questions, to be pressed."""
    case = office_case.seen(actor, found.id_of(subject))
    form = forms.ConfirmForm(data, meta={"csrf": False})
    fee = queries.fee_of(case)
    if fee is None:
        raise NotFound(_("這件申請案沒有要繳的費用。"))
    owed = fee.total - fee.short
    form.amount.ask = replace(
        form.amount.ask,
        help=_("應繳 %(total)s 元。", total=f"{owed:,}"),
        offers=[(_("%(total)s 元", total=f"{owed:,}"), str(owed))],
    )
    if fee.claim is not None:
        day = day_said(fee.claim.paid_on, weekday=True)
        told = _("申請者說 %(day)s 已繳，帳號末五碼 %(five)s。", day=day,
                 five=fee.claim.last_five or _("未填"))  # fmt: skip
        form.paid_on.ask = replace(
            form.paid_on.ask, help=told, offers=[(day, fee.claim.paid_on.isoformat())]
        )
    found.titled(form, case)
    return form


def _fill(_actor: Actor, asked: Asked, _form_: Form) -> Mapping[str, Sequence[str]]:
    if found.says(_COUNTER, asked):
        return {"way": ["counter"]}
    return {"way": ["bank"]} if found.says(_BANK, asked) else {}


def _confirm(actor: Actor, form: Form, going: Going) -> Reply:
    assert isinstance(form, forms.ConfirmForm)
    assert form.paid_on.data is not None
    case_id = found.id_of(going.subject)
    operations.confirm(
        actor,
        case_id,
        form.paid_on.data,
        form.amount.data or 0,
        in_bank_file=form.way.data == "bank",
        words=form.words.data or "",
    )
    return reply(found.good(_("已確認繳費，案件進入委員審查。")), case_page(case_id))


def _doubt_subject(actor: Actor, asked: Asked) -> str:
    return found.about(found.office_case(actor, asked, {CaseState.FEE_CLAIMED}, DOUBT))


def _doubt_stands(actor: Actor, subject: str) -> str:
    case = office_case.seen(actor, found.id_of(subject))
    found.require(case, {CaseState.FEE_CLAIMED}, DOUBT)
    return subject


def _doubt_form(actor: Actor, subject: str, data: Any) -> forms.DoubtForm:
    form = forms.DoubtForm(data, meta={"csrf": False})
    found.titled(form, office_case.seen(actor, found.id_of(subject)))
    return form


def _doubt(actor: Actor, form: Form, going: Going) -> Reply:
    case_id = found.id_of(going.subject)
    operations.doubt(actor, case_id, form["words"].data or "")
    return reply(found.good(_("已退回待繳費，申請者會收到通知。")), case_page(case_id))


def _unpaid(actor: Actor, _asked: Asked) -> Reply:
    """Who says that it is paid, then who has not paid."""
    page = Link(_("到認證案件"), "certification.office_queue", {"state": "fee_due"})
    lines = [
        line
        for state in (CaseState.FEE_CLAIMED, CaseState.FEE_DUE)
        for line in office.queue(actor, Filter(state=state.value)).items
    ]
    if not lines:
        return reply(Say(_("目前沒有等待繳費的案件。"), "good"), page)
    counts = office.counts(actor, Filter())
    told = _(
        "待確認繳費 %(claimed)s 件，待繳費 %(due)s 件。",
        claimed=counts["fee_claimed"], due=counts["fee_due"],
    )  # fmt: skip
    rows = [
        [
            Link(line.case.number, "certification.office_case", {"case_id": line.case.id}),
            line.person_name,
            str(LABELS[line.case.state].text),
            day_said(line.due_on) if line.due_on else "",
        ]
        for line in lines[: Table.SHOWN]
    ]
    columns = [_("案件編號"), _("申請者"), _("狀態"), _("期限")]
    total = counts["fee_claimed"] + counts["fee_due"]
    return reply(told, Table(_("等待繳費的案件"), columns, rows, total=total, more=page))


def _bank(_actor: Actor, _asked: Asked) -> Reply:
    return reply(
        _("請在頁面匯入銀行的入帳檔：選好欄位、看過會怎麼對應之後才會入帳。"),
        Link(_("匯入銀行入帳檔"), "certification.bank_list"),
        Link(_("看所有款項"), "certification.payments"),
    )


def _job(asked: Asked) -> str:
    if found.number_in(asked):
        return "doubt" if found.says(_DOUBTS, asked) else "confirm"
    for name, words in (("bank", _FILES), ("doubt", _DOUBTS), ("list", _LISTS)):
        if found.says(words, asked):
            return name
    return "confirm"


def _is(name: str) -> Any:
    return lambda actor, asked: policy.office(actor) and _job(asked) == name


skills.register(
    FormSkill(
        intent="fee.confirm",
        title=CONFIRM,
        who=found.OFFICE,
        policy=policy.office,
        build=_form,
        fields={"date": "paid_on", "value": "amount"},
        fill=_fill,
        subject=_subject,
        stands=_stands,
        run=_confirm,
        confirm=CONFIRM,
        warning=lambda _actor, _form: _("確認後案件進入委員審查，審查期限從入帳的次日起算。"),
        page=lambda _actor, subject: Link(
            _l("到確認繳費的頁面"),
            "certification.office_payment",
            {"case_id": found.id_of(subject)},
        ),
        suits=_is("confirm"),
        order=10,
    )
)
skills.register(
    FormSkill(
        intent="fee.confirm",
        name="fee.doubt",
        title=DOUBT,
        who=found.OFFICE,
        policy=policy.office,
        build=_doubt_form,
        fields={"reason": "words"},
        subject=_doubt_subject,
        stands=_doubt_stands,
        run=_doubt,
        confirm=_l("退回待繳費"),
        suits=_is("doubt"),
        order=50,
    )
)
skills.register(
    QuerySkill(
        intent="fee.confirm",
        name="fee.waiting",
        title=_l("看還沒繳費的案件"),
        who=found.OFFICE,
        policy=policy.office,
        answer=_unpaid,
        suits=_is("list"),
        order=60,
    )
)
skills.register(
    QuerySkill(
        intent="fee.confirm",
        name="fee.bank",
        title=_l("匯入銀行入帳檔"),
        who=found.OFFICE,
        policy=policy.office,
        answer=_bank,
        suits=_is("bank"),
        order=70,
    )
)

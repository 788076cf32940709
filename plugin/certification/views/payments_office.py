"""The office's payments: lists, one of them and what is done with it, the workbook of a period."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TypeVar

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from forms.definition import Form
from plugin import clock, web
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.bank.matching import ASSIGNABLE, ODD
from plugin.certification.forms import payments as forms
from plugin.certification.models import PaymentMatch
from plugin.certification.operations import settling
from plugin.certification.payment_words import ADVICE, MATCHES
from plugin.certification.queries import payments as queries
from plugin.certification.queries.payments import Line, Show
from plugin.errors import NotFound, Refusal
from plugin.ids import row_id
from plugin.vault import names
from plugin.web import Route
from reports.certification.payments import PaymentRow, PaymentWords, write_payments

Answer = Response | str
E = TypeVar("E", Show, PaymentMatch)
BOTH, POST = ("GET", "POST"), ("POST",)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def payments() -> str:
    """Money that came in: what somebody has to look at first, refunds, everything."""
    actor = web.current_actor()
    show = _one_of(Show, request.args.get("show")) or Show.OPEN
    match = _one_of(PaymentMatch, request.args.get("match"))
    bank_id = row_id(request.args.get("bank"))
    text = request.args.get("q", "").strip()[:40]
    return render_template(
        "certification/payments_list.html",
        found=queries.listed(
            actor, show, match=match, bank_id=bank_id, text=text, after=request.args.get("after")
        ),
        show=show,
        match=match,
        text=text,
        bank=queries.bank_file(actor, bank_id) if bank_id is not None else None,
        counts=queries.open_counts(actor),
        shows=[
            (Show.OPEN.value, _("待處理")),
            (Show.REFUNDS.value, _("退費")),
            (Show.ALL.value, _("全部")),
        ],
        matches=[("", _("全部")), *((one.value, MATCHES[one].text) for one in PaymentMatch)],
        words=MATCHES,
        odd=ODD,
    )


def payment(payment_id: int) -> str:
    """One payment: what it is, and what can be done about it."""
    actor = web.current_actor()
    line = queries.one(actor, payment_id)
    return render_template(
        "certification/payments_one.html",
        line=line,
        one=line.payment,
        others=queries.same_case(line),
        words=MATCHES,
        advice=ADVICE.get(line.payment.match, ""),
        mine=line.case is not None and not policy.handles(actor, line.case),
        may_assign=line.open and line.payment.match in ASSIGNABLE,
        may_refund=line.payment.refunded_on is None,
        may_leave=line.open and line.payment.refund_amount is None,
        may_reopen=line.payment.match in ODD
        and line.payment.settled_at is not None
        and line.payment.refunded_on is None,
    )


def payment_assign(payment_id: int) -> Answer:
    """Match it by hand."""
    actor = web.current_actor()
    line = queries.one(actor, payment_id)
    form = forms.AssignForm()
    if request.method == "GET" and line.notice is not None:
        form.whose.data = line.notice.reference

    def assign() -> str:
        settling.assign(actor, payment_id, form.whose.data or "", form.words.data or "")
        return _("已對應案件。")

    return _decide(form, line, assign, _("對應這件申請案"))


def payment_refund(payment_id: int) -> Answer:
    """Note that it goes back."""
    actor = web.current_actor()
    line = queries.one(actor, payment_id)
    form = forms.RefundForm()
    if request.method == "GET":
        form.amount.data = line.payment.refund_amount or line.surplus
        form.words.data = line.payment.refund_note or None

    def refund() -> str:
        settling.refund(
            actor,
            payment_id,
            form.amount.data or 0,
            form.words.data or "",
            form.refunded_on.data,
        )
        return _("已登錄退費。")

    return _decide(form, line, refund, _("登錄退費"))


def payment_leave(payment_id: int) -> Answer:
    """Note that nothing is to be done."""
    actor = web.current_actor()
    line = queries.one(actor, payment_id)
    form = forms.LeaveForm()

    def leave() -> str:
        settling.leave(actor, payment_id, form.words.data or "")
        return _("已註明，這筆不再列為待處理。")

    return _decide(form, line, leave, _("存下說明"))


def payment_reopen(payment_id: int) -> Response:
    """Look at it again."""
    actor = web.current_actor()
    try:
        settling.reopen(actor, payment_id)
        flash(_("已重新列為待處理。"))
    except NotFound:
        raise
    except Refusal as refusal:
        flash(f"{refusal.message}{refusal.remedy}", "error")
    return redirect(url_for("certification.payment", payment_id=payment_id))


def payments_export() -> Answer:
    """Choose a period; its payments as a workbook."""
    actor = web.current_actor()
    form = forms.PeriodForm()
    if request.method == "GET":
        today = clock.today()
        form.since.data, form.until.data = today.replace(month=1, day=1), today
    elif form.validate():
        return _workbook(actor, form)
    return page.render(
        form,
        submit=_("下載 Excel 活頁簿"),
        cancel=url_for("certification.payments"),
        template="certification/payments_period.html",
    )


def _workbook(actor: Actor, form: forms.PeriodForm) -> Response:
    since, until = form.since.data, form.until.data
    assert since is not None
    assert until is not None
    rows = [_row(line) for line in queries.period(actor, since, until)]
    out = io.BytesIO()
    title = _("審查費收款明細 %(since)s–%(until)s", since=since, until=until)
    write_payments(out, title, rows, PaymentWords(
        sheet=_("收款明細"), totals=_("合計"), kind=_("比對結果"), count=_("筆數"),
        amount=_("金額"), refunded=_("已退費"), to_refund=_("待退費"), all=_("總計"),
        columns=(
            _("入帳日"), _("金額"), _("銷帳編號"), _("繳款人"), _("比對結果"), _("案件編號"),
            _("退費金額"), _("退費日期"), _("退費說明"), _("處理說明"),
        ),
    ))  # fmt: skip
    settling.exported(actor, since, until, len(rows))
    answer = make_response(out.getvalue())
    answer.mimetype = XLSX
    answer.headers["Content-Disposition"] = names.disposition(f"{title}.xlsx")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _row(line: Line) -> PaymentRow:
    one = line.payment
    return PaymentRow(
        paid_on=one.paid_on,
        amount=one.amount,
        reference=one.reference,
        payer=one.payer,
        kind=str(MATCHES[one.match].text),
        case=line.case.number if line.case is not None else "",
        refund=one.refund_amount,
        refunded_on=one.refunded_on,
        refund_note=one.refund_note,
        note=one.settle_note,
    )


def _decide(form: Form, line: Line, operation: Callable[[], str], submit: str) -> Answer:
    """A form about one payment: shown, refused at its fields, or done."""
    back = url_for("certification.payment", payment_id=line.payment.id)
    if request.method == "POST" and form.validate():
        try:
            flash(operation())
        except NotFound:
            raise
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": f"{refusal.message}{refusal.remedy}"})
        else:
            return redirect(back)
    return page.render(
        form,
        submit=submit,
        cancel=back,
        template="certification/payments_act.html",
        line=line,
        one=line.payment,
        words=MATCHES,
        back=back,
    )


def _one_of(kind: type[E], text: str | None) -> E | None:
    """The member of that value; None for nonsense."""
    try:
        return kind(text or "")
    except ValueError:
        return None


routes = [
    Route("/certification/payments", payments, policy.office),
    Route("/certification/payments/export", payments_export, policy.office, BOTH),
    Route("/certification/payments/<int:payment_id>", payment, policy.office),
    Route("/certification/payments/<int:payment_id>/assign", payment_assign, policy.office, BOTH),
    Route("/certification/payments/<int:payment_id>/refund", payment_refund, policy.office, BOTH),
    Route("/certification/payments/<int:payment_id>/leave", payment_leave, policy.office, BOTH),
    Route("/certification/payments/<int:payment_id>/reopen", payment_reopen, policy.office, POST),
]

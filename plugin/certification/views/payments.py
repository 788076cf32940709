"""Paying one case: the applicant's notice and claim; the office's confirmation and doubt."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from forms.definition import Form
from plugin import clock, web
from plugin.certification import letterhead, policy
from plugin.certification.forms import payments as forms
from plugin.certification.models import CaseState
from plugin.certification.operations import payments as operations
from plugin.certification.queries import letters, office_case
from plugin.certification.queries import payments as queries
from plugin.certification.stage_payments import ClaimStage
from plugin.errors import NotFound, Refusal
from plugin.ids import row_id
from plugin.school import queries as schools
from plugin.school import rules
from plugin.school.terms import term_of
from plugin.vault import links
from plugin.web import Route

Answer = Response | str
BOTH = ("GET", "POST")


def case_fee(case_id: int) -> str:
    """What is to be paid until when and how, and what the applicant says of it."""
    actor = web.current_actor()
    case, fee = queries.fee(actor, case_id)
    papers = [one for one in letters.of_case(actor, case.id) if one.letter.kind == "fee"]
    return render_template(
        "certification/payments_fee.html",
        case=case,
        fee=fee,
        ways=letterhead.of(schools.school(case.school_id)).ways,
        paper=papers[0] if papers else None,
        proof_url=links.url(fee.proof, actor) if fee.proof is not None else "",
        over=clock.today() > fee.due_on,
        States=CaseState,
    )


def case_claim(case_id: int) -> Answer:
    """Say that it is paid."""
    actor = web.current_actor()
    case, fee = queries.fee(actor, case_id)
    back = url_for("certification.case_fee", case_id=case.id)
    if case.state is not CaseState.FEE_DUE:
        flash(_("這件申請案目前不在等待繳費。"), "warning")
        return redirect(back)
    form = forms.ClaimForm(stage=ClaimStage(actor))
    year = term_of(clock.today()).academic_year
    form.proof.max_bytes = rules.number(case.school_id, "case.claim.max_bytes", year)
    if form.validate_on_submit():
        assert form.paid_on.data is not None
        try:
            operations.claim(
                actor,
                case.id,
                form.paid_on.data,
                last_five=form.last_five.data or "",
                words=form.words.data or "",
                file_id=row_id(form.proof.data.ref) if form.proof.data else None,
            )
        except Refusal as refusal:
            _show(form, refusal)
        else:
            flash(_("已收到您的繳費回報，承辦人確認入帳後會寄信通知您。"))
            return redirect(back)
    return page.render(
        form,
        submit=_("送出回報"),
        cancel=back,
        template="certification/payments_claim.html",
        case=case,
        fee=fee,
    )


def case_claim_drop(case_id: int) -> Answer:
    """Ask, then take the claim back."""
    actor = web.current_actor()
    case, fee = queries.fee(actor, case_id)
    back = url_for("certification.case_fee", case_id=case.id)
    if request.method == "POST":
        try:
            operations.drop_claim(actor, case.id)
        except NotFound:
            raise
        except Refusal as refusal:
            flash(f"{refusal.message}{refusal.remedy}", "error")
        else:
            flash(_("已取消繳費回報。"))
        return redirect(back)
    lines = [_("取消後，案件回到待繳費；繳費期限不變。")]
    if clock.today() > fee.due_on:
        lines.append(_("繳費期限已經過了，取消後申請會依規則駁回。"))
    return render_template(
        "layout/confirm.html",
        title=_("取消繳費回報"),
        question=_("確定要取消繳費回報嗎？"),
        facts=[(_("案件編號"), case.number)],
        consequences=lines,
        action=request.path,
        submit=_("取消繳費回報"),
        danger=True,
        cancel=back,
    )


def office_payment(case_id: int) -> Answer:
    """The office has seen the money of one case."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)
    fee = queries.fee_of(case)
    back = url_for("certification.office_case", case_id=case.id)
    if fee is None or case.state not in operations.WAITING:
        flash(_("這件申請案目前不在等待繳費。"), "warning")
        return redirect(back)
    form = forms.ConfirmForm()
    if request.method == "GET":
        form.paid_on.data = fee.claim.paid_on if fee.claim is not None else None
        form.amount.data, form.way.data = fee.total - fee.short, "bank"
    elif form.validate():
        assert form.paid_on.data is not None
        try:
            operations.confirm(
                actor,
                case.id,
                form.paid_on.data,
                form.amount.data or 0,
                in_bank_file=form.way.data == "bank",
                words=form.words.data or "",
            )
        except Refusal as refusal:
            _show(form, refusal)
        else:
            flash(_("已確認繳費，案件進入委員審查。"))
            return redirect(back)
    return page.render(
        form,
        submit=_("確認繳費"),
        cancel=back,
        template="certification/payments_confirm.html",
        case=case,
        fee=fee,
        proof_url=links.url(fee.proof, actor) if fee.proof is not None else "",
    )


def office_doubt(case_id: int) -> Answer:
    """The office finds no such payment."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)
    fee = queries.fee_of(case)
    back = url_for("certification.office_case", case_id=case.id)
    if fee is None or case.state is not CaseState.FEE_CLAIMED:
        flash(_("這件申請案目前沒有待確認的繳費回報。"), "warning")
        return redirect(back)
    form = forms.DoubtForm()
    if form.validate_on_submit():
        try:
            operations.doubt(actor, case.id, form.words.data or "")
        except Refusal as refusal:
            _show(form, refusal)
        else:
            flash(_("已退回待繳費，申請者會收到通知。"))
            return redirect(back)
    return page.render(
        form,
        submit=_("退回待繳費"),
        cancel=back,
        template="certification/payments_confirm.html",
        case=case,
        fee=fee,
        proof_url=links.url(fee.proof, actor) if fee.proof is not None else "",
        warning=_("繳費期限已經過了；退回後，等待銀行入帳的天數一過，系統會依規則駁回。")
        if clock.today() > fee.due_on
        else "",
    )


def _show(form: Form, refusal: Refusal) -> None:
    """What was refused, at its fields. :raises NotFound: nothing is there for this person."""
    if isinstance(refusal, NotFound):
        raise refusal
    form.add_errors(refusal.fields or {"": f"{refusal.message}{refusal.remedy}"})


routes = [
    Route("/certification/cases/<int:case_id>/fee", case_fee, policy.applicants),
    Route("/certification/cases/<int:case_id>/fee/claim", case_claim, policy.applicants, BOTH),
    Route("/certification/cases/<int:case_id>/fee/drop", case_claim_drop, policy.applicants, BOTH),
    Route("/certification/office/<int:case_id>/payment", office_payment, policy.office, BOTH),
    Route("/certification/office/<int:case_id>/doubt", office_doubt, policy.office, BOTH),
]

"""The wizard of a renewal."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page, wizard
from forms.definition import Form
from forms.wizard import Wizard
from plugin import web
from plugin.certification import policy
from plugin.certification.forms.renewal import (
    RenewalForm,
    RenewedHoursForm,
    renewal_form,
    short,
    told_of,
)
from plugin.certification.models import CaseKind, Certificate
from plugin.certification.operations import renewing
from plugin.certification.queries import cases, certificates, hours, renewals
from plugin.certification.views import results_shared as shared
from plugin.drafts.operations import Drafts
from plugin.web import Route


def renewal(certificate_id: int, step: str = "") -> Any:
    """Step by step; every step is kept as a draft. Outside its time the page says when it is."""
    actor = web.current_actor()
    one = certificates.own(actor, certificate_id)
    back = url_for("certification.my_certificate", certificate_id=one.id)
    offer = renewals.offer(one)
    if offer is None or not offer.open:
        flash(_("這張證書現在不能申請展延，原因請看下方的說明。"), "warning")
        return redirect(back)
    counted = hours.renewal_total(one.holder_id, one)

    def build(data: Any) -> RenewalForm:
        form = renewal_form(one, counted, data)
        if data is None or not data.getlist("email"):
            form.email.data = form.email.data or one.email
        return form

    walk = Wizard(
        build, Drafts(actor), person=str(actor.person_id), subject=f"certificate:{one.id}"
    )
    try:
        return wizard.serve(
            walk,
            step,
            lambda key, **more: url_for(
                "certification.renewal_step", certificate_id=one.id, step=key, **more
            ),
            lambda form: _hand_in(one, form, back),
            submit=_("送出展延申請"),
            warning=_("送出後就不能再修改；核發機關會進行程序審查。"),
        )
    except wizard.UnknownStep:
        abort(404)


def _hand_in(one: Certificate, form: Form, back: str) -> Response:
    """What is refused becomes a page; the draft stays."""
    assert isinstance(form, RenewalForm)
    case = renewing.apply(web.current_actor(), one.id, form.values())
    flash(_("已送出展延申請，案件編號 %(number)s。", number=case.number))
    return redirect(back)


def renewal_correction(case_id: int) -> Response:
    """The hours of a renewal, put right in the ledger and handed in anew."""
    actor = web.current_actor()
    case = cases.owned(actor, case_id)
    back = url_for("certification.case", case_id=case.id)
    asked = cases.asked(case)
    if asked is None or case.kind is not CaseKind.RENEWAL:
        flash(_("目前沒有待補正的項目。"), "warning")
        return redirect(back)
    one = renewals.renewed(case)
    counted = hours.renewal_total(one.holder_id, one)
    form = RenewedHoursForm()
    if form.validate_on_submit() and shared.attempt(
        form, lambda: renewing.correct(actor, case.id, form.values())
    ):
        flash(_("補正已送出。"))
        return redirect(back)
    return page.render(
        form,
        submit=_("送出補正"),
        cancel=back,
        template="certification/results_renewal_correct.html",
        case=case,
        asked=list(asked.items.values()),
        told=told_of(counted),
        short="" if counted.enough else short(counted),
        ledger=url_for("certification.hours_ledger", view=f"renewal-{one.id}"),
    )


_HERE = "/certification/my-certificates/<int:certificate_id>/renewal"
_BOTH = ("GET", "POST")

routes = [
    Route(_HERE, renewal, policy.applicants),
    Route(
        "/certification/cases/<int:case_id>/renewal-correction",
        renewal_correction,
        policy.applicants,
        _BOTH,
    ),
    Route(f"{_HERE}/<step>", renewal, policy.applicants, _BOTH, endpoint="renewal_step"),
]

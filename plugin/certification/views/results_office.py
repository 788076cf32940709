"""Certificates at the office: the list, one of them, its end, its reissue, what stands on all."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.certification import office_settings, policy
from plugin.certification.certificates import missing
from plugin.certification.forms.certificates import EndForm, ReissueForm, SettingsForm
from plugin.certification.models import Certificate, CertificateState
from plugin.certification.operations import (
    certifying,
    office_setting,
    signing_keys,
)
from plugin.certification.queries import certificates, passed
from plugin.certification.views import results_shared as shared
from plugin.school import queries as schools
from plugin.web import Route

GET_POST = ("GET", "POST")


def certificate_list() -> str:
    """What the office issued."""
    actor = web.current_actor()
    assert actor.school_id is not None
    now = shared.asked()
    return render_template(
        "certification/results_office_list.html",
        page=certificates.of_office(actor, now, after=request.args.get("after")),
        filters=shared.filters(now, passed.years(actor.school_id)),
        narrowed=now.narrows,
        key=signing_keys.current(actor.school_id),
        waiting=certificates.waiting_count(actor.school_id),
        school=schools.school(actor.school_id),
        standing_of=shared.standing_of,
        **shared.words(),
    )


def certificate(certificate_id: int) -> str:
    """One certificate with its history, its PDF, and what the office may do."""
    actor = web.current_actor()
    one = certificates.handled(actor, certificate_id)
    return render_template(
        "certification/results_office_one.html",
        replaced=certificates.replaced(one),
        **shared.about(actor, one),
    )


def certificate_end(certificate_id: int, act: str) -> Response:
    """Revoke or annul, with the reason that its holder is told."""
    actor = web.current_actor()
    one = certificates.handled(actor, certificate_id)
    back = url_for("certification.certificate", certificate_id=one.id)
    if one.state is not CertificateState.VALID:
        raise missing()
    form = EndForm()
    form.meta.title = _("撤銷證書") if act == "revoke" else _("廢止證書")
    operation = certifying.revoke if act == "revoke" else certifying.annul
    if form.validate_on_submit() and shared.attempt(
        form, lambda: operation(actor, one.id, form.words.data or "")
    ):
        flash(_("已登記，公開名單已同步更新，並已通知當事人。"))
        return redirect(back)
    return page.render(
        form,
        submit=form.meta.title,
        cancel=back,
        template="certification/results_end.html",
        one=one,
        act=act,
    )


def certificate_reissue(certificate_id: int) -> Response:
    """Issue it anew under another name."""
    actor = web.current_actor()
    one = certificates.handled(actor, certificate_id)
    back = url_for("certification.certificate", certificate_id=one.id)
    if one.state is not CertificateState.VALID:
        raise missing()
    form = ReissueForm()
    if not form.is_submitted():
        form.name_english.data = one.name_english
    made: list[Certificate] = []

    def do() -> None:
        values = (form.person_name.data, form.name_english.data, form.words.data)
        made.append(certifying.reissue(actor, one.id, *(each or "" for each in values)))

    if form.validate_on_submit() and shared.attempt(form, do):
        flash(_("已換發，新的字號是 %(number)s。", number=made[0].number))
        return redirect(url_for("certification.certificate", certificate_id=made[0].id))
    return page.render(
        form,
        submit=_("換發證書"),
        cancel=back,
        template="certification/results_reissue.html",
        one=one,
    )


def certificate_settings() -> Response:
    """What stands on certificates, the number's pattern, the keys that sign."""
    actor = web.current_actor()
    assert actor.school_id is not None
    school = schools.school(actor.school_id)
    form = SettingsForm()
    if not form.is_submitted():
        form.fill(office_settings.of(school))
    if form.validate_on_submit() and shared.attempt(
        form, lambda: office_setting.set_certificates(actor, form.settings())
    ):
        flash(_("已儲存；之後核發的證書會依新的設定製作。"))
        return redirect(url_for("certification.certificate_settings"))
    return page.render(
        form,
        submit=_("儲存"),
        template="certification/results_settings.html",
        keys=signing_keys.keys(actor.school_id),
        now=signing_keys.current(actor.school_id),
        code=school.code,
    )


routes = [
    Route("/certification/certificates", certificate_list, policy.office),
    Route("/certification/certificates/<int:certificate_id>", certificate, policy.office),
    Route(
        "/certification/certificates/<int:certificate_id>/<any(revoke,annul):act>",
        certificate_end,
        policy.office,
        GET_POST,
    ),
    Route(
        "/certification/certificates/<int:certificate_id>/reissue",
        certificate_reissue,
        policy.office,
        GET_POST,
    ),
    Route("/certification/certificate-settings", certificate_settings, policy.keepers, GET_POST),
]

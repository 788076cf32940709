"""Certificates of one's own: what stands on them, the PDF, whether they are published."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.certification import policy
from plugin.certification.forms.certificates import PublicationForm
from plugin.certification.operations import publishing
from plugin.certification.queries import certificates, renewals
from plugin.certification.views import results_shared as shared
from plugin.web import Route

GET_POST = ("GET", "POST")


def my_certificates() -> str:
    """One's own certificates."""
    actor = web.current_actor()
    own = certificates.mine(actor)
    return render_template(
        "certification/results_mine.html",
        own=own,
        standing_of=shared.standing_of,
        offers=renewals.offers(own),
        **shared.words(),
    )


def my_certificate(certificate_id: int) -> str:
    """One of one's own: facts, PDF, publication, renewal, history."""
    actor = web.current_actor()
    one = certificates.own(actor, certificate_id)
    return render_template(
        "certification/results_mine_one.html",
        offer=renewals.offer(one),
        **shared.about(actor, one),
    )


def publication(certificate_id: int) -> Response:
    """Agree or no longer agree to be published beyond what the law publishes."""
    actor = web.current_actor()
    one = certificates.own(actor, certificate_id)
    back = url_for("certification.my_certificate", certificate_id=one.id)
    form = PublicationForm()
    if not form.is_submitted():
        form.publish.data = "yes" if one.publish else "no"
    if form.validate_on_submit() and shared.attempt(
        form, lambda: publishing.consent(actor, one.id, form.publish.data == "yes")
    ):
        flash(_("已儲存，通過名單立即生效。"))
        return redirect(back)
    return page.render(
        form,
        submit=_("儲存"),
        cancel=back,
        template="certification/results_publication.html",
        one=one,
    )


routes = [
    Route("/certification/my-certificates", my_certificates, policy.applicants),
    Route("/certification/my-certificates/<int:certificate_id>", my_certificate, policy.applicants),
    Route(
        "/certification/my-certificates/<int:certificate_id>/publication",
        publication,
        policy.applicants,
        GET_POST,
    ),
]

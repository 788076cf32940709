"""Certificates of one's own: what stands on them, the PDF, whether they are published."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.certification import policy
from plugin.certification.certificates import standing
from plugin.certification.forms.certificates import PublicationForm
from plugin.certification.models import Certificate, CertificateState
from plugin.certification.operations import certificate_paper, publishing
from plugin.certification.queries import certificates, passed, renewals
from plugin.certification.views import results_shared as shared
from plugin.vault import links
from plugin.vault import queries as vault_queries
from plugin.web import Route

GET_POST = ("GET", "POST")


def my_certificates() -> str:
    """One's own certificates."""
    actor = web.current_actor()
    own = certificates.mine(actor)
    return render_template(
        "certification/results_mine.html",
        own=own,
        standing_of=_standing_of,
        offers=renewals.offers(own),
        **shared.words(),
    )


def my_certificate(certificate_id: int) -> str:
    """One of one's own: facts, PDF, publication, renewal, history."""
    actor = web.current_actor()
    one = certificates.own(actor, certificate_id)
    file = vault_queries.find(actor, one.file_id) if one.file_id else None
    waits = file is None and one.state is CertificateState.VALID
    return render_template(
        "certification/results_mine_one.html",
        one=one,
        standing=_standing_of(one),
        file=file,
        address=links.url(file, actor) if file else "",
        verify_url=certificate_paper.address(one),
        events=passed.events(one.id),
        consents=certificates.consents(one),
        offer=renewals.offer(one),
        replaced_by=passed.replaced_by(one.id),
        States=CertificateState,
        refresh_seconds=5 if waits else None,
        **shared.words(),
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


def _standing_of(one: Certificate) -> str:
    return standing(one, clock.today()).value


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

"""Certificates on desks: one's own, their renewal while it is open; the office's list."""

from __future__ import annotations

from datetime import datetime, time

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.jinja import roc_date
from plugin import clock
from plugin.actor import Actor, Role
from plugin.certification.certificates import STANDING_LABELS, standing
from plugin.certification.models import CertificateState
from plugin.certification.queries import certificates, renewals
from plugin.desk import registry
from plugin.desk.registry import Card, Todo

HOLDERS = (Role.TEACHER, Role.APPLICANT)
"""Whose desk it stands on: staff through a launch, others by the code mailed to them."""

registry.nav(Role.ISSUING_OFFICE, _l("證書"), "certification.certificate_list", 62)
registry.nav(Role.APPLICANT, _l("我的證書"), "certification.my_certificates", 66)


@registry.cards(*HOLDERS)
def _own(actor: Actor) -> list[Card]:
    """The certificates that a person holds now."""
    today = clock.today()
    held = [one for one in certificates.mine(actor) if one.state is CertificateState.VALID]
    found = []
    for place, one in enumerate(held[:2]):
        label = STANDING_LABELS[standing(one, today)]
        until = _("有效至 %(day)s", day=roc_date(one.expires_on)) if one.expires_on else _("無期限")
        found.append(
            Card(
                _("環境教育人員認證證書"), label.text, "", f"{one.number}{_('，')}{until}",
                "certification.my_certificate", label.tone, 72 + place,
                {"certificate_id": one.id},
            )
        )  # fmt: skip
    return found


@registry.todos(*HOLDERS)
def _renew(actor: Actor) -> list[Todo]:
    """Apply for the renewal while it may be."""
    own = certificates.mine(actor)
    offers = renewals.offers(own)
    return [
        Todo(
            _("申請展延證書 %(number)s", number=one.number),
            "certification.renewal",
            {"certificate_id": one.id},
            datetime.combine(offers[one.id].window.closes_on, time(23, 59), clock.TAIPEI),
        )
        for one in own
        if one.id in offers and offers[one.id].open
    ]

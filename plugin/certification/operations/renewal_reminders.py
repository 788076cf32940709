"""Reminders of renewal: each on its day, once, also when the clock stood still on that day."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.said import day_said
from plugin import clock, db
from plugin.certification.certificates import reminder_due
from plugin.certification.models import Certificate, CertificateState
from plugin.certification.queries import renewals
from plugin.school import rules
from plugin.school.terms import term_of
from plugin.trail.notify import notify

RULE = "certificate.remind_days"
CHUNK = 200
"""Certificates told of in one transaction."""


def remind(school_id: int) -> int:
    """Tell the holders whose reminder's day has come; returns how many were told.

    Of several days that were missed only the newest is told. Whoever has applied already, or can
    no longer apply, is not reminded.
    """
    today = clock.today()
    held = rules.value(school_id, RULE, term_of(today).academic_year).value
    days = held if isinstance(held, list) else []
    if not days:
        return 0
    told, after = 0, 0
    while True:
        query = (
            sa.select(Certificate.id)
            .where(
                Certificate.school_id == school_id,
                Certificate.state == CertificateState.VALID,
                Certificate.expires_on.between(today, today + timedelta(days=max(days))),
                Certificate.id > after,
            )
            .order_by(Certificate.id)
            .limit(CHUNK)
        )
        ids = list(db.reading().scalars(query))
        if not ids:
            return told
        told += _remind(ids, days, today)
        after = ids[-1]


def _remind(ids: list[int], days: list[int], today: date) -> int:
    """Tell the holders of some certificates, within one transaction."""
    told = 0
    with db.writing() as session:
        query = (
            sa.select(Certificate)
            .where(Certificate.id.in_(ids))
            .order_by(Certificate.id)
            .with_for_update(**db.HELD)
            .execution_options(populate_existing=True)
        )
        held = session.scalars(query).all()
        offers = renewals.offers(held)
        for one in held:
            offer = offers.get(one.id)
            if offer is None or one.expires_on is None:
                continue
            mark = reminder_due(one.expires_on, days, today)
            if mark is None or (one.reminded_for is not None and one.reminded_for >= mark):
                continue
            if offer.over or offer.case is not None:
                continue
            one.reminded_for = mark
            _tell(one, offer)
            told += 1
    return told


def _tell(one: Certificate, offer: renewals.Offer) -> None:
    assert one.expires_on is not None
    needed = renewals.number(one.school_id, "certificate.renewal.hours")
    digital = renewals.number(one.school_id, "certificate.renewal.digital")
    body = _(
        "您的證書 %(number)s 有效期限至 %(until)s。\n\n"
        "展延申請期間：%(opens)s 至 %(closes)s。"
        "展延須在有效期限內累積 %(hours)s 小時研習（其中數位課程至多採計 %(digital)s 小時）。",
        number=one.number,
        until=day_said(one.expires_on),
        opens=day_said(offer.window.opens_on),
        closes=day_said(offer.window.closes_on),
        hours=needed,
        digital=digital,
    )
    notify(
        [one.holder_id],
        _("環境教育人員認證證書即將到期，請留意展延期間"),
        body,
        f"/certification/my-certificates/{one.id}",
        school_id=one.school_id,
        mail=True,
    )

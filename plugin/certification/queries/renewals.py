"""Renewal 展延 (辦法 §15): when it may be applied for, what it rests on, how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from plugin import clock, db
from plugin.certification.certificates import Window, months_before
from plugin.certification.models import (
    CaseState,
    Certificate,
    CertificateState,
    CertificationCase,
    Renewal,
)
from plugin.certification.states import OPEN
from plugin.school import office_days, rules
from plugin.school.office_calendar import table_of
from plugin.school.terms import term_of


@dataclass(frozen=True)
class Offer:
    """What a holder may do about the renewal of a certificate.

    :param case: of a renewal that is under way.
    """

    window: Window
    case: CertificationCase | None = None

    @property
    def open(self) -> bool:
        """Whether it may be applied for today."""
        return self.case is None and self.window.open_on(clock.today())

    @property
    def over(self) -> bool:
        return clock.today() > self.window.closes_on


def window(one: Certificate) -> Window | None:
    """When the renewal may be applied for, by the rules of today; None: it is never renewed.

    A last day on which nobody works moves to the next office day (行政程序法 §48 IV).
    """
    if one.expires_on is None or one.state is not CertificateState.VALID:
        return None
    opens, closes = (
        months_before(one.expires_on, number(one.school_id, f"certificate.renewal.{name}"))
        for name in ("opens", "closes")
    )
    return Window(opens, office_days.moved(closes, table_of(one.school_id)).on)


def offers(certificates: Sequence[Certificate]) -> dict[int, Offer]:
    """By certificate; those that are never renewed are left out."""
    cases = under_way([one.id for one in certificates])
    found: dict[int, Offer] = {}
    for one in certificates:
        when = window(one)
        if when is not None:
            found[one.id] = Offer(when, cases.get(one.id))
    return found


def offer(one: Certificate) -> Offer | None:
    """Of one certificate."""
    return offers([one]).get(one.id)


def under_way(certificate_ids: Sequence[int]) -> dict[int, CertificationCase]:
    """Renewals that are not decided, by certificate."""
    query = (
        sa.select(Renewal.certificate_id, CertificationCase)
        .join(CertificationCase, CertificationCase.id == Renewal.case_id)
        .where(
            Renewal.certificate_id.in_(certificate_ids),
            CertificationCase.state.in_([*OPEN, CaseState.DRAFT]),
        )
        .order_by(CertificationCase.id)
    )
    rows: Any = db.reading().execute(query).all()
    return dict(rows)


def renewed(case: CertificationCase) -> Certificate:
    """The certificate that a renewal is of."""
    query = (
        sa.select(Certificate)
        .join(Renewal, Renewal.certificate_id == Certificate.id)
        .where(Renewal.case_id == case.id)
    )
    return db.reading().scalars(query).one()


def number(school_id: int, rule: str) -> int:
    """A rule as it holds today."""
    return rules.number(school_id, rule, term_of(clock.today()).academic_year)

"""Certificates as their holders and the office see them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.certificates import missing
from plugin.certification.models import (
    Certificate,
    CertificateState,
    CertificationCase,
    Consent,
)
from plugin.certification.queries.passed import Filter, stands
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.school.models import Person
from plugin.school.terms import ROC


@dataclass(frozen=True)
class Listed:
    """A line of the office's list."""

    certificate: Certificate
    holder: str


def mine(actor: Actor) -> list[Certificate]:
    """The actor's own, the newest first; there are never many."""
    query = sa.select(Certificate).where(
        Certificate.school_id == actor.school_id, Certificate.holder_id == actor.person_id
    )
    return list(db.reading().scalars(query.order_by(Certificate.id.desc()).limit(PAGE_SIZE)))


def own(actor: Actor, certificate_id: int) -> Certificate:
    """One of the actor's own.

    :raises NotFound: somebody else's, or none.
    """
    found = db.reading().get(Certificate, certificate_id)
    if (
        found is None
        or found.school_id != actor.school_id
        or actor.person_id is None
        or found.holder_id != actor.person_id
    ):
        raise missing()
    return found


def handled(actor: Actor, certificate_id: int) -> Certificate:
    """One that the actor's office issued; not one's own.

    :raises NotFound: another office's, one's own, or none.
    """
    found = db.reading().get(Certificate, certificate_id)
    if found is None or found.school_id != actor.school_id:
        raise missing()
    case = db.reading().get_one(CertificationCase, found.case_id)
    policy.require(policy.handles(actor, case), missing().message)
    return found


def of_office(
    actor: Actor, asked: Filter, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Listed]:
    """What the office issued, the newest first; found by number or by the holder's name."""
    if not policy.office(actor):
        return Page((), None)
    today = clock.today()
    query = (
        sa.select(Certificate, Person.name)
        .join(Person, Person.id == Certificate.holder_id)
        .where(Certificate.school_id == actor.school_id, Certificate.holder_id != actor.person_id)
    )
    if asked.year is not None:
        year = asked.year + ROC
        days = date(year, 1, 1), date(year, 12, 31)
        query = query.where(Certificate.issued_on.between(*days))
    if asked.category is not None:
        query = query.where(Certificate.category == asked.category)
    if asked.standing is not None:
        query = query.where(stands(asked.standing, today))
    if text := asked.text.strip():
        query = query.where(_matches(text))
    if (begin := row_id(after)) is not None:
        query = query.where(Certificate.id < begin)
    rows = db.reading().execute(query.order_by(Certificate.id.desc()).limit(limit + 1)).all()
    return Page.cut([Listed(*one) for one in rows], limit, lambda one: one.certificate.id)


def consents(certificate: Certificate) -> list[Consent]:
    """What its holder said to the publication, the newest first."""
    query = sa.select(Consent).where(Consent.case_id == certificate.case_id)
    return list(db.reading().scalars(query.order_by(Consent.id.desc()).limit(PAGE_SIZE)))


def replaced(certificate: Certificate) -> Certificate | None:
    """The one in whose place it stands."""
    if certificate.replaces_id is None:
        return None
    return db.reading().get(Certificate, certificate.replaces_id)


def waiting_count(school_id: int) -> int:
    """Certificates that hold and whose PDF the queue has not made yet."""
    query = sa.select(sa.func.count(Certificate.id)).where(
        Certificate.school_id == school_id,
        Certificate.state == CertificateState.VALID,
        Certificate.file_id.is_(None),
    )
    return db.reading().scalar(query) or 0


def _matches(text: str) -> sa.ColumnElement[bool]:
    spellings = {text, unicodedata.normalize("NFKC", text)}
    clauses: list[Any] = [Person.name.startswith(text, autoescape=True)]
    clauses += [Certificate.number.contains(one, autoescape=True) for one in spellings]
    return sa.or_(*clauses)

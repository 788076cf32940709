"""Publication 公開: the holder's consent, changed at any time and at once; what the public page
gives out only a little at a time."""

from __future__ import annotations

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import agreement
from plugin.certification.certificates import missing
from plugin.certification.models import Certificate, CertificateState, CertificationCase, Consent
from plugin.certification.operations.door_counts import Visitor, mark, require_below
from plugin.certification.queries import passed
from plugin.trail import chain

EMAILS = {"list.email.browser": 20, "list.email.net": 100}
TABLES = {"list.table.browser": 6, "list.table.net": 30}
MISSES = {"verify.browser": 30, "verify.net": 120}
"""How often within an hour; `DoorMark.kind` takes 20 characters."""


def consent(actor: Actor, certificate_id: int, publish: bool) -> Certificate:
    """Agree or no longer agree to the publication of name, field, e-mail and validity.

    :raises NotFound: not the actor's own.
    """
    with db.writing() as session:
        one = session.get(Certificate, certificate_id)
        if (
            one is None
            or one.school_id != actor.school_id
            or actor.person_id is None
            or one.holder_id != actor.person_id
        ):
            raise missing()
        of_case = sa.select(Certificate).where(Certificate.case_id == one.case_id)
        for each in session.scalars(of_case.with_for_update(**db.HELD)).all():
            each.publish = publish
            shown = publish and each.state is not CertificateState.REPLACED
            each.public_name = each.name if shown else None
        case = session.get_one(CertificationCase, one.case_id)
        case.publish = publish
        session.add(
            Consent(
                case_id=case.id,
                notice_version=agreement.current().version,
                publish=publish,
                at=clock.now(),
            )
        )
        chain.record(
            actor, "certification.certificate.consent", "certificate", one.id, publish=publish
        )
        return one


def tell_email(school_id: int, certificate_id: int, visitor: Visitor) -> str:
    """The address of a holder who agreed to its publication, counted: people ask for one or two,
    a harvester for all.

    :raises NotFound: there is none to be told. :raises LimitReached: too often within the hour.
    """
    found = passed.email_of(school_id, certificate_id)
    if not found:
        raise missing()
    _count(school_id, visitor, EMAILS)
    return found


def allow_table(school_id: int, visitor: Visitor) -> None:
    """:raises LimitReached: the whole list was fetched too often within the hour."""
    _count(school_id, visitor, TABLES)


def verify(school_id: int, verification: str, visitor: Visitor) -> passed.Passed | None:
    """What the code on a certificate tells; None for a code that was never given out.

    :raises LimitReached: so many codes of nothing came from there that somebody is guessing.
    """
    counted = _counted(visitor, MISSES)
    require_below(db.reading(), school_id, counted, MISSES)
    found = passed.by_code(school_id, verification)
    if found is None:
        with db.writing() as session:
            mark(session, school_id, counted, clock.now())
    return found


def _count(school_id: int, visitor: Visitor, most: dict[str, int]) -> None:
    counted = _counted(visitor, most)
    with db.writing() as session:
        require_below(session, school_id, counted, most)
        mark(session, school_id, counted, clock.now())


def _counted(visitor: Visitor, most: dict[str, int]) -> dict[str, str]:
    browser, net = most
    return {browser: visitor.browser, net: visitor.network}

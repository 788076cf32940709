"""A case by the number that somebody says: with or without hyphens, in either width."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa

from plugin import db
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.models import CertificationCase

MOST = 20
"""Cases whose numbers are spelled alike; one, as things are."""


def plain(number: str) -> str:
    """A number as it is compared.

    >>> plain("ＥＥ115-00001")
    'EE11500001'
    """
    told = unicodedata.normalize("NFKC", number).upper()
    return "".join(one for one in told if one.isalnum())


def own(actor: Actor, number: str) -> CertificationCase | None:
    """The actor's own case of that number."""
    found = _called(actor, number)
    return next((one for one in found if policy.owns(actor, one)), None)


def handled(actor: Actor, number: str) -> CertificationCase | None:
    """A case of that number on the desk of the actor's office; never one of their own."""
    found = _called(actor, number)
    return next((one for one in found if policy.handles(actor, one)), None)


def at_school(actor: Actor, number: str) -> CertificationCase | None:
    """A case of that number that the actor's school has prepared, or their own."""
    found = _called(actor, number)
    return next((one for one in found if policy.stands(actor, one)), None)


def _called(actor: Actor, number: str) -> list[CertificationCase]:
    """Whose they are asks the caller."""
    bare: sa.ColumnElement[str] = sa.func.upper(CertificationCase.number)
    for mark in "- /()":
        bare = sa.func.replace(bare, mark, "")
    query = sa.select(CertificationCase).where(
        CertificationCase.school_id == actor.school_id, bare == plain(number)
    )
    return list(db.reading().scalars(query.order_by(CertificationCase.id.desc()).limit(MOST)))

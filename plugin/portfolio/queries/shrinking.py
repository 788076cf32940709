"""Reads of documents that wait to be made smaller."""

from __future__ import annotations

import sqlalchemy as sa

from plugin import db, jobs
from plugin.actor import Actor
from plugin.portfolio.models import ShrinkOffer


def waiting(actor: Actor, outcome_id: int) -> ShrinkOffer | None:
    """What waits for a draft of the actor's own; None when nothing does."""
    return db.reading().scalar(
        sa.select(ShrinkOffer).where(
            ShrinkOffer.outcome_id == outcome_id,
            ShrinkOffer.owner_id == actor.person_id,
            ShrinkOffer.school_id == actor.school_id,
        )
    )


def job_of(offer: ShrinkOffer) -> jobs.Job | None:
    """The work that makes it smaller."""
    return db.reading().get(jobs.Job, offer.job_id) if offer.job_id else None

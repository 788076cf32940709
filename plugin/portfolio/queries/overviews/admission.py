"""Reads of the admission preview: what could be chosen, and what was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import sqlalchemy as sa

from plugin import db
from plugin.actor import Actor
from plugin.portfolio.models import (
    AdmissionPreview,
    Experience,
    ExperienceState,
    Outcome,
    OutcomeState,
)
from plugin.portfolio.queries.overviews.everything import Everything

T = TypeVar("T", Outcome, Experience)


def preview(actor: Actor) -> AdmissionPreview | None:
    """What the student chose, once they have."""
    return db.reading().scalar(
        sa.select(AdmissionPreview).where(
            AdmissionPreview.student_id == actor.person_id,
            AdmissionPreview.school_id == actor.school_id,
        )
    )


def outcomes(everything: Everything) -> list[Outcome]:
    """What may be chosen: certified outcomes, newest first."""
    return [one for one in everything.outcomes if one.state is OutcomeState.CERTIFIED][::-1]


def experiences(everything: Everything) -> list[Experience]:
    """What may be chosen: experiences that were sent, newest first."""
    return [one for one in everything.experiences if one.state is ExperienceState.SENT][::-1]


def chosen(ids: Iterable[int], offered: list[T]) -> list[T]:
    """Those of the chosen that may still be, in the order chosen: a certified outcome may have
    been taken up again since."""
    known = {one.id: one for one in offered}
    return [known[one] for one in ids if one in known]

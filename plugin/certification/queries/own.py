"""A person's own cases, as their desk tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from plugin import db
from plugin.actor import Actor
from plugin.certification.clocks import APPLICANTS
from plugin.certification.models import CaseClock, CertificationCase

MOST = 10
"""Nobody has more cases that matter today."""


@dataclass(frozen=True)
class Own:
    """A case, and until when its applicant has to do something."""

    case: CertificationCase
    due: date | None


def newest(actor: Actor) -> list[Own]:
    """The newest cases of the actor."""
    if actor.person_id is None:
        return []
    due = (
        sa.select(sa.func.min(CaseClock.due_on))
        .where(
            CaseClock.case_id == CertificationCase.id,
            CaseClock.ended_at.is_(None),
            CaseClock.kind.in_([str(one) for one in APPLICANTS]),
        )
        .scalar_subquery()
    )
    query = (
        sa.select(CertificationCase, due)
        .where(
            CertificationCase.school_id == actor.school_id,
            CertificationCase.applicant_id == actor.person_id,
        )
        .order_by(CertificationCase.id.desc())
        .limit(MOST)
    )
    return [Own(case, until) for case, until in db.reading().execute(query)]

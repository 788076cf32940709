"""Oral examinations and demonstrations: what is arranged, who assesses, who may be asked to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.models import (
    Assignment,
    CaseState,
    CertificationCase,
    Oral,
    OralAssessor,
)
from plugin.certification.queries import review
from plugin.certification.queries.review import Candidate
from plugin.school.models import Person

AND = "、"


@dataclass(frozen=True)
class Arranged:
    """An appointment. For the office: it tells who.

    :param members: of the committee, with their names. :param moved: a later one stands instead.
    """

    oral: Oral
    members: tuple[tuple[int, str], ...]
    moved: bool = False

    @property
    def names(self) -> str:
        """Everybody who assesses."""
        return AND.join(filter(None, (*(name for _id, name in self.members), self.oral.assessors)))


@dataclass(frozen=True)
class Invited:
    """An appointment that one assesses."""

    oral: Oral
    case: CertificationCase


def of_case(case: CertificationCase) -> list[Arranged]:
    """The appointments of a case, newest first; two statements."""
    rows = list(
        db.reading().scalars(
            sa.select(Oral).where(Oral.case_id == case.id).order_by(Oral.id.desc())
        )
    )
    names: dict[int, list[tuple[int, str]]] = {}
    query = (
        sa.select(OralAssessor.oral_id, Person.id, Person.name)
        .join(Person, Person.id == OralAssessor.person_id)
        .where(OralAssessor.oral_id.in_([one.id for one in rows]))
        .order_by(Person.id)
    )
    for oral_id, person_id, name in db.reading().execute(query):
        names.setdefault(oral_id, []).append((person_id, name))
    newest: dict[str, int] = {}
    for one in rows:
        newest.setdefault(one.uid, one.id)
    return [Arranged(one, tuple(names.get(one.id, ())), newest[one.uid] != one.id) for one in rows]


def standing(case: CertificationCase) -> Arranged | None:
    """The appointment that stands: neither over nor called off."""
    return next(
        (one for one in of_case(case) if not one.oral.result and one.oral.cancelled_at is None),
        None,
    )


def to_assess(actor: Actor) -> list[Invited]:
    """What a reviewer is to assess, what comes first on top."""
    if actor.person_id is None or not policy.reviewers(actor):
        return []
    query = (
        sa.select(Oral, CertificationCase)
        .join(OralAssessor, OralAssessor.oral_id == Oral.id)
        .join(CertificationCase, CertificationCase.id == Oral.case_id)
        .where(
            OralAssessor.person_id == actor.person_id,
            CertificationCase.school_id == actor.school_id,
            CertificationCase.state == CaseState.ORAL,
            Oral.result == "",
            Oral.cancelled_at.is_(None),
        )
        .order_by(Oral.starts_at, Oral.id)
        .limit(review.MOST)
    )
    return [Invited(row[0], row[1]) for row in db.reading().execute(query)]


def candidates(case: CertificationCase) -> list[Candidate]:
    """Who of the committee may assess; known conflicts stand with their reason.

    Unlike a reviewer, an assessor may work in the office: what they see there is shown to them.
    """
    declared = {
        one.reviewer_id: one.conflict
        for one in db.reading().scalars(sa.select(Assignment).where(Assignment.case_id == case.id))
    }
    found = []
    for one in review.committee(case.school_id):
        against = declared.get(one.person.id) or review.known_conflict(case, one.profile)
        if one.person.id == case.applicant_id:
            against = "other"
        found.append(replace(one, conflict=against))
    return sorted(found, key=lambda one: (not one.askable, one.person.id))


def lies_ahead(one: Oral) -> bool:
    """Whether it has not begun."""
    return one.starts_at > clock.now()

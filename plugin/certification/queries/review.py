"""Review, as reviewers and the office may see it.

Whoever is assigned opens a case only after declaring that nothing stands against it, while the
review lasts; nobody sees another's sheet before handing in their own (SPEC section 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import actor as actors
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.certification import policy
from plugin.certification.hours import Tally
from plugin.certification.models import (
    Assignment,
    CaseFile,
    CaseState,
    CaseVersion,
    CertificationCase,
    Letter,
    ReviewerProfile,
    Score,
)
from plugin.certification.outlook import Outlook, outlook
from plugin.certification.queries import hours
from plugin.certification.queries.schools import plain
from plugin.errors import NotFound
from plugin.school import queries as schools
from plugin.school import rules
from plugin.school.models import Person
from plugin.school.terms import term_of

UNDER_REVIEW = frozenset({CaseState.REVIEW, CaseState.ORAL})
"""A correction that the committee asked for belongs to it as well (`under_review`)."""
MOST = 200
"""Cases that a reviewer's page shows; nobody has so many at once."""


@dataclass(frozen=True)
class Mine:
    """An assignment of one's own."""

    assignment: Assignment
    case: CertificationCase
    score: Score | None

    @property
    def handed_in(self) -> bool:
        return self.score is not None and self.score.handed_in_at is not None


@dataclass(frozen=True)
class Sheet:
    """Somebody's assignment as another may see it; `score` is None where it may not be seen."""

    assignment: Assignment
    name: str
    score: Score | None
    handed_in: bool


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be asked. :param conflict: known to stand against it; "" nothing."""

    person: Person
    profile: ReviewerProfile | None
    load: int
    conflict: str = ""

    @property
    def askable(self) -> bool:
        return self.profile is not None and not self.conflict


def under_review(case: CertificationCase) -> bool:
    """Whether reviewers work on it now."""
    return case.state in UNDER_REVIEW or (
        case.state is CaseState.CORRECTION and case.returns_to is CaseState.REVIEW
    )


def mine(actor: Actor) -> list[Mine]:
    """What a reviewer has to do, what is due first on top; then what is handed in."""
    if actor.person_id is None or not policy.reviewers(actor):
        return []
    query = (
        sa.select(Assignment, CertificationCase, Score)
        .join(CertificationCase, CertificationCase.id == Assignment.case_id)
        .outerjoin(Score, Score.assignment_id == Assignment.id)
        .where(
            Assignment.reviewer_id == actor.person_id,
            Assignment.ended_at.is_(None),
            CertificationCase.school_id == actor.school_id,
        )
        .order_by(Assignment.due_on, Assignment.id)
        .limit(MOST)
    )
    rows = [Mine(*row) for row in db.reading().execute(query)]
    rows = [one for one in rows if under_review(one.case) or one.handed_in]
    return sorted(rows, key=lambda one: one.handed_in)


def own(actor: Actor, assignment_id: int) -> Mine:
    """One of one's own assignments that has not ended; whether its case opens says `opened`.

    :raises NotFound: another's, ended, or none.
    """
    row = db.reading().get(Assignment, assignment_id)
    case = db.reading().get(CertificationCase, row.case_id) if row is not None else None
    if (
        row is None
        or case is None
        or row.ended_at is not None
        or not policy.reviewers(actor)
        or actor.person_id != row.reviewer_id
        or actor.school_id != case.school_id
        or case.applicant_id == actor.person_id
    ):
        raise NotFound(_("找不到這件審查案件。"))
    return Mine(row, case, db.reading().get(Score, row.id))


def is_open(one: Assignment, case: CertificationCase) -> bool:
    """Whether its reviewer may see answers and files: declared, nothing against it, under way."""
    return (
        one.declared_at is not None
        and not one.conflict
        and one.ended_at is None
        and under_review(case)
    )


def opened(actor: Actor, assignment_id: int) -> Mine:
    """One of one's own assignments whose case is open.

    :raises NotFound: it is not: not declared yet, a conflict, decided, another's.
    """
    found = own(actor, assignment_id)
    policy.require(is_open(found.assignment, found.case), _("找不到這件審查案件。"))
    return found


def opens(actor: Actor, case: CertificationCase) -> bool:
    """Whether a reviewer may see a case now, however they come to it."""
    if actor.school_id != case.school_id or not policy.reviewers(actor):
        return False
    query = sa.select(Assignment).where(
        Assignment.case_id == case.id, Assignment.reviewer_id == actor.person_id
    )
    found = db.reading().scalar(query)
    return found is not None and case.applicant_id != actor.person_id and is_open(found, case)


def sheets(actor: Actor, case: CertificationCase) -> list[Sheet]:
    """The sheets of a case as this person may see them; two statements.

    The office sees them when they are handed in; an assigned reviewer, also one who works in the
    office, none but their own until that is handed in.

    :raises NotFound: neither the office's nor open to them as a reviewer.
    """
    query = (
        sa.select(Assignment, Person.name, Score)
        .join(Person, Person.id == Assignment.reviewer_id)
        .outerjoin(Score, Score.assignment_id == Assignment.id)
        .where(Assignment.case_id == case.id)
        .order_by(Assignment.id)
    )
    rows = [(row[0], row[1], row[2]) for row in db.reading().execute(query)]
    handles = policy.handles(actor, case)
    own_rows = [row for row in rows if row[0].reviewer_id == actor.person_id]
    if not handles and not any(is_open(row[0], case) for row in own_rows):
        raise NotFound(_("找不到這件申請案。"))
    waits = any(
        one.ended_at is None and (score is None or score.handed_in_at is None)
        for one, _name, score in own_rows
    )
    found = []
    for one, name, score in rows:
        given = score is not None and score.handed_in_at is not None
        is_own = one.reviewer_id == actor.person_id
        may = is_own or (given and not waits)
        found.append(Sheet(one, name, score if may else None, given))
    return found


def outlook_of(case: CertificationCase) -> Outlook:
    """What the sheets of a case come to so far. For the office: it tells of verdicts."""
    query = (
        sa.select(Assignment.tie_breaker, Score.verdict, Score.handed_in_at)
        .outerjoin(Score, Score.assignment_id == Assignment.id)
        .where(Assignment.case_id == case.id, Assignment.ended_at.is_(None))
    )
    rows = [(row[0], row[1], row[2]) for row in db.reading().execute(query)]
    given = [(tie, verdict) for tie, verdict, at in rows if at is not None and verdict is not None]
    return outlook(
        [verdict for _tie, verdict in given],
        len(rows) - len(given),
        least(case.school_id),
        tie_broken=any(tie for tie, _verdict in given),
    )


def least(school_id: int) -> int:
    """How many reviewers a case needs."""
    return rules.number(school_id, "case.reviewers.min", term_of(clock.today()).academic_year)


def months(school_id: int) -> int:
    """How long the review may take, from the day after the payment (辦法 §11)."""
    return rules.number(school_id, "case.review_months", term_of(clock.today()).academic_year)


def pass_score(school_id: int) -> int:
    """From how many points on a sheet is a pass."""
    return rules.number(school_id, "case.pass_score", term_of(clock.today()).academic_year)


def profile(school_id: int, person_id: int) -> ReviewerProfile | None:
    """What is known of a reviewer."""
    found = db.reading().get(ReviewerProfile, person_id)
    return found if found is not None and found.school_id == school_id else None


def reviewer(school_id: int, person_id: int) -> Person:
    """Somebody who holds the role now.

    :raises NotFound: nobody such.
    """
    for one in schools.people_holding(school_id, Role.REVIEWER, clock.today()):
        if one.id == person_id:
            return one
    raise NotFound(_("找不到這位審查委員。"))


def committee(school_id: int) -> list[Candidate]:
    """Everybody who holds the role, with their open assignments; three statements."""
    people = schools.people_holding(school_id, Role.REVIEWER, clock.today())
    ids = [one.id for one in people]
    profiles = {
        one.person_id: one
        for one in db.reading().scalars(
            sa.select(ReviewerProfile).where(
                ReviewerProfile.school_id == school_id, ReviewerProfile.person_id.in_(ids)
            )
        )
    }
    loads = _loads(school_id)
    return [Candidate(one, profiles.get(one.id), loads.get(one.id, 0)) for one in people]


def candidates(case: CertificationCase) -> list[Candidate]:
    """Who may be asked to review a case: the least busy first, known conflicts last."""
    taken = {
        one.reviewer_id: one
        for one in db.reading().scalars(sa.select(Assignment).where(Assignment.case_id == case.id))
    }
    clerks = {
        one.id for one in schools.people_holding(case.school_id, Role.ISSUING_OFFICE, clock.today())
    }
    found = []
    for one in committee(case.school_id):
        before = taken.get(one.person.id)
        if before is not None and before.ended_at is None:
            continue
        against = before.conflict if before is not None else ""
        if one.person.id in clerks or one.person.id == case.applicant_id:
            against = "other"
        against = against or known_conflict(case, one.profile)
        found.append(Candidate(one.person, one.profile, one.load, against))
    return sorted(found, key=lambda one: (not one.askable, one.load, one.person.id))


def known_conflict(case: CertificationCase, profile: ReviewerProfile | None) -> str:
    """What is known to stand against a reviewer: the same school, a co-author; "" nothing."""
    if profile is None:
        return ""
    same_code = profile.organisation_code and profile.organisation_code == case.organisation_code
    if same_code or plain(profile.organisation) == plain(case.organisation):
        return "same_school"
    names = [plain(one) for one in profile.co_authors.splitlines()]
    return "co_author" if plain(case.name) in names else ""


def comments(sheets: Sequence[Sheet]) -> str:
    """What the reviewers say to the applicant, without their names."""
    said = [
        one.score.comment.strip()
        for one in sheets
        if one.score is not None and one.handed_in and one.assignment.ended_at is None
    ]
    return "\n".join(f"{n}. {words}" for n, words in enumerate(filter(None, said), 1))


def _loads(school_id: int) -> dict[int, int]:
    """Reviewer → assignments that are not handed in."""
    query = (
        sa.select(Assignment.reviewer_id, sa.func.count(Assignment.id))
        .join(CertificationCase, CertificationCase.id == Assignment.case_id)
        .outerjoin(Score, Score.assignment_id == Assignment.id)
        .where(
            CertificationCase.school_id == school_id,
            CertificationCase.state.in_([*UNDER_REVIEW, CaseState.CORRECTION]),
            Assignment.ended_at.is_(None),
            Score.handed_in_at.is_(None),
        )
        .group_by(Assignment.reviewer_id)
    )
    return {row[0]: row[1] for row in db.reading().execute(query)}


def case_id_of(assignment_id: int) -> int:
    """The case of an assignment; whose it is asks the caller. 0: there is none."""
    found = db.reading().get(Assignment, assignment_id)
    return found.case_id if found is not None else 0


def hours_of(case: CertificationCase) -> Tally | None:
    """What counts of the applicant's hours, as the ledger has it; None: the case needs none."""
    applicant = replace(actors.system(case.school_id), person_id=case.applicant_id)
    return hours.of_case(applicant, case)


def file_ids(case: CertificationCase) -> list[int]:
    """Everything of a case that a reviewer may have opened: attachments, papers."""
    attached = (
        sa.select(CaseFile.file_id)
        .join(CaseVersion, CaseVersion.id == CaseFile.version_id)
        .where(CaseVersion.case_id == case.id)
    )
    papers = sa.select(Letter.file_id).where(Letter.case_id == case.id, Letter.file_id.is_not(None))
    return sorted(set(db.reading().scalars(attached.union(papers))))

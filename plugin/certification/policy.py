"""Who may do what with cases of certification.

The route policies look at roles only; the relation (whose case, whose assignment, whose school)
is asked by operations and queries with the functions below. What is not allowed is denied.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from plugin.actor import Actor, Role
from plugin.certification.models import CaseState, CertificationCase, Mode
from plugin.errors import NotFound
from plugin.web import holding, public

applicants = holding(*(frozenset(Role) - {Role.STUDENT, Role.PARENT}))
"""Whoever is no student and no parent may apply for themselves: staff through a launch, others
by the code mailed to them (`Role.APPLICANT`)."""
office = holding(Role.ISSUING_OFFICE)
"""The desk that takes cases, asks for corrections, confirms payments, sends decisions."""
keepers = holding(Role.ISSUING_OFFICE, Role.ADMINISTRATOR)
"""Write the public pages, keep the tables (schools, office days, criteria), see the figures."""
reviewers = holding(Role.REVIEWER)
readers = holding(Role.ISSUING_OFFICE, Role.REVIEWER)
school_desk = holding(Role.ADMINISTRATOR)
"""The school side: see what the school's people prepare, note what became of it."""
anybody = public


class Who(enum.StrEnum):
    """In what relation somebody stands to a case."""

    APPLICANT = "applicant"
    OFFICE = "office"
    SCHOOL_DESK = "school_desk"
    CLOCK = "clock"  # scheduled work: a period has lapsed
    BANK = "bank"  # a row of the bank's file, taken by the office


MAY: Mapping[str, frozenset[Who]] = {
    "confirm": frozenset({Who.APPLICANT}),
    "withdraw": frozenset({Who.APPLICANT}),
    "claim_payment": frozenset({Who.APPLICANT}),
    "drop_claim": frozenset({Who.APPLICANT}),
    "answer_correction": frozenset({Who.APPLICANT}),
    "take": frozenset({Who.OFFICE}),
    "ask_correction": frozenset({Who.OFFICE}),
    "drop_correction": frozenset({Who.OFFICE}),
    "accept": frozenset({Who.OFFICE}),
    "doubt_payment": frozenset({Who.OFFICE}),
    "confirm_payment": frozenset({Who.OFFICE, Who.BANK}),
    "call_oral": frozenset({Who.OFFICE}),
    "change_oral": frozenset({Who.OFFICE}),
    "end_oral": frozenset({Who.OFFICE}),
    "certify": frozenset({Who.OFFICE}),
    "refuse": frozenset({Who.OFFICE}),
    "revoke": frozenset({Who.OFFICE}),
    "annul": frozenset({Who.OFFICE}),
    "lapse_correction": frozenset({Who.CLOCK}),
    "lapse_fee": frozenset({Who.CLOCK}),
    "revive": frozenset({Who.BANK}),
    "make_ready": frozenset({Who.APPLICANT}),
    "take_back": frozenset({Who.APPLICANT}),
    "note_filed": frozenset({Who.APPLICANT, Who.SCHOOL_DESK}),
    "note_certified": frozenset({Who.APPLICANT, Who.SCHOOL_DESK}),
    "note_refused": frozenset({Who.APPLICANT, Who.SCHOOL_DESK}),
}
"""Event of `states.CaseLife` → who may let it happen."""

OFFICE_ONLY = frozenset({"confirm"})
SCHOOL_ONLY = frozenset({"make_ready", "take_back", "note_filed", "note_certified", "note_refused"})


def stands(actor: Actor, case: CertificationCase) -> frozenset[Who]:
    """In what relations a person stands to a case; empty: the case does not exist for them."""
    if actor.school_id != case.school_id:
        return frozenset()
    found = set()
    if actor.person_id is not None and actor.person_id == case.applicant_id:
        found.add(Who.APPLICANT)
    elif office(actor) and case.mode is Mode.OFFICE and case.state is not CaseState.DRAFT:
        # Nobody decides on a case of their own, whatever roles they hold.
        found.add(Who.OFFICE)
    elif school_desk(actor) and case.mode is Mode.SCHOOL and case.state is not CaseState.DRAFT:
        found.add(Who.SCHOOL_DESK)
    return frozenset(found)


def owns(actor: Actor, case: CertificationCase) -> bool:
    """The applicant's own."""
    return Who.APPLICANT in stands(actor, case)


def handles(actor: Actor, case: CertificationCase) -> bool:
    """The issuing office's, and not one's own."""
    return Who.OFFICE in stands(actor, case)


def require(allowed: bool, message: str) -> None:
    """:raises NotFound: not allowed: the thing does not exist for this person."""
    if not allowed:
        raise NotFound(message)

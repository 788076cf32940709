"""Every event of a case, from every state, by everybody: what may happen, and who may do it."""

from __future__ import annotations

import itertools

import pytest
from flask import Flask

from plugin import db
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.models import CaseState, CertificationCase, Mode
from plugin.certification.operations import kernel
from plugin.certification.policy import MAY, Who
from plugin.certification.states import CaseLife
from plugin.errors import Conflict, NotAllowed, NotFound, Refusal
from plugin.trail.states import may_follow
from tests.factories.certification import (
    clocks_of,
    events_of,
    make_applicant,
    make_case,
    make_clerk,
    make_office,
    make_reviewer,
)
from tests.factories.school import make_school

EVENTS = sorted(MAY)
S = CaseState

WAY = {
    "confirm": {S.DRAFT: S.RECEIVED},
    "withdraw": dict.fromkeys(
        (
            S.DRAFT,
            S.RECEIVED,
            S.PROCEDURAL,
            S.CORRECTION,
            S.FEE_DUE,
            S.FEE_CLAIMED,
            S.REVIEW,
            S.ORAL,
            S.PREPARED,
        ),
        S.WITHDRAWN,
    ),
    "claim_payment": {S.FEE_DUE: S.FEE_CLAIMED},
    "drop_claim": {S.FEE_CLAIMED: S.FEE_DUE},
    "take": {S.RECEIVED: S.PROCEDURAL},
    "ask_correction": {S.PROCEDURAL: S.CORRECTION, S.REVIEW: S.CORRECTION},
    "drop_correction": {S.CORRECTION: S.PROCEDURAL},
    "answer_correction": {S.CORRECTION: S.PROCEDURAL},
    "accept": {S.PROCEDURAL: S.FEE_DUE},
    "doubt_payment": {S.FEE_CLAIMED: S.FEE_DUE},
    "confirm_payment": {S.FEE_DUE: S.REVIEW, S.FEE_CLAIMED: S.REVIEW},
    "call_oral": {S.REVIEW: S.ORAL},
    "change_oral": {S.ORAL: S.ORAL},
    "end_oral": {S.ORAL: S.REVIEW},
    "certify": {S.REVIEW: S.CERTIFIED},
    "refuse": {S.PROCEDURAL: S.REFUSED, S.REVIEW: S.REFUSED},
    "revoke": {S.CERTIFIED: S.REVOKED},
    "annul": {S.CERTIFIED: S.ANNULLED},
    "lapse_correction": {S.CORRECTION: S.REFUSED},
    "lapse_fee": {S.FEE_DUE: S.REFUSED, S.FEE_CLAIMED: S.REFUSED},
    "revive": {S.REFUSED: S.REVIEW},
    "make_ready": {S.DRAFT: S.PREPARED},
    "take_back": {S.PREPARED: S.DRAFT},
    "note_filed": {S.PREPARED: S.FILED},
    "note_certified": {S.FILED: S.CERTIFIED},
    "note_refused": {S.FILED: S.REFUSED},
}
"""SPEC §2, Processing, written down a second time: event → from → to."""


def test_the_machine_is_the_table() -> None:
    assert set(WAY) == set(MAY)
    for state in CaseState:
        follows = set(may_follow(CaseLife, state))
        assert follows == {event for event in EVENTS if state in WAY[event]}, state


@pytest.mark.parametrize("mode", list(Mode))
def test_every_event_by_everybody(app: Flask, mode: Mode) -> None:
    office = make_office()
    people: dict[str, Actor] = {
        "applicant": make_applicant(office),
        "clerk": make_clerk(office),
        "reviewer": make_reviewer(office),
        "neighbour": make_applicant(office, national_id="B123456780"),
        "foreign clerk": make_clerk(make_school()),
    }
    for (who, actor), state in itertools.product(people.items(), CaseState):
        returns = S.PROCEDURAL if state is S.CORRECTION else None
        case = make_case(people["applicant"], state, mode=mode, returns_to=returns)
        for event in EVENTS:
            _try(case, state, event, who, actor, mode)


def _try(
    case: CertificationCase, state: CaseState, event: str, who: str, actor: Actor, mode: Mode
) -> None:
    """One event, undone again; it must go exactly as the tables say."""
    relation = {
        "applicant": Who.APPLICANT,
        "clerk": Who.OFFICE if mode is Mode.OFFICE and state is not S.DRAFT else None,
    }.get(who)
    wanted: type[Refusal] | CaseState
    if relation is None:
        wanted = NotFound
    elif relation not in MAY[event]:
        wanted = NotAllowed
    elif event in (policy.SCHOOL_ONLY if mode is Mode.OFFICE else policy.OFFICE_ONLY):
        wanted = Conflict
    else:
        wanted = WAY[event].get(state, Conflict)

    class Undo(Exception):
        pass

    came: type[Refusal] | CaseState | None = None
    try:
        with db.writing() as session:
            held = kernel.held(session, case.school_id, case.id)
            kernel.happen(session, actor, held, event)
            came = held.state
            raise Undo
    except Undo:
        pass
    except Refusal as refusal:
        came = type(refusal)
    assert came == wanted, f"{who}: {event} from {state} ({mode})"


def test_a_correction_returns_where_it_was_asked(app: Flask) -> None:
    office = make_office()
    applicant, clerk = make_applicant(office), make_clerk(office)
    for stage in (S.PROCEDURAL, S.REVIEW):
        case = make_case(applicant, stage)
        for actor, event in ((clerk, "ask_correction"), (applicant, "answer_correction")):
            with db.writing() as session:
                held = kernel.held(session, case.school_id, case.id)
                kernel.happen(session, actor, held, event)
        assert held.state is stage
        assert held.returns_to is None
        assert [(one.from_state, one.to_state) for one in events_of(case)] == [
            (stage, S.CORRECTION),
            (S.CORRECTION, stage),
        ]


def test_a_confirmed_case_has_seven_days_running(app: Flask) -> None:
    office = make_office()
    applicant = make_applicant(office)
    case = make_case(applicant)
    with db.writing() as session:
        kernel.happen(session, applicant, kernel.held(session, office.id, case.id), "confirm")
    (running,) = clocks_of(case)
    assert (running.kind, str(running.starts_on), str(running.due_on)) == (
        "procedural",
        "2026-11-20",
        "2026-11-27",
    )


def test_nobody_decides_on_their_own_case(app: Flask) -> None:
    office = make_office()
    clerk = make_clerk(office)
    case = make_case(clerk, S.PROCEDURAL)
    with pytest.raises(NotAllowed), db.writing() as session:
        kernel.happen(session, clerk, kernel.held(session, office.id, case.id), "accept")

"""The life of a report of an error, and the words of its states."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from statemachine import State, StateMachine

from forms.states import StateLabel
from plugin.portfolio.models import CaseState, RecordCase
from plugin.trail.states import follow

CASE_LABELS = {
    CaseState.OPEN: StateLabel(_l("處理中"), "wait"),
    CaseState.ANSWERED: StateLabel(_l("已答覆"), "info"),
    CaseState.CORRECTED: StateLabel(_l("已更正"), "good"),
}


class CaseLife(StateMachine):
    """An answer stands; whoever is not content reports again, and the old case stays to be read."""

    open_ = State("處理中", value=CaseState.OPEN, initial=True)
    answered = State("已答覆", value=CaseState.ANSWERED, final=True)
    corrected = State("已更正", value=CaseState.CORRECTED, final=True)

    answer = open_.to(answered)
    correct = open_.to(corrected)


def move_case(case: RecordCase, event: str) -> None:
    """Let `event` happen to a case.

    :raises Conflict: it has been answered already.
    """
    case.state = follow(CaseLife, case.state, event)

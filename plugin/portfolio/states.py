"""The life of an outcome, as a state machine (SPEC §1, Outcome life).

Rules (windows, counts, who may) are asked by operations; here is only what may follow what.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from statemachine import State, StateMachine

from forms.states import StateLabel
from plugin.portfolio.models import (
    Counselling,
    CounsellingState,
    Experience,
    ExperienceState,
    ExportState,
    Outcome,
    OutcomeState,
    SubmissionState,
    Verdict,
)
from plugin.trail.states import follow

LABELS = {
    OutcomeState.DRAFT: StateLabel(_l("草稿"), "calm"),
    OutcomeState.SENT: StateLabel(_l("待認證"), "wait"),
    OutcomeState.CERTIFIED: StateLabel(_l("已認證"), "good"),
    OutcomeState.RETURNED: StateLabel(_l("已退回"), "info"),
    OutcomeState.OVERDUE: StateLabel(_l("逾期未認證"), "bad"),
}
"""What people read."""

SUBMISSION_LABELS = {
    SubmissionState.BUILDING: StateLabel(_l("製作中"), "wait"),
    SubmissionState.FROZEN: StateLabel(_l("已凍結"), "good"),
    SubmissionState.FAILED: StateLabel(_l("未完成"), "bad"),
}

VERDICT_LABELS = {
    Verdict.CERTIFIED: StateLabel(_l("認證"), "good"),
    Verdict.RETURNED: StateLabel(_l("退回"), "info"),
}

COUNSELLING_LABELS = {
    CounsellingState.DRAFT: StateLabel(_l("草稿"), "calm"),
    CounsellingState.KEPT: StateLabel(_l("已登錄"), "good"),
    CounsellingState.VOID: StateLabel(_l("已作廢"), "bad"),
}

EXPERIENCE_LABELS = {
    ExperienceState.DRAFT: StateLabel(_l("草稿"), "calm"),
    ExperienceState.SENT: StateLabel(_l("已送出"), "good"),
    ExperienceState.RETURNED: StateLabel(_l("已退回"), "bad"),
}

EXPORT_LABELS = {
    ExportState.BUILDING: StateLabel(_l("製作中"), "wait"),
    ExportState.READY: StateLabel(_l("可以下載"), "good"),
    ExportState.FAILED: StateLabel(_l("未完成"), "bad"),
}

EXPERIENCE_EDITABLE = (ExperienceState.DRAFT, ExperienceState.RETURNED)
"""The states in which the student may change an experience."""

EDITABLE = (OutcomeState.DRAFT, OutcomeState.RETURNED)
"""The states in which the student may change text and files."""


class OutcomeLife(StateMachine):
    """What may follow what. A certified item is final until its student takes it up again
    (`reopen`), or a teacher follows the decision by another (`correct`); it stands again only when
    the same files come back (`restore`), by the teacher's earlier decision, or when a teacher
    certifies anew."""

    draft = State("草稿", value=OutcomeState.DRAFT, initial=True)
    sent = State("待認證", value=OutcomeState.SENT)
    certified = State("已認證", value=OutcomeState.CERTIFIED)
    returned = State("已退回", value=OutcomeState.RETURNED)
    overdue = State("逾期未認證", value=OutcomeState.OVERDUE)

    send_in = draft.to(sent) | returned.to(sent)
    withdraw = sent.to(draft)
    certify = sent.to(certified)
    return_ = sent.to(returned)
    expire = sent.to(overdue)
    extend = overdue.to(sent)
    reopen = certified.to(draft)
    restore = draft.to(certified) | returned.to(certified)
    correct = certified.to(returned) | returned.to(certified)


def move(outcome: Outcome, event: str) -> None:
    """Let `event` happen to `outcome`.

    :raises Conflict: it cannot follow the present state (somebody was faster).
    """
    outcome.state = follow(OutcomeLife, outcome.state, event)


class CounsellingLife(StateMachine):
    """A registered record stays: it may be made void with a reason, never thrown away."""

    draft = State("草稿", value=CounsellingState.DRAFT, initial=True)
    kept = State("已登錄", value=CounsellingState.KEPT)
    void = State("已作廢", value=CounsellingState.VOID, final=True)

    register = draft.to(kept)
    make_void = kept.to(void)


def move_counselling(record: Counselling, event: str) -> None:
    """Let `event` happen to a counselling record.

    :raises Conflict: it cannot follow the present state.
    """
    record.state = follow(CounsellingLife, record.state, event)


class ExperienceLife(StateMachine):
    """Nobody certifies an experience: sent is done, unless the school returns it."""

    draft = State("草稿", value=ExperienceState.DRAFT, initial=True)
    sent = State("已送出", value=ExperienceState.SENT)
    returned = State("已退回", value=ExperienceState.RETURNED)

    send_in = draft.to(sent) | returned.to(sent)
    withdraw = sent.to(draft)
    return_ = sent.to(returned)


def move_experience(experience: Experience, event: str) -> None:
    """Let `event` happen to an experience.

    :raises Conflict: it cannot follow the present state.
    """
    experience.state = follow(ExperienceLife, experience.state, event)

"""What a portfolio is made of: outcomes, decisions, selections, submissions."""

from plugin.portfolio.models.final import (
    RecordIsFinal,
)
from plugin.portfolio.models.outcomes import (
    OCCUPYING,
    Decision,
    Outcome,
    OutcomeState,
    Verdict,
)
from plugin.portfolio.models.selection import (
    Selection,
    SelectionItem,
    SelectionKind,
)
from plugin.portfolio.models.submission import (
    Submission,
    SubmissionFile,
    SubmissionFileKind,
    SubmissionRow,
    SubmissionState,
)

__all__ = [
    "OCCUPYING",
    "Decision",
    "Outcome",
    "OutcomeState",
    "RecordIsFinal",
    "Selection",
    "SelectionItem",
    "SelectionKind",
    "Submission",
    "SubmissionFile",
    "SubmissionFileKind",
    "SubmissionRow",
    "SubmissionState",
    "Verdict",
]

"""What a portfolio is made of: outcomes, decisions, selections, submissions; counselling."""

from plugin.portfolio.models.counselling import (
    AdviceTemplate,
    Counselling,
    CounsellingAddendum,
    CounsellingKind,
    CounsellingState,
    CounsellingStudent,
    CounsellingTopic,
    CounsellorAssignment,
)
from plugin.portfolio.models.experiences import (
    Experience,
    ExperienceReturn,
    ExperienceState,
)
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
    SelectedExperience,
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
    "AdviceTemplate",
    "Counselling",
    "CounsellingAddendum",
    "CounsellingKind",
    "CounsellingState",
    "CounsellingStudent",
    "CounsellingTopic",
    "CounsellorAssignment",
    "Decision",
    "Experience",
    "ExperienceReturn",
    "ExperienceState",
    "Outcome",
    "OutcomeState",
    "RecordIsFinal",
    "SelectedExperience",
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

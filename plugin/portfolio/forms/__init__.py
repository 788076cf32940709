"""What is asked of students, teachers and the registry; the same forms serve every door."""

from plugin.portfolio.forms.outcomes import (
    REASONS,
    ExtendForm,
    OutcomeForm,
    ReturnForm,
    course_label,
    outcome_form,
)

__all__ = [
    "REASONS",
    "ExtendForm",
    "OutcomeForm",
    "ReturnForm",
    "course_label",
    "outcome_form",
]

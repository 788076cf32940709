"""What the portfolio does in a conversation: the same forms and operations as its pages."""

from plugin.portfolio.skills import (  # noqa: F401  (they register themselves)
    consultations,
    counselling,
    deciding,
    experiences,
    exports,
    outcomes,
    outcomes_shown,
    receipts,
    receipts_shown,
    records,
    school_desk,
    selection,
    submitting,
)

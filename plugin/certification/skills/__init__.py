"""What certification does in a conversation: the same forms and operations as its pages."""

from plugin.certification.skills import (  # noqa: F401  (they register themselves)
    applying,
    correcting,
    deadlines,
    deciding,
    desk_shown,
    meetings,
    meetings_closing,
    meetings_resolving,
    meetings_shown,
    orals,
    own_shown,
    papers,
    paying,
    paying_office,
    renewing,
    review_office,
    reviewing,
    reviewing_shown,
    school_side,
)

"""What the school's own room does in a conversation: the calendar, roles, bringing data in."""

from plugin.school.skills import (  # noqa: F401  (they register themselves)
    calendar,
    roles,
    roster,
)

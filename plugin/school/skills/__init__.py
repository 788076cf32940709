"""What the school's own room does in a conversation: the calendar, roles, the way to imports."""

from plugin.school.skills import (  # noqa: F401  (they register themselves)
    calendar,
    roles,
    roster,
)

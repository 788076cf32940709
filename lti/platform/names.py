"""How people, courses and links are named to tools.

Moodle gives out its own numbers; Canvas and Blackboard give out names that say nothing, the same
for as long as this LMS lives.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lti.platform.core import Lms


class Names:
    """Ids as tools get to see them, and back."""

    def __init__(self, lms: Lms) -> None:
        self._lms = lms
        self._people: tuple[object, dict[str, str]] | None = None

    def _opaque(self, kind: str, own: str) -> str:
        return hashlib.sha256(f"{self._lms.state.guid}:{kind}:{own}".encode()).hexdigest()[:40]

    def subject(self, person_id: str) -> str:
        """``sub`` of a person."""
        if not self._lms.mode.opaque_ids or not person_id:
            return person_id
        return str(uuid.UUID(self._opaque("user", person_id)[:32]))

    def person_id(self, subject: str) -> str:
        """The person of a ``sub``; "" when it is nobody's."""
        people = self._lms.world.people
        if not self._lms.mode.opaque_ids:
            return subject if subject in people else ""
        if self._people is None or self._people[0] is not people:
            self._people = (people, {self.subject(own): own for own in people})
        return self._people[1].get(subject, "")

    def context(self, course_id: str) -> str:
        """``context.id`` of a course."""
        return self._opaque("course", course_id) if self._lms.mode.opaque_ids else course_id

    def link(self, activity_id: int) -> str:
        """``resource_link.id`` of an activity."""
        if not self._lms.mode.opaque_ids:
            return str(activity_id)
        return str(uuid.UUID(self._opaque("link", str(activity_id))[:32]))

    def activity_id(self, link: str) -> int | None:
        """The activity of a resource link id, None when there is none."""
        activities = self._lms.state.activities
        return next((number for number in activities if self.link(number) == link), None)

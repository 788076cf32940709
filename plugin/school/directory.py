"""The school's people as the trail needs them to tell them something."""

from __future__ import annotations

from collections.abc import Iterable

from plugin.school import queries
from plugin.trail.notify import Recipient


def recipients(school_id: int, person_ids: Iterable[int]) -> dict[int, Recipient]:
    """Active people of a school, by id; everybody else is left out."""
    return {
        one.id: Recipient(one.id, one.name, one.number, one.email)
        for one in queries.people(school_id, person_ids).values()
        if one.active
    }

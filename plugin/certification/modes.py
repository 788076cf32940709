"""The two modes (SPEC §2): an issuing office works on cases; a school prepares them."""

from __future__ import annotations

from plugin.certification.models import Mode
from plugin.school import queries
from plugin.school.models import SchoolKind


def mode_of(school_id: int) -> Mode:
    """Who works on cases in this tenant."""
    kind = queries.school(school_id).kind
    return Mode.OFFICE if kind is SchoolKind.ISSUING_OFFICE else Mode.SCHOOL

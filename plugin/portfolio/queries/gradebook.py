"""How far students are in their courses, as a gradebook of the LMS is told it.

The services room may not import this one; it finds `progress` under
`app.extensions["licheng.progress"]`.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from plugin import db
from plugin.portfolio.models import Outcome, OutcomeState

SUBMITTED = "submitted"
CERTIFIED = "certified"

_STATES = {
    OutcomeState.SENT: SUBMITTED,
    OutcomeState.OVERDUE: SUBMITTED,
    OutcomeState.CERTIFIED: CERTIFIED,
}


def progress(
    school_id: int,
    *,
    course_ids: Collection[int] | None = None,
    person_ids: Collection[int] | None = None,
) -> dict[tuple[int, int], str]:
    """(course, student) → `submitted` or `certified`, the furthest of their outcomes; who has
    handed in nothing is left out. One query.

    :param course_ids: only these; None: all. :param person_ids: only these; None: all.
    """
    query = sa.select(Outcome.course_id, Outcome.student_id, Outcome.state).where(
        Outcome.school_id == school_id,
        Outcome.state.in_(_STATES),
        Outcome.course_id.is_not(None),
    )
    if course_ids is not None:
        query = query.where(Outcome.course_id.in_(course_ids))
    if person_ids is not None:
        query = query.where(Outcome.student_id.in_(person_ids))
    found: dict[tuple[int, int], str] = {}
    for course_id, student_id, state in db.reading().execute(query.distinct()):
        assert course_id is not None
        pair = (course_id, student_id)
        if found.get(pair) != CERTIFIED:
            found[pair] = _STATES[state]
    return found

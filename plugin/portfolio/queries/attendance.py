"""How the courses of some outcomes were attended: course records and what other schools said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from plugin import db
from plugin.portfolio import record_kinds
from plugin.portfolio.models import CourseRecord, ExchangeArrival, Outcome
from plugin.portfolio.outcome_sheets import REGULAR, Attended, Told, attended, matching
from plugin.school.models import Course, School


def of_outcomes(
    school: School, found: Sequence[tuple[Outcome, Course | None]]
) -> dict[int, Attended]:
    """By outcome id, of those that have a course; two statements."""
    session = db.reading()
    records: dict[int, list[CourseRecord]] = defaultdict(list)
    special = [one.key for one in record_kinds.kinds() if one.outcomes != REGULAR]
    query = sa.select(CourseRecord).where(
        CourseRecord.school_id == school.id,
        CourseRecord.student_id.in_({one.student_id for one, _course in found}),
        CourseRecord.kind.in_(special),
        CourseRecord.removed_at.is_(None),
    )
    for record in session.scalars(query):
        records[record.student_id].append(record)
    arrivals = session.execute(
        sa.select(
            ExchangeArrival.outcome_id, ExchangeArrival.origin_code, ExchangeArrival.details
        ).where(ExchangeArrival.outcome_id.in_([one.id for one, _course in found]))
    )
    told = {outcome_id: Told(code, details) for outcome_id, code, details in arrivals}
    return {
        one.id: attended(
            school, course, matching(records[one.student_id], course), told.get(one.id)
        )
        for one, course in found
        if course is not None
    }

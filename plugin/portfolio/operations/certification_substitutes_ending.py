"""Every hour: the roster follows the substitutions, and people hear when one ends."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import system
from plugin.portfolio import substitute_notices as notices
from plugin.portfolio.models import Outcome, OutcomeState, Substitution
from plugin.portfolio.operations.certification_substitutes import KIND, courses, place
from plugin.school import rules
from plugin.school.terms import term_of
from plugin.trail.chain import record

RULE = "certification.substitute.remind_days"
LATE = timedelta(days=30)
"""After longer downtime nobody is told any more that a substitution is over."""


def follow() -> int:
    """Courses that a teacher was given since, and periods that come after a gap, reach the roster;
    returns how many rows changed. Safe to run at any time and twice."""
    standing = sa.select(Substitution.school_id).where(
        Substitution.stopped_at.is_(None), Substitution.ends_on >= clock.today()
    )
    done = 0
    for school_id in list(db.reading().scalars(standing.distinct())):
        with db.writing() as session:
            done += place(session, system(school_id), school_id)
    return done


def remind() -> int:
    """Tell, once for each last day, that a substitution ends soon, and that it has ended.

    :returns: how many were told of. Safe to run at any time and twice.
    """
    today = clock.today()
    query = sa.select(Substitution.id, Substitution.school_id).where(
        Substitution.stopped_at.is_(None),
        Substitution.ends_on >= today - LATE,
        Substitution.starts_on <= today,
        sa.or_(
            sa.and_(
                Substitution.ends_on >= today,
                Substitution.reminded_for.is_distinct_from(Substitution.ends_on),
            ),
            sa.and_(
                Substitution.ends_on < today,
                Substitution.ended_for.is_distinct_from(Substitution.ends_on),
            ),
        ),
    )
    return sum(
        _remind(one_id, school_id, today)
        for one_id, school_id in db.reading().execute(query.order_by(Substitution.id)).all()
    )


def _remind(substitution_id: int, school_id: int, today: date) -> bool:
    days = rules.number(school_id, RULE, term_of(today).academic_year)
    with db.writing() as session:
        found = session.get_one(
            Substitution, substitution_id, with_for_update=db.HELD, populate_existing=True
        )
        over = found.ends_on < today
        if over and found.ended_for != found.ends_on:
            found.ended_for = found.ends_on
        elif not over and found.reminded_for != found.ends_on:
            if today < found.ends_on - timedelta(days=days):
                return False
            found.reminded_for = found.ends_on
        else:
            return False
        concerned = courses(session, found)
        waiting = (
            sa.select(sa.func.count())
            .select_from(Outcome)
            .where(Outcome.course_id.in_(concerned), Outcome.state == OutcomeState.SENT)
        )
        notices.ending(found, concerned, session.scalar(waiting) or 0, over=over)
        record(system(school_id), "substitution.remind", KIND, found.id, over=over)
        return True

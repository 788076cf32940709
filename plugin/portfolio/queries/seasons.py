"""Into which academic year an experience goes: that of the upload window which takes it.

The window is set by term, the count by year. A draft belongs to no year yet: begun in July and
sent in September, it counts for September's year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugin import clock
from plugin.portfolio.models import Experience, ExperienceState
from plugin.portfolio.queries.shared import grade_of
from plugin.school import windows
from plugin.school.models import WindowKind
from plugin.school.terms import Term, term_of


@dataclass(frozen=True)
class Season:
    """A term, the student's grade in its year, its window (None: not set), and whether it takes
    the experience now."""

    term: Term
    grade: int
    window: windows.Period | None
    open: bool


def now(school_id: int, student_id: int) -> Season:
    """The season in which a new experience would be sent."""
    return _first(school_id, student_id, _current(), None)


def of(experience: Experience, *, started_at: datetime | None = None) -> Season:
    """The season in which this experience would be sent.

    :param started_at: when its upload began: begun in time, it may finish within the grace.
    """
    own = Term(experience.academic_year, experience.term)
    if experience.state is ExperienceState.DRAFT:
        terms = [own, *_current()]
    else:
        terms = [own, Term(own.academic_year, 3 - own.term)]
    return _first(experience.school_id, experience.student_id, terms, started_at)


def _current() -> list[Term]:
    """Today's term, then the one before, whose window may still be open."""
    today = term_of(clock.today())
    before = Term(today.academic_year, 1) if today.term == 2 else Term(today.academic_year - 1, 2)
    return [today, before]


def _first(
    school_id: int, student_id: int, terms: list[Term], started_at: datetime | None
) -> Season:
    """The first that takes it; without one, today's (of a returned one: its own)."""
    moment = clock.now()
    seasons = []
    for term in dict.fromkeys(terms):
        grade = grade_of(student_id, term.academic_year)
        window = windows.find(
            school_id,
            WindowKind.EXPERIENCE_UPLOAD,
            term.academic_year,
            term.term,
            grade,
            student_id=student_id,
        )
        takes = window is not None and (
            windows.open_at(window, moment)
            or (started_at is not None and windows.begun_in_time(started_at, window))
        )
        seasons.append(Season(term, grade, window, takes))
    today = term_of(clock.today())
    return next(
        (one for one in seasons if one.open),
        next((one for one in seasons if one.term == today), seasons[0]),
    )

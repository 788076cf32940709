"""A student's years in order: what was made, decided, selected, handed in; and what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from plugin import clock
from plugin.portfolio.kinds import Kind, kind
from plugin.portfolio.models import Decision, Experience, Outcome, Selection, Submission
from plugin.portfolio.queries.academic.records import Sheet, TermRecords
from plugin.portfolio.queries.overviews import duties, matrix
from plugin.portfolio.queries.overviews.duties import Duty
from plugin.portfolio.queries.overviews.everything import Everything, Seat
from plugin.school import batches, windows
from plugin.school.models import Course, Person, WindowKind
from plugin.school.terms import Term, term_of


@dataclass(frozen=True)
class OutcomeLine:
    """One outcome in its term."""

    outcome: Outcome
    course: Course | None
    decision: Decision | None
    """The last one."""
    chosen: bool


@dataclass(frozen=True)
class ExperienceLine:
    """One experience in its term."""

    experience: Experience
    kind: Kind
    chosen: bool


@dataclass
class TermView:
    """One term."""

    term: Term
    outcomes: list[OutcomeLine] = field(default_factory=list)
    experiences: list[ExperienceLine] = field(default_factory=list)
    records: TermRecords | None = None
    """Courses with grades and bands, once there are any."""
    syllabuses: list[Course] = field(default_factory=list)
    """The courses of the term whose syllabus can be read."""

    @property
    def empty(self) -> bool:
        some = self.outcomes or self.experiences or self.syllabuses
        return not some and self.records is None


@dataclass(frozen=True)
class Chosen:
    """The selection of one kind of a year."""

    selection: Selection
    count: int


@dataclass(frozen=True)
class HandedIn:
    """What one submission holds of the student."""

    submission: Submission
    count: int


@dataclass
class YearView:
    """One academic year."""

    academic_year: int
    seat: Seat | None
    terms: list[TermView]
    selections: list[Chosen] = field(default_factory=list)
    handed_in: list[HandedIn] = field(default_factory=list)


@dataclass(frozen=True)
class Next:
    """A window that is open or will be."""

    kind: WindowKind
    window: windows.Period
    open: bool
    duties: tuple[Duty, ...] = ()
    """What is still to be done in it."""


def years(
    everything: Everything, sheet: Sheet | None = None, syllabuses: Iterable[Course] = ()
) -> list[YearView]:
    """Every year and term, the newest first; nothing is asked of the database.

    :param sheet: the course records, for whoever may see them.
    :param syllabuses: the student's courses whose syllabus can be read.
    """
    today = term_of(clock.today())
    terms: dict[Term, TermView] = {today: TermView(today)}

    def at(year: int, term: int) -> TermView:
        return terms.setdefault(Term(year, term), TermView(Term(year, term)))

    for outcome in everything.outcomes:
        decisions = everything.decisions.get(outcome.id, ())
        at(outcome.academic_year, outcome.term).outcomes.append(
            OutcomeLine(
                outcome,
                everything.courses.get(outcome.course_id or 0),
                decisions[-1] if decisions else None,
                outcome.id in everything.chosen_outcomes,
            )
        )
    for one in everything.experiences:
        at(one.academic_year, one.term).experiences.append(
            ExperienceLine(
                one, kind(one.kind, one.academic_year), one.id in everything.chosen_experiences
            )
        )
    for of_term in sheet.terms if sheet is not None else ():
        at(of_term.term.academic_year, of_term.term.term).records = of_term
    for course in syllabuses:
        at(course.academic_year, course.term).syllabuses.append(course)
    seats = {one.academic_year: one for one in everything.seats}
    for year in seats:
        for term in (1, 2):
            if Term(year, term) <= today:
                at(year, term)
    found: dict[int, YearView] = {}
    for key in sorted(terms, reverse=True):
        year = key.academic_year
        view = found.setdefault(year, YearView(year, seats.get(year), []))
        view.terms.append(terms[key])
    _add_selections(everything, found)
    _add_handed_in(everything, found)
    return sorted(found.values(), key=lambda one: -one.academic_year)


def _add_selections(everything: Everything, found: dict[int, YearView]) -> None:
    for one in everything.selections:
        view = found.setdefault(one.academic_year, YearView(one.academic_year, None, []))
        view.selections.append(Chosen(one, everything.chosen_counts.get(one.id, 0)))


def _add_handed_in(everything: Everything, found: dict[int, YearView]) -> None:
    counts: dict[int, HandedIn] = {}
    for one in everything.handed_in:
        book = one.submission
        before = counts.get(book.id)
        counts[book.id] = HandedIn(book, before.count + 1 if before else 1)
    for line in counts.values():
        year = line.submission.academic_year
        found.setdefault(year, YearView(year, None, [])).handed_in.append(line)


_OF_A_STUDENT = (
    WindowKind.OUTCOME_UPLOAD,
    WindowKind.EXPERIENCE_UPLOAD,
    WindowKind.SELECTION,
    WindowKind.RECEIPT,
)
_DONE_IN = {
    WindowKind.OUTCOME_UPLOAD: (Duty.SEND, Duty.FINISH, Duty.MEND),
    WindowKind.EXPERIENCE_UPLOAD: (Duty.MEND_EXPERIENCE,),
    WindowKind.SELECTION: (Duty.SELECT, Duty.SELECT_EXPERIENCES),
    WindowKind.RECEIPT: (Duty.RECEIPT,),
}


def comes_next(student: Person, grade: int) -> list[Next]:
    """This year's windows for a grade that have not closed, by the day that matters next: with
    what the student still must do in those that are open."""
    year = term_of(clock.today()).academic_year
    figures = matrix.figures([student.id], year)[student.id]
    todo = duties.of(figures, duties.season(student.school_id, year, grade, student.id))
    now, found = clock.now(), []
    for kind_ in _OF_A_STUDENT:
        terms = (0,) if kind_ in windows.YEARLY else (1, 2)
        for term in terms:
            window = windows.find(
                student.school_id, kind_, year, term, grade, student_id=student.id
            )
            if kind_ in windows.BATCHED:
                _batch, window = batches.current(
                    student.school_id, kind_, year, grade, student_id=student.id
                )
            if window is None or window.closes_at <= now:
                continue
            open_ = windows.open_at(window, now)
            mine = tuple(one for one in todo if one in _DONE_IN[kind_]) if open_ else ()
            found.append(Next(kind_, window, open_, mine))
    return sorted(found, key=_when)


def _when(one: Next) -> tuple[bool, datetime]:
    return (not one.open, one.window.closes_at if one.open else one.window.opens_at)

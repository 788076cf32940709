"""Who still must act: what each window that is open now asks of a student.

One definition for the matrix, the timeline and the reminders, so that nobody is reminded of what
no page asks for.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from plugin import clock
from plugin.portfolio.models import ExperienceState, OutcomeState, SelectionHold
from plugin.portfolio.queries import holding
from plugin.portfolio.queries.receipts import season as receipt_season
from plugin.school import batches, extensions, windows
from plugin.school.batches import Batch
from plugin.school.models import WindowKind
from plugin.school.terms import term_of


class Duty(enum.StrEnum):
    """Something that somebody still must do."""

    SEND = "send"
    FINISH = "finish"
    MEND = "mend"
    MEND_EXPERIENCE = "mend_experience"
    SELECT = "select"
    SELECT_EXPERIENCES = "select_experiences"
    RECEIPT = "receipt"
    CERTIFY = "certify"


WORDS = {
    Duty.SEND: _l("送出本學期的課程學習成果"),
    Duty.FINISH: _l("完成草稿並送出認證"),
    Duty.MEND: _l("修改被退回的成果，再送出"),
    Duty.MEND_EXPERIENCE: _l("更正被退回的多元表現，再送出"),
    Duty.SELECT: _l("勾選並確認要提交的課程學習成果"),
    Duty.SELECT_EXPERIENCES: _l("勾選並確認要提交的多元表現"),
    Duty.RECEIPT: _l("確認收訖明細"),
    Duty.CERTIFY: _l("認證學生送出的成果"),
}
"""What people read."""

SHORT = {
    Duty.SEND: _l("未送出成果"),
    Duty.FINISH: _l("有草稿"),
    Duty.MEND: _l("成果被退回"),
    Duty.MEND_EXPERIENCE: _l("多元表現被退回"),
    Duty.SELECT: _l("成果未確認勾選"),
    Duty.SELECT_EXPERIENCES: _l("多元表現未確認勾選"),
    Duty.RECEIPT: _l("收訖未確認"),
    Duty.CERTIFY: _l("有成果待認證"),
}
"""The same in a cell of a table."""

PLACES = {
    Duty.SEND: "portfolio.outcome_new",
    Duty.FINISH: "portfolio.outcome_list",
    Duty.MEND: "portfolio.outcome_list",
    Duty.MEND_EXPERIENCE: "portfolio.experience_list",
    Duty.SELECT: "portfolio.selection",
    Duty.SELECT_EXPERIENCES: "portfolio.selected_experiences",
    Duty.RECEIPT: "portfolio.handed_in",
    Duty.CERTIFY: "portfolio.certification_queue",
}
"""Where it is done."""


@dataclass(frozen=True)
class Season:
    """What is open today for a grade of a school, or for one student of it.

    :param ends: by what time each duty must be done.
    """

    term: int
    ends: dict[WindowKind, datetime]
    receipts: frozenset[Batch] = frozenset()
    """Batches whose receipt window is open."""

    def open(self, kind: WindowKind) -> bool:
        return kind in self.ends


@dataclass(frozen=True)
class Figures:
    """What one student has done in one academic year.

    :param term_outcomes: state → how many, of this term. :param outcomes: of the whole year.
    :param mendable: a returned experience may still be sent, though the window has closed.
    """

    outcomes: dict[OutcomeState, int]
    term_outcomes: dict[OutcomeState, int]
    experiences: dict[ExperienceState, int]
    mendable: bool = False
    chosen: int = 0
    chosen_experiences: int = 0
    locked: bool = False
    locked_experiences: bool = False
    handed_in: int = 0
    receipts: frozenset[Batch] | None = None
    """Batches whose sheet waits to be confirmed; None: there is no sheet."""

    @property
    def receipt_done(self) -> bool | None:
        """Whether every sheet is confirmed; None: there is nothing to confirm."""
        return None if self.receipts is None else not self.receipts


_ASKED = (
    WindowKind.OUTCOME_UPLOAD,
    WindowKind.EXPERIENCE_UPLOAD,
    WindowKind.SELECTION,
)


def seasons(school_id: int, academic_year: int, grades: Mapping[int, int]) -> dict[int, Season]:
    """What is open for each student now, by extensions and the registry's word on a class, too;
    at most four statements.

    :param grades: student id → grade.
    """
    extensions.read_ahead(school_id, academic_year, grades)
    holds = holding.holds_of(grades, academic_year)
    return {
        one: _season(school_id, academic_year, grade, one, holds.get(one))
        for one, grade in grades.items()
    }


def season(school_id: int, academic_year: int, grade: int, student_id: int) -> Season:
    """The same of one student."""
    return seasons(school_id, academic_year, {student_id: grade})[student_id]


def _season(
    school_id: int, academic_year: int, grade: int, student_id: int, hold: SelectionHold | None
) -> Season:
    """The windows that are open now, of the batch at hand where it has its own; the year's are
    read once a session."""
    today = term_of(clock.today())
    found: dict[WindowKind, datetime] = {}
    for kind in _ASKED:
        if kind in windows.BATCHED:
            _batch, window = batches.current(
                school_id, kind, academic_year, grade, student_id=student_id
            )
        else:
            window = windows.find(
                school_id, kind, academic_year, today.term, grade, student_id=student_id
            )
        if kind is WindowKind.SELECTION:
            ends = holding.until(window, hold)
            if ends is not None:
                found[kind] = ends
        elif window is not None and windows.open_at(window, clock.now()):
            found[kind] = window.closes_at
    receipts = receipt_season.open_batches(school_id, academic_year, grade, student_id)
    if receipts:
        found[WindowKind.RECEIPT] = min(one.closes_at for one in receipts.values())
    term = today.term if today.academic_year == academic_year else 0
    return Season(term, found, frozenset(receipts))


def of(figures: Figures, now: Season) -> tuple[Duty, ...]:
    """What a student still must do, in the order in which a term goes."""
    found = []
    if now.open(WindowKind.OUTCOME_UPLOAD):
        done = figures.term_outcomes
        if done.get(OutcomeState.RETURNED):
            found.append(Duty.MEND)
        if done.get(OutcomeState.DRAFT):
            found.append(Duty.FINISH)
        if not done:
            found.append(Duty.SEND)
    returned = figures.experiences.get(ExperienceState.RETURNED)
    if returned and (figures.mendable or now.open(WindowKind.EXPERIENCE_UPLOAD)):
        found.append(Duty.MEND_EXPERIENCE)
    if now.open(WindowKind.SELECTION):
        if figures.outcomes.get(OutcomeState.CERTIFIED) and not figures.locked:
            found.append(Duty.SELECT)
        if figures.experiences.get(ExperienceState.SENT) and not figures.locked_experiences:
            found.append(Duty.SELECT_EXPERIENCES)
    if figures.receipts is not None and figures.receipts & now.receipts:
        found.append(Duty.RECEIPT)
    return tuple(found)

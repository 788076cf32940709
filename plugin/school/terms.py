"""Academic years and terms: a year 學年度 runs from 1 August, its second term from 1 February.

Source: seed 002 (「108學年度正式實施（108.8.1起）」); 高級中等學校 terms by the statute of senior
high schools. Years are ROC years: academic year 115 begins on 2026-08-01.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _

FIRST_YEAR = 108
"""The first academic year of portfolios (seed 002: 「由108學年度入學」)."""
LAST_YEAR = 200
"""Later ones are slips of the finger."""

ROC = 1911
"""ROC year 1 is AD 1912."""


@dataclass(frozen=True, order=True)
class Term:
    """One term; `term` 0 stands for the whole academic year."""

    academic_year: int
    term: int

    @property
    def first_day(self) -> date:
        """The day it begins."""
        year = self.academic_year + ROC
        return date(year + 1, 2, 1) if self.term == 2 else date(year, 8, 1)

    @property
    def last_day(self) -> date:
        """The day it ends."""
        year = self.academic_year + ROC
        return date(year + 1, 1, 31) if self.term == 1 else date(year + 1, 7, 31)

    @property
    def label(self) -> str:
        """What people read."""
        if self.term == 0:
            return _("%(year)d 學年度", year=self.academic_year)
        if self.term == 1:
            return _("%(year)d 學年度第 1 學期", year=self.academic_year)
        return _("%(year)d 學年度第 2 學期", year=self.academic_year)

    def next(self) -> Term:
        """The term that follows (the year that follows, for a whole year)."""
        if self.term == 1:
            return Term(self.academic_year, 2)
        return Term(self.academic_year + 1, 1 if self.term else 0)


def term_of(day: date) -> Term:
    """The term that `day` lies in.

    >>> term_of(date(2026, 8, 1))
    Term(academic_year=115, term=1)
    >>> term_of(date(2027, 1, 31)).term, term_of(date(2027, 2, 1)).term
    (1, 2)
    """
    year = (day.year if day.month >= 8 else day.year - 1) - ROC
    return Term(year, 2 if 2 <= day.month <= 7 else 1)


def days(term: Term) -> int:
    """How many days it has."""
    return (term.last_day - term.first_day + timedelta(days=1)).days

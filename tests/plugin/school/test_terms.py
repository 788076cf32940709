"""Academic years and terms."""

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from plugin.school.terms import Term, days, term_of

DAYS = st.dates(date(2019, 8, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("day", "year", "term"),
    [
        (date(2026, 7, 31), 114, 2),
        (date(2026, 8, 1), 115, 1),
        (date(2026, 12, 31), 115, 1),
        (date(2027, 1, 1), 115, 1),
        (date(2027, 1, 31), 115, 1),
        (date(2027, 2, 1), 115, 2),
        (date(2027, 7, 31), 115, 2),
        (date(2027, 8, 1), 116, 1),
        (date(2019, 8, 1), 108, 1),
    ],
)
def test_the_edges_of_terms(day: date, year: int, term: int) -> None:
    assert term_of(day) == Term(year, term)


@given(DAYS)
def test_every_day_lies_within_its_term(day: date) -> None:
    term = term_of(day)
    assert term.first_day <= day <= term.last_day
    assert term_of(term.first_day) == term == term_of(term.last_day)


@given(DAYS)
def test_terms_follow_without_gap(day: date) -> None:
    term = term_of(day)
    assert term.next().first_day == term.last_day + timedelta(days=1)
    assert days(term) in {181, 182, 184}


def test_a_whole_year_has_its_days_and_its_name(app: Flask) -> None:
    year = Term(115, 0)
    assert (year.first_day, year.last_day) == (date(2026, 8, 1), date(2027, 7, 31))
    with app.test_request_context():
        assert year.label == "115 學年度"
        assert Term(115, 2).label == "115 學年度第 2 學期"

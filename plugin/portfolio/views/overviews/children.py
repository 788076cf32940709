"""A parent's first look: each child's figures, read only."""

from __future__ import annotations

from flask import render_template

from plugin import clock, web
from plugin.portfolio.operations import export as exporting
from plugin.portfolio.queries import counselling
from plugin.portfolio.queries.overviews import duties, matrix
from plugin.school import queries as school_queries
from plugin.school import rules
from plugin.school.terms import term_of


def children() -> str:
    """Every child with this year's figures; the same number of statements for any number."""
    actor = web.current_actor()
    assert actor.school_id is not None
    year = term_of(clock.today()).academic_year
    found = [
        one
        for one in school_queries.people(actor.school_id, actor.child_ids).values()
        if one.active
    ]
    ids = [one.id for one in found]
    figures = matrix.figures(ids, year)
    placed = school_queries.class_of(ids, year)
    grades = {one: placed[one].grade if one in placed else 0 for one in ids}
    seasons = duties.seasons(actor.school_id, year, grades)
    lines = []
    for one in sorted(found, key=lambda child: child.number):
        seat = placed.get(one.id)
        todo = duties.of(figures[one.id], seasons[one.id])
        lines.append((seat, matrix.Line(seat.seat if seat else 0, one, figures[one.id], todo)))
    may_export = rules.value(actor.school_id, exporting.BY_PARENT, year).value is True
    return render_template(
        "portfolio/overviews/children.html",
        year=year,
        lines=lines,
        words=duties.WORDS,
        may_export=may_export,
        counselling=counselling.shown_to_parents(actor),
    )

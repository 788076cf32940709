"""Basic data as a file's rows see them: whose and of which term, what stands, what begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from plugin import db
from plugin.portfolio.forms.academic import DETAILS, TEXTS, basic_data
from plugin.portfolio.models import BasicRecord, ChangeKind
from plugin.portfolio.operations.academic import basics
from plugin.portfolio.operations.academic.basics import BasicInput
from plugin.portfolio.operations.academic.bring_basics_columns import KEY
from plugin.portfolio.operations.academic.bringing import term_of_row
from plugin.school.importing import Context, Current, Key, Row, Value, index
from plugin.school.terms import Term

ECHOED = ("number", "name", "birthday", "year", "term")
"""Columns that say who and when: compared, never changed."""

Whole = dict[str, Any]
Place = tuple[int, Term]
"""Whose row of which term."""


def load(context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    """The basic data that stand, by how the rows call the student."""
    stored = stored_of(context, rows)
    known: dict[Key, Current] = {}
    for row in rows:
        place = place_of(context, row.values)
        if place is not None and (record := stored.get(place)) is not None:
            echoed = {one: row.values[one] for one in ECHOED if one in row.values}
            known[tuple(row.values[one] for one in KEY)] = Current(
                {**basic_data(record), **echoed}, {"basic_record": record.id}
            )
    return known


def stored_of(context: Context, rows: Sequence[Row]) -> dict[Place, BasicRecord]:
    """The rows that stand of the students of these rows, in the years that they name."""
    places = {place for row in rows if (place := place_of(context, row.values)) is not None}
    query = sa.select(BasicRecord).where(
        BasicRecord.school_id == context.school_id,
        BasicRecord.student_id.in_({who for who, _term in places}),
        BasicRecord.academic_year.in_({term.academic_year for _who, term in places}),
    )
    return {
        (one.student_id, Term(one.academic_year, one.term)): one
        for one in db.reading().scalars(query.execution_options(populate_existing=True))
    }


def place_of(context: Context, values: Mapping[str, Value]) -> Place | None:
    """Whose row of which term is meant; None for nobody of the school."""
    who = index.students(context)(str(values["number"]))
    return None if who is None else (who, term_of_row(values))


def begun_of(context: Context, places: set[Place]) -> dict[Place, Whole]:
    """What students begin with who have no row; some statements for each term."""
    wholes: dict[Place, Whole] = {}
    for term in {term for _who, term in places}:
        ids = {who for who, one in places if one == term}
        for who, row in basics.begun(context.school_id, ids, term).items():
            wholes[who, term] = basic_data(row)
    return wholes


def input_of(whole: Mapping[str, Any]) -> BasicInput:
    """What the operation takes, of a row of all columns."""
    details = {name: _text(whole.get(name)) for name in DETAILS}
    return BasicInput(
        grade=int(whole["grade"]),
        seat=int(whole["seat"] or 0),
        change=ChangeKind(whole["change"]),
        changed_on=whole["changed_on"],
        details={name: text for name, text in details.items() if text},
        **{name: str(whole[name] or "") for name in TEXTS},
    )


def _text(value: Value) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")

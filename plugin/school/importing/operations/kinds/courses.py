"""Courses of a term."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.school.importing import index
from plugin.school.importing.definition import (
    Action,
    Change,
    Context,
    Current,
    Fault,
    Importable,
    Key,
    Row,
    Sheet,
    Value,
    columns_of,
)
from plugin.school.importing.operations.kinds._terms import defaults, term_of
from plugin.school.importing.rows import CourseRow
from plugin.school.models import Course

FIELDS = ("name", "code", "grade", "credits", "periods")


def _load(context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    query = sa.select(Course).where(
        Course.school_id == context.school_id,
        Course.academic_year.in_({term_of(row.values)[0] for row in rows}),
        Course.term.in_({term_of(row.values)[1] for row in rows}),
        Course.number.in_({str(row.values["number"]) for row in rows}),
    )
    found: dict[Key, Current] = {}
    for one in db.reading().scalars(query):
        values: dict[str, Value] = {name: getattr(one, name) for name in FIELDS}
        values |= {"year": one.academic_year, "term": str(one.term), "number": one.number}
        found[one.academic_year, str(one.term), one.number] = Current(values, {"course": one.id})
    return found


def _check(context: Context, rows: Sequence[Row], found: Mapping[Key, Current]) -> Iterator[Fault]:
    key_of = IMPORTABLE.sheet.key_of
    for row in rows:
        if key_of(row.values) not in found and row.values.get("credits") is None:
            yield Fault(
                row.number,
                "credits",
                _("新課程要填學分。"),
                _("請填本學期的學分數，不授予學分填 0；或先匯入課程計畫代碼，再匯入 OneRoster。"),
            )


def _apply(context: Context, changes: Sequence[Change]) -> None:
    known = index.courses(context)
    with db.writing() as session:
        ids: dict[int, Change] = {}
        fresh: list[dict[str, Any]] = []
        for one in changes:
            year, term = term_of(one.values)
            number = str(one.values["number"])
            if one.action is not Action.NEW:
                ids[known[year, term, number]] = one
                continue
            row = {name: one.after.get(name) for name in FIELDS}
            row |= {"code": row["code"] or "", "periods": row["periods"] or 0}
            row |= {"school_id": context.school_id, "academic_year": year}
            fresh.append({**row, "term": term, "number": number})
        for course in session.scalars(sa.select(Course).where(Course.id.in_(list(ids)))):
            for name, value in ids[course.id].after.items():
                if name in FIELDS:
                    setattr(course, name, value)
        session.flush()
        if fresh:
            session.execute(sa.insert(Course), fresh)


IMPORTABLE = Importable(
    kind="courses",
    sheet=Sheet(
        title="課程",
        columns=columns_of(
            CourseRow,
            also={
                "name": ("課程名稱",),
                "grade": ("開課年級",),
                "credits": ("修課學分", "學分數"),
                "periods": ("修課節數",),
            },
        ),
        key=("year", "term", "number"),
        shown=("name",),
        also=("courses",),
    ),
    order=50,
    load=_load,
    check=_check,
    apply=_apply,
    defaults=defaults,
    promised=True,
)

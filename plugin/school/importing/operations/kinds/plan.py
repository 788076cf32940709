"""The course codes of the school's plan, as the plan platform lists them (central-rosters §5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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
    Gone,
    Importable,
    Key,
    Row,
    Sheet,
    Value,
    columns_of,
)
from plugin.school.importing.models import PlanCourse
from plugin.school.importing.rows import PlanCourseRow

INTAKE = 3
"""Characters of a code that tell the year of intake it is for; a list is of one or a few."""


def _current(one: PlanCourse) -> Current:
    values: dict[str, Value] = {
        "code": one.code,
        "name": one.name,
        "credits": one.credits or None,
        "active": one.active,
    }
    return Current(values, {"plan_course": one.id})


def _load(context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    query = sa.select(PlanCourse).where(
        PlanCourse.school_id == context.school_id,
        PlanCourse.code.in_({str(row.values["code"]) for row in rows}),
    )
    return {(one.code,): _current(one) for one in db.reading().scalars(query)}


def _check(context: Context, rows: Sequence[Row], found: Mapping[Key, Current]) -> Iterator[Fault]:
    ours = index.school_code(context)
    intakes: set[str] = context.scratch.setdefault("plan", set())
    for row in rows:
        code = str(row.values["code"])
        intakes.add(code[:INTAKE])
        if code[3:9] != ours:
            yield Fault(
                row.number,
                "code",
                _("代碼裡的學校是 %(theirs)s，貴校是 %(ours)s。", theirs=code[3:9], ours=ours),
                _("請由課程計畫平臺下載貴校的課程代碼檔。"),
            )


def _apply(context: Context, changes: Sequence[Change]) -> None:
    wanted = {str(one.values["code"]): one for one in changes}
    with db.writing() as session:
        query = sa.select(PlanCourse).where(
            PlanCourse.school_id == context.school_id, PlanCourse.code.in_(list(wanted))
        )
        for row in session.scalars(query):
            after = wanted[row.code].after
            row.name = str(after.get("name", row.name))
            row.credits = str(after.get("credits", row.credits) or "")
            row.active = bool(after.get("active", row.active))
        session.flush()
        fresh = [
            {
                "school_id": context.school_id,
                "code": code,
                "name": one.after["name"],
                "credits": one.after.get("credits") or "",
                "active": True,
            }
            for code, one in wanted.items()
            if one.action is Action.NEW
        ]
        if fresh:
            session.execute(sa.insert(PlanCourse), fresh)


def _others(context: Context) -> Iterator[Gone]:
    """Courses of the same intakes that the new list has no more."""
    intakes = context.scratch.get("plan", set())
    query = sa.select(PlanCourse).where(
        PlanCourse.school_id == context.school_id,
        PlanCourse.active,
        sa.func.substr(PlanCourse.code, 1, INTAKE).in_(intakes),
    )
    for one in db.reading().scalars(query.order_by(PlanCourse.code)):
        current = _current(one)
        yield Gone(current.values, current, {"active": False})


IMPORTABLE = Importable(
    kind="plan",
    sheet=Sheet(
        title="課程計畫代碼",
        columns=columns_of(
            PlanCourseRow,
            also={"name": ("課程名稱", "科目"), "credits": ("學分", "各學期學分", "授課學分")},
        ),
        key=("code",),
        shown=("name",),
        also=("課程代碼", "plan"),
    ),
    order=45,
    load=_load,
    check=_check,
    apply=_apply,
    defaults=lambda _context: {"active": True},
    others=_others,
    always_complete=True,
    in_template=False,
)

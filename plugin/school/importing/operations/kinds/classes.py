"""Classes of an academic year and their homeroom teachers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import aliased

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
    columns_of,
)
from plugin.school.importing.rows import ClassRow
from plugin.school.models import Person, PersonKind, SchoolClass


def _load(context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    teacher = aliased(Person)
    query = (
        sa.select(SchoolClass, teacher.number)
        .outerjoin(teacher, teacher.id == SchoolClass.homeroom_teacher_id)
        .where(
            SchoolClass.school_id == context.school_id,
            SchoolClass.academic_year.in_({row.values["year"] for row in rows}),
            SchoolClass.code.in_({row.values["code"] for row in rows}),
        )
    )
    return {
        (one.academic_year, one.code): Current(
            {
                "year": one.academic_year,
                "code": one.code,
                "name": one.name,
                "grade": one.grade,
                "homeroom": homeroom,
            },
            {"school_class": one.id},
        )
        for one, homeroom in db.reading().execute(query)
    }


def _check(context: Context, rows: Sequence[Row], found: Mapping[Key, Current]) -> Iterator[Fault]:
    known = index.people(context)
    for row in rows:
        number = row.values.get("homeroom")
        if number is None or context.coming("teachers", (number,)):
            continue
        who = known.get(str(number))
        if who is None or who.kind is not PersonKind.STAFF or not who.active:
            yield Fault(
                row.number,
                "homeroom",
                _("沒有這個編號的在職教職員。"),
                _("請先匯入教師，或更正導師編號。"),
            )


def _apply(context: Context, changes: Sequence[Change]) -> None:
    people, known = index.people(context), index.classes(context)
    with db.writing() as session:
        ids = {}
        for one in changes:
            year, code = one.values["year"], str(one.values["code"])
            assert isinstance(year, int)
            if (year, code) in known:
                ids[known[year, code]] = one
        for row in session.scalars(sa.select(SchoolClass).where(SchoolClass.id.in_(list(ids)))):
            after = ids[row.id].after
            row.name = str(after.get("name", row.name))
            row.grade = int(str(after.get("grade", row.grade)))
            if "homeroom" in after:
                number = after["homeroom"]
                row.homeroom_teacher_id = people[str(number)].id if number else None
        fresh = [
            {
                "school_id": context.school_id,
                "academic_year": one.after["year"],
                "code": one.after["code"],
                "name": one.after["name"],
                "grade": one.after["grade"],
                "homeroom_teacher_id": people[str(one.after["homeroom"])].id
                if one.after.get("homeroom")
                else None,
            }
            for one in changes
            if one.action is Action.NEW
        ]
        if fresh:
            session.execute(sa.insert(SchoolClass), fresh)
        session.flush()


IMPORTABLE = Importable(
    kind="classes",
    sheet=Sheet(
        title="班級",
        columns=columns_of(
            ClassRow, also={"code": ("代碼",), "name": ("名稱",), "homeroom": ("導師",)}
        ),
        key=("year", "code"),
        shown=("name",),
        also=("classes",),
    ),
    order=20,
    load=_load,
    check=_check,
    apply=_apply,
    defaults=lambda context: {"year": context.academic_year},
    promised=True,
)

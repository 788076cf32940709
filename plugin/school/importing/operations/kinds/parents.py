"""Parents, and whose."""

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
    Importable,
    Key,
    Row,
    Sheet,
    columns_of,
)
from plugin.school.importing.operations.kinds import _people
from plugin.school.importing.rows import ParentRow
from plugin.school.models import Guardian, PersonKind


def _load(context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    people, known = _people.load(context, rows), index.people(context)
    query = sa.select(Guardian.parent_id, Guardian.student_id, Guardian.id).where(
        Guardian.parent_id.in_([one.id for one in people.values()])
    )
    links = {(row[0], row[1]): row[2] for row in db.reading().execute(query)}
    found: dict[Key, Current] = {}
    for row in rows:
        number, student = str(row.values["number"]), str(row.values["student"])
        if (parent := people.get(number)) is None:
            continue
        child = known.get(student)
        link = links.get((parent.id, child.id)) if child else None
        ids = {"person": parent.id, **({"guardian": link} if link else {})}
        values = {**_people.values_of(parent), "student": student}
        found[number, student] = Current(values, ids, exists=link is not None)
    return found


def _check(context: Context, rows: Sequence[Row], found: Mapping[Key, Current]) -> Iterator[Fault]:
    known = index.people(context)
    names = context.scratch.setdefault("parents", {})
    for row in rows:
        number, student = str(row.values["number"]), str(row.values["student"])
        child = known.get(student)
        if context.coming("students", (student,)) is None and (
            child is None or child.kind is not PersonKind.STUDENT
        ):
            yield Fault(
                row.number,
                "student",
                _("沒有這個學號的學生。"),
                _("請先匯入學生，或更正學號。"),
            )
        holder = known.get(number)
        if holder is not None and holder.kind is not PersonKind.PARENT:
            yield Fault(
                row.number,
                "number",
                _("這個編號已經是學生或教職員。"),
                _("請改用別的編號；教職員同時是家長時，請另給一個家長編號。"),
            )
        said = (row.values.get("name"), row.values.get("email"))
        current = found.get((number, student))
        before = names.setdefault(number, said)
        if current is not None and not current.exists:
            before = (current.values["name"], said[1])
        if before != said:
            yield Fault(
                row.number,
                "name",
                _("同一個家長編號，姓名或電子郵件卻不同。"),
                _("同一位家長的每一列要相同；不同的家長請用不同的編號。"),
            )


def _apply(context: Context, changes: Sequence[Change]) -> None:
    ids = _people.write(context, changes, PersonKind.PARENT)
    people = index.people(context)
    fresh = [
        {
            "parent_id": ids[str(one.values["number"])],
            "student_id": people[str(one.values["student"])].id,
        }
        for one in changes
        if one.action is Action.NEW
    ]
    if fresh:
        with db.writing() as session:
            session.execute(sa.insert(Guardian), fresh)


IMPORTABLE = Importable(
    kind="parents",
    sheet=Sheet(
        title="家長",
        columns=columns_of(
            ParentRow,
            also={
                "name": ("姓名",),
                "student": ("學號",),
                "email": ("家長電子郵件", "Email", "E-mail"),
            },
        ),
        key=("number", "student"),
        shown=("name",),
        also=("parents",),
    ),
    order=40,
    load=_load,
    check=_check,
    apply=_apply,
)

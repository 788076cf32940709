"""Teachers and other staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from plugin.school.importing.definition import (
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
from plugin.school.importing.rows import TeacherRow
from plugin.school.models import PersonKind


def _load(context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    return {
        (number,): Current(_people.values_of(one), {"person": one.id})
        for number, one in _people.load(context, rows).items()
    }


def _check(context: Context, rows: Sequence[Row], found: Mapping[Key, Current]) -> Iterable[Fault]:
    return _people.kind_faults(rows, found, PersonKind.STAFF)


def _apply(context: Context, changes: Sequence[Change]) -> None:
    _people.write(context, changes, PersonKind.STAFF)


IMPORTABLE = Importable(
    kind="teachers",
    sheet=Sheet(
        title="教師",
        columns=columns_of(
            TeacherRow,
            also={
                "number": ("編號", "教師編號"),
                "name": ("教師姓名",),
                "email": ("Email", "E-mail"),
            },
        ),
        key=("number",),
        shown=("name",),
        also=("教職員", "teachers"),
    ),
    order=10,
    load=_load,
    check=_check,
    apply=_apply,
    defaults=lambda _context: {"active": True},
    others=lambda context: _people.gone(context, PersonKind.STAFF),
    promised=True,
)

"""The list of schools, brought in from a file by the house's importing: preview, faults, undo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form
from forms.fields import ChoiceField, TextField
from forms.validators import Matches
from plugin import db
from plugin.actor import Role
from plugin.certification.models import ListedKind, ListedSchool
from plugin.certification.queries.schools import plain
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

KIND_WORDS = [
    (ListedKind.ELEMENTARY.value, _l("國小")),
    (ListedKind.JUNIOR.value, _l("國中")),
    (ListedKind.SENIOR.value, _l("高中職")),
    (ListedKind.TERTIARY.value, _l("大專校院")),
    (ListedKind.SPECIAL.value, _l("特殊教育學校")),
    (ListedKind.OTHER.value, _l("其他")),
]


class ListedSchoolRow(Form):
    """One school of the list."""

    code = TextField(
        _l("學校代碼"),
        [Matches(r"[0-9A-Za-z]{1,16}", _l("學校代碼只用英文字母與數字，例如 193301。"))],
        max_points=16,
        ask=Ask(_l("教育部公布的學校代碼。"), "", ("193301",)),
    )
    name = TextField(
        _l("學校名稱"), max_points=120, ask=Ask(_l("學校全銜。"), "", (_l("歷程測試國民小學"),))
    )
    city = TextField(
        _l("縣市"),
        max_points=20,
        required=False,
        ask=Ask(_l("學校所在的縣市。"), "", (_l("臺中市"),)),
    )
    kind = ChoiceField(
        _l("學校類別"),
        choices=KIND_WORDS,
        ask=Ask(_l("國小、國中、高中職、大專校院、特殊教育學校或其他。"), "", (_l("國小"),)),
    )
    also = TextField(
        _l("其他名稱"),
        max_points=200,
        required=False,
        ask=Ask(_l("舊名、簡稱等，以頓號分隔；搜尋時也找得到。"), "", (_l("歷程國小"),)),
    )

    class Meta:
        name = "import.listed_schools"
        title = _l("學校清單")


_FIELDS = ("code", "name", "city", "kind", "also", "active")


def _current(one: ListedSchool) -> Current:
    values: dict[str, Value] = {
        name: getattr(one, name) for name in _FIELDS if getattr(one, name) != ""
    }
    values["kind"] = one.kind.value
    return Current(values, {"certification_listed_school": one.id})


def _load(context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    query = sa.select(ListedSchool).where(
        ListedSchool.school_id == context.school_id,
        ListedSchool.code.in_({str(row.values["code"]) for row in rows}),
    )
    return {(one.code,): _current(one) for one in db.reading().scalars(query)}


def _check(_context: Context, _rows: Sequence[Row], _found: Mapping[Key, Current]) -> list[Fault]:
    return []


def _apply(context: Context, changes: Sequence[Change]) -> None:
    wanted = {str(one.values["code"]): one for one in changes}
    with db.writing() as session:
        query = sa.select(ListedSchool).where(
            ListedSchool.school_id == context.school_id, ListedSchool.code.in_(list(wanted))
        )
        for row in session.scalars(query):
            for name, value in wanted[row.code].after.items():
                setattr(row, name, ListedKind(str(value)) if name == "kind" else value)
            row.key = _key(row.name, row.also)
        session.flush()
        fresh = [_fresh(context, one) for one in changes if one.action is Action.NEW]
        if fresh:
            session.execute(sa.insert(ListedSchool), fresh)


def _fresh(context: Context, change: Change) -> dict[str, object]:
    name, also = str(change.after["name"]), str(change.after.get("also") or "")
    return {
        "school_id": context.school_id,
        "code": change.values["code"],
        "name": name,
        "city": change.after.get("city") or "",
        "kind": ListedKind(str(change.after["kind"])),
        "also": also,
        "key": _key(name, also),
        "active": True,
    }


def _key(name: str, also: str) -> str:
    names = [name, *also.replace(";", "、").replace("；", "、").split("、")]
    return "\n".join(dict.fromkeys(plain(one) for one in names if one.strip()))


def _others(context: Context) -> Iterator[Gone]:
    """Schools that the new list has no more."""
    query = sa.select(ListedSchool).where(
        ListedSchool.school_id == context.school_id, ListedSchool.active
    )
    for one in db.reading().scalars(query.order_by(ListedSchool.code)):
        current = _current(one)
        yield Gone(current.values, current, {"active": False})


IMPORTABLE = Importable(
    kind="listed_schools",
    sheet=Sheet(
        title="學校清單",
        columns=columns_of(
            ListedSchoolRow,
            also={
                "code": ("代碼", "機關代碼"),
                "name": ("全銜", "校名"),
                "city": ("縣市別", "縣市名稱"),
                "kind": ("類別", "學制級別"),
                "also": ("別名", "簡稱"),
            },
        ),
        key=("code",),
        shown=("name", "city"),
        also=("學校名錄",),
        told_by=frozenset({"kind"}),
    ),
    order=200,
    load=_load,
    check=_check,
    apply=_apply,
    defaults=lambda _context: {"active": True},
    others=_others,
    always_complete=True,
    in_template=False,
    brought_by=frozenset({Role.ISSUING_OFFICE}),
)

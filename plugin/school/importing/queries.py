"""Reads of imports: the history, one of them, its changes and bad rows page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.actor import Actor
from plugin.errors import NotFound
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.school.importing import operations, rights
from plugin.school.importing.definition import Action, Change, Importable, Value, importables
from plugin.school.importing.models import ImportChange, ImportFault, SchoolImport
from plugin.school.importing.values import shown, unpack
from plugin.vault.models import StoredFile


@dataclass(frozen=True)
class Difference:
    """One column of a change, for people."""

    title: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One change as the preview shows it."""

    id: int
    sheet: str
    row: int
    action: Action
    key: str
    name: str
    differences: tuple[Difference, ...]


def page(
    actor: Actor, *, after: str | None = None, limit: int = 20
) -> Page[tuple[SchoolImport, StoredFile]]:
    """Imports that the actor may see with their files, newest first."""
    query = (
        sa.select(SchoolImport, StoredFile)
        .join(StoredFile, StoredFile.id == SchoolImport.file_id)
        .where(SchoolImport.school_id == actor.school_id)
    )
    if not rights.keeps(actor):
        query = query.where(SchoolImport.made_by_id == actor.person_id)
    if (last := row_id(after)) is not None:
        query = query.where(SchoolImport.id < last)
    rows = db.reading().execute(query.order_by(SchoolImport.id.desc()).limit(limit + 1)).all()
    return Page.cut([(row[0], row[1]) for row in rows], limit, lambda one: one[0].id)


def find(actor: Actor, import_id: int) -> SchoolImport:
    """:raises NotFound: none of this school, or another's that is not the actor's to see."""
    one = db.reading().get(SchoolImport, import_id)
    if one is None or not rights.sees(actor, one):
        raise NotFound(_("找不到這次匯入。"), remedy=_("請由匯入紀錄重新選擇。"))
    return one


def undoable(school_id: int) -> int | None:
    """The import that may be undone: the last that was applied."""
    return operations.last_applied(db.reading(), school_id)


def changes(
    import_id: int,
    *,
    kind: str = "",
    action: str = "",
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Line]:
    """What becomes other than it is, in the order of the file."""
    query = sa.select(ImportChange).where(ImportChange.import_id == import_id)
    if kind:
        query = query.where(ImportChange.kind == kind)
    if action in set(Action):
        query = query.where(ImportChange.action == Action(action))
    if (last := row_id(after)) is not None:
        query = query.where(ImportChange.id > last)
    rows = db.reading().scalars(query.order_by(ImportChange.id).limit(limit + 1)).all()
    known = {one.kind: one for one in importables()}
    lines = [_line(known[one.kind], one) for one in rows if one.kind in known]
    return Page.cut(lines, limit, lambda one: one.id)


def faults(
    import_id: int, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[ImportFault]:
    """Bad rows in the order of the file."""
    query = sa.select(ImportFault).where(ImportFault.import_id == import_id)
    if (last := row_id(after)) is not None:
        query = query.where(ImportFault.id > last)
    rows = db.reading().scalars(query.order_by(ImportFault.id).limit(limit + 1)).all()
    return Page.cut(rows, limit, lambda one: one.id)


def every_fault(import_id: int) -> Iterator[ImportFault]:
    """All that are kept, for the file."""
    after: str | None = None
    while True:
        some = faults(import_id, after=after, limit=500)
        yield from some.items
        if some.next is None:
            return
        after = some.next


def _line(of: Importable, one: ImportChange) -> Line:
    change = unpack(one.row, one.action, one.content)
    by_key = of.sheet.by_key
    told = [
        shown(by_key[key], value)
        for key in of.sheet.key
        if (value := change.values.get(key)) is not None
    ]
    named = [shown(by_key[key], change.values.get(key)) for key in of.sheet.shown]
    return Line(
        one.id,
        of.sheet.title,
        one.row,
        one.action,
        " ".join(told),
        " ".join(named),
        tuple(_differences(of, change)),
    )


def _differences(of: Importable, change: Change) -> Iterator[Difference]:
    if change.action is Action.NEW:
        told = {*of.sheet.key, *of.sheet.shown}
        for column in of.sheet.columns:
            if change.values.get(column.key) is not None and column.key not in told:
                yield Difference(column.title, "", shown(column, change.values[column.key]))
        return
    for key, value in change.after.items():
        named = of.sheet.by_key.get(key)
        before: Value = change.before.get(key)
        if key == "active":
            yield Difference(_("使用狀態"), _active(before), _active(value))
        else:
            yield Difference(
                named.title if named else key, shown(named, before), shown(named, value)
            )


def _active(value: Value) -> str:
    return _("使用中") if value else _("停用")

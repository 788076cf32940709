"""Writing what the preview showed, and taking it back: one transaction, chunk after chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import db
from plugin.school.importing import dependents, index
from plugin.school.importing.checking import stale
from plugin.school.importing.definition import (
    CHUNK,
    Action,
    Change,
    Context,
    Importable,
    Row,
    importables,
)
from plugin.school.importing.errors import ImportStale, UndoBlocked
from plugin.school.importing.models import ImportChange
from plugin.school.importing.values import unpack

Progress = Callable[[int], None]
"""Told of rows that are done."""


def changes(import_id: int, of: Importable, *, backwards: bool = False) -> Iterator[list[Change]]:
    """The kept changes of one kind, chunk by chunk."""
    last: int | None = None
    column = ImportChange.id
    while True:
        query = sa.select(
            ImportChange.id, ImportChange.row, ImportChange.action, ImportChange.content
        ).where(ImportChange.import_id == import_id, ImportChange.kind == of.kind)
        if last is not None:
            query = query.where(column < last if backwards else column > last)
        query = query.order_by(column.desc() if backwards else column).limit(CHUNK)
        rows = db.reading().execute(query).all()
        if not rows:
            return
        yield [unpack(row[1], row[2], row[3]) for row in rows]
        last = rows[-1][0]


def apply(import_id: int, context: Context, progress: Progress) -> None:
    """Write all changes; within the caller's transaction.

    :raises ImportStale: a row is not as it was when it was checked; nothing is written.
    """
    for of in importables():
        for some in changes(import_id, of):
            moved = stale(context, of, some)
            if moved is not None:
                raise ImportStale(
                    _(
                        "檢查之後資料又有變動（「%(sheet)s」第 %(row)s 列），所以沒有套用。",
                        sheet=of.sheet.title,
                        row=moved.row,
                    ),
                    remedy=_("請按「重新檢查」，看過新的預覽再套用。"),
                )
    for of in importables():
        if of.release is not None:
            for some in changes(import_id, of):
                of.release(context, [one for one in some if one.action is not Action.NEW])
    for of in importables():
        wrote = False
        for some in changes(import_id, of):
            of.apply(context, some)
            progress(len(some))
            wrote = True
        if wrote:
            index.forget(context)


def undo(import_id: int, context: Context, progress: Progress) -> None:
    """Take all changes back; within the caller's transaction.

    :raises UndoBlocked: rows were changed since, or something depends on them.
    """
    kinds = list(reversed(importables()))
    made: dict[str, set[int]] = {}
    for of in kinds:
        for some in changes(import_id, of, backwards=True):
            _look(context, of, some, made)
    found = dependents.blocking(made)
    if found:
        raise UndoBlocked(
            _("不能復原：已有資料用到這次匯入的內容（%(what)s）。", what=dependents.words(found)),
            remedy=_("請先處理這些資料；或更正檔案後再匯入一次，以修改代替復原。"),
        )
    _put_back(import_id, context, kinds, progress)
    with db.writing() as session:
        _delete(session, made)


def _put_back(
    import_id: int, context: Context, kinds: Sequence[Importable], progress: Progress
) -> None:
    """Everything that was changed is as before; what is new only gives up its places."""
    for of in kinds:
        if of.release is not None:
            for some in changes(import_id, of, backwards=True):
                of.release(context, [*_back(some), *(c for c in some if c.action is Action.NEW)])
    for of in kinds:
        for some in changes(import_id, of, backwards=True):
            if of.undo is not None:
                of.undo(context, some)
            elif back := _back(some):
                of.apply(context, back)
            progress(len(some))


def _back(some: Sequence[Change]) -> list[Change]:
    """What is applied the other way round: changed rows, and what a new one changed of a row that
    was there before."""
    return [one.reversed for one in some if one.action is not Action.NEW or one.before]


def _look(
    context: Context, of: Importable, some: Sequence[Change], made: dict[str, set[int]]
) -> None:
    """Gather the ids of what was made; rows must still be as they were written."""
    found = of.load(context, [Row(one.row, one.values) for one in some])
    for one in some:
        current = found.get(of.sheet.key_of(one.values))
        same = current is not None and all(
            current.values.get(key) == value for key, value in one.after.items()
        )
        if current is None or not current.exists or not same:
            raise UndoBlocked(
                _(
                    "不能復原：「%(sheet)s」第 %(row)s 列的資料在匯入之後又有修改。",
                    sheet=of.sheet.title,
                    row=one.row,
                ),
                remedy=_("請改為更正檔案後再匯入一次。"),
            )
        if one.action is Action.NEW and of.undo is None:
            for table, row_id in current.ids.items():
                if one.kept.get(table) != row_id:
                    made.setdefault(table, set()).add(row_id)


def _delete(session: Session, made: dict[str, set[int]]) -> None:
    """What refers to other rows goes before them."""
    tables = {one.class_.__tablename__: one for one in db.Base.registry.mappers}
    order = [one.name for one in reversed(db.Base.metadata.sorted_tables) if one.name in made]
    for name in order:
        mapped = tables[name].class_
        ids = sorted(made[name])
        for begin in range(0, len(ids), dependents.LIST):
            session.execute(
                sa.delete(mapped)
                .where(mapped.id.in_(ids[begin : begin + dependents.LIST]))
                .execution_options(synchronize_session=False)
            )

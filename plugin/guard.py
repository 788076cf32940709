"""The guard of every session: conditions on what is read, questions to what is written.

What it says follows from `plugin.tenancy.TABLES`; why it is built like this: decision record 0007.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.session import UOWTransaction

from plugin.tenancy import (
    Across,
    ForeignSchool,
    Installation,
    Lent,
    Own,
    Through,
    Unguarded,
    now,
    owner_of,
    school,
)

# The conditions of statements ---------------------------------------------------------------------

_HERE: sa.BindParameter[int] = sa.bindparam("licheng_school", callable_=school, type_=sa.Integer)
"""The current school, asked each time a statement runs: compiled statements stay cached."""


def visible(entity: Any) -> sa.ColumnElement[bool]:
    """The condition under which the current school sees rows of a mapped class (or alias)."""
    return _condition(entity, lending=True)


def changeable(entity: Any) -> sa.ColumnElement[bool]:
    """The condition under which it changes them by a statement."""
    return _condition(entity, lending=False)


def _condition(entity: Any, *, lending: bool) -> sa.ColumnElement[bool]:
    mapped = sa.inspect(entity, raiseerr=False)
    if mapped is None:  # the base class itself, which SQLAlchemy asks once
        return sa.true()
    table: sa.Table = mapped.mapper.local_table

    def column(name: str) -> Any:
        return getattr(entity, mapped.mapper.get_property_by_column(table.c[name]).key)

    return _owned(table, column, lending)


def _owned(table: sa.Table, column: Callable[[str], Any], lending: bool) -> sa.ColumnElement[bool]:
    owner = owner_of(table.name)
    if isinstance(owner, Installation):
        return sa.true()
    if isinstance(owner, Through):
        above = table.metadata.tables[owner.parent]
        parent = above.alias()
        return (
            sa.exists()
            .where(_key(parent) == column(owner.column))
            .where(_owned(above, parent.c.__getitem__, True))
            .correlate_except(parent)
        )
    mine: sa.ColumnElement[bool] = column(owner.column) == _HERE
    if isinstance(owner, Lent) and lending:
        lent = table.metadata.tables[owner.table].alias()
        refers = lent.c[owner.reference] == column("id")
        return mine | sa.exists().where(refers, lent.c.school_id == _HERE).correlate_except(lent)
    return mine


def _key(table: Any) -> Any:
    (key,) = table.primary_key
    return key


# The session --------------------------------------------------------------------------------------

_ACROSS = "licheng_across"
"""In a session's `info`: it has seen several schools, so what it holds is asked again."""


class GuardedSession(Session):
    """A session that shows and takes what is the current school's."""

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """As ever; what the session holds already of another school is not found either."""
        found = super().get(entity, ident, **options)
        if found is None or isinstance(now(), Across):
            return found
        return found if self._ours(found) else None

    def _ours(self, found: Any) -> bool:
        table = sa.inspect(found).mapper.local_table
        owner = owner_of(table.name)
        if isinstance(owner, Installation):
            return True
        if isinstance(owner, Own):
            return bool(getattr(found, owner.column) == school())
        if not self.info.get(_ACROSS):
            return True  # it was loaded by a statement that was guarded
        if isinstance(owner, Through):
            parent = table.metadata.tables[owner.parent]
            return _how_many(self, parent, [getattr(found, owner.column)]) == 1
        return _how_many(self, table, [found.id]) == 1


def watch(base: type[Any]) -> None:
    """Put the guard on every session of `base`'s tables; called once, by `plugin.db`."""
    reading = with_loader_criteria(
        base, lambda cls: cls.visible_here(), include_aliases=True, propagate_to_loaders=False
    )
    changing = with_loader_criteria(
        base, lambda cls: cls.changeable_here(), include_aliases=True, propagate_to_loaders=False
    )

    @event.listens_for(GuardedSession, "do_orm_execute")
    def guard(execution: ORMExecuteState) -> None:
        if isinstance(now(), Across):
            execution.session.info[_ACROSS] = True
            return
        if execution.is_column_load:
            return  # of an object that is here already
        if not execution.is_orm_statement:
            raise Unguarded(f"not a statement of mapped classes: {str(execution.statement)[:200]}")
        if execution.is_insert:
            _ask_inserted(execution)
        elif execution.is_update or execution.is_delete:
            execution.statement = execution.statement.options(changing)
        else:
            execution.statement = execution.statement.options(reading)

    @event.listens_for(GuardedSession, "before_flush")
    def ask(session: Session, _context: UOWTransaction, _instances: Any) -> None:
        if isinstance(now(), Across):
            session.info[_ACROSS] = True
            return
        parents: dict[str, set[Any]] = {}
        for one in (*session.new, *session.dirty, *session.deleted):
            _ask(session, one, parents)
        _ask_parents(session, base.metadata, parents)


def _ask(session: Session, one: Any, parents: dict[str, set[Any]]) -> None:
    """:raises ForeignSchool: an object that is, was or would be another school's."""
    state = sa.inspect(one)
    table = state.mapper.local_table
    owner = owner_of(table.name)
    if isinstance(owner, Installation):
        return
    history = state.attrs[owner.column].history
    said = {*(history.added or ()), *(history.unchanged or ()), *(history.deleted or ())}
    for value in said or {getattr(one, owner.column)}:
        if isinstance(owner, Through):
            if value is not None:
                parents.setdefault(owner.parent, set()).add(value)
                continue
            for relation in state.mapper.relationships:  # it fills the column in later
                above = state.dict.get(relation.key)
                if above is not None and table.c[owner.column] in relation.local_columns:
                    _ask(session, above, parents)
        elif value != school():
            raise ForeignSchool(f"{table.name} of school {value} in school {school()}")


def _ask_inserted(execution: ORMExecuteState) -> None:
    """:raises ForeignSchool: rows for another school. :raises Unguarded: rows of a query."""
    statement: Any = execution.statement
    table: sa.Table = execution.bind_mapper.local_table  # type: ignore[union-attr, assignment]
    owner = owner_of(table.name)
    if isinstance(owner, Installation):
        return
    if statement.select is not None:
        raise Unguarded(f"insert into {table.name} from a query")
    given = execution.parameters or ()
    rows: list[Mapping[Any, Any]] = [given] if isinstance(given, Mapping) else list(given)
    if statement._values:
        rows.append(statement._values)
    for some in statement._multi_values:
        rows.extend(some)
    values = {_value_of(row, table.c[owner.column]) for row in rows}
    if isinstance(owner, Through):
        _ask_parents(execution.session, table.metadata, {owner.parent: values})
    elif values != {school()}:
        raise ForeignSchool(f"rows of {table.name} of schools {values} in school {school()}")


def _value_of(row: Mapping[Any, Any], column: sa.Column[Any]) -> Any:
    found = row.get(column.name, row.get(column))
    return found.value if isinstance(found, sa.BindParameter) else found


def _ask_parents(session: Session, metadata: sa.MetaData, parents: dict[str, set[Any]]) -> None:
    """:raises ForeignSchool: a row that would hang on another school's."""
    for name, keys in parents.items():
        table = metadata.tables[name]
        if _how_many(session, table, keys) != len(keys):
            raise ForeignSchool(f"{name} {sorted(keys)[:5]} is none of school {school()}")


def _how_many(session: Session, table: sa.Table, keys: Iterable[Any]) -> int:
    """How many of these rows the current school sees; straight from the database."""
    wanted, seen = list(keys), 0
    for begin in range(0, len(wanted), 500):
        query = sa.select(sa.func.count()).where(
            _key(table).in_(wanted[begin : begin + 500]), _owned(table, table.c.__getitem__, True)
        )
        seen += session.connection().execute(query).scalar_one()
    return seen

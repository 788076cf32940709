"""Statements prepared once, run straight on the driver: for the one path that must be quick.

Hundreds of people open their course in the first minute of a lesson. What a launch asks of the
database is five small statements that never change; building each anew costs more than running
it. Types are still SQLAlchemy's, so times, JSON and enumerations read and write as everywhere.
"""

from __future__ import annotations

import sqlite3
import time
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Self

import sqlalchemy as sa

_TRIES = 400
_AT_ONCE = 20
"""So many tries only let others run in between: whoever holds the lock is nearly done."""
_PAUSE = 0.0003
"""Seconds between two tries for the write lock."""
_PATIENCE = 20_000
"""Milliseconds to wait after that, as everywhere (`plugin.db`)."""

Processor = Callable[[Any], Any]


class Prepared:
    """A statement in the words of one database, with the conversions of its values."""

    def __init__(
        self, statement: sa.ClauseElement, dialect: sa.Dialect, columns: tuple[str, ...] | None
    ) -> None:
        compiled: Any = statement.compile(
            dialect=dialect, column_keys=list(columns) if columns else None
        )
        self.sql = str(compiled)
        self._positional: bool = compiled.positional
        self._fixed = dict(compiled.params)
        names = compiled.positiontup if compiled.positional else compiled.binds
        self._binders = [(name, _processor(compiled.binds[name].type, dialect)) for name in names]
        self._readers: list[tuple[int, Processor]] = []
        if isinstance(statement, sa.Select):
            chosen = statement.selected_columns
            readers = [_reader(column.type, dialect) for column in chosen]
            self._readers = [(n, one) for n, one in enumerate(readers) if one is not None]
            self._row = _row_class([str(column.key) for column in chosen])

    def values(self, given: Mapping[str, Any]) -> Any:
        """What the driver gets."""
        merged = {**self._fixed, **given}
        bound = [
            merged[name] if binder is None else binder(merged[name])
            for name, binder in self._binders
        ]
        if self._positional:
            return bound
        return dict(zip((name for name, _binder in self._binders), bound, strict=True))

    def row(self, raw: Any) -> Any:
        """A named tuple of what the driver gave."""
        values = list(raw)
        for number, reader in self._readers:
            values[number] = reader(values[number])
        return self._row(*values)


class Line:
    """A connection of the pool, for the length of one launch."""

    def __init__(self, engine: sa.Engine) -> None:
        self._dialect = engine.dialect
        self._sqlite = engine.dialect.name == "sqlite"
        self._raw = engine.raw_connection()
        self._cursor = self._raw.cursor()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._cursor.close()
        self._raw.close()  # back to the pool, which rolls back what is open

    def first(self, statement: sa.Select[Any], given: Mapping[str, Any]) -> Any:
        """The first row, or None."""
        prepared = _prepared(statement, self._dialect, None)
        self._cursor.execute(prepared.sql, prepared.values(given))
        found = self._cursor.fetchone()
        return None if found is None else prepared.row(found)

    def run(
        self, statement: sa.Insert | sa.Update, given: Mapping[str, Any], *, insert: bool = False
    ) -> int:
        """Change something; how many rows it was."""
        prepared = _prepared(statement, self._dialect, tuple(given) if insert else None)
        self._cursor.execute(prepared.sql, prepared.values(given))
        return int(self._cursor.rowcount)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A write transaction that does not wait for the disk (SQLite).

        What a power failure could take away here is a login of the last moments: the person opens
        the course again. Nothing accepted is written this way.
        """
        if self._sqlite:
            self._cursor.execute("PRAGMA synchronous=NORMAL")
            self._begin()
        try:
            yield
            self._raw.commit()
        except BaseException:
            self._raw.rollback()
            raise
        finally:
            if self._sqlite:
                self._cursor.execute("PRAGMA synchronous=FULL")

    def _begin(self) -> None:
        """Take SQLite's one write lock. Its own waiting sleeps longer and longer, up to 100 ms;
        these transactions are over in a tenth of a millisecond, so asking again soon is better."""
        self._cursor.execute("PRAGMA busy_timeout=0")
        try:
            for number in range(_TRIES):
                try:
                    self._cursor.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    time.sleep(0 if number < _AT_ONCE else _PAUSE)
                else:
                    return
        finally:
            self._cursor.execute(f"PRAGMA busy_timeout={_PATIENCE}")
        self._cursor.execute("BEGIN IMMEDIATE")


@lru_cache(maxsize=64)
def _prepared(
    statement: sa.ClauseElement, dialect: sa.Dialect, columns: tuple[str, ...] | None
) -> Prepared:
    return Prepared(statement, dialect, columns)


def _row_class(names: list[str]) -> Any:
    return namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024  (known at run time only)


def _processor(kind: Any, dialect: sa.Dialect) -> Processor | None:
    found: Processor | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _reader(kind: Any, dialect: sa.Dialect) -> Processor | None:
    found: Processor | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found

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
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any, Self
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import event

_AT_ONCE = 20
"""So many tries only let others run in between: whoever holds the lock is nearly done."""
_PAUSE = 0.0003
"""Seconds between two later tries for the write lock."""
_PATIENCE = 20.0
"""Seconds after which waiting for a lock is given up, as everywhere (`plugin.db`)."""
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
    """A connection for the length of one launch, kept open for the next.

    Not out of the application's pool: checking out, resetting and switching back what is set
    otherwise costs as much as the statements. These stay as launches want them: every statement
    on its own unless `writing`, and on SQLite a commit that does not wait for the disk.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._dialect = engine.dialect
        self._sqlite = engine.dialect.name == "sqlite"
        self._idle = _idle_of(engine)
        self._raw, self._cursor = _taken(self._idle) or _opened(engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._whole():
            self._idle.append((self._raw, self._cursor))
        else:
            self._raw.close()

    def first(self, statement: sa.Select[Any], given: Mapping[str, Any]) -> Any:
        """The first row, or None."""
        found = self.all(statement, given)
        return found[0] if found else None

    def all(self, statement: sa.Select[Any], given: Mapping[str, Any]) -> list[Any]:
        """Every row: a statement that is read half would hold its snapshot."""
        prepared = _prepared(statement, self._dialect, None)
        values = prepared.values(given)
        try:
            self._execute(prepared.sql, values)
        except Exception:
            if self._sqlite or not self._raw.closed:
                raise
            # The server was started anew since the last launch; nothing is lost by reading again.
            self._raw, self._cursor = _opened(self._engine)
            self._execute(prepared.sql, values)
        return [prepared.row(row) for row in self._cursor.fetchall()]

    def run(
        self, statement: sa.Insert | sa.Update, given: Mapping[str, Any], *, insert: bool = False
    ) -> int:
        """Change something; how many rows it was."""
        prepared = _prepared(statement, self._dialect, tuple(given) if insert else None)
        self._execute(prepared.sql, prepared.values(given))
        return int(self._cursor.rowcount)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A write transaction that does not wait for the disk (SQLite).

        What a power failure could take away here is a login of the last moments: the person opens
        the course again. Nothing accepted is written this way.
        """
        self._execute("BEGIN IMMEDIATE" if self._sqlite else "BEGIN")
        try:
            yield
            self._execute("COMMIT")
        except BaseException:
            with suppress(Exception):  # what went wrong is told, not what follows from it
                self._execute("ROLLBACK")
            raise

    def _whole(self) -> bool:
        """Whether the connection can serve another launch: it is there, and nothing is open."""
        if self._sqlite:
            return not self._raw.in_transaction
        return bool(self._raw.info.transaction_status == _NOTHING_OPEN)

    def _execute(self, sql: str, values: Any = ()) -> None:
        """On SQLite with patience of our own: its waiting for the one write lock sleeps longer and
        longer, up to 100 ms, while these transactions are over in a tenth of a millisecond."""
        if not self._sqlite:
            self._cursor.execute(sql, values)
            return
        tries, end = 0, 0.0
        while True:
            try:
                self._cursor.execute(sql, values)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                end = end or time.monotonic() + _PATIENCE
                if time.monotonic() > end:
                    raise
                tries += 1
                time.sleep(0 if tries < _AT_ONCE else _PAUSE)
            else:
                return


_NOTHING_OPEN = 0
"""libpq's PQTRANS_IDLE; a connection that is lost answers PQTRANS_UNKNOWN."""

_Open = tuple[Any, Any]
"""A connection of the driver and its cursor."""

_idle: WeakKeyDictionary[sa.Engine, list[_Open]] = WeakKeyDictionary()


def _idle_of(engine: sa.Engine) -> list[_Open]:
    found = _idle.get(engine)
    if found is None:
        found = _idle.setdefault(engine, [])
        # The engine's own connections are closed then, and so are these.
        event.listen(engine, "engine_disposed", _close_idle)
    return found


def _close_idle(engine: sa.Engine) -> None:
    idle = _idle_of(engine)
    while (found := _taken(idle)) is not None:
        found[0].close()


def _taken(idle: list[_Open]) -> _Open | None:
    try:
        return idle.pop()
    except IndexError:  # another thread may have been quicker than a look
        return None


def _opened(engine: sa.Engine) -> _Open:
    pooled = engine.raw_connection()
    pooled.detach()
    raw: Any = pooled.dbapi_connection
    if engine.dialect.name != "sqlite":
        raw.autocommit = True
    cursor = raw.cursor()
    if engine.dialect.name == "sqlite":
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA busy_timeout=0")
    return raw, cursor


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

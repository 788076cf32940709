"""The database: one engine an application, short read sessions, explicit write transactions.

Reads happen in the request's own session (`reading()`). Changes happen only inside
`writing()`, which only operations open; nested operations join the outermost transaction, so an
audit line and the change that it tells of are committed together or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Flask, current_app, g
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Session

from plugin import guard, secrets, tenancy


class Instant(sa.TypeDecorator[datetime]):
    """An aware UTC datetime; stored without zone, refused when naive."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given; use the application's clock")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class Json(sa.TypeDecorator[Any]):
    """A JSON value with readable Chinese and a stable key order (it may be hashed)."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        return _encode(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return None if value is None else json.loads(value)


class Encrypted(sa.TypeDecorator[str]):
    """Text that is encrypted at rest (national IDs, birthdays, private keys)."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else secrets.encrypt(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else secrets.decrypt(value)


class Base(DeclarativeBase):
    """The declarative base of every table; constraint names are fixed for the migrations."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: Instant, dict: Json, list: Json}

    @classmethod
    def visible_here(cls) -> sa.ColumnElement[bool]:
        """Which rows the current school sees (`plugin.guard`)."""
        return guard.visible(cls)

    @classmethod
    def changeable_here(cls) -> sa.ColumnElement[bool]:
        """Which rows it changes by a statement."""
        return guard.changeable(cls)


guard.watch(Base)


HELD: dict[str, Any] = {"key_share": True}
"""Arguments of `with_for_update`: the row is held against every change until the transaction ends,
but others may still refer to it. (FOR UPDATE alone would make each new row with a foreign key to
it wait, and two people doing unlike things to the same student would block each other.)"""

_write: ContextVar[Session | None] = ContextVar("licheng_write", default=None)
_moment: ContextVar[Session | None] = ContextVar("licheng_moment", default=None)


def init_app(app: Flask, url: str) -> None:
    """Give the application its engine; sessions are closed when its contexts end."""
    app.extensions["licheng.engine"] = _engine(url)
    app.teardown_appcontext(_close_reads)


def engine() -> sa.Engine:
    """The current application's engine."""
    found: sa.Engine = current_app.extensions["licheng.engine"]
    return found


def reading() -> Session:
    """The session for reads of this request (or command); never flushed, never committed.

    Inside `writing()` it is the write session itself, so rules see what was just changed.
    """
    outer = _write.get() or _moment.get()
    if outer is not None:
        return outer
    if "licheng_reads" not in g:
        g.licheng_reads = guard.GuardedSession(engine(), autoflush=False, expire_on_commit=False)
    session: Session = g.licheng_reads
    return session


@contextmanager
def one_moment() -> Iterator[None]:
    """Whatever is read within is read as it was at one moment, however long it takes.

    Write transactions within end before and begin after reads, which go on where they were: so
    much can be read at one moment and written little by little, and nobody waits for the whole.
    """
    if _write.get() is not None or _moment.get() is not None:
        raise RuntimeError("one_moment begins outside of writing() and of another moment")
    session = guard.GuardedSession(engine(), autoflush=False, expire_on_commit=False)
    token = _moment.set(session)
    try:
        if engine().dialect.name != "sqlite":  # there, a transaction sees one moment anyhow
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield
    finally:
        _moment.reset(token)
        session.close()


@contextmanager
def writing() -> Iterator[Session]:
    """One write transaction; joined by every operation called within.

    Committed (and fsynced: SQLite `synchronous=FULL`) when the block ends well, rolled back when
    it raises. What reads this request had made are forgotten, so that pages show the new state.
    """
    outer = _write.get()
    if outer is not None:
        yield outer
        return
    _close_reads()
    session = guard.GuardedSession(engine(), expire_on_commit=False)
    token = _write.set(session)
    try:
        session.connection(execution_options={"licheng_write": True})
        yield session
        for last in session.info.get("before_commit", []):
            last(session)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _write.reset(token)
        session.close()
    for callback in session.info.get("after_commit", []):
        callback()


def before_commit(last: Callable[[Session], None]) -> None:
    """Run `last` when the current write transaction is about to be committed, once however often
    it is asked for: for locks that everybody needs, taken last and held for a moment."""
    session = _write.get()
    if session is None:
        raise RuntimeError("before_commit is only for code inside writing()")
    asked = session.info.setdefault("before_commit", [])
    if last not in asked:
        asked.append(last)


def after_commit(callback: Callable[[], None]) -> None:
    """Run `callback` once the current write transaction is on disk (events, queueing, mail)."""
    session = _write.get()
    if session is None:
        raise RuntimeError("after_commit is only for code inside writing()")
    session.info.setdefault("after_commit", []).append(callback)


def _flush() -> None:
    session = _write.get()
    if session is not None and session.is_active:
        session.flush()


tenancy.before_change.append(_flush)


def _close_reads(_error: BaseException | None = None) -> None:
    session: Session | None = g.pop("licheng_reads", None)
    if session is not None:
        session.close()


def _engine(url: str) -> sa.Engine:
    """The engine; its errors do not repeat what was to be stored, for they end in logs."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    made = sa.create_engine(url, connect_args={"timeout": 20}, hide_parameters=True)

    @event.listens_for(made, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=20000",
            "cache_size=-16000",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(made, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        # A write takes the lock at once: a read lock that turns into a write lock half-way can
        # only fail with "database is locked", however long the time-out.
        write = connection.get_execution_options().get("licheng_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return made

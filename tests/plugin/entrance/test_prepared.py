"""The connections of launches: kept, quick, and never in the way of anybody else's."""

from __future__ import annotations

import threading
import time

import pytest
import sqlalchemy as sa

from plugin import clock, db
from plugin.entrance.models import LaunchLog
from plugin.entrance.operations.prepared import Line

INSERT = sa.insert(LaunchLog).inline()
CODES = sa.select(LaunchLog.code).where(LaunchLog.code == sa.bindparam("code"))


def entry(code):
    given = {"message_type": "", "detail": "", "proof": "", "claims": {}, "cookie": False}
    return given | {"at": clock.now(), "code": code}


@pytest.fixture
def sqlite_only(app):
    if db.engine().dialect.name != "sqlite":
        pytest.skip("about SQLite")


@pytest.fixture
def postgres_only(app):
    if db.engine().dialect.name != "postgresql":
        pytest.skip("about PostgreSQL")


def pragma(cursor, name):
    return cursor.execute(f"PRAGMA {name}").fetchone()[0]


def test_what_is_written_is_there_for_everybody(app):
    with Line(db.engine()) as line, line.writing():
        line.run(INSERT, entry("A"), insert=True)
    assert db.reading().scalars(sa.select(LaunchLog.code)).all() == ["A"]
    with Line(db.engine()) as line:
        assert line.first(CODES, {"code": "A"}).code == "A"
        assert line.first(CODES, {"code": "B"}) is None


def test_nothing_is_written_when_it_raises(app):
    with pytest.raises(RuntimeError), Line(db.engine()) as line, line.writing():
        line.run(INSERT, entry("A"), insert=True)
        raise RuntimeError
    with Line(db.engine()) as line:
        assert line.first(CODES, {"code": "A"}) is None


def test_the_connection_is_kept(app):
    with Line(db.engine()) as line:
        first = line._raw
    with Line(db.engine()) as line:
        assert line._raw is first


def test_it_ends_with_the_engine_s_own(app):
    with Line(db.engine()) as line:
        first = line._raw
    db.engine().dispose()
    with Line(db.engine()) as line:
        assert line._raw is not first


def test_two_at_once_have_two(app):
    with Line(db.engine()) as one, Line(db.engine()) as other:
        assert one._raw is not other._raw


def test_one_that_is_left_in_a_transaction_is_not_kept(app):
    with Line(db.engine()) as line:
        left = line._raw
        line._execute("BEGIN")
        line.run(INSERT, entry("A"), insert=True)
    with Line(db.engine()) as line:
        assert line._raw is not left
        assert line.first(CODES, {"code": "A"}) is None


def test_only_launches_do_not_wait_for_the_disk(app, sqlite_only):
    with Line(db.engine()) as line:
        assert pragma(line._cursor, "synchronous") == 1  # NORMAL
        with db.writing() as session:
            cursor = session.connection().connection.cursor()
            assert pragma(cursor, "synchronous") == 2  # FULL
    with db.engine().connect() as connection:
        assert pragma(connection.connection.cursor(), "synchronous") == 2


def test_it_waits_for_whoever_writes(app, sqlite_only):
    held, done = threading.Event(), []

    def hold():
        with app.app_context(), db.writing() as session:
            session.add(LaunchLog(**entry("HELD")))
            session.flush()
            held.set()
            time.sleep(0.2)
            done.append("HELD")

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    with Line(db.engine()) as line, line.writing():
        done.append("A")
        line.run(INSERT, entry("A"), insert=True)
    thread.join()
    assert done == ["HELD", "A"]


def test_a_server_that_went_away_and_came_back(app, postgres_only):
    with Line(db.engine()) as line:
        number = line._raw.info.backend_pid
    with db.engine().connect() as connection:
        connection.execute(sa.select(sa.func.pg_terminate_backend(number)))
    time.sleep(0.2)
    with Line(db.engine()) as line:
        assert line.first(CODES, {"code": "A"}) is None
        assert line._raw.info.backend_pid != number

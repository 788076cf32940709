"""What every test may ask for: an application on its own database, a clock that stands still."""

from __future__ import annotations

import importlib
import os
import pkgutil
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask, g
from flask.testing import FlaskClient

import plugin
from plugin import create_app, db
from plugin.settings import Settings
from scripts import places
from tests import compiled
from tests.factories import FrozenClock, at
from tests.factories.school import count_anew

compiled.once_a_process()
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(places.roomy()))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Under `pytest -n`, the tests of one file (of the journeys, all) run in one worker."""
    from tests.sharing import ByFile

    return ByFile(config, log)


class FreshClient(FlaskClient):
    """A client whose every request begins with an empty `g`, as in a real server.

    The test runs inside an application context, which Flask would lend to each request. After a
    request the test itself sees the new state of the database.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        _forget()
        response = super().open(*args, **kwargs)
        _forget()
        return response


def _forget() -> None:
    db._close_reads()
    for name in list(g):
        g.pop(name)


@pytest.fixture(scope="module", autouse=True)
def _numbers_begin_anew() -> None:
    """What a factory numbers is the same whatever ran before; a database lives no longer."""
    count_anew()


@pytest.fixture
def clock() -> FrozenClock:
    """Friday 2026-11-20 09:30 in Taipei, academic year 115, first term; `clock.advance(…)`."""
    return FrozenClock(at(2026, 11, 20, 9, 30))


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings of a test: every file under its own temporary folder."""
    return Settings(
        env="test",
        secret_key="a secret of the tests, at least 32 characters",
        database_url=database_url,
        queue_url=f"sqlite:///{tmp_path}/queue.sqlite3",
        public_url="http://localhost",
        vault_primary=tmp_path / "vault" / "primary",
        vault_second=tmp_path / "vault" / "second",
        staging=tmp_path / "staging",
        reports=tmp_path / "reports",
        mail_port=0,
    )


@pytest.fixture
def app(settings: Settings, clock: FrozenClock) -> Iterator[Flask]:
    """The application; its tables exist. Tests that take it run inside a request context."""
    made = create_app(settings, now=clock)
    made.test_client_class = FreshClient
    with made.app_context():
        yield made
        _forget()  # its session gives the connection back before the engine goes
        db.engine().dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def cli(app: Flask) -> Any:
    """Runs `flask …` commands within the test's application."""
    return app.test_cli_runner()


@pytest.fixture
def database_url(tmp_path: Path, _empty_database: sa.URL) -> Iterator[str]:
    """A database of one's own with all tables: an SQLite file, or one of the test server's."""
    if _empty_database.get_backend_name() == "sqlite":
        path = tmp_path / "licheng.sqlite3"
        shutil.copy(str(_empty_database.database), path)
        yield f"sqlite:///{path}"
        return
    name = f"test_{secrets.token_hex(8)}"
    _on_server(f"CREATE DATABASE {name} TEMPLATE {_empty_database.database}")
    try:
        yield _empty_database.set(database=name).render_as_string(hide_password=False)
    finally:
        _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _empty_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.URL]:
    """All tables once a session; copying them is far cheaper than creating them anew.

    SQLite, or the PostgreSQL server that `LICHENG_TEST_DATABASE_URL` names
    (`scripts/with_postgres.py` starts one).
    """
    for module in pkgutil.walk_packages(plugin.__path__, "plugin."):
        if module.name.rpartition(".")[2] == "models":
            importlib.import_module(module.name)  # rooms import their own only in init_app
    if SERVER:
        name = f"empty_{secrets.token_hex(8)}"
        _on_server(f"CREATE DATABASE {name}")
        url = sa.make_url(SERVER).set(database=name)
    else:
        url = sa.make_url(f"sqlite:///{tmp_path_factory.mktemp('database')}/empty.sqlite3")
    engine = sa.create_engine(url)
    db.Base.metadata.create_all(engine)
    if not SERVER:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    engine.dispose()
    yield url
    if SERVER:
        _on_server(f"DROP DATABASE {url.database} WITH (FORCE)")


# The same examples at every CI run: what a new example finds is found by whoever works on it.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

SERVER = os.environ.get("LICHENG_TEST_DATABASE_URL", "")


def _on_server(statement: str) -> None:
    engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def act_as(app: Flask) -> Iterator[Callable[[Any], Any]]:
    """`act_as(actor)`: the following requests of `client` are made by `actor` (None: nobody)."""
    before = app.extensions.get("licheng.actor_loader")

    def become(actor: Any) -> Any:
        app.extensions["licheng.actor_loader"] = lambda: actor
        return actor

    yield become
    app.extensions["licheng.actor_loader"] = before

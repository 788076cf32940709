"""What reaches the log when something breaks: the kind of fault, nobody's data."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask
from flask.testing import FlaskClient

from plugin import db, jobs
from plugin.actor import system
from tests.factories import make_school

NAME = "陳怡君"


def broken(*_args: Any, **_more: Any) -> Any:
    """A statement with somebody's name in it that the database does not understand."""
    db.reading().execute(sa.text("SELECT :name FROM no_such_table"), {"name": NAME})


@pytest.fixture
def log(app: Flask) -> Iterator[io.StringIO]:
    """What the application writes to its log."""
    written = io.StringIO()
    before = structlog.get_config()["logger_factory"]
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
    yield written
    structlog.configure(logger_factory=before)


@pytest.fixture
def failing_job(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(jobs._handlers, "test.broken", broken)
    return "test.broken"


def test_a_page_that_breaks(
    log: io.StringIO, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.view_functions, "health.metrics", broken)
    answer = client.get("/metrics")
    assert answer.status_code == 500
    assert "no_such_table" in log.getvalue()
    assert NAME not in log.getvalue() + answer.text


def test_a_job_that_breaks(log: io.StringIO, failing_job: str) -> None:
    school = make_school()
    with db.writing():
        jobs.enqueue(system(school.id), failing_job, {})
    assert "no_such_table" in log.getvalue()
    assert NAME not in log.getvalue()

"""What the web server writes: no search words, no session, no token, whatever the format."""

from __future__ import annotations

import logging
import runpy
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config

from plugin.weblog import Logger, place

ROOT = Path(__file__).resolve().parents[2]
SECRETS = ("%E7%8E%8B", "王小明", "B123456789", "Kq3fA9_x-Lm2Zr7TtVw8Yb4Nc6Pd1Hs0", "10.2.3.4")
SEARCH = "/s/Kq3fA9_x-Lm2Zr7TtVw8Yb4Nc6Pd1Hs0/school/people?q=%E7%8E%8B&number=B123456789"
EVERYTHING = (
    "%(h)s %(l)s %(u)s %(t)s %(r)s %(s)s %(m)s %(U)s %(q)s %(H)s %(b)s %(f)s %(a)s "
    "%({raw_uri}e)s %({query_string}e)s %({referer}i)s %({location}o)s %({x-forwarded-for}i)s"
)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """gunicorn's loggers are the process's: they are left as they were."""
    loggers = [logging.getLogger(name) for name in ("gunicorn.access", "gunicorn.error")]
    before = [(one.handlers[:], one.propagate, one.level) for one in loggers]
    yield
    for one, (handlers, propagate, level) in zip(loggers, before, strict=True):
        one.handlers[:], one.propagate = handlers, propagate
        one.setLevel(level)


def line(log_format: str, caplog: pytest.LogCaptureFixture) -> str:
    """One access line of a search by name."""
    config = Config()
    config.set("accesslog", "-")
    config.set("access_log_format", log_format)
    logger = Logger(config)
    logger.access_log.addHandler(caplog.handler)
    headers = [("Referer", f"https://lms.example{SEARCH}"), ("X-Forwarded-For", "10.2.3.4")]
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": SEARCH,
        "PATH_INFO": "/school/people",
        "QUERY_STRING": SEARCH.partition("?")[2],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "10.2.3.4",
        "HTTP_REFERER": f"https://lms.example{SEARCH}",
    }
    answer: Any = SimpleNamespace(
        status="200 OK", sent=12, headers=[("Location", "/files/Kq3fA9_x-Lm2Zr7TtVw8Yb4Nc6Pd1Hs0")]
    )
    asked = SimpleNamespace(headers=headers)
    logger.access(answer, asked, environ, timedelta(milliseconds=3))
    (written,) = (one.getMessage() for one in caplog.records)
    return written


def test_the_line_as_configured(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    said = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    assert said["logger_class"] == f"{Logger.__module__}.{Logger.__qualname__}"
    written = line(said["access_log_format"], caplog)
    assert '"GET /s/*/school/people HTTP/1.1" 200 12' in written
    assert not [one for one in SECRETS if one in written]


def test_a_line_that_asks_for_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    written = line(EVERYTHING, caplog)
    assert "/s/*/school/people" in written
    assert "?" not in written
    assert not [one for one in SECRETS if one in written]


def test_a_fault_outside_the_application(caplog: pytest.LogCaptureFixture) -> None:
    logger = Logger(Config())
    logger.error_log.addHandler(caplog.handler)
    try:
        raise OSError
    except OSError:
        logger.exception("Error handling request %s", SEARCH)
    (written,) = (one.getMessage() for one in caplog.records)
    assert written == "Error handling request /s/*/school/people"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/certification?q=%E7%8E%8B", "/certification"),
        ("/outcomes/12/edit", "/outcomes/12/edit"),
        ("/files/lent/QmFzZTY0X3Rva2Vu", "/files/lent/*"),
        ("/verify/abcdefghijabcdefghijabcdefghijabcdefghij", "/verify/*"),
        ("/a/%E7%8E%8B.pdf;x=1", "/a/*"),
        ("/", "/"),
    ],
)
def test_where_a_request_went(address: str, told: str) -> None:
    assert place(address) == told

"""A small application. Not called `app`: pytest-flask would keep one context open around all
requests of a test, and with it the language of the first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.forms.support import make_app


@pytest.fixture
def site() -> Flask:
    return make_app(WTF_CSRF_ENABLED=False)


@pytest.fixture
def browser(site: Flask) -> FlaskClient:
    return site.test_client()


@pytest.fixture
def context(site: Flask) -> Iterator[Flask]:
    with site.test_request_context():
        yield site

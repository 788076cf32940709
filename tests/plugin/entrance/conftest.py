"""A school with a real demo LMS beside it, over real HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lti.platform.testing import FakePlatform
from plugin import db
from plugin.actor import system
from plugin.entrance.operations import installing
from plugin.school.models import School
from tests import factories
from tests.factories import FrozenClock


@pytest.fixture
def clock() -> FrozenClock:
    """The machine's present, standing still: the LMS's tokens are checked by libraries that look
    at the machine's clock."""
    return FrozenClock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def lms(tmp_path: Path, clock: FrozenClock) -> Iterator[FakePlatform]:
    with FakePlatform(tmp_path / "lms", clock=clock) as platform:
        yield platform


@pytest.fixture
def school(app: Flask) -> School:
    return factories.make_school()


@pytest.fixture
def invitation(app: Flask, school: School) -> str:
    """A fresh installation link, as a path."""
    with app.test_request_context():
        link = installing.invite(system(school.id), 14)
    return link.removeprefix("http://localhost")


@pytest.fixture
def install(client: FlaskClient, lms: FakePlatform) -> Callable[..., Any]:
    """What the LMS and its administrator do with an installation link."""

    def perform(path: str, *, token: bool = True, **changes: str) -> Any:
        url = lms.registration_url(f"http://localhost{path}")
        query = dict(parse_qsl(urlsplit(url).query)) | changes
        if not token:
            query.pop("registration_token")
        page = client.get(path, query_string=query)
        assert page.status_code == 200, page.text
        return client.post(path, data=query | {"csrf_token": csrf_of(page.text)})

    return perform


@pytest.fixture
def installed(install: Callable[..., Any], invitation: str, lms: FakePlatform) -> FakePlatform:
    """The LMS with the tool registered, activated, and an activity in every course."""
    answer = install(invitation)
    assert answer.status_code == 200, answer.text
    lms.activate()
    db._close_reads()
    return lms


def csrf_of(page: str) -> str:
    """The CSRF token of the first form."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found[1]

"""Journeys: a real browser, through the demo LMS, into the real processes.

The house and the browser are started once and stay up for all journeys of this folder; under
pytest-xdist all of them run in one worker (tests/sharing.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.journeys.browser import ARGUMENTS, Someone, executable, visitors
from tests.journeys.stack import Stack, running

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("house")) as stack:
        yield stack


# Not longer than this folder's tests: while Playwright runs, no other test may start it.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def arrive(chromium: Browser, stack: Stack) -> Iterator[Callable[[], Someone]]:
    """Gives people with a fresh browser each; at the end nothing may have gone wrong in any."""
    with visitors(chromium, stack) as someone:
        yield someone


@pytest.fixture
def someone(arrive: Callable[[], Someone]) -> Someone:
    """One person with a fresh browser."""
    return arrive()

"""The application behind a real server, and windows of a browser in which one person talks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from lti.platform.browser import TIMEOUT, Browser, Page
from plugin import db

PATIENCE = 20
"""Seconds after which somebody who is waited for is not coming."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address at which the application answers, each request in a thread of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        db._close_reads()  # afterwards the test sees the new state


class Window:
    """One window, which shows the conversation as it was when it was opened."""

    def __init__(self, url: str) -> None:
        self.browser = Browser()
        self.page = self.browser.get(f"{url}/assistant")
        assert self.page.status == 200, self.page.text[:500]

    def say(self, words: str) -> int:
        """Say something; the status of what comes back."""
        form = self.page.form(field="words")
        return self._shown(self.browser.submit(self.page, form, {"words": words}))

    def press(self, label: str) -> int:
        """Press a button of the newest answer."""
        form = self.page.form(button=label)
        return self._shown(self.browser.submit(self.page, form, button=label))

    def in_pieces(self, label: str) -> requests.Response:
        """Press a button as the script does: the answer comes part by part."""
        form = self.page.form(button=label)
        data = [*form.data(), *((name, value) for name, value, _text in form.buttons)]
        headers = {"Referer": self.page.url, "X-Licheng-Chat": "1"}
        return self.browser.http.post(
            self.page.url, data=data, headers=headers, timeout=TIMEOUT, stream=True
        )

    def _shown(self, page: Page) -> int:
        if page.status == 200:
            self.page = page
        return page.status


def at_once(*acts: Callable[[], int]) -> list[int]:
    """Do all of these, each in a thread of its own, begun together; what each returned, sorted."""
    start = threading.Barrier(len(acts), timeout=PATIENCE)
    found: list[int] = []

    def run(act: Callable[[], int]) -> None:
        start.wait()
        found.append(act())

    threads = [threading.Thread(target=run, args=(act,), daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE + 2 * TIMEOUT)
    assert len(found) == len(acts), "somebody got no answer"
    return sorted(found)


def together(monkeypatch: pytest.MonkeyPatch, many: int = 2) -> None:
    """The next requests wait for each other before they write anything, so that each of them has
    read what stood before the others: the very same moment, on whatever machine."""
    real, met = db.writing, threading.Barrier(many, timeout=PATIENCE)
    seen: set[int] = set()

    @contextmanager
    def writing() -> Iterator[Any]:
        me = threading.get_ident()
        if me not in seen and len(seen) < many:
            seen.add(me)
            met.wait()
        with real() as session:
            yield session

    monkeypatch.setattr(db, "writing", writing)


def windows(url: str, many: int = 2) -> Sequence[Window]:
    """So many windows, all of which show the same."""
    return [Window(url) for _ in range(many)]

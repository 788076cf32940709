"""The way to the model's server: one question, one bounded answer, and a pause when it fails.

The guarded client of `lti.http` bounds size, time and place of a call. Looking up a name cannot be
interrupted, so the call runs beside the turn, which waits no longer than it may.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Lock, Thread
from typing import Any

from lti.http import GuardedClient, HttpError, Limits

SECONDS = 3.0
"""Of a question in all (SPEC section 5); then the offline reading answers."""

MOST_BYTES = 64 * 1024
"""Of an answer; a function and its arguments need one or two thousand."""

AT_ONCE = 4
"""Questions under way in one process, so that a silent server cannot collect threads."""


class Unusable(Exception):
    """No usable answer.

    :param reason: for the log: no words of a person, no key, no address.
    """

    code = "LANGUAGE_MODEL_UNUSABLE"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Breaker:
    """After some failures in a row nothing is asked for a while; then one question decides.

    :param failures: in a row.
    :param pause: seconds.
    """

    def __init__(
        self, failures: int = 3, pause: float = 300, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._failures, self._pause, self._now = failures, pause, now
        self._lock = Lock()
        self._failed = 0
        self._until = 0.0

    def closed(self) -> bool:
        """Whether one may ask. After a pause, only one asker is told so."""
        with self._lock:
            if self._failed < self._failures:
                return True
            if self._now() < self._until:
                return False
            self._until = self._now() + self._pause
            return True

    def failed(self) -> bool:
        """Count a failure; True when a pause begins."""
        with self._lock:
            self._failed += 1
            if self._failed < self._failures:
                return False
            self._until = self._now() + self._pause
            return True

    def worked(self) -> None:
        """An answer came: all is well again."""
        with self._lock:
            self._failed = 0


class Endpoint:
    """An OpenAI-compatible server.

    :param url: base, as `https://…/v1`; `/chat/completions` is added.
    :param key: sent as bearer token; empty: none.
    :param name: of the model, as the server calls it.
    """

    def __init__(
        self, client: GuardedClient, url: str, key: str, name: str, *, seconds: float = SECONDS
    ) -> None:
        self._client = client
        self._url = url.rstrip("/") + "/chat/completions"
        self._headers = {"Accept": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._name = name
        self._seconds = seconds
        self._room = BoundedSemaphore(AT_ONCE)

    def ask(self, question: Mapping[str, Any]) -> bytes:
        """The body of the answer to messages and tools.

        :raises Unusable: none within time and size, a redirect, or another status than 200.
        """
        body = json.dumps(
            {"model": self._name, "temperature": 0, "max_tokens": 400, **question},
            ensure_ascii=False,
        ).encode("utf-8", "replace")
        if not self._room.acquire(blocking=False):
            raise Unusable("too many questions under way")
        box: SimpleQueue[bytes | Unusable] = SimpleQueue()
        Thread(target=self._call, args=(body, box), daemon=True).start()
        try:
            found = box.get(timeout=self._seconds)
        except Empty:
            raise Unusable("the answer took too long") from None
        if isinstance(found, Unusable):
            raise found
        return found

    def _call(self, body: bytes, box: SimpleQueue[bytes | Unusable]) -> None:
        limits = Limits(size=MOST_BYTES, seconds=self._seconds, pause=self._seconds)
        try:
            answer = self._client.post(
                self._url, body, "application/json", headers=self._headers, limits=limits
            )
            box.put(answer.body if answer.status == 200 else Unusable(f"status {answer.status}"))
        except HttpError as error:
            box.put(Unusable(error.reason))
        except Exception as error:  # beside the turn nobody else would hear of it
            box.put(Unusable(type(error).__name__))
        finally:
            self._room.release()

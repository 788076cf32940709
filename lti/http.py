"""Calls to an LMS: bounded in time and size, and never to a place inside our own network.

Which addresses may be called is decided in `lti.addresses`, at the moment of connecting
(`lti.sockets`); here are the calls themselves.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import urljoin

import requests
import urllib3

from lti.addresses import AddressError, AddressGuard, AnswerTooLarge, HttpError, RedirectRefused
from lti.login import origin_of
from lti.sockets import GuardedAdapter, Patience, Turn

__all__ = [
    "AddressError",
    "AddressGuard",
    "Answer",
    "AnswerTooLarge",
    "GuardedClient",
    "GuardedSession",
    "HttpError",
    "Limits",
    "RedirectRefused",
    "Streamed",
]

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 20.0
MAX_BYTES = 256 * 1024
MAX_REDIRECTS = 5
USER_AGENT = "Licheng/1.0 (LTI tool)"
"""Canvas refuses calls without one."""
_PIECE = 16 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may cost: bytes of the (unpacked) body, seconds of waiting for the platform in
    all, and seconds in which it says nothing."""

    size: int = field(default_factory=lambda: MAX_BYTES)
    seconds: float = field(default_factory=lambda: TOTAL_SECONDS)
    pause: float = field(default_factory=lambda: READ_SECONDS)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. `url` is the address after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    def json(self) -> Any:
        """:raises HttpError: the body is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise HttpError(f"not JSON (status {self.status})") from None


class Streamed:
    """An answer whose body is still under way. `url` is the address after redirects."""

    def __init__(self, response: requests.Response, url: str, size: int) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.url = url
        self._response = response
        self._size = size

    def pieces(self) -> Iterator[bytes]:
        """The body, some kilobytes at a time, unpacked; once.

        :raises HttpError: too large, too slow, or cut off.
        """
        told = self.headers.get("content-length", "")
        if told.isascii() and told.isdigit() and len(told) < 20 and int(told) > self._size:
            raise AnswerTooLarge("the answer is too large")
        count = 0
        with _as_http_error():
            for piece in self._response.iter_content(_PIECE):
                count += len(piece)
                if count > self._size:
                    raise AnswerTooLarge("the answer is too large")
                yield piece

    def read(self) -> bytes:
        """The whole body. Raises as `pieces`."""
        return b"".join(self.pieces())


class _Session(requests.Session):
    """Leaves redirects to us. Asked not to follow them, `requests` would still read the whole body
    of one, unpacked and whatever its size, and stumble over an address that is none."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class GuardedSession:
    """Calls one after another that share their connections; for one thread, and for one LMS.

    :ivar waited: seconds that were spent waiting for the platform, over all calls.
    """

    def __init__(self, guard: AddressGuard, headers: Mapping[str, str]) -> None:
        self.waited = 0.0
        self._guard = guard
        self._turn = Turn()
        self._session = _Session()
        self._session.trust_env = False  # no proxy, no .netrc: the guard must see the address
        self._session.headers.update(headers)
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, GuardedAdapter(guard, self._turn))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limits: Limits | None = None,
    ) -> Answer:
        """One call and its whole answer. Only a GET follows redirects, up to five, within the
        same origin: what is sent in `headers` reaches no other.

        :raises HttpError: no complete answer within time and size.
        :raises AddressError: an address that may not be called.
        """
        with self.stream(method, url, headers=headers, body=body, limits=limits) as answer:
            return Answer(answer.status, answer.headers, answer.read(), answer.url)

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limits: Limits | None = None,
    ) -> Iterator[Streamed]:
        """One call whose body is read piece by piece inside the block. Raises as `send`."""
        limits = limits or Limits()
        patience = self._turn.patience = Patience(limits.seconds, limits.pause, limits.size)
        try:
            response, url = self._follow(method, url, headers, body)
            try:
                yield Streamed(response, url, limits.size)
            finally:
                response.close()
        finally:
            self.waited += patience.waited

    def _follow(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: bytes | None
    ) -> tuple[requests.Response, str]:
        origin = origin_of(url)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._once(method, url, headers, body)
            location = response.headers.get("location")
            if method != "GET" or response.status_code not in _REDIRECTS or not location:
                return response, url
            response.close()
            try:
                url = urljoin(url, location)
            except ValueError:
                raise RedirectRefused("redirected to no address") from None
            if origin_of(url) != origin:
                raise RedirectRefused("redirected to another host")
        raise RedirectRefused("too many redirects")

    def _once(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: bytes | None
    ) -> requests.Response:
        self._guard.check_url(url)
        with _as_http_error():
            return self._session.request(
                method,
                url,
                headers=dict(headers or {}),
                data=body,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            )


class GuardedClient:
    """A small HTTP client for LMS endpoints; safe to share between threads."""

    def __init__(self, guard: AddressGuard, *, user_agent: str = USER_AGENT) -> None:
        self._guard = guard
        self._headers = {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "gzip"}

    def session(self) -> GuardedSession:
        """For several calls to one LMS; a context manager."""
        return GuardedSession(self._guard, self._headers)

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, limits: Limits | None = None
    ) -> Answer:
        """GET; follows redirects and raises as `GuardedSession.send`."""
        return self._send("GET", url, headers, None, limits)

    def post(
        self,
        url: str,
        body: bytes,
        content_type: str,
        *,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> Answer:
        """POST; redirects are not followed. Raises as `get`."""
        return self._send("POST", url, _typed(headers, content_type), body, limits)

    def put(
        self,
        url: str,
        body: bytes,
        content_type: str,
        *,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> Answer:
        """PUT; redirects are not followed. Raises as `get`."""
        return self._send("PUT", url, _typed(headers, content_type), body, limits)

    def delete(
        self, url: str, *, headers: Mapping[str, str] | None = None, limits: Limits | None = None
    ) -> Answer:
        """DELETE; redirects are not followed. Raises as `get`."""
        return self._send("DELETE", url, headers, None, limits)

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        limits: Limits | None,
    ) -> Answer:
        with self.session() as session:
            return session.send(method, url, headers=headers, body=body, limits=limits)


def _typed(headers: Mapping[str, str] | None, content_type: str) -> dict[str, str]:
    return {**(headers or {}), "Content-Type": content_type}


@contextmanager
def _as_http_error() -> Iterator[None]:
    """Whatever the library calls it; only the kind of failure is told, no address and no body."""
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        raise HttpError(type(error).__name__) from None

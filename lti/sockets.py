"""Connections that go only where the guard allows and wait only as long as they were told to.

`requests` limits the time of each single read, so a server that drips one byte a second, be it of
its header lines, holds a caller for ever. Here every read of the socket asks first how much
patience is left, for TLS as for plain connections.
"""

import io
import socket
import time
from functools import partial
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from lti.addresses import AddressGuard, AnswerTooLarge, HttpError

_FRAMING = 64 * 1024
"""Bytes of header lines and chunk marks that come on top of a body."""


class Patience:
    """What one call may cost in waiting and in bytes on the wire.

    Only waiting for the other side counts: what the reader of a long answer does between two
    pieces of it is not the platform's fault.

    :param seconds: for the whole call, from looking up the name to the last byte.
    :param pause: for a single read.
    :param size: bytes of the body; on the wire twice as many, for chunked framing.
    """

    def __init__(self, seconds: float, pause: float, size: int) -> None:
        self.waited = 0.0
        self._seconds = seconds
        self._pause = pause
        self._bytes = 2 * size + _FRAMING

    def next_wait(self, longest: float | None = None) -> float:
        """Seconds that the next step may take.

        :raises HttpError: none are left.
        """
        left = self._seconds - self.waited
        if left <= 0:
            raise HttpError("the answer took too long")
        return min(left, self._pause if longest is None else longest)

    def received(self, count: int) -> None:
        """:raises AnswerTooLarge: compressed nothing, sent without end, is an answer, too."""
        self._bytes -= count
        if self._bytes < 0:
            raise AnswerTooLarge("the answer is too large")


class Turn:
    """The patience of the call that is under way; the connections of a session share it."""

    def __init__(self) -> None:
        self.patience = Patience(0, 0, 0)


class _Reader(io.RawIOBase):
    """The receiving side of a socket, with an eye on the clock."""

    def __init__(self, connected: socket.socket, turn: Turn) -> None:
        super().__init__()
        self._socket = connected
        self._raw = connected.makefile("rb", buffering=0)
        self._turn = turn

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        patience = self._turn.patience
        self._socket.settimeout(patience.next_wait())
        started = time.monotonic()
        try:
            count = self._raw.readinto(buffer)  # type: ignore[attr-defined]
        except TimeoutError:
            patience.waited += time.monotonic() - started
            patience.next_wait()  # when none is left, that is the better word for it
            raise
        patience.waited += time.monotonic() - started
        patience.received(count or 0)
        return count  # type: ignore[no-any-return]

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Receiver:
    """The one thing that `HTTPResponse` wants of a socket."""

    def __init__(self, connected: socket.socket, turn: Turn) -> None:
        self._socket, self._turn = connected, turn

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._socket, self._turn))


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, turn: Turn, **kwargs: Any) -> None:
        super().__init__(_Receiver(sock, turn), *args, **kwargs)  # type: ignore[arg-type]


class _Connection(HTTPConnection):
    guard: AddressGuard
    turn: Turn

    def _new_conn(self) -> socket.socket:
        return _connect(self, self.guard, self.turn.patience)


class _SecureConnection(HTTPSConnection):
    guard: AddressGuard
    turn: Turn

    def _new_conn(self) -> socket.socket:
        return _connect(self, self.guard, self.turn.patience)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection

    def __init__(self, *args: Any, guard: AddressGuard, turn: Turn, **kwargs: Any) -> None:
        self._guard, self._turn = guard, turn
        super().__init__(*args, **kwargs)

    def _new_conn(self) -> Any:
        return _watched(super()._new_conn(), self._guard, self._turn)


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection

    def __init__(self, *args: Any, guard: AddressGuard, turn: Turn, **kwargs: Any) -> None:
        self._guard, self._turn = guard, turn
        super().__init__(*args, **kwargs)

    def _new_conn(self) -> Any:
        return _watched(super()._new_conn(), self._guard, self._turn)


def _watched(connection: Any, guard: AddressGuard, turn: Turn) -> Any:
    connection.guard, connection.turn = guard, turn
    connection.response_class = partial(_Response, turn=turn)
    return connection


class GuardedAdapter(HTTPAdapter):
    """Makes every new connection ask the guard and go to the address it allowed, so that a name
    that changes its mind between check and use gains nothing."""

    def __init__(self, guard: AddressGuard, turn: Turn) -> None:
        self._guard = guard
        self._turn = turn
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_Pool, guard=self._guard, turn=self._turn),
            "https": partial(_SecurePool, guard=self._guard, turn=self._turn),
        }


def _connect(connection: HTTPConnection, guard: AddressGuard, patience: Patience) -> socket.socket:
    port = connection.port or connection.default_port
    longest = connection.timeout if isinstance(connection.timeout, int | float) else None
    failure: OSError | None = None
    started = time.monotonic()
    try:
        addresses = guard.addresses(connection.host, port)
    finally:
        patience.waited += time.monotonic() - started
    for address in addresses:
        # A name with fifty silent addresses must not cost fifty times the wait.
        allowed = patience.next_wait(longest)
        started = time.monotonic()
        try:
            made = socket.create_connection((address, port), timeout=allowed)
        except OSError as error:
            failure = error
            continue
        finally:
            patience.waited += time.monotonic() - started
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made
    raise HttpError(f"no connection ({type(failure).__name__})")

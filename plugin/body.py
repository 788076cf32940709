"""The body of a request, piece by piece, with as little copying as the server allows."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import IO, Any

from gunicorn.http.body import Body, LengthReader
from gunicorn.http.unreader import SocketUnreader
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge


def of_length(stream: IO[bytes], length: int, chunk: int) -> Iterator[bytes]:
    """The pieces of a body whose length the client has told.

    :param stream: `wsgi.input` itself: Werkzeug's LimitedStream would copy every piece twice, and
        the length is counted here.
    :param chunk: bytes of a piece, at most.
    :raises ClientDisconnected: fewer bytes came.
    """
    read = _reader(stream)
    left = length
    while left:
        piece = read(min(chunk, left))
        if not piece:
            raise ClientDisconnected
        left -= len(piece)
        yield piece


def of_any_length(stream: IO[bytes], bound: int, chunk: int) -> Iterator[bytes]:
    """The pieces of a body that the server ends (chunked).

    :raises RequestEntityTooLarge: `bound` bytes came, and no end.
    """
    left = bound
    while piece := stream.read(min(chunk, left)):
        left -= len(piece)
        if not left:
            raise RequestEntityTooLarge
        yield piece


def _reader(stream: Any) -> Callable[[int], bytes]:
    """What gives the next bytes: the stream's own `read`, or the socket below it.

    gunicorn's `read` copies every byte three times, which costs more than receiving it. So when
    nothing lies between (no TLS, no chunks, nothing of the body read yet but what came with the
    headers), the socket is asked, and gunicorn is told how much is left.
    """
    if not (type(stream) is Body and type(stream.reader) is LengthReader):
        return stream.read  # type: ignore[no-any-return]
    below, unreader = stream.reader, stream.reader.unreader
    if stream.buf.tell() or type(unreader) is not SocketUnreader:
        return stream.read  # type: ignore[no-any-return]
    connection = unreader.sock
    if type(connection) is not socket.socket:
        return stream.read  # type: ignore[no-any-return]
    came = unreader.take_buffered()
    came, next_request = came[: below.length], came[below.length :]
    unreader.unread(next_request)

    def read(size: int) -> bytes:
        nonlocal came
        if came:
            found, came = came[:size], came[size:]
        else:
            try:
                found = connection.recv(min(size, below.length), socket.MSG_WAITALL)
            except OSError:
                stream.failed = True  # gunicorn will not use the connection again
                raise
        below.length -= len(found)
        return found

    return read

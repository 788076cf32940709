"""Bodies as gunicorn hands them over: every byte once, and not one of the next request."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.unreader import SocketUnreader
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from plugin import body

CONTENT = bytes(range(256)) * 1000
CHUNK = 10_000


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, client = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, client:
        yield ours, client


def send(client: socket.socket, content: bytes) -> threading.Thread:
    def work() -> None:
        client.sendall(content)
        client.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize("with_headers", [0, 1, 5000, len(CONTENT)])
@pytest.mark.parametrize("after", [b"", b"GET /next HTTP/1.1\r\n\r\n"])
def test_the_socket_is_read_to_the_end_of_the_body(
    pair: tuple[socket.socket, socket.socket], with_headers: int, after: bytes
) -> None:
    ours, client = pair
    unreader = SocketUnreader(ours)
    whole = with_headers == len(CONTENT)
    unreader.unread(CONTENT[:with_headers] + (after if whole else b""))
    thread = send(client, CONTENT[with_headers:] + (b"" if whole else after))
    stream = Body(LengthReader(unreader, len(CONTENT)))
    found = b"".join(body.of_length(stream, len(CONTENT), CHUNK))  # type: ignore[arg-type]
    assert found == CONTENT
    assert stream.read() == b""
    thread.join()
    rest = b""
    while piece := unreader.read():
        rest += piece
    assert rest == after


def test_what_was_read_before_is_gone_and_the_rest_comes(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, client = pair
    stream = Body(LengthReader(SocketUnreader(ours), len(CONTENT)))
    thread = send(client, CONTENT)
    assert stream.readline(5) == CONTENT[:5]
    left = len(CONTENT) - 5
    assert b"".join(body.of_length(stream, left, CHUNK)) == CONTENT[5:]  # type: ignore[arg-type]
    thread.join()


def test_a_client_that_goes_is_noticed(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, client = pair
    stream = Body(LengthReader(SocketUnreader(ours), len(CONTENT) + 1))
    thread = send(client, CONTENT)
    with pytest.raises(ClientDisconnected):
        list(body.of_length(stream, len(CONTENT) + 1, CHUNK))  # type: ignore[arg-type]
    thread.join()


def test_chunks_are_left_to_the_server(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, client = pair
    unreader = SocketUnreader(ours)
    thread = send(client, b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
    stream = Body(ChunkedReader(None, unreader))
    assert b"".join(body.of_any_length(stream, 100, CHUNK)) == b"abcdefg"  # type: ignore[arg-type]
    thread.join()


def test_a_body_without_an_end_is_too_large(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, client = pair
    thread = send(client, b"8\r\nabcdefgh\r\n0\r\n\r\n")
    stream = Body(ChunkedReader(None, SocketUnreader(ours)))
    with pytest.raises(RequestEntityTooLarge):
        list(body.of_any_length(stream, 5, CHUNK))  # type: ignore[arg-type]
    thread.join()

"""The guarded client against real sockets."""

import contextlib
import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lti import http
from lti.http import (
    AddressError,
    AddressGuard,
    AnswerTooLarge,
    GuardedClient,
    HttpError,
    Limits,
)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        status, headers, body = self.server.pages.get(self.path, (404, {}, b""))
        headers = {"Content-Length": str(len(body))} | headers
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.path, dict(self.headers), body))
        self.send_response(307)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_DELETE = do_POST  # noqa: N815

    def setup(self):
        self.server.connections += 1
        super().setup()

    def log_message(self, *args):
        pass


class KeptHandler(Handler):
    """Keeps its connections open."""

    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), KeptHandler)
    made.pages, made.seen, made.connections = {}, [], 0
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def base(server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def client() -> GuardedClient:
    return GuardedClient(AddressGuard(["127.0.0.0/8"], allow_http=True))


def test_get(server, base, client):
    server.pages["/a"] = (200, {"Content-Type": "application/json"}, b'{"a": 1}')
    answer = client.get(f"{base}/a", headers={"Authorization": "Bearer x"})
    assert (answer.status, answer.json(), answer.url) == (200, {"a": 1}, f"{base}/a")
    [(_path, headers)] = server.seen
    assert headers["User-Agent"] == http.USER_AGENT
    assert headers["Authorization"] == "Bearer x"


def test_not_json(server, base, client):
    server.pages["/a"] = (200, {}, b"<html>")
    with pytest.raises(HttpError, match="not JSON"):
        client.get(f"{base}/a").json()


def test_redirects_within_the_same_origin(server, base, client):
    server.pages["/a"] = (302, {"Location": "/b"}, b"")
    server.pages["/b"] = (301, {"Location": f"{base}/c"}, b"")
    server.pages["/c"] = (200, {}, b"there")
    assert client.get(f"{base}/a").url == f"{base}/c"


def test_a_redirect_to_another_host(server, base, client):
    server.pages["/a"] = (302, {"Location": f"http://localhost:{server.server_port}/b"}, b"")
    with pytest.raises(HttpError, match="another host"):
        client.get(f"{base}/a")
    assert len(server.seen) == 1


def test_endless_redirects(server, base, client):
    server.pages["/a"] = (302, {"Location": "/a"}, b"")
    with pytest.raises(HttpError, match="too many"):
        client.get(f"{base}/a")
    assert len(server.seen) == http.MAX_REDIRECTS + 1


@pytest.mark.parametrize("method", ["post", "put"])
def test_what_changes_something_is_not_redirected(server, base, client, method):
    answer = getattr(client, method)(f"{base}/a", b"{}", "application/json")
    assert answer.status == 307
    [(path, headers, body)] = server.seen
    assert (path, headers["Content-Type"], body) == ("/a", "application/json", b"{}")


def test_a_delete_is_not_redirected_either(server, base, client):
    assert client.delete(f"{base}/a", headers={"Authorization": "Bearer x"}).status == 307
    [(path, headers, _)] = server.seen
    assert (path, headers["Authorization"]) == ("/a", "Bearer x")


def test_what_a_redirect_says_is_not_read(server, base, client):
    """It may be as long as it likes and unpack to whatever it likes."""
    bomb = gzip.compress(b"x" * (http.MAX_BYTES * 100))
    headers = {"Location": "/b", "Content-Encoding": "gzip"}
    server.pages["/a"] = (302, headers, bomb)
    server.pages["/b"] = (200, {}, b"there")
    tracemalloc.start()
    try:
        assert client.get(f"{base}/a").body == b"there"
        assert tracemalloc.get_traced_memory()[1] < http.MAX_BYTES * 10
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("location", ["http://[bad", "//[", "http://a b/", "\xff"])
def test_a_redirect_to_no_address(server, base, client, location):
    server.pages["/a"] = (302, {"Location": location}, b"")
    with pytest.raises(HttpError):
        answer = client.get(f"{base}/a")
        assert answer.status != 302
        raise HttpError(f"status {answer.status}")
    assert {seen[0] for seen in server.seen} <= {"/a", "/%C3%BF", "/%FF"}


def test_an_answer_over_the_limit(server, base, client):
    server.pages["/a"] = (200, {}, b"x" * (http.MAX_BYTES + 1))
    with pytest.raises(HttpError, match="too large"):
        client.get(f"{base}/a")


def test_an_answer_that_grows_when_unpacked(server, base, client):
    packed = gzip.compress(b"x" * (http.MAX_BYTES * 20))
    assert len(packed) < http.MAX_BYTES
    server.pages["/a"] = (200, {"Content-Encoding": "gzip"}, packed)
    with pytest.raises(HttpError, match="too large"):
        client.get(f"{base}/a")


def test_an_answer_of_exactly_the_limit(server, base, client):
    server.pages["/a"] = (200, {}, b"x" * http.MAX_BYTES)
    assert len(client.get(f"{base}/a").body) == http.MAX_BYTES


def test_a_silent_server(client, monkeypatch):
    """A platform that accepts the connection and says nothing does not hold us for ever."""
    monkeypatch.setattr(http, "READ_SECONDS", 0.1)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(HttpError, match="Timeout"),
    ):
        client.get(f"http://127.0.0.1:{silent.getsockname()[1]}/")


@contextlib.contextmanager
def saying(speech: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A server that says whatever `speech` sends, to everybody who calls; its address."""
    stop = threading.Event()

    def serve(listening: socket.socket) -> None:
        while not stop.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                continue
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                speech(connection, stop)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            stop.set()
            thread.join()


def drip(head: bytes, piece: bytes) -> Callable[[socket.socket, threading.Event], None]:
    def speech(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(head)
        while not stop.wait(0.02):
            connection.sendall(piece)

    return speech


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n"),
    ],
    ids=["status", "header", "headers", "continue", "body", "chunks", "chunk mark", "trailers"],
)
def test_whatever_drips_ends_with_our_patience(client, head, piece):
    """Each byte keeps the single read alive, and the call still ends: were it not so, this test
    would not, for the server never stops."""
    with (
        saying(drip(head, piece)) as url,
        pytest.raises(HttpError, match="too long"),
    ):
        client.get(url, limits=Limits(seconds=0.4, pause=0.3))


def test_our_own_time_is_not_the_platforms(server, base, client):
    """Patience is for waiting: a long answer is read in peace."""
    server.pages["/a"] = (200, {}, b"x" * 200_000)
    with (
        client.session() as session,
        session.stream("GET", f"{base}/a", limits=Limits(seconds=0.5)) as answer,
    ):
        pieces = answer.pieces()
        size = len(next(pieces))
        time.sleep(0.6)
        size += sum(map(len, pieces))
    assert size == 200_000
    assert 0 < session.waited < 0.5


def test_nothing_without_end(client):
    """Compressed nothing is an answer, too."""
    empty = gzip.compress(b"")

    def speech(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        while not stop.is_set():
            connection.sendall(empty * 1000)

    with saying(speech) as url, pytest.raises(HttpError, match="too large"):
        client.get(url)


def test_a_session_keeps_its_connection(server, base, client):
    server.pages["/a"] = (200, {"Set-Cookie": "a=b"}, b"a")
    server.pages["/b"] = (302, {"Location": "/a", "Content-Length": "0"}, b"")
    with client.session() as session:
        for _ in range(3):
            assert session.send("GET", f"{base}/a").body == b"a"
            with session.stream("GET", f"{base}/a") as answer:
                assert answer.read() == b"a"
    assert server.connections == 1
    assert not any("Cookie" in headers for _, headers in server.seen)


def test_a_session_is_guarded_too(server, base):
    with GuardedClient(AddressGuard(allow_http=True)).session() as session:
        with pytest.raises(AddressError):
            session.send("GET", f"{base}/a")
        with pytest.raises(AddressError):
            session.send("PUT", "http://[::1]/a", body=b"")
        with pytest.raises(AddressError):
            session.send("GET", "ftp://moodle.example/")
    assert not server.seen


def test_a_kept_connection_is_for_its_own_name_only(server, base, client, monkeypatch):
    server.pages["/a"] = (200, {}, b"a")
    with client.session() as session:
        assert session.send("GET", f"{base}/a").status == 200
        answers = [(2, 1, 6, "", ("10.0.0.1", 80))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: answers)
        with pytest.raises(AddressError):
            session.send("GET", f"http://moodle.example:{server.server_port}/a")
        # A name that changes its mind now changes nothing for the connection that stands.
        assert session.send("GET", f"{base}/a").status == 200
    assert server.connections == 1


def test_limits_are_of_each_call(server, base, client):
    server.pages["/a"] = (200, {}, b"x" * 1000)
    assert len(client.get(f"{base}/a", limits=Limits(size=1000)).body) == 1000
    with pytest.raises(AnswerTooLarge):
        client.get(f"{base}/a", limits=Limits(size=999))
    server.pages["/a"] = (200, {}, b"x" * http.MAX_BYTES * 4)
    assert len(client.get(f"{base}/a", limits=Limits(size=http.MAX_BYTES * 4)).body) == (
        http.MAX_BYTES * 4
    )


def test_a_length_that_is_announced_is_believed(client):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
    with saying(drip(head, b"")) as url, pytest.raises(AnswerTooLarge):
        client.get(url)


def test_a_name_with_many_silent_addresses(monkeypatch):
    """All its addresses together may cost what one call may."""
    tried = []

    def slowly(address: tuple[str, int], timeout: float) -> socket.socket:
        tried.append(timeout)
        time.sleep(0.05)
        raise TimeoutError

    answers = [(2, 1, 6, "", (f"127.0.0.{n}", 80)) for n in range(1, 101)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: answers)
    monkeypatch.setattr(socket, "create_connection", slowly)
    guarded = GuardedClient(AddressGuard(["127.0.0.0/8"], allow_http=True))
    with pytest.raises(HttpError, match="too long"):
        guarded.get("http://slow.example/", limits=Limits(seconds=0.2))
    assert 1 <= len(tried) < 20
    assert all(timeout <= 0.2 for timeout in tried)


def test_nobody_listens(client):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(HttpError):
        client.get(f"http://127.0.0.1:{port}/")


def test_an_inside_address_is_never_called(server, base):
    guarded = GuardedClient(AddressGuard(allow_http=True))
    with pytest.raises(AddressError):
        guarded.get(f"{base}/a")
    with pytest.raises(AddressError):
        guarded.get(f"http://localhost:{server.server_port}/a")
    with pytest.raises(AddressError):
        guarded.post(f"{base}/a", b"", "text/plain")
    assert not server.seen


def test_a_host_allowed_by_name(server):
    guarded = GuardedClient(AddressGuard(["localhost"], allow_http=True))
    assert guarded.get(f"http://localhost:{server.server_port}/a").status == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://moodle.example/",
        "ftp://moodle.example/",
        "file:///etc/passwd",
        "https:///x",
        "https://user:pw@moodle.example/",
        "https://[bad/",
        "https://moodle.example:99999/",
        "",
    ],
)
def test_only_plain_https_addresses(url):
    with pytest.raises(AddressError):
        AddressGuard().check_url(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
        "64:ff9b::a9fe:a9fe",  # and of the cloud's metadata service
        "64:ff9b:1::a00:1",
        "::7f00:1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_public(address):
    with pytest.raises(AddressError):
        AddressGuard().addresses(address, 443)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_public_addresses(address):
    assert AddressGuard().addresses(address, 443) == [address]


def test_one_inside_address_among_several_is_enough_to_refuse(monkeypatch):
    answers = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: answers)
    with pytest.raises(AddressError):
        AddressGuard().addresses("two-faced.example", 443)
    assert AddressGuard(["10.0.0.0/8"]).addresses("two-faced.example", 443)

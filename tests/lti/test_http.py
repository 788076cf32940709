"""The guarded client against real sockets."""

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lti import http
from lti.http import AddressError, AddressGuard, GuardedClient, HttpError


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        status, headers, body = self.server.pages.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), body))
        self.send_response(307)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.pages, made.seen = {}, []
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


def test_a_post_is_not_redirected(server, base, client):
    answer = client.post(f"{base}/a", b"{}", "application/json")
    assert answer.status == 307
    [(_path, headers, body)] = server.seen
    assert (headers["Content-Type"], body) == ("application/json", b"{}")


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


def test_a_server_that_drips(client, monkeypatch):
    """One byte at a time keeps each read alive; the whole answer has a limit too."""
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.2)
    stop = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while not stop.is_set():
                try:
                    connection.sendall(b"1\r\nx\r\n")
                except OSError:
                    return
                time.sleep(0.01)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        try:
            with pytest.raises(HttpError, match="too long"):
                client.get(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        finally:
            stop.set()
            thread.join()


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

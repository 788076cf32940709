"""The guarded client over TLS, as in production: patience and kept connections hold there, too."""

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from requests import adapters

from lti.http import AddressGuard, GuardedClient, HttpError, Limits
from tests.lti.support import rsa_key

Speech = Callable[[ssl.SSLSocket, threading.Event], None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key of 127.0.0.1, signed by itself."""
    key, name, now = rsa_key("tls"), x509.Name([]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=True,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextlib.contextmanager
def saying(certificate: Path, speech: Speech) -> Iterator[tuple[str, list[int]]]:
    """An https server that says `speech` to whoever calls; its address, and one entry for every
    connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    stop, connections = threading.Event(), []

    def serve(listening: socket.socket) -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                plain, _ = listening.accept()
                connections.append(1)
                plain.settimeout(5)
                with plain, context.wrap_socket(plain, server_side=True) as secure:
                    speech(secure, stop)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield f"https://127.0.0.1:{listening.getsockname()[1]}/", connections
        finally:
            stop.set()
            thread.join()


def drip(secure: ssl.SSLSocket, stop: threading.Event) -> None:
    secure.recv(65536)
    secure.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not stop.wait(0.02):
        secure.sendall(b"a")


def greet(secure: ssl.SSLSocket, stop: threading.Event) -> None:
    while secure.recv(65536):
        secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")


@pytest.fixture
def client() -> GuardedClient:
    return GuardedClient(AddressGuard(["127.0.0.0/8"]))


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "DEFAULT_CA_BUNDLE_PATH", str(certificate))


@pytest.mark.usefixtures("trusted")
def test_a_server_that_drips_header_bytes(certificate, client):
    """It never stops by itself: were there no limit over all reads, nor would this test."""
    with (
        saying(certificate, drip) as (url, _),
        pytest.raises(HttpError, match="too long"),
    ):
        client.get(url, limits=Limits(seconds=0.5, pause=0.3))


@pytest.mark.usefixtures("trusted")
def test_a_session_keeps_its_connection(certificate, client):
    with saying(certificate, greet) as (url, connections), client.session() as session:
        for _ in range(3):
            assert session.send("GET", url).body == b"hello"
    assert len(connections) == 1


def test_a_certificate_that_nobody_vouches_for(certificate, client):
    with saying(certificate, greet) as (url, _), pytest.raises(HttpError, match="SSLError"):
        client.get(url)

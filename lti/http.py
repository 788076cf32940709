"""Calls to an LMS: bounded in time and size, and never to a place inside our own network.

Whoever installs the tool tells us addresses (configuration, key set, token endpoint). Without a
guard those could point at the cloud's metadata service or at a printer next door. Every resolved
address is checked at the moment of connecting, and the connection goes to exactly that address,
so a name that changes its mind between check and use gains nothing.
"""

import ipaddress
import json
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from lti.login import origin_of

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 20.0
MAX_BYTES = 256 * 1024
MAX_REDIRECTS = 5
USER_AGENT = "Licheng/1.0 (LTI tool)"
"""Canvas refuses calls without one."""


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: a translator makes IPv4 of it, also 127.0.0.1 and 10/8 of its own network."""
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
"""All that IANA has given out as global unicast; the rest is local, reserved or translated."""


class HttpError(Exception):
    """A call that gave no usable answer. `reason` is for the log: no body, no token."""

    code = "HTTP_FAILURE"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AddressError(HttpError):
    """The address is not public, not https, or not a web address."""

    code = "ADDRESS_REFUSED"


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


class AddressGuard:
    """Decides which addresses may be called.

    :param allowed: networks ("10.0.0.0/8"), addresses or host names of an LMS inside the
        school's own network; empty = public addresses only.
    :param allow_http: plain http, for development only.
    """

    def __init__(self, allowed: Iterable[str] = (), *, allow_http: bool = False) -> None:
        self.allow_http = allow_http
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        self._hosts: set[str] = set()
        for entry in allowed:
            try:
                self._networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                self._hosts.add(entry.lower().rstrip("."))

    def check_url(self, url: str) -> None:
        """:raises AddressError: not https (or http in development), or with a user name."""
        try:
            parts = urlsplit(url)
            host, _port = parts.hostname, parts.port
        except ValueError:
            raise AddressError("not an address") from None
        schemes = ("https", "http") if self.allow_http else ("https",)
        if parts.scheme not in schemes or not host or parts.username is not None:
            raise AddressError("not an https address")

    def addresses(self, host: str, port: int) -> list[str]:
        """Resolve `host`; every address must be allowed, not only the first.

        :raises AddressError: one of them is private, loopback, link-local, shared or reserved.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise HttpError("the host name cannot be resolved") from None
        addresses = [str(entry[4][0]) for entry in found]
        if host.lower().rstrip(".") not in self._hosts:
            for address in addresses:
                if not self._allowed(address):
                    raise AddressError("the address is not public")
        return addresses

    def _allowed(self, text: str) -> bool:
        address = ipaddress.ip_address(text.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address):
            address = _embedded(address) or address
        if any(address in network for network in self._networks):
            return True
        # `is_global` is False for private, loopback, link-local, CGNAT (100.64/10) and
        # documentation ranges; it knows nothing of multicast nor of what IPv6 keeps in reserve.
        if isinstance(address, ipaddress.IPv6Address) and address not in _PUBLIC_IPV6:
            return False
        return address.is_global and not address.is_multicast


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a router behind us would take the packet to, if it is such a one."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


class GuardedClient:
    """A small HTTP client for LMS endpoints; safe to share between threads."""

    def __init__(self, guard: AddressGuard, *, user_agent: str = USER_AGENT) -> None:
        self._guard = guard
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip"}

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """GET, following up to five redirects within the same origin.

        :raises HttpError: no complete answer within time and size.
        :raises AddressError: an address that may not be called.
        """
        start = url
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._send("GET", url, headers, None)
            location = answer.headers.get("location")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                return answer
            url = urljoin(url, location)
            if origin_of(url) != origin_of(start):
                raise HttpError("redirected to another host")
        raise HttpError("too many redirects")

    def post(
        self, url: str, body: bytes, content_type: str, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """POST; redirects are not followed. Raises as `get`."""
        return self._send("POST", url, {**(headers or {}), "Content-Type": content_type}, body)

    def _send(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: bytes | None
    ) -> Answer:
        self._guard.check_url(url)
        deadline = time.monotonic() + TOTAL_SECONDS
        with requests.Session() as session:
            session.trust_env = False  # no proxy and no .netrc: the guard must see the address
            session.mount("https://", _GuardedAdapter(self._guard))
            session.mount("http://", _GuardedAdapter(self._guard))
            try:
                with session.request(
                    method,
                    url,
                    headers={**self._headers, **(headers or {})},
                    data=body,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    return Answer(
                        response.status_code,
                        response.headers,
                        _read(response, deadline),
                        url,
                    )
            except requests.RequestException as error:
                raise HttpError(type(error).__name__) from None
            except urllib3.exceptions.HTTPError as error:
                raise HttpError(type(error).__name__) from None


def _read(response: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(16 * 1024):
        body += chunk
        if len(body) > MAX_BYTES:
            raise HttpError("the answer is too large")
        if time.monotonic() > deadline:
            raise HttpError("the answer took too long")
    return bytes(body)


class _GuardedAdapter(HTTPAdapter):
    """Makes every new connection ask the guard and go to the address it allowed."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        guard = self._guard

        class _Connection(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return _connect(self, guard)

        class _SecureConnection(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return _connect(self, guard)

        class _Pool(HTTPConnectionPool):
            ConnectionCls = _Connection

        class _SecurePool(HTTPSConnectionPool):
            ConnectionCls = _SecureConnection

        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def _connect(connection: HTTPConnection, guard: AddressGuard) -> socket.socket:
    port = connection.port or connection.default_port
    failure: OSError | None = None
    for address in guard.addresses(connection.host, port):
        try:
            made = socket.create_connection((address, port), timeout=CONNECT_SECONDS)
        except OSError as error:
            failure = error
            continue
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made
    raise HttpError(f"no connection ({type(failure).__name__})")

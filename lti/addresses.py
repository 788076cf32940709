"""Which addresses may be called at all, decided when the name has been resolved.

Whoever installs the tool tells us addresses (configuration, key set, token endpoint), and a
platform's answers name more of them. Without a guard those could point at the cloud's metadata
service or at a printer next door.
"""

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

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


class AnswerTooLarge(HttpError):
    """More bytes than the call allowed, as sent or after unpacking."""

    code = "ANSWER_TOO_LARGE"


class RedirectRefused(HttpError):
    """Led to another origin, in circles, or away from a call that changes something."""

    code = "REDIRECT_REFUSED"


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

"""What the tests of the services share: a token store in memory and a server that misbehaves."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from lti import vocabulary as v
from lti.http import AddressGuard, GuardedClient
from lti.platform.testing import FakePlatform
from lti.ports import KeyPair, Platform
from lti.services.connector import Connector
from lti.services.errors import ServiceError
from tests.lti.support import NOW, jwk, rsa_key

KEY = KeyPair("our-key", rsa_key("tool"), NOW)
LOCAL = ["127.0.0.0/8", "localhost"]


class Tokens:
    """Token store in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, frozenset[str]], tuple[str, datetime]] = {}
        self.forgotten = 0

    def get(self, platform: Platform, scopes: frozenset[str], now: datetime) -> str | None:
        token, expires_at = self.kept.get((platform.id, scopes), ("", now))
        return token if now < expires_at else None

    def put(
        self, platform: Platform, scopes: frozenset[str], token: str, expires_at: datetime
    ) -> None:
        self.kept[platform.id, scopes] = (token, expires_at)

    def forget(self, platform: Platform, scopes: frozenset[str]) -> None:
        self.forgotten += 1
        self.kept.pop((platform.id, scopes), None)


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def client() -> GuardedClient:
    return GuardedClient(AddressGuard(LOCAL, allow_http=True))


@contextmanager
def fails(code: str) -> Iterator[pytest.ExceptionInfo[ServiceError]]:
    """The block raises a `ServiceError` with this code."""
    with pytest.raises(ServiceError) as info:
        yield info
    assert info.value.code == code, info.value


@dataclass
class Installed:
    """The demo LMS with our tool in it, and a connector to its services."""

    lms: FakePlatform
    platform: Platform
    tokens: Tokens
    clock: Clock
    connector: Connector

    @classmethod
    def into(cls, lms: FakePlatform, scopes: list[str] | None = None) -> Self:
        jwks = {"keys": [jwk(KEY.private_key, KEY.kid)]}
        tool = lms.add_tool(jwks=jwks, scopes=scopes)
        # As a registration keeps it: a bare host is Canvas's way to name itself.
        server = lms.mode.authorization_server
        audience = server.replace("{host}", urlsplit(lms.issuer).hostname or "")
        platform = Platform(
            id=1,
            issuer=lms.issuer,
            client_id=tool.client_id,
            auth_login_url=lms.authorization_endpoint,
            token_url=lms.token_endpoint,
            key_set_url=lms.jwks_uri,
            product=lms.mode.product,
            token_audience=audience,
        )
        tokens, clock = Tokens(), Clock(datetime.now(UTC))
        connector = Connector(client(), platform, KEY, tokens, clock)
        return cls(lms, platform, tokens, clock, connector)

    def roster_url(self, course: str = "2") -> str:
        return f"{self._course(course)}/memberships"

    def groups_url(self, course: str = "2", what: str = "groups") -> str:
        return f"{self._course(course)}/{what}"

    def line_items_url(self, course: str = "2") -> str:
        claims = self.lms.claims("student1", nonce="n", course=course)
        return str(claims[v.CLAIM_AGS]["lineitems"])

    def _course(self, course: str) -> str:
        tool = self.lms.tool
        return f"{self.lms.url}/services/CourseSection/{course}/bindings/{tool.id}"


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Reply:
    """An answer. Several `links` are several Link headers."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()

    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


GRANTED = Reply(body={"access_token": "token-1", "token_type": "Bearer", "expires_in": 3600})
Answering = Callable[[Asked], Reply]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024  # header and body in one packet, or the client waits for the second

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        asked = Asked(self.command, parts.path, query, dict(self.headers), body)
        server: Any = self.server
        server.asked.append(asked)
        found = server.replies.get(parts.path, Reply(404))
        reply = found(asked) if callable(found) else found
        raw = reply.raw()
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(raw)), **reply.headers}.items():
            self.send_header(name, value)
        for link in reply.links:
            self.send_header("Link", link)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(raw)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

    def setup(self) -> None:
        server: Any = self.server
        server.connections += 1
        super().setup()

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # a client that has read enough
            super().handle()

    def log_message(self, *args: Any) -> None:
        pass


class Server:
    """A platform of which every word can be chosen: `replies[path]` is a `Reply`, or makes one of
    the request."""

    def __init__(self) -> None:
        self._server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.replies = {"/token": GRANTED}
        self._server.asked = []
        self._server.connections = 0
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.elsewhere = f"http://localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.platform = Platform(
            id=7,
            issuer=self.url,
            client_id="client-7",
            auth_login_url=f"{self.url}/auth",
            token_url=f"{self.url}/token",
            key_set_url=f"{self.url}/keys",
        )
        self.tokens, self.clock = Tokens(), Clock(NOW)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def replies(self) -> dict[str, Reply | Answering]:
        return self._server.replies

    @property
    def asked(self) -> list[Asked]:
        return self._server.asked

    @property
    def connections(self) -> int:
        return self._server.connections

    def calls(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.path == path]

    def connector(self, **platform: Any) -> Connector:
        changed = replace(self.platform, **platform)
        return Connector(client(), changed, KEY, self.tokens, self.clock)

    def assertion(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of the assertion in the last token request, its signature checked."""
        token = self.calls("/token")[-1].form()["client_assertion"]
        claims = jwt.decode(
            token,
            KEY.private_key.public_key(),
            ["RS256"],
            options={"verify_aud": False, "verify_exp": False},
        )
        return jwt.get_unverified_header(token), claims

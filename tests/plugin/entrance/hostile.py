"""A platform over real HTTP that answers registration as badly as it is told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from lti import vocabulary as v

CLIENT = "hostile-client"


class Hostile:
    """`configuration` and `answer` may be changed by a test: a document, or a `Response`, or a
    callable that makes one."""

    def __init__(self) -> None:
        self._server = make_server("127.0.0.1", 0, Request.application(self._serve), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.configuration: Any = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/auth",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "registration_endpoint": f"{self.url}/register",
            "scopes_supported": [v.SCOPE_ROSTER],
            v.PLATFORM_CONFIGURATION: {"product_family_code": "sakai"},
        }
        self.answer: Any = {"client_id": CLIENT, "scope": v.SCOPE_ROSTER}
        self.registrations = 0
        self.seen: list[Request] = []
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    @property
    def configuration_url(self) -> str:
        return f"{self.url}/openid-configuration"

    def _serve(self, request: Request) -> Response:
        self.seen.append(request)
        if request.path == "/register":
            self.registrations += 1
            return _answered(self.answer)
        return _answered(self.configuration)


def slowly(seconds: float) -> Callable[[], Response]:
    """An answer that says nothing for a while."""

    def answer() -> Response:
        time.sleep(seconds)
        return Response("{}", content_type="application/json")

    return answer


def _answered(what: Any) -> Response:
    if callable(what) and not isinstance(what, Response):
        what = what()
    if isinstance(what, Response):
        return what
    return Response(json.dumps(what), content_type="application/json")

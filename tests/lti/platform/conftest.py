"""An LMS on loopback, and the barest tool that can talk to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
import requests
from flask import Flask, jsonify, redirect, request
from werkzeug.serving import make_server

from lti.platform.keys import new_key, public_jwk
from lti.platform.registration import TOOL_CONFIGURATION
from lti.platform.testing import AGS, AGS_SCOPE, NRPS_SCOPE, FakePlatform


class MiniTool:
    """A tool that answers logins, keeps what it is sent and signs what it is told to."""

    def __init__(self) -> None:
        self.key = new_key()
        self.got: list[dict[str, str]] = []
        self.logins: list[dict[str, str]] = []
        self.change_auth: dict[str, str | None] = {}
        self.authorization_endpoint = ""
        self.deep_link_answer: tuple[str, str] | None = None
        self.origins: list[str | None] = []
        self.notices: list[dict[str, Any]] = []
        app = Flask("mini_tool")
        app.add_url_rule("/login", view_func=self._login, methods=["GET", "POST"])
        app.add_url_rule("/launch", view_func=self._launch, methods=["POST"])
        app.add_url_rule("/notices", view_func=self._notices, methods=["POST"])
        app.add_url_rule("/jwks", view_func=lambda: jsonify({"keys": [public_jwk(self.key)]}))
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def _login(self) -> Any:
        self.logins.append(request.values.to_dict())
        query: dict[str, str | None] = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": request.values["client_id"],
            "redirect_uri": f"{self.url}/launch",
            "state": "state-1",
            "nonce": "nonce-1",
            "login_hint": request.values["login_hint"],
            "lti_message_hint": request.values["lti_message_hint"],
        }
        query |= self.change_auth
        kept = {k: v for k, v in query.items() if v is not None}
        return redirect(f"{self.authorization_endpoint}?{urlencode(kept)}")

    def _launch(self) -> str:
        self.got.append(request.form.to_dict())
        if self.deep_link_answer:
            url, token = self.deep_link_answer
            field = f'<input type="hidden" name="JWT" value="{token}">'
            return f'<form id="autopost" method="post" action="{url}">{field}</form>'
        return "<h1>mini tool</h1>"

    def _notices(self) -> str:
        self.notices += request.get_json()["notices"]
        return ""

    def claims(self) -> dict[str, Any]:
        """The claims of the launch received last (unverified)."""
        token = self.got[-1]["id_token"]
        found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return found

    def sign(self, claims: dict[str, Any], **headers: Any) -> str:
        now = int(time.time())
        full = {"iat": now, "exp": now + 60, **claims}
        merged = {"kid": self.key["kid"], **headers}
        return jwt.encode(full, self.key["pem"], algorithm="RS256", headers=merged)

    def registration(self) -> dict[str, Any]:
        """A complete registration body."""
        launch = f"{self.url}/launch"
        return {
            "application_type": "web",
            "grant_types": ["implicit", "client_credentials"],
            "response_types": ["id_token"],
            "initiate_login_uri": f"{self.url}/login",
            "redirect_uris": [launch],
            "client_name": "Mini",
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_method": "private_key_jwt",
            "scope": " ".join([*(AGS_SCOPE + name for name in AGS), NRPS_SCOPE]),
            TOOL_CONFIGURATION: {
                "domain": self.url.removeprefix("http://"),
                "target_link_uri": launch,
                "claims": ["sub", "iss", "name", "given_name", "family_name", "email"],
                "custom_parameters": {"static": "a=b=c", "mixedCase": "$User.username"},
                "messages": [{"type": "LtiDeepLinkingRequest", "target_link_uri": launch}],
            },
        }

    def access(self, lms: FakePlatform, scope: str, **claims: Any) -> requests.Response:
        client = lms.tool.client_id
        audience = lms.mode.token_audience or lms.token_endpoint
        assertion = {"iss": client, "sub": client, "aud": audience, "jti": token_hex(8)} | claims
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.sign(assertion),
            "scope": scope,
        }
        return requests.post(lms.token_endpoint, data=form, timeout=10)


@pytest.fixture
def mode() -> str:
    """The platform that the LMS acts as; tests parametrise it."""
    return "moodle"


@pytest.fixture
def lms(tmp_path: Path, mode: str) -> Iterator[FakePlatform]:
    with FakePlatform(tmp_path / "lms", mode=mode) as platform:
        yield platform


@pytest.fixture
def tool(lms: FakePlatform) -> Iterator[MiniTool]:
    """A tool process of its own host name, not yet registered."""
    mini = MiniTool()
    mini.authorization_endpoint = lms.authorization_endpoint
    yield mini
    mini.server.shutdown()
    mini.server.server_close()


@pytest.fixture
def registered(lms: FakePlatform, tool: MiniTool) -> MiniTool:
    """The tool, registered and activated, with an activity in every course."""
    lms.add_tool(tool.url, login="/login", launch="/launch", jwks_path="/jwks", deep_link="/launch")
    return tool

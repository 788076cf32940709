"""The platform of the benchmarks: its key, its key set, and launches ready to be posted."""

import json
import threading
import time
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.harness import ROOT
from benchmarks.launches.load import exchange

CLAIMS = ROOT / "tests" / "lti" / "fixtures" / "moodle" / "student1_student.json"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
CLIENT_ID = "bench"
DEPLOYMENT = "1"
PEOPLE = 200


@dataclass(frozen=True)
class Tool:
    """A tool under test: where it listens and what it answers to a good launch."""

    port: int
    login: str
    launch: str
    status: int


@cache
def key():
    """The platform's private key, made anew in every process that asks."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(65537, 2048)


class Lms:
    """Publishes the key set, and is the issuer."""

    def __enter__(self) -> Self:
        import jwt

        document = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key().public_key()))
        body = json.dumps({"keys": [document | {"kid": "k1", "use": "sig", "alg": "RS256"}]})

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_args) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def launch(self, tool: Tool, number: int) -> bytes:
        """Log in, sign what the platform would answer, and write the POST as a browser would."""
        import jwt

        target = f"http://127.0.0.1:{tool.port}{tool.launch}"
        state, nonce, cookies = self._login(tool, target)
        now = int(time.time())
        claims = json.loads(CLAIMS.read_text("utf-8")) | {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": str(number % PEOPLE),
            "nonce": nonce,
            "iat": now,
            "exp": now + 600,
            LTI + "target_link_uri": target,
        }
        claims[LTI + "lis"]["person_sourcedid"] = f"S{number % PEOPLE:05}"
        token = jwt.encode(claims, key(), "RS256", {"kid": "k1"})
        body = urlencode({"state": state, "id_token": token})
        return (
            f"POST {tool.launch} HTTP/1.1\r\nHost: 127.0.0.1:{tool.port}\r\n"
            f"Origin: {self.issuer}\r\nConnection: close\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Cookie: {'; '.join(cookies)}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _login(self, tool: Tool, target: str) -> tuple[str, str, list[str]]:
        """State, nonce and cookies that the tool gave out."""
        query = {
            "iss": self.issuer,
            "client_id": CLIENT_ID,
            "login_hint": "1",
            "target_link_uri": target,
        }
        answer = exchange(
            tool.port,
            f"GET {tool.login}?{urlencode(query)} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{tool.port}\r\nConnection: close\r\n\r\n".encode(),
        )
        head = answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        if " 302 " not in head[0]:
            raise RuntimeError(f"login answered {answer[:500]!r}")
        fields = [line.split(": ", 1) for line in head[1:]]
        location = next(value for name, value in fields if name == "Location")
        cookies = [value.split(";")[0] for name, value in fields if name == "Set-Cookie"]
        asked = parse_qs(urlsplit(location).query)
        return asked["state"][0], asked["nonce"][0], cookies

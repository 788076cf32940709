"""LTI launches per second of the whole application against a bare PyLTI1p3 Flask application.

``python -m benchmarks.launch [--launches 3000] [--rounds 3]``

Both sides: gunicorn, two sync workers, the same recorded Moodle claims signed RS256 by the same
key, eight connections at a time, key sets warm. Logins are made before, over HTTP; only the launch
POST is timed, and each answer is looked at.

The peer is PyLTI1p3 as its documentation shows it, with a file cache on tmpfs and its public-key
caching switched on. It checks less: it takes the same token any number of times, needs neither
`exp` nor `iat`, knows no schools, and stores no session, no person and no log. Ours writes all of
that to SQLite on the disk.
"""

import argparse
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.harness import ROOT, Bar, Side, compare, report_value

CLAIMS = ROOT / "tests" / "lti" / "fixtures" / "moodle" / "student1_student.json"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
CLIENT_ID = "bench"
WARM_UP = 400
PEOPLE = 200
CONNECTIONS = 8
WORKERS = 2


def run_ours(launches: int) -> int:
    with tempfile.TemporaryDirectory() as room, KeyServer() as keys:
        url = f"sqlite:///{room}/licheng.sqlite3"
        with Server("wsgi:app", lambda port: _environment(url, room, port)) as server:
            _seed(url, keys.issuer, server.port)
            server.start()
            return _measure(server, keys, launches, "/lti/login", "/lti/launch", 303)


def run_peer(launches: int) -> int:
    shared = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=shared) as room, KeyServer() as keys:
        environment = {"BENCH_ISSUER": keys.issuer, "BENCH_CACHE": room}
        with Server("benchmarks.launch:peer()", lambda _port: environment) as server:
            server.start()
            return _measure(server, keys, launches, "/login", "/launch", 200)


def peer():
    """The bare application, as PyLTI1p3's documentation writes it."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )
    from flask import Flask
    from pylti1p3.contrib.flask import (
        FlaskCacheDataStorage,
        FlaskMessageLaunch,
        FlaskOIDCLogin,
        FlaskRequest,
    )
    from pylti1p3.tool_config import ToolConfDict

    issuer, app = os.environ["BENCH_ISSUER"], Flask("peer")
    app.secret_key = "bench"
    config = ToolConfDict(
        {
            issuer: {
                "client_id": CLIENT_ID,
                "auth_login_url": f"{issuer}/auth",
                "auth_token_url": f"{issuer}/token",
                "key_set_url": f"{issuer}/keys",
                "deployment_ids": ["1"],
            }
        }
    )
    pem = _key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    config.set_private_key(issuer, pem.decode())
    cache = FileCache(os.environ["BENCH_CACHE"])

    @app.route("/login", methods=["GET", "POST"])
    def login():
        storage = FlaskCacheDataStorage(cache)
        request = FlaskRequest()
        answer = FlaskOIDCLogin(request, config, launch_data_storage=storage)
        return answer.redirect(request.get_param("target_link_uri"))

    @app.route("/launch", methods=["POST"])
    def launch():
        storage = FlaskCacheDataStorage(cache)
        message = FlaskMessageLaunch(FlaskRequest(), config, launch_data_storage=storage)
        message.set_public_key_caching(storage, cache_lifetime=7200)
        return message.get_launch_data()["sub"]

    return app


class FileCache:
    """A file a key, in the shape that PyLTI1p3 asks for."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def _path(self, key: str) -> Path:
        import hashlib

        return self._folder / hashlib.sha256(key.encode()).hexdigest()

    def get(self, key: str):
        try:
            expires, value = pickle.loads(self._path(key).read_bytes())
        except FileNotFoundError:
            return None
        return value if expires is None or expires > time.time() else None

    def set(self, key: str, value, exp: int | None = None) -> None:
        path = self._path(key)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(pickle.dumps((time.time() + exp if exp else None, value)))
        part.replace(path)


class KeyServer:
    """Publishes the platform's key set, and is the issuer."""

    def __enter__(self) -> Self:
        import jwt

        document = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_key().public_key()))
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


class Server:
    """gunicorn with two sync workers on a socket that is bound before it starts."""

    def __init__(self, app: str, environment) -> None:
        self._app = app
        self._environment = environment

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._socket.getsockname()[1]
        self._process: subprocess.Popen | None = None
        return self

    def start(self) -> None:
        number = self._socket.fileno()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--log-level", "warning"),
                *("--workers", str(WORKERS), "--bind", f"fd://{number}", self._app),
            ],
            cwd=ROOT,
            env={**os.environ, **self._environment(self.port)},
            pass_fds=[number],
        )

    def __exit__(self, *_error: object) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
        self._socket.close()


def _measure(
    server: Server, keys: KeyServer, launches: int, login: str, launch: str, status: int
) -> int:
    requests = [_request(server.port, keys, n, login, launch) for n in range(launches + WARM_UP)]
    _send(server.port, requests[:WARM_UP], status)
    seconds = _send(server.port, requests[WARM_UP:], status)
    report_value(launches / seconds)
    return 0


def _request(port: int, keys: KeyServer, number: int, login: str, launch: str) -> bytes:
    """Log in, sign what the platform would answer, and write the launch POST ready to send."""
    import jwt

    target = f"http://127.0.0.1:{port}{launch}"
    query = {
        "iss": keys.issuer,
        "client_id": CLIENT_ID,
        "login_hint": "1",
        "target_link_uri": target,
    }
    answer = _exchange(
        port, f"GET {login}?{urlencode(query)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    )
    head = answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    if " 302 " not in head[0]:
        raise RuntimeError(f"login answered {answer[:500]!r}")
    fields = [line.split(": ", 1) for line in head[1:]]
    location = next(value for name, value in fields if name == "Location")
    cookies = [value.split(";")[0] for name, value in fields if name == "Set-Cookie"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    now = int(time.time())
    claims = json.loads(CLAIMS.read_text("utf-8")) | {
        "iss": keys.issuer,
        "aud": CLIENT_ID,
        "sub": str(number % PEOPLE),
        "nonce": asked["nonce"],
        "iat": now,
        "exp": now + 600,
        LTI + "target_link_uri": target,
    }
    claims[LTI + "lis"]["person_sourcedid"] = f"S{number % PEOPLE:05}"
    token = jwt.encode(claims, _key(), "RS256", {"kid": "k1"})
    body = urlencode({"state": asked["state"], "id_token": token})
    return (
        f"POST {launch} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {keys.issuer}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Cookie: {'; '.join(cookies)}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _send(port: int, requests: list[bytes], status: int) -> float:
    """Send all with eight connections at a time; seconds. Every answer must be `status`."""
    waiting = iter(requests)
    lock = threading.Lock()
    wrong: list[bytes] = []

    def work() -> None:
        while True:
            with lock:
                request = next(waiting, None)
            if request is None:
                return
            answer = _exchange(port, request)
            if not answer.startswith(b"HTTP/1.1 %d" % status):
                wrong.append(answer)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if wrong:
        raise RuntimeError(f"{len(wrong)} launches were refused: {wrong[0][:2000]!r}")
    return seconds


def _exchange(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


def _environment(url: str, room: str, port: int) -> dict[str, str]:
    return {
        "LICHENG_ENV": "development",
        "LICHENG_DATABASE_URL": url,
        "LICHENG_QUEUE_URL": f"sqlite:///{room}/queue.sqlite3",
        "LICHENG_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LICHENG_VAULT_PRIMARY": f"{room}/primary",
        "LICHENG_VAULT_SECOND": f"{room}/second",
        "LICHENG_STAGING": f"{room}/staging",
        "LICHENG_REPORTS": f"{room}/reports",
    }


def _seed(url: str, issuer: str, port: int) -> None:
    """A school with its people and its platform."""
    from alembic import command

    from plugin import clock, create_app, db
    from plugin.cli import alembic_config
    from plugin.entrance.models import (
        Deployment,
        DeploymentState,
        Registration,
        RegistrationState,
    )
    from plugin.school.models import Course, Person, PersonKind, School, SchoolKind

    app = create_app(env="test", database_url=url, public_url=f"http://127.0.0.1:{port}")
    with app.app_context():
        command.upgrade(alembic_config(), "head")
        db.Base.metadata.create_all(db.engine())
        now = clock.now()
        with db.writing() as session:
            school = School(
                code="999001", name="測試高中", kind=SchoolKind.GENERAL, settings={}, created_at=now
            )
            session.add(school)
            session.flush()
            session.add_all(
                Person(
                    school_id=school.id,
                    kind=PersonKind.STUDENT,
                    number=f"S{number:05}",
                    name="學生",
                    active=True,
                    created_at=now,
                )
                for number in range(PEOPLE)
            )
            session.add(
                Course(
                    school_id=school.id,
                    academic_year=113,
                    term=1,
                    number="113-1-CHI101",
                    code="",
                    name="國語文",
                    grade=1,
                    credits=4,
                )
            )
            registration = Registration(
                school_id=school.id,
                issuer=issuer,
                client_id=CLIENT_ID,
                auth_login_url=f"{issuer}/auth",
                token_url=f"{issuer}/token",
                key_set_url=f"{issuer}/keys",
                state=RegistrationState.ACTIVE,
                created_at=now,
                updated_at=now,
            )
            session.add(registration)
            session.flush()
            session.add(
                Deployment(
                    registration_id=registration.id,
                    deployment_id="1",
                    school_id=school.id,
                    state=DeploymentState.ACTIVE,
                    first_seen_at=now,
                )
            )
        db.engine().dispose()


_made: list = []


def _key():
    """The platform's key: the same in this process and in the peer's workers."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    if not _made:
        _made.append(rsa.generate_private_key(65537, 2048))
    return _made[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", choices=["ours", "peer"])
    parser.add_argument("--launches", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if args.side == "ours":
        return run_ours(args.launches)
    if args.side == "peer":
        return run_peer(args.launches)
    size = ["--launches", str(args.launches)]
    return compare(
        "launch",
        ours=Side.of_module("benchmarks.launch", "ours", *size),
        peer=Side.of_module("benchmarks.launch", "peer", *size),
        metric="value",
        unit="launches/s",
        better="higher",
        rounds=args.rounds,
        bars=[Bar("value", 1.0)],
        note=f"POST, {CONNECTIONS} connections, {WORKERS} sync workers; PyLTI1p3 checks less",
    )


if __name__ == "__main__":
    raise SystemExit(main())

"""The least that a launch can be: a bare WSGI application that verifies and keeps one row.

No framework: the form is parsed by the standard library, RS256 checked by `cryptography` with a
key object made once, issuer, audience and expiry compared, and one row inserted whose key is the
nonce, so that it works once. The row is durable: SQLite in WAL mode with `synchronous=FULL`, as
"stored" means everywhere else in this house.
"""

import json
import os
import secrets
import sqlite3
import tempfile
import time
from base64 import urlsafe_b64decode
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen

from benchmarks.launches import load, servers
from benchmarks.launches.lms import CLIENT_ID, Lms, Tool


def run(launches: int, synchronous: str = "FULL") -> int:
    with tempfile.TemporaryDirectory() as room, Lms() as lms, servers.bound() as listening:
        environment = {
            "BENCH_ISSUER": lms.issuer,
            "BENCH_FILE": f"{room}/raw.sqlite3",
            "BENCH_SYNCHRONOUS": synchronous,
        }
        with servers.gunicorn("benchmarks.launches.raw:app()", listening, environment) as port:
            tool = Tool(port, "/login", "/launch", 303)
            load.measure(lambda n: lms.launch(tool, n), port, tool.status, launches)
    return 0


def app():
    """What gunicorn serves."""
    import jwt
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    issuer = os.environ["BENCH_ISSUER"]
    with urlopen(f"{issuer}/keys") as answer:
        public = jwt.algorithms.RSAAlgorithm.from_jwk(json.load(answer)["keys"][0])
    padding, digest = PKCS1v15(), SHA256()
    database = sqlite3.connect(os.environ["BENCH_FILE"], isolation_level=None, timeout=20)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute(f"PRAGMA synchronous={os.environ['BENCH_SYNCHRONOUS']}")
    database.execute(
        "CREATE TABLE IF NOT EXISTS launch"
        " (nonce TEXT PRIMARY KEY, sub TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID"
    )

    def login(start):
        asked = {"state": secrets.token_urlsafe(24), "nonce": secrets.token_urlsafe(24)}
        start("302 Found", [("Location", f"{issuer}/auth?{urlencode(asked)}")])
        return []

    def launch(environ, start):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        head, payload, signature = parse_qs(body.decode())["id_token"][0].split(".")
        try:
            public.verify(_decode(signature), f"{head}.{payload}".encode(), padding, digest)
            claims = json.loads(_decode(payload))
            now = time.time()
            if (claims["iss"], claims["aud"]) != (issuer, CLIENT_ID) or claims["exp"] < now:
                raise ValueError
            row = (claims["nonce"], claims["sub"], now)
            database.execute("INSERT INTO launch VALUES (?, ?, ?)", row)
        except (InvalidSignature, ValueError, sqlite3.IntegrityError):
            start("403 Forbidden", [("Content-Length", "0")])
        else:
            start("303 See Other", [("Location", "/"), ("Content-Length", "0")])
        return []

    def serve(environ, start):
        return login(start) if environ["PATH_INFO"] == "/login" else launch(environ, start)

    return serve


def _decode(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))

"""PyLTI1p3 as its documentation shows it: a Flask application of two routes."""

import os
import pickle
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from benchmarks.launches import load, servers
from benchmarks.launches.lms import CLIENT_ID, DEPLOYMENT, Lms, Tool, key


def run(launches: int) -> int:
    shared = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=shared) as room, Lms() as lms:
        environment = {"BENCH_ISSUER": lms.issuer, "BENCH_CACHE": room}
        with (
            servers.bound() as listening,
            servers.gunicorn("benchmarks.launches.pylti:app()", listening, environment) as port,
        ):
            tool = Tool(port, "/login", "/launch", 200)
            load.measure(lambda n: lms.launch(tool, n), port, tool.status, launches)
    return 0


def app():
    """What gunicorn serves."""
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

    issuer, made = os.environ["BENCH_ISSUER"], Flask("peer")
    made.secret_key = "bench"
    config = ToolConfDict(
        {
            issuer: {
                "client_id": CLIENT_ID,
                "auth_login_url": f"{issuer}/auth",
                "auth_token_url": f"{issuer}/token",
                "key_set_url": f"{issuer}/keys",
                "deployment_ids": [DEPLOYMENT],
            }
        }
    )
    pem = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    config.set_private_key(issuer, pem.decode())  # the tool's own; a launch does not use it
    cache = FileCache(os.environ["BENCH_CACHE"])

    @made.route("/login", methods=["GET", "POST"])
    def login():
        storage = FlaskCacheDataStorage(cache)
        request = FlaskRequest()
        answer = FlaskOIDCLogin(request, config, launch_data_storage=storage)
        return answer.redirect(request.get_param("target_link_uri"))

    @made.route("/launch", methods=["POST"])
    def launch():
        storage = FlaskCacheDataStorage(cache)
        message = FlaskMessageLaunch(FlaskRequest(), config, launch_data_storage=storage)
        message.set_public_key_caching(storage, cache_lifetime=7200)
        return message.get_launch_data()["sub"]

    return made


class FileCache:
    """A file a key, in the shape that PyLTI1p3 asks for."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def _path(self, name: str) -> Path:
        return self._folder / sha256(name.encode()).hexdigest()

    def get(self, name: str):
        try:
            expires, value = pickle.loads(self._path(name).read_bytes())
        except FileNotFoundError:
            return None
        return value if expires is None or expires > time.time() else None

    def set(self, name: str, value, exp: int | None = None) -> None:
        path = self._path(name)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(pickle.dumps((time.time() + exp if exp else None, value)))
        part.replace(path)

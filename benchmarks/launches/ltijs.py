"""ltijs, the Node.js library that is most used, with its PostgreSQL plugin.

The npm packages are fetched by name into `var/bench/ltijs` when they are not there yet; nothing
of them is kept in the repository.
"""

import json
import os
import signal
import subprocess
from pathlib import Path

from benchmarks.harness import ROOT
from benchmarks.launches import load, servers
from benchmarks.launches.lms import CLIENT_ID, Lms, Tool, key
from scripts.assets import node_command, npm_command

PACKAGES = ROOT / "var" / "bench" / "ltijs"
WANTED = {"ltijs": "5.9.x", "ltijs-sequelize": "2.4.x"}
APPLICATION = Path(__file__).with_name("ltijs.js")


def fetch() -> None:
    """Install the packages unless they are there.

    :raises RuntimeError: npm refused.
    """
    manifest = PACKAGES / "package.json"
    wanted = json.dumps({"private": True, "dependencies": WANTED})
    done = PACKAGES / ".done"
    if done.exists() and done.read_text() == wanted:
        return
    PACKAGES.mkdir(parents=True, exist_ok=True)
    manifest.write_text(wanted)
    command = [*npm_command(), "install", "--ignore-scripts", "--no-audit", "--no-fund"]
    beside = str(Path(npm_command()[0]).parent)
    path = os.pathsep.join([beside, os.environ.get("PATH", "")])
    answer = subprocess.run(
        [*command, "--loglevel=error"], cwd=PACKAGES, env={**os.environ, "PATH": path}, check=False
    )
    if answer.returncode:
        raise RuntimeError("npm could not install ltijs: is the npm registry reachable?")
    done.write_text(wanted)


def run(launches: int, sockets: str, auth: str = "RSA_KEY") -> int:
    """:param sockets: folder of PostgreSQL's socket.
    :param auth: `RSA_KEY` = the platform's key is in the configuration; `JWK_SET` = ltijs fetches
        the key set at every launch.
    """
    with Lms() as lms:
        port = servers.free_port()
        environment = {
            "BENCH_PACKAGES": str(PACKAGES / "package.json"),
            "BENCH_SOCKETS": sockets,
            "BENCH_ISSUER": lms.issuer,
            "BENCH_CLIENT": CLIENT_ID,
            "BENCH_KEY": _pem(),
            "BENCH_AUTH": auth,
            "BENCH_PORT": str(port),
            "NODE_ENV": "production",
        }
        with servers.process([*node_command(), str(APPLICATION)], environment, end=signal.SIGKILL):
            tool = Tool(port, "/login", "/launch", 302)
            servers.wait_for(lambda: lms.launch(tool, 0))  # it listens before it knows the LMS
            load.measure(lambda n: lms.launch(tool, n), port, tool.status, launches)
    return 0


def _pem() -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key().public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

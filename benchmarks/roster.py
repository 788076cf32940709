"""A course's roster read by `lti.services.roster` and by PyLTI1p3: memory, and seconds.

``python -m benchmarks.roster [--members 5000] [--rounds 3]``

One server process serves both sides the same bytes over plain HTTP: a roster in pages of 100 (as
Canvas and Brightspace do) and in one answer (as Moodle does). Both ask for a token first, as they
always do, and look at every member. Each side reads a few members before, so that what is imported
once is not counted.

Growth is how far the peak of resident memory (`VmHWM`) rises above what the process held before;
less than 0.1 MB cannot be told from noise and counts as 0.1 MB.

At the end ours reads 500, 5,000 and 50,000 members: the peak must not depend on their number.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.harness import ROOT, Bar, Side, compare, report_value, run_side

NAME = "benchmarks.roster"
PAGE = 100
WARM_UP = 200
SHAPES = ("pages", "whole")
SIZES = (500, 5000, 50_000)
CONSTANT = 1.1
"""How far the largest of the peaks may lie above the smallest."""
FURTHER = 20
"""Bytes of Python objects that a further member may add to the peak; a page leaves its number."""
LEAST_GROWTH = 0.1
CLIENT_ID = "bench"
REAL = 2000
"""Below so many members the sides are not told apart: tests run a small one."""


def member(number: int) -> dict[str, object]:
    """As Moodle writes one."""
    return {
        "status": "Active",
        "roles": ["Learner"],
        "user_id": str(number),
        "lis_person_sourcedid": f"S{number:06}",
        "name": "怡君 吳",
        "given_name": "怡君",
        "family_name": "吳",
        "email": f"student{number}@school.test",
        "ext_user_username": f"student{number}",
    }


class Platform(BaseHTTPRequestHandler):
    """Token, `/pages/N` and `/whole/N`. The link is in lower case, or the peer could not follow."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer([b'{"access_token": "token", "token_type": "Bearer", "expires_in": 3600}'])

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        _, shape, count = parts.path.split("/")
        first, last, link = 0, int(count), ""
        if shape == "pages":
            first = int(parse_qs(parts.query).get("from", ["0"])[0])
            last = min(first + PAGE, last)
            if last < int(count):
                here = f"http://{self.headers['Host']}{parts.path}"
                link = f'<{here}?limit={PAGE}&from={last}>; rel="next"'
        entries = [json.dumps(member(number)) for number in range(first, last)]
        body = '{"id": "x", "context": {"id": "2"}, "members": [' + ", ".join(entries) + "]}"
        self._answer([body.encode()], link)

    def _answer(self, body: list[bytes], link: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(sum(map(len, body))))
        if link:
            self.send_header("Link", link)
        self.end_headers()
        self.wfile.writelines(body)

    def log_message(self, *args: object) -> None:
        pass


def serve() -> int:
    """The server process: prints its address, ends with its standard input."""
    import threading

    server = ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()
    return 0


@contextmanager
def platform() -> Iterator[str]:
    """Address of a running server process."""
    argv = [sys.executable, "-m", NAME, "--side", "server"]
    process = subprocess.Popen(
        argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def ours(url: str) -> Callable[[str], int]:
    """Reads the roster at a path; returns how many were in it."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from lti.http import AddressGuard, GuardedClient
    from lti.ports import KeyPair
    from lti.ports import Platform as Registered
    from lti.services.connector import Connector
    from lti.services.roster import members

    class Store(dict):
        """For one reading, as the peer keeps it."""

        def get(self, *_: object) -> str | None:
            return super().get("token")

        def put(self, _platform: object, _scopes: object, token: str, _until: object) -> None:
            self["token"] = token

        def forget(self, *_: object) -> None:
            self.clear()

    key = KeyPair("k", load_pem_private_key(_pem(), None), datetime.now(UTC))
    registered = Registered(1, url, CLIENT_ID, f"{url}/auth", f"{url}/token", f"{url}/keys")
    client = GuardedClient(AddressGuard(["127.0.0.0/8"], allow_http=True))

    def read(path: str) -> int:
        connector = Connector(client, registered, key, Store(), lambda: datetime.now(UTC))
        return sum(bool(one.user_id and one.roles) for one in members(connector, url + path))

    return read


def peer(url: str) -> Callable[[str], int]:
    """The same with PyLTI1p3, as its documentation writes it."""
    from pylti1p3.names_roles import NamesRolesProvisioningService
    from pylti1p3.registration import Registration
    from pylti1p3.service_connector import ServiceConnector

    registration = Registration().set_issuer(url).set_client_id(CLIENT_ID)
    registration.set_auth_token_url(f"{url}/token").set_tool_private_key(_pem().decode())

    def read(path: str) -> int:
        connector = ServiceConnector(registration)
        service = NamesRolesProvisioningService(connector, {"context_memberships_url": url + path})
        return sum(bool(one["user_id"] and one["roles"]) for one in service.get_members())

    return read


def _pem() -> bytes:
    """One key for both sides of a run; making one takes longer than reading the roster."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    kept = ROOT / "var" / "bench-roster.pem"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        key = rsa.generate_private_key(65537, 2048)
        kept.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return kept.read_bytes()


def _resident(name: str) -> float:
    """MB of a line of this process's status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(name))


def growth(work: Callable[[], object]) -> float:
    """MB by which the peak of resident memory rises."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew from what is held now
    before = _resident("VmRSS")
    work()
    return max(_resident("VmHWM") - before, LEAST_GROWTH)


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def traced(work: Callable[[], object]) -> float:
    """MB of Python objects held at the same time, exactly."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


FIGURES = {"growth": (growth, "MB"), "seconds": (seconds, "s"), "traced": (traced, "MB")}


def run(side: str, url: str, shape: str, count: int, figure: str) -> None:
    read = (ours if side == "ours" else peer)(url)
    read(f"/{shape}/{WARM_UP}")

    def work() -> None:
        found = read(f"/{shape}/{count}")
        assert found == count, found

    report_value(FIGURES[figure][0](work))


def constant(url: str, shape: str, sizes: tuple[int, ...] = SIZES) -> bool:
    """Print ours' peaks for these sizes; whether they are one."""
    resident, objects = [], []
    for count in sizes:
        options = ["--url", url, "--shape", shape, "--members", str(count), "--figure"]
        resident.append(run_side(Side.of_module(NAME, "ours", *options, "growth")).rss)
        objects.append(run_side(Side.of_module(NAME, "ours", *options, "traced")).value or 0.0)
    ratio = max(resident) / min(resident)
    each = (objects[-1] - objects[0]) * 1e6 / (sizes[-1] - sizes[0])
    print(f"\nroster, ours, {shape}: peaks for {', '.join(f'{size:,}' for size in sizes)} members")
    print(f"  resident {_listed(resident)} MB   largest/smallest {ratio:.3f}")
    print(f"  objects  {_listed(objects)} MB   {each:.1f} bytes for each further member")
    if ratio > CONSTANT:
        print(f"  MISSED: {ratio:.3f}, wanted {CONSTANT} at most")
    if each > FURTHER:
        print(f"  MISSED: {each:.1f} bytes, wanted {FURTHER} at most")
    return ratio <= CONSTANT and each <= FURTHER


def _listed(peaks: list[float]) -> str:
    return "  ".join(f"{peak:.2f}" for peak in peaks)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    size = int(os.environ.get("BENCH_MEMBERS", "5000"))
    parser.add_argument("--members", type=int, default=size)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=("ours", "peer", "server"))
    parser.add_argument("--url")
    parser.add_argument("--shape", choices=SHAPES)
    parser.add_argument("--figure", choices=tuple(FIGURES), default="growth")
    args = parser.parse_args()
    if args.side == "server":
        return serve()
    if args.side:
        run(args.side, args.url, args.shape, args.members, args.figure)
        return 0
    code = 0
    with platform() as url:
        for shape in SHAPES:
            for figure, bar in (("growth", 5.0), ("seconds", 0.7)):
                options = ["--url", url, "--shape", shape, "--members", str(args.members)]
                options += ["--figure", figure]
                code |= compare(
                    f"roster-{shape}-{figure}",
                    ours=Side.of_module(NAME, "ours", *options),
                    peer=Side.of_module(NAME, "peer", *options),
                    metric="value",
                    unit=FIGURES[figure][1],
                    rounds=args.rounds,
                    bars=[Bar("value", bar)] if args.members >= REAL else [],
                    note=f"{args.members:,} members, {figure}",
                )
        for shape in SHAPES:
            code |= not constant(url, shape)
    return int(code)


if __name__ == "__main__":
    raise SystemExit(main())

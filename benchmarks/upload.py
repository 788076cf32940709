"""Uploads of 5 MB, from the first byte to the signed receipt, against plain Flask.

Ours: the application as `create_app` makes it, under gunicorn with two sync workers: multipart
body staged and hashed (SHA-256, CRC-32) while it arrives, checked by content, fsynced into
the vault (one copy, by the explicit setting), then object, file, receipt, ledger and audit links
committed with fsync. Only the launch before it is left out: the actor is loaded from the database
by a loader of this file.

Peer: a Flask application with `request.files`, SHA-256, `save`, `fsync`; same server, same number
of workers. It checks nothing, keeps no database and signs nothing.

Eight clients at once, half MP4 and half MP3, which are the types that may have 5 MB; every upload
differs in sixteen bytes, so nothing is stored by not storing it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.harness import ROOT, Bar, Side, compare, report_value

CLIENTS = 8
WORKERS = 2
SIZE = 5 * 1024 * 1024 - 512
BOUNDARY = b"----benchmark7MA4YWxkTrZu0gW"
HOME = "LICHENG_BENCH_HOME"
MEDIA = "LICHENG_BENCH_MEDIA"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", choices=["ours", "peer"])
    parser.add_argument("--uploads", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if args.side:
        return run_side(args.side, args.uploads)
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "var") as media:
        make_media(Path(media))
        count = ["--uploads", str(args.uploads)]
        return compare(
            "upload",
            ours=Side.of_module("benchmarks.upload", "ours", *count, **{MEDIA: media}),
            peer=Side.of_module("benchmarks.upload", "peer", *count, **{MEDIA: media}),
            metric="value",
            unit="MB/s",
            better="higher",
            rounds=args.rounds,
            bars=[Bar("value", 1.5)],
            note="5 MB files to a signed receipt, one copy, 8 clients, 2 workers",
        )


def make_media(folder: Path) -> None:
    """A film and a sound of real encoders, filled up to the size with what players skip."""
    noise = "testsrc2=duration=60:size=320x180:rate=15,noise=alls=20:allf=t"
    film = ["-f", "lavfi", "-i", noise, "-c:v", "mpeg4", "-b:v", "400k", "-pix_fmt", "yuv420p"]
    sound = ["-f", "lavfi", "-i", "anoisesrc=d=120", "-c:a", "libmp3lame", "-b:a", "320k"]
    for name, arguments in {"film.mp4": film, "sound.mp3": sound}.items():
        command = ["ffmpeg", "-v", "error", "-y", *arguments, str(folder / name)]
        subprocess.run(command, check=True)
    movie = (folder / "film.mp4").read_bytes()
    gap = SIZE - len(movie)
    assert gap > 8, "the film has become too long"
    (folder / "film.mp4").write_bytes(movie + gap.to_bytes(4, "big") + b"free" + bytes(gap - 8))
    tone = (folder / "sound.mp3").read_bytes()
    (folder / "sound.mp3").write_bytes(tone + bytes(SIZE - len(tone)))


def run_side(side: str, uploads: int) -> int:
    bodies = [
        (name, (Path(os.environ[MEDIA]) / name).read_bytes()) for name in ("film.mp4", "sound.mp3")
    ]
    with (
        tempfile.TemporaryDirectory(dir=ROOT / "var") as home,
        socket.create_server(("127.0.0.1", 0), backlog=64) as listener,
    ):
        port = listener.getsockname()[1]
        os.set_inheritable(listener.fileno(), True)
        command = [sys.executable, "-m", "gunicorn", "--workers", str(WORKERS)]
        command += ["--bind", f"fd://{listener.fileno()}", "--log-level", "warning"]
        if side == "ours":
            prepare(home)
        server = subprocess.Popen(
            [*command, f"benchmarks.upload:{side}()"],
            cwd=ROOT,
            env={**os.environ, HOME: home},
            pass_fds=[listener.fileno()],
        )
        try:
            send_all(port, bodies, CLIENTS * 2)  # both workers have loaded what they need
            answers, seconds = send_all(port, bodies, uploads)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
        assert len({answer["sha256"] for answer in answers}) == uploads
        if side == "ours":
            assert all(answer["receipt"] and answer["signature"] for answer in answers)
        report_value(uploads * SIZE / 1e6 / seconds)
    return 0


def send_all(port: int, bodies: list[tuple[str, bytes]], count: int) -> tuple[list[dict], float]:
    """`count` uploads by the clients; the answers, and the seconds from first to last."""
    answers: list[dict] = []
    work = []
    for turn in range(count):
        name, content = bodies[turn % len(bodies)]
        mark, middle = secrets.token_bytes(16), len(content) // 3
        sent = hashlib.sha256(content[:middle] + mark + content[middle + 16 :]).hexdigest()
        work.append((name, content, mark, middle, sent))
    turns = iter(work)
    lock = threading.Lock()

    def client() -> None:
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None:
                return
            answers.append(send(port, *turn))

    started = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    assert len(answers) == count, "some uploads were not answered"
    return answers, seconds


def send(port: int, name: str, content: bytes, mark: bytes, middle: int, sent: str) -> dict:
    """One upload over its own connection; `mark` stands at `middle`, `sent` is the true hash."""
    opening = (
        b'--%b\r\nContent-Disposition: form-data; name="title"\r\n\r\n%b\r\n'
        b'--%b\r\nContent-Disposition: form-data; name="document"; filename="%b"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n"
    ) % (BOUNDARY, "閱讀心得".encode(), BOUNDARY, name.encode())
    closing = b"\r\n--%b--\r\n" % BOUNDARY
    length = len(opening) + len(content) + len(closing)
    head = (
        b"POST /bench/upload HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n"
        b"Content-Type: multipart/form-data; boundary=%b\r\nContent-Length: %d\r\n\r\n"
    ) % (port, BOUNDARY, length)
    view = memoryview(content)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head + opening)
        connection.sendall(view[:middle])
        connection.sendall(mark)
        connection.sendall(view[middle + 16 :])
        connection.sendall(closing)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    status, _, body = answer.partition(b"\r\n\r\n")
    assert status.startswith(b"HTTP/1.1 200"), answer[:2000].decode(errors="replace")
    found: dict = json.loads(body)
    assert found["sha256"] == sent, "something else was stored"
    return found


def _settings(home: str):
    from plugin.settings import Settings

    root = Path(home)
    return Settings(
        env="development",
        secret_key="only for this measurement, 32 characters",
        database_url=f"sqlite:///{root}/licheng.sqlite3",
        queue_url=f"sqlite:///{root}/queue.sqlite3",
        vault_primary=root / "vault",
        vault_second=None,
        vault_single_copy=True,
        staging=root / "staging",
        reports=root / "reports",
    )


def prepare(home: str) -> None:
    """An installation with one school and one student."""
    from plugin import clock, create_app, db, tenancy
    from plugin.school.models import Person, PersonKind, School, SchoolKind

    app = create_app(_settings(home))
    with app.app_context(), tenancy.across("a school is made to measure with"):
        db.Base.metadata.create_all(db.engine())
        with db.writing() as session:
            now = clock.now()
            school = School(code="999999", name="測試高中", kind=SchoolKind.GENERAL, created_at=now)
            session.add(school)
            session.flush()
            student = Person(
                school_id=school.id, kind=PersonKind.STUDENT, number="S1", name="王小明",
                created_at=now,
            )  # fmt: skip
            session.add(student)


def ours():
    """Our application with one more route, which does what the upload step of a form does."""
    from datetime import timedelta

    from flask import jsonify, request

    from plugin import clock, create_app, db, tenancy, web
    from plugin.actor import Actor, Role
    from plugin.school.models import Person
    from plugin.vault import operations, queries, receipts

    app = create_app(_settings(os.environ[HOME]))

    def actor() -> Actor:
        with tenancy.within(1):
            person = db.reading().get_one(Person, 1)
        roles = frozenset({Role.STUDENT})
        return Actor(school_id=person.school_id, person_id=person.id, name=person.name, roles=roles)

    def upload():
        """Take one file as a draft."""
        assert request.form["title"] == "閱讀心得"
        who = web.current_actor()
        file = operations.accept(
            who,
            request.files["document"].staged,
            owner_id=1,
            slot="media",
            max_bytes=5 * 1024 * 1024,
            kinds={"mp3", "mp4"},
            expires_at=clock.now() + timedelta(days=30),
        )
        receipt = queries.receipts([file.id])[file.id]
        assert receipts.genuine(receipt, receipts.code(receipt))
        return jsonify(sha256=receipt.sha256, receipt=receipt.number, signature=receipt.signature)

    route = web.Route("/bench/upload", upload, web.bound, methods=("POST",), csrf=False)
    app.register_blueprint(web.room("bench", [route]))
    app.extensions["licheng.actor_loader"] = actor
    return app


def peer():
    """Flask as its documentation shows it, with a hash and an fsync."""
    from flask import Flask, jsonify, request

    app = Flask(__name__)
    folder = Path(os.environ[HOME])

    @app.post("/bench/upload")
    def upload():
        assert request.form["title"] == "閱讀心得"
        document = request.files["document"]
        digest = hashlib.sha256()
        while chunk := document.stream.read(65536):
            digest.update(chunk)
        document.stream.seek(0)
        target = folder / digest.hexdigest()
        document.save(target)
        with target.open("rb") as kept:
            os.fsync(kept.fileno())
        return jsonify(sha256=digest.hexdigest())

    return app


if __name__ == "__main__":
    raise SystemExit(main())

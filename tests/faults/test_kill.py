"""Killed at any instant: every acknowledged file is in both copies, and everything is explained.

`LICHENG_KILLS=10000` makes the long run; the short one belongs to every build.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import time
from pathlib import Path

import pytest

from plugin import clock, create_app, db
from plugin.school.models import Person, PersonKind, School, SchoolKind
from plugin.vault import operations, queries, store
from plugin.vault.models import FileState, ReceiptKind
from tests.faults.takes_files import settings, take_files
from tests.plugin.vault.conftest import pdf_bytes

KILLS = int(os.environ.get("LICHENG_KILLS", "24"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation with one student, and a PDF to hand in."""
    (tmp_path / "sample.pdf").write_bytes(pdf_bytes(3))
    app = create_app(settings(tmp_path))
    with app.app_context():
        db.Base.metadata.create_all(db.engine())
        with db.writing() as session:
            now = clock.now()
            session.add(School(code="999999", name="校", kind=SchoolKind.GENERAL, created_at=now))
            session.flush()
            session.add(
                Person(school_id=1, kind=PersonKind.STUDENT, number="1", name="生", created_at=now)
            )
        db.engine().dispose()
    return tmp_path


def run_and_kill(home: Path, seed: int, after: float) -> list[list[str]]:
    """What a child acknowledged until it was killed `after` seconds of work."""
    # Forked from a process that has imported everything and holds nothing: quick to start.
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.faults.takes_files"])
    child = processes.Process(target=take_files, args=(home, seed))
    child.start()
    said = home / f"said-{seed}"
    try:
        while not (said.exists() and said.read_bytes().startswith(b"ready\n")):
            assert child.is_alive(), "the child could not start"
            time.sleep(0.01)
        time.sleep(after)
    finally:
        child.kill()
        child.join()
        child.close()
    return [line.split() for line in said.read_text().splitlines() if line.count(" ") == 3]


def test_nothing_acknowledged_is_ever_lost(home: Path) -> None:
    chance = random.Random(KILLS)
    drafts: dict[int, str] = {}
    kept: dict[int, str] = {}
    thrown: set[int] = set()
    longest = 0.25
    for seed in range(KILLS):
        said = run_and_kill(home, seed, chance.random() * longest)
        if not said:  # a busy machine: a file is not even begun in this time
            longest = min(longest * 1.5, 5.0)
        for word, file_id, sha256, _number in said:
            drafts[int(file_id)] = sha256
            if word == "kept":
                kept[int(file_id)] = sha256
            if word == "discard":
                thrown.add(int(file_id))
    assert kept, "nothing was acknowledged at all; the test shows nothing"
    app = create_app(settings(home))
    with app.app_context():
        files = queries.files(drafts)
        receipts = queries.receipts(drafts)
        for file_id, sha256 in drafts.items():
            file = files[file_id]
            assert file.sha256 == sha256
            assert receipts[file_id].sha256 == sha256
            if file.state == FileState.PURGED:
                assert file_id in thrown
                continue
            for place in store.copies():
                content = place.path(sha256).read_bytes()
                assert hashlib.sha256(content).hexdigest() == sha256
        for file_id in kept:
            assert files[file_id].state == FileState.ACCEPTED
            assert receipts[file_id].kind == ReceiptKind.ACCEPTED
        make_orphans_old(home)
        operations.remove_purged()
        kinds = {finding.kind for finding in operations.verify()}
        assert kinds <= {"untracked"}, "only bytes that nobody was promised may be left over"
        list(operations.heal())
        assert list(operations.verify()) == []
        db.engine().dispose()


def make_orphans_old(home: Path) -> None:
    """As if the kill had been an hour ago: fresh bytes count as an upload of this minute."""
    long_ago = time.time() - 3600
    for root in (home / "primary", home / "second"):
        for path in root.rglob("*"):
            if path.is_file():
                os.utime(path, (long_ago, long_ago))

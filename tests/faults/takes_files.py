"""What a process does that takes files in until it is killed (`test_kill.py`).

Each receipt goes to a file in one write, after `accept` has returned: what was written there has
been acknowledged, and must be found whatever happened next.
"""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
import random
from pathlib import Path

import plugin
from plugin import clock, create_app, uploads
from plugin.actor import Actor
from plugin.settings import Settings
from plugin.vault import operations, queries
from plugin.vault.models import StoredFile

for _room in pkgutil.walk_packages(plugin.__path__, "plugin."):
    if not _room.name.startswith(("plugin.demo", "plugin.migrations")):
        importlib.import_module(_room.name)  # once, before the fork: rooms are imported late


def settings(home: Path) -> Settings:
    return Settings(
        env="test",
        secret_key="a secret of the tests, at least 32 characters",
        database_url=f"sqlite:///{home}/licheng.sqlite3",
        queue_url=f"sqlite:///{home}/queue.sqlite3",
        vault_primary=home / "primary",
        vault_second=home / "second",
        staging=home / "staging",
        reports=home / "reports",
    )


def take_files(home: Path, seed: int) -> None:
    """Take, keep and throw away until killed; says so in `said-SEED`."""
    said = os.open(home / f"said-{seed}", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    app = create_app(settings(home))
    sample = (home / "sample.pdf").read_bytes()
    chance = random.Random(seed)
    with app.app_context():
        who = Actor(school_id=1, person_id=1, name="學生")
        _take(who, sample)  # what a process does only once is behind it now
        os.write(said, b"ready\n")
        for turn in range(10_000):
            # Some contents come again, some drafts go: references and bytes race each other.
            number = chance.randrange(turn + 1) if chance.random() < 0.3 else turn
            content = sample + b"%% %d %d\n" % (seed, number) * 2000 + b"%%EOF\n"
            file = _take(who, content)
            receipt = queries.receipts([file.id])[file.id]
            os.write(said, f"draft {file.id} {file.sha256} {receipt.number}\n".encode())
            if chance.random() < 0.5:
                final = operations.keep(who, [file.id])[0]
                os.write(said, f"kept {file.id} {file.sha256} {final.number}\n".encode())
            elif chance.random() < 0.4:
                os.write(said, f"discard {file.id} {file.sha256} -\n".encode())
                operations.discard(who, file.id)


def _take(who: Actor, content: bytes) -> StoredFile:
    staged = uploads.stage(io.BytesIO(content), "心得.pdf")
    file = operations.accept(
        who, staged, owner_id=1, slot="document",
        max_bytes=2**21, kinds={"pdf"}, expires_at=clock.now(),
    )  # fmt: skip
    staged.discard()
    return file

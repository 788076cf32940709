"""What is lost, altered, unknown or unread is found; what can be healed is."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db
from plugin.actor import Actor
from plugin.jobs import Run
from plugin.settings import Settings
from plugin.vault import operations, queries, store
from plugin.vault.models import (
    FileState,
    LedgerEntry,
    LedgerHead,
    LedgerKind,
    StoredFile,
    VaultObject,
)
from plugin.vault.operations.fixity import OVERDUE
from plugin.vault.work import sweep, tidy
from tests.factories import FrozenClock
from tests.plugin.vault.conftest import HandIn

Damage = Callable[[Path], None]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o640)
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.chmod(0o640)
    os.truncate(path, path.stat().st_size - 1)


DAMAGES: dict[str, tuple[Damage, str]] = {
    "a flipped bit": (flip, "altered"),
    "a byte less": (cut, "altered"),
    "gone": (Path.unlink, "missing"),
    "a folder instead": (lambda path: (path.unlink(), path.mkdir())[0], "altered"),
}


def found() -> list[tuple[str, str]]:
    return [(finding.kind, finding.place) for finding in operations.verify()]


def running() -> Run:
    from plugin import actor as actors

    class Quiet(Run):
        def progress(self, done: int, total: int, note: str = "") -> None:
            """No job row in this test."""

    return Quiet(job_id=0, school_id=None, actor=actors.system(None), args={})


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
@pytest.mark.parametrize("place", [0, 1], ids=["primary", "second"])
def test_damage_to_one_copy_is_found_and_healed(
    hand_in: HandIn, cli: Any, place: int, damage: str
) -> None:
    file, copy = hand_in(), store.copies()[place]
    whole = copy.path(file.sha256).read_bytes()
    harm, kind = DAMAGES[damage]
    harm(copy.path(file.sha256))
    assert found() == [(kind, copy.name)]
    told = cli.invoke(args=["vault", "verify"])
    assert told.exit_code == 1
    assert f"{kind}\t{file.sha256}\t{copy.name}" in told.output
    healed = cli.invoke(args=["vault", "heal"])
    assert healed.exit_code == 0, healed.output
    assert f"{kind}\t{file.sha256}\t{copy.name}\thealed" in healed.output
    assert copy.path(file.sha256).read_bytes() == whole
    assert cli.invoke(args=["vault", "verify"]).exit_code == 0
    kinds = set(db.reading().scalars(sa.select(LedgerEntry.kind)))
    assert LedgerKind.HEAL in kinds


def test_a_destroyed_second_disk_is_healed_whole(
    hand_in: HandIn, samples: Path, settings: Settings
) -> None:
    files = [hand_in(name) for name in ("work.pdf", "photo.jpg", "tone.mp3", "film.mp4")]
    shutil.rmtree(settings.vault_second or "")
    assert [kind for kind, _place in found()] == ["missing"] * 4
    assert {finding.detail for finding in operations.heal()} == {"healed"}
    assert found() == []
    for file in files:
        second = store.copies()[1].path(file.sha256)
        assert second.read_bytes() == (samples / file.name).read_bytes()


def test_a_second_copy_that_was_switched_on_later_is_filled(
    hand_in: HandIn, settings: Settings
) -> None:
    object.__setattr__(settings, "vault_single_copy", True)
    file = hand_in()
    object.__setattr__(settings, "vault_single_copy", False)
    assert found() == [("missing", "second")]
    assert [finding.detail for finding in operations.heal()] == ["healed"]
    one = db.reading().get_one(VaultObject, file.object_id)
    assert one.copies == 2


def test_what_has_no_whole_copy_is_an_alarm_until_it_has(
    hand_in: HandIn, cli: Any, clock: FrozenClock
) -> None:
    file = hand_in()
    paths = [place.path(file.sha256) for place in store.copies()]
    whole = paths[0].read_bytes()
    for path in paths:
        flip(path)
    assert cli.invoke(args=["vault", "heal"]).exit_code == 1
    assert queries.health().damaged == 1
    assert queries.health().alarm
    clock.advance(days=2)
    assert sweep(running()) == {"read": 0, "wrong": 0, "retried": 1}
    paths[1].write_bytes(whole)  # a disk came back from repair
    assert sweep(running())["retried"] == 1
    assert not queries.health().alarm
    assert found() == []


def test_the_sweep_reads_everything_in_turn_and_heals(hand_in: HandIn, clock: FrozenClock) -> None:
    file, other = hand_in("work.pdf"), hand_in("tone.mp3")
    assert sweep(running()) == {"read": 0, "wrong": 0, "retried": 0}
    clock.advance(hours=25)
    flip(store.copies()[1].path(file.sha256))
    assert sweep(running()) == {"read": 2, "wrong": 1, "retried": 0}
    assert sweep(running()) == {"read": 0, "wrong": 0, "retried": 0}
    assert found() == []
    checked = {one.checked_at for one in db.reading().scalars(sa.select(VaultObject))}
    assert checked == {clock()}
    assert other.object_id != file.object_id


def test_unread_in_time_is_an_alarm(hand_in: HandIn, cli: Any, clock: FrozenClock) -> None:
    file = hand_in()
    clock.advance(OVERDUE + timedelta(seconds=1))
    assert queries.health().overdue == 1
    told = cli.invoke(args=["vault", "verify", "--quick"])
    assert told.exit_code == 1
    assert f"overdue\t{file.sha256}" in told.output
    assert cli.invoke(args=["vault", "verify"]).exit_code == 0  # this reads everything
    assert cli.invoke(args=["vault", "verify", "--quick"]).exit_code == 0
    assert not queries.health().alarm


def test_unknown_bytes_are_reported_and_set_aside_not_removed(
    hand_in: HandIn, settings: Settings, samples: Path
) -> None:
    hand_in()
    folder = settings.vault_primary / "objects" / "ff"
    folder.mkdir(parents=True, exist_ok=True)
    stray = folder / ("ff" + "0" * 62)
    stray.write_bytes(b"who am I")
    assert found() == []  # perhaps an upload of this minute
    long_ago = time.time() - 3600
    os.utime(stray, (long_ago, long_ago))
    assert found() == [("untracked", "primary")]
    assert [finding.detail for finding in operations.heal()] == ["set aside"]
    assert found() == []
    aside = list((settings.vault_primary / "set-aside").iterdir())
    assert [path.read_bytes() for path in aside] == [b"who am I"]


def _change(statement: Any) -> None:
    with db.engine().begin() as connection:
        connection.execute(statement)
    db._close_reads()


TAMPERING: dict[str, tuple[Callable[[], Any], set[str]]] = {
    "a link altered": (
        lambda: sa.update(LedgerEntry).where(LedgerEntry.sequence == 1).values(size=1),
        {"ledger", "unledgered"},
    ),
    "the last link cut": (
        lambda: sa.delete(LedgerEntry).where(LedgerEntry.sequence == 2),
        {"ledger", "unledgered"},
    ),
    "a link in the middle cut": (
        lambda: sa.delete(LedgerEntry).where(LedgerEntry.sequence == 1),
        {"ledger", "unledgered"},
    ),
    "the head turned back": (lambda: sa.update(LedgerHead).values(sequence=1), {"ledger"}),
    "a file refers to other bytes": (
        lambda: sa.update(StoredFile).where(StoredFile.id == 1).values(sha256="0" * 64),
        {"dangling"},
    ),
    "an object purged by hand": (
        lambda: (
            sa.update(VaultObject)
            .where(VaultObject.id == 1)
            .values(purged_at=sa.func.current_timestamp())
        ),
        {"dangling", "unledgered"},
    ),
    "a file purged by hand": (
        lambda: sa.update(StoredFile).where(StoredFile.id == 1).values(state=FileState.PURGED),
        {"unreferenced"},
    ),
}


@pytest.mark.parametrize("how", TAMPERING, ids=str)
def test_rows_that_were_tampered_with_are_found(hand_in: HandIn, how: str, cli: Any) -> None:
    hand_in("work.pdf")
    hand_in("tone.mp3")
    statement, kinds = TAMPERING[how]
    _change(statement())
    assert {kind for kind, _place in found()} == kinds
    assert cli.invoke(args=["vault", "verify"]).exit_code == 1


def test_verifying_is_itself_on_the_ledger(hand_in: HandIn, app: Flask) -> None:
    hand_in()
    assert found() == []
    last = db.reading().scalar(
        sa.select(LedgerEntry).order_by(LedgerEntry.sequence.desc()).limit(1)
    )
    assert last is not None
    assert (last.kind, last.detail) == (LedgerKind.VERIFY, {"checked": 1, "wrong": 0})


def test_reading_falls_back_to_the_second_copy(
    hand_in: HandIn, student: Actor, samples: Path
) -> None:
    file = hand_in()
    store.copies()[0].path(file.sha256).unlink()
    assert queries.path(file.sha256, file.size) == store.copies()[1].path(file.sha256)
    store.copies()[1].path(file.sha256).unlink()
    with pytest.raises(queries.FileDamaged):
        queries.path(file.sha256, file.size)


def test_tidying_clears_the_staging_folder(app: Flask, settings: Settings) -> None:
    settings.staging.mkdir(parents=True)
    left = settings.staging / "x.part"
    left.write_bytes(b"x")
    long_ago = time.time() - 8 * 24 * 3600
    os.utime(left, (long_ago, long_ago))
    assert tidy(running()) == {"staged": 1, "incoming": 0, "previews": 0}

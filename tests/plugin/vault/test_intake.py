"""From the bytes to the receipt, and what happens to drafts."""

from __future__ import annotations

import hashlib
import io
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db, retention, uploads
from plugin.actor import Actor
from plugin.errors import NotFound
from plugin.settings import Settings
from plugin.trail.models import AuditEvent
from plugin.vault import errors, events, operations, queries, receipts, store
from plugin.vault.models import (
    FileState,
    LedgerEntry,
    LedgerKind,
    ReceiptKind,
    StoredFile,
    VaultObject,
)
from plugin.vault.work import purge
from tests.factories import FrozenClock, make_school
from tests.plugin.vault.conftest import DOCUMENTS, MIB, HandIn, pdf_bytes


def count(model: type) -> int:
    return db.reading().scalar(sa.select(sa.func.count()).select_from(model)) or 0


def verbs() -> list[str]:
    return list(db.reading().scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id)))


def test_a_draft_lies_in_both_copies_with_its_receipt(hand_in: HandIn, samples: Path) -> None:
    file = hand_in("work.pdf")
    content = (samples / "work.pdf").read_bytes()
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert (file.kind, file.media_type, file.name) == ("pdf", "application/pdf", "work.pdf")
    paths = [place.path(file.sha256) for place in store.copies()]
    assert [path.read_bytes() for path in paths] == [content, content]
    assert paths[0].stat().st_ino != paths[1].stat().st_ino, "one file under two names"
    receipt = queries.receipts([file.id])[file.id]
    assert receipt.kind == ReceiptKind.DRAFT
    assert receipt.copies == 2
    assert (receipt.sha256, receipt.size) == (file.sha256, len(content))
    assert receipt.expires_at == file.expires_at
    assert receipts.genuine(receipt, receipts.code(receipt))
    assert verbs() == ["file.draft"]
    assert list(operations.verify()) == []


def test_keeping_gives_the_final_receipt_once(hand_in: HandIn, student: Actor) -> None:
    first, second = hand_in("work.pdf"), hand_in("film.mp4", slot="media")
    final = operations.keep(student, [second.id, first.id])
    assert [receipt.file_id for receipt in final] == [second.id, first.id]
    assert all(receipt.kind == ReceiptKind.ACCEPTED for receipt in final)
    assert all(receipt.expires_at is None for receipt in final)
    again = operations.keep(student, [first.id])
    assert [receipt.number for receipt in again] == [final[1].number]
    assert queries.find(student, first.id).kept
    assert queries.receipts([first.id])[first.id].number == final[1].number


def test_a_single_copy_is_said_on_the_receipt(
    app: Flask, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    object.__setattr__(settings, "vault_single_copy", True)
    file = hand_in()
    assert queries.receipts([file.id])[file.id].copies == 1
    assert queries.health().single_copy
    assert not (settings.vault_second or Path()).exists()


def test_the_same_bytes_are_stored_once(hand_in: HandIn) -> None:
    first, second = hand_in("work.pdf"), hand_in("work.pdf")
    assert first.id != second.id
    assert first.object_id == second.object_id
    assert count(VaultObject) == 1


def test_a_refused_file_leaves_an_audit_line_and_nothing_else(
    hand_in: HandIn, settings: Settings
) -> None:
    with pytest.raises(errors.FileNeedsConversion):
        hand_in("page.pdf", kinds=DOCUMENTS)
    assert verbs() == ["file.refused"]
    assert count(StoredFile) == count(VaultObject) == count(LedgerEntry) == 0
    assert not list(settings.vault_primary.rglob("*"))


def test_over_the_cap_is_over_the_limit(app: Flask, student: Actor) -> None:
    staged = uploads.stage(io.BytesIO(b"x"), "a.pdf")
    staged.size, staged.too_large = 70 * MIB, True
    with pytest.raises(errors.FileTooLarge):
        operations.accept(
            student, staged, owner_id=student.person_id or 0, slot="document",
            max_bytes=2 * MIB, kinds=DOCUMENTS, expires_at=None,
        )  # fmt: skip


@pytest.mark.parametrize("place", [0, 1])
def test_a_place_that_cannot_be_written_takes_nothing(
    hand_in: HandIn, settings: Settings, place: int
) -> None:
    """A file stands where the folder should be: every write below it fails."""
    root = [settings.vault_primary, settings.vault_second][place]
    assert root is not None
    root.parent.mkdir(parents=True, exist_ok=True)
    root.write_bytes(b"not a folder")
    with pytest.raises(errors.VaultUnavailable) as caught:
        hand_in()
    assert "目前無法收件" in caught.value.message
    assert count(StoredFile) == count(VaultObject) == count(LedgerEntry) == 0


def test_a_full_second_disk_takes_nothing(hand_in: HandIn, settings: Settings) -> None:
    """The limit of file size stands in for a full disk: the copy breaks off in the middle."""
    content = pdf_bytes() + b"%" * MIB + b"\n%%EOF\n"
    settings.staging.mkdir(parents=True)
    staged_first = uploads.stage(io.BytesIO(content), "a.pdf")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB // 2, before[1]))
    try:
        with pytest.raises(OSError):
            store.put(staged_first.path, staged_first.sha256, staged_first.size, store.copies())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        staged_first.discard()
    second = store.copies()[1]
    assert not second.has(staged_first.sha256, staged_first.size)
    left = [path for path in second.root.rglob("*") if path.is_file()]
    assert left == [], "half a copy was left"


def test_bytes_that_changed_after_hashing_are_not_acknowledged(
    student: Actor, samples: Path, app: Flask
) -> None:
    staged = uploads.stage(io.BytesIO((samples / "work.pdf").read_bytes()), "a.pdf")
    content = bytearray(staged.path.read_bytes())
    content[-20] ^= 1
    staged.path.chmod(0o640)
    staged.path.write_bytes(content)
    with pytest.raises((errors.VaultUnavailable, errors.FileBroken)):
        operations.accept(
            student, staged, owner_id=student.person_id or 0, slot="document",
            max_bytes=2 * MIB, kinds=DOCUMENTS, expires_at=None,
        )  # fmt: skip
    assert count(StoredFile) == 0


def test_a_transaction_that_fails_acknowledges_nothing(
    hand_in: HandIn, student: Actor, settings: Settings
) -> None:
    with pytest.raises(RuntimeError), db.writing():
        hand_in()
        raise RuntimeError
    assert count(StoredFile) == count(VaultObject) == 0
    file = hand_in()  # the orphan is no hindrance
    assert list(operations.verify()) == []
    with pytest.raises(RuntimeError), db.writing():
        operations.discard(student, file.id)
        raise RuntimeError
    assert store.readable(file.sha256, file.size).exists()


def test_throwing_a_draft_away_leaves_a_tombstone(hand_in: HandIn, student: Actor) -> None:
    file = hand_in()
    operations.discard(student, file.id)
    operations.discard(student, file.id)  # a second click
    gone = queries.files([file.id])[file.id]
    assert (gone.state, gone.name, gone.purge_reason) == (FileState.PURGED, "", "discarded")
    assert gone.sha256 == file.sha256
    assert not any(place.has(file.sha256, file.size) for place in store.copies())
    kinds = list(db.reading().scalars(sa.select(LedgerEntry.kind).order_by(LedgerEntry.sequence)))
    assert kinds == [LedgerKind.PUT, LedgerKind.PURGE, LedgerKind.REMOVE]
    with pytest.raises(NotFound):
        queries.find(student, file.id)
    with pytest.raises(NotFound):
        operations.keep(student, [file.id])
    assert list(operations.verify()) == []


def test_bytes_stay_while_anything_refers_to_them(hand_in: HandIn, student: Actor) -> None:
    kept, draft = hand_in(), hand_in()
    operations.keep(student, [kept.id])
    operations.discard(student, draft.id)
    assert all(place.has(kept.sha256, kept.size) for place in store.copies())
    with pytest.raises(errors.NotADraft):
        operations.discard(student, kept.id)
    assert list(operations.verify()) == []


def test_purged_bytes_can_come_back(hand_in: HandIn, student: Actor) -> None:
    first = hand_in()
    operations.discard(student, first.id)
    second = hand_in()
    assert second.object_id == first.object_id
    assert all(place.has(second.sha256, second.size) for place in store.copies())
    assert list(operations.verify()) == []


def test_a_purge_between_placing_and_committing_loses_nothing(
    hand_in: HandIn, student: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another request throws the same bytes away just after ours were placed."""
    first = hand_in()
    put = store.put

    def put_then_purge(*arguments: object) -> None:
        put(*arguments)  # type: ignore[arg-type]
        operations.discard(student, first.id)

    monkeypatch.setattr(store, "put", put_then_purge)
    second = hand_in()
    assert all(place.has(second.sha256, second.size) for place in store.copies())
    assert list(operations.verify()) == []


def test_drafts_expire_only_after_a_warning(
    hand_in: HandIn, student: Actor, clock: FrozenClock
) -> None:
    file = hand_in(days=10)
    kept = hand_in("photo.jpg", days=10)
    operations.keep(student, [kept.id])
    told: list[events.Expiring] = []

    def listen(_sender: object, files: tuple[events.Expiring, ...]) -> None:
        told.extend(files)

    events.drafts_expiring.connect(listen)
    clock.advance(days=20)  # the machine was off
    assert operations.purge_expired(retention.of_files()) == 0
    assert operations.warn_expiring(retention.of_files()) == 1
    assert operations.warn_expiring(retention.of_files()) == 0
    assert [(one.file_id, one.owner_id) for one in told] == [(file.id, student.person_id)]
    assert operations.purge_expired(retention.of_files()) == 0
    clock.advance(days=1, seconds=1)
    assert operations.purge_expired(retention.of_files()) == 1
    assert queries.files([file.id])[file.id].purge_reason == "expired"
    assert not store.copies()[0].has(file.sha256, file.size)
    assert queries.find(student, kept.id).kept
    assert purge(None) == {"warned": 0, "purged": 0, "removed": 0}  # type: ignore[arg-type]


def test_another_school_sees_nothing(hand_in: HandIn) -> None:
    file = hand_in()
    stranger = Actor(school_id=make_school().id, person_id=None)
    for attempt in (
        lambda: queries.find(stranger, file.id),
        lambda: operations.keep(stranger, [file.id]),
        lambda: operations.discard(stranger, file.id),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_our_own_products_are_deposited(
    app: Flask, student: Actor, tmp_path: Path, hand_in: HandIn
) -> None:
    made = tmp_path / "manifest.pdf"
    made.write_bytes(pdf_bytes())
    file = operations.deposit(
        student,
        made,
        slot="manifest",
        name="提交名冊.pdf",
        media_type="application/pdf",
        kind="pdf",
    )
    assert file.kept
    assert queries.receipts([file.id])[file.id].kind == ReceiptKind.ACCEPTED
    assert list(operations.verify()) == []


def test_packages_need_not_read_bytes_again(hand_in: HandIn, samples: Path) -> None:
    import zlib

    files = [hand_in("work.pdf"), hand_in("tone.mp3")]
    found = queries.objects_for_package([file.id for file in files])
    for file, name in zip(files, ["work.pdf", "tone.mp3"], strict=True):
        one, content = found[file.id], (samples / name).read_bytes()
        assert one.path.read_bytes() == content
        assert (one.size, one.crc32) == (len(content), zlib.crc32(content))
        assert one.md5 is None
    operations.know_md5([files[0].id])
    md5 = hashlib.md5((samples / "work.pdf").read_bytes()).hexdigest()
    assert queries.objects_for_package([files[0].id])[files[0].id].md5 == md5
    with pytest.raises(NotFound):
        queries.objects_for_package([files[0].id, 999_999])


def test_what_is_gone_is_not_kept(hand_in: HandIn, student: Actor, settings: Settings) -> None:
    file = hand_in()
    shutil.rmtree(settings.vault_second or "")
    with pytest.raises(errors.VaultUnavailable):
        operations.keep(student, [file.id])
    assert not queries.find(student, file.id).kept


@pytest.mark.parametrize("field", ["sha256", "size", "issued_at", "copies", "kind"])
def test_a_receipt_that_was_altered_is_not_genuine(
    hand_in: HandIn, field: str, clock: FrozenClock
) -> None:
    file = hand_in()
    receipt = queries.receipts([file.id])[file.id]
    code = receipts.code(receipt)
    others: dict[str, Callable[[], object]] = {
        "sha256": lambda: "0" * 64,
        "size": lambda: 1,
        "issued_at": lambda: clock.advance(days=1) or clock(),
        "copies": lambda: 9,
        "kind": lambda: ReceiptKind.ACCEPTED,
    }
    assert receipts.genuine(receipt, code)
    assert not receipts.genuine(receipt, code[:-1])
    assert not receipts.genuine(receipt, "")
    setattr(receipt, field, others[field]())
    assert not receipts.genuine(receipt, code)

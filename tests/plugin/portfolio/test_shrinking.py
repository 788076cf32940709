"""A document over the limit: made smaller on request, seen before and after, taken or left."""

from __future__ import annotations

import hashlib
import io
import os
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image

from forms.sizes import file_size
from plugin import db, jobs, retention, uploads
from plugin.actor import Actor
from plugin.errors import Conflict, NotFound
from plugin.portfolio.models import Outcome, OutcomeState, ShrinkOffer, ShrinkState
from plugin.portfolio.operations import drafts, outcomes, shrinking
from plugin.portfolio.operations.intake import SLOTS
from plugin.trail.models import AuditEvent
from plugin.vault import shrinking as maker
from plugin.vault.models import FileState, Receipt, StoredFile
from tests.factories import FrozenClock, make_rule
from tests.plugin.portfolio.test_pages import token, upload
from tests.plugin.portfolio.world import World, mp3, pdf

LIMIT = 200_000
ActAs = Callable[[Actor | None], Actor | None]


def noise(side: int = 500, mode: str = "RGB") -> Image.Image:
    """A picture that compresses badly."""
    bands = len(mode)
    return Image.frombytes(mode, (side, side), random.Random(7).randbytes(side * side * bands))


def photo(**more: Any) -> bytes:
    out, rough = io.BytesIO(), noise(40).resize((1600, 1200))
    rough.save(out, "JPEG", quality=98, **more)
    assert out.tell() > LIMIT
    return out.getvalue()


def scan(pages: int = 2) -> bytes:
    """A PDF of scanned pages, as phones make them."""
    document = pikepdf.new()
    picture = photo()
    for _ in range(pages):
        page = document.add_blank_page(page_size=(595, 842))
        image = document.make_stream(
            picture, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=1600,
            Height=1200, ColorSpace=pikepdf.Name.DeviceRGB, BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )  # fmt: skip
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
        page.Contents = document.make_stream(b"q 595 0 0 446 0 200 cm /Im0 Do Q")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.fixture
def pupil(world: World, act_as: ActAs) -> Actor:
    make_rule(world.school, "outcome.document.max_bytes", LIMIT)
    return act_as(world.pupil)  # type: ignore[return-value]


def bring(client: FlaskClient, content: bytes, name: str, **changes: Any) -> Any:
    return upload(client, document=(io.BytesIO(content), name), **changes)


def test_a_browser_sends_a_document_that_is_too_large_for_the_server_to_make_smaller(
    client: FlaskClient, pupil: Actor
) -> None:
    page = client.get("/outcomes/new").text
    document, media = (re.search(rf'<input[^>]*name="{one}"[^>]*>', page) for one in SLOTS)
    assert document
    assert f'data-max-bytes="{uploads.FILE_CAP}"' in document[0]
    assert f"每個檔案上限 {file_size(LIMIT)}。" in page
    assert media
    assert 'data-max-bytes="10485760"' in media[0]


def waiting() -> ShrinkOffer | None:
    db.reading().expire_all()
    return db.reading().scalar(sa.select(ShrinkOffer))


def the_outcome() -> Outcome:
    return db.reading().scalars(sa.select(Outcome)).one()


def press(client: FlaskClient, act: str) -> Any:
    address = f"/outcomes/{the_outcome().id}/smaller"
    return client.post(address, data={"csrf_token": token(client.get(address)), "act": act})


def finish() -> ShrinkOffer:
    found = waiting()
    assert found is not None
    jobs.run(found.job_id or 0)
    found = waiting()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "content", "lost"),
    [("相片.jpg", photo, "JPG 品質"), ("掃描.pdf", scan, "2 張圖片")],
    ids=["picture", "pdf"],
)
def test_from_the_refusal_to_the_receipt(
    client: FlaskClient, pupil: Actor, name: str, content: Callable[[], bytes], lost: str
) -> None:
    original = content()
    refused = bring(client, original, name)
    outcome = the_outcome()
    assert (refused.status_code, outcome.title) == (422, "讀書心得")
    address = f"/outcomes/{outcome.id}/smaller"
    assert address in refused.text
    assert "檔案太大，沒有收下" in refused.text
    assert press(client, "make").status_code == 302
    assert finish().state is ShrinkState.READY
    page = client.get(address).text
    for words in (lost, "縮小前", "縮小後", "使用縮小後的檔案"):
        assert words in page
    for which in ("before", "after"):
        answer = client.get(f"{address}/{which}.png")
        assert Image.open(io.BytesIO(answer.data)).format == "PNG"
        answer.close()
    assert db.reading().scalar(sa.select(sa.func.count()).select_from(StoredFile)) == 0

    assert press(client, "take").status_code == 302
    db.reading().expire_all()
    file = db.reading().get_one(StoredFile, the_outcome().document_file_id or 0)
    assert (file.state, file.name, file.size <= LIMIT) == (FileState.DRAFT, name, True)
    assert db.reading().scalar(sa.select(Receipt.sha256)) == file.sha256
    line = db.reading().scalars(sa.select(AuditEvent).where(AuditEvent.verb == "outcome.shrink"))
    detail = line.one().detail
    assert detail["original_sha256"] == hashlib.sha256(original).hexdigest()
    assert (detail["original_size"], detail["sha256"]) == (len(original), file.sha256)
    assert waiting() is None
    assert list((uploads.staging() / "too-large").iterdir()) == []
    edit = client.get(f"/outcomes/{outcome.id}/edit").text
    assert name in edit
    assert address not in edit


def test_leaving_it_changes_nothing_and_the_bytes_go(client: FlaskClient, pupil: Actor) -> None:
    bring(client, photo(), "相片.jpg", title="", summary="")
    assert press(client, "leave").status_code == 302
    assert waiting() is None
    assert the_outcome().document_file_id is None
    assert list((uploads.staging() / "too-large").iterdir()) == []


def test_what_cannot_be_made_smaller_is_said_with_the_way_to_do_it(
    client: FlaskClient, pupil: Actor
) -> None:
    document = pikepdf.new()
    document.add_blank_page().Contents = document.make_stream(os.urandom(LIMIT + 50_000))
    out = io.BytesIO()
    document.save(out)
    bring(client, out.getvalue(), "雜訊.pdf")
    press(client, "make")
    assert finish().state is ShrinkState.FAILED
    page = client.get(f"/outcomes/{the_outcome().id}/smaller").text
    assert "最小檔案大小" in page
    assert "使用縮小後的檔案" not in page


def test_sound_gets_no_offer(client: FlaskClient, world: World, pupil: Actor) -> None:
    make_rule(world.school, "outcome.media.max_bytes", LIMIT)
    refused = upload(client, media=(io.BytesIO(mp3(600)), "朗讀.mp3"))
    assert refused.status_code == 422
    assert waiting() is None


def test_nothing_that_was_accepted_is_replaced(
    client: FlaskClient, world: World, pupil: Actor
) -> None:
    sent = world.sent()
    file_id = sent.document_file_id
    outcomes.withdraw(pupil, sent.id)
    address = f"/outcomes/{sent.id}/edit"
    version = db.reading().get_one(Outcome, sent.id, populate_existing=True).version
    kept = {"course_id": str(world.course.id), "document-ref": str(file_id), "version": version}
    answer = upload(client, address, document=(io.BytesIO(photo()), "相片.jpg"), **kept)
    assert answer.status_code == 422
    press(client, "make")
    finish()
    outcomes.send(pupil, sent.id)
    with pytest.raises(Conflict):
        shrinking.accept(pupil, sent.id)
    again = db.reading().get_one(Outcome, sent.id, populate_existing=True)
    assert (again.state, again.document_file_id) == (OutcomeState.SENT, file_id)
    outcomes.withdraw(pupil, sent.id)
    shrinking.accept(pupil, sent.id)
    assert db.reading().get_one(StoredFile, file_id).state is FileState.ACCEPTED


def test_only_its_student_sees_or_takes_it(
    client: FlaskClient, world: World, pupil: Actor, act_as: ActAs
) -> None:
    bring(client, photo(), "相片.jpg")
    press(client, "make")
    finish()
    address = f"/outcomes/{the_outcome().id}/smaller"
    act_as(world.master)
    assert client.get(f"{address}/before.png").status_code == 403
    with pytest.raises(NotFound):
        shrinking.accept(replace(world.pupil, person_id=world.teacher.id), the_outcome().id)


def test_a_draft_thrown_away_and_time_forget_it(
    client: FlaskClient, pupil: Actor, clock: FrozenClock
) -> None:
    bring(client, photo(), "相片.jpg")
    drafts.discard(pupil, the_outcome().id)
    assert waiting() is not None
    row = retention.row(shrinking.ROW)
    assert shrinking.tidy(row) == 0
    clock.advance(seconds=row.period.total_seconds() + 1)
    assert shrinking.tidy(row) == 1
    assert list((uploads.staging() / "too-large").iterdir()) == []


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(out, "PNG")
    return out.getvalue()


def locked() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("png", bomb),
        ("pdf", locked),
        ("pdf", lambda: scan()[:5000]),
        ("jpg", lambda: photo()[:5000]),
    ],
    ids=["bomb", "password", "cut PDF", "cut picture"],
)
def test_hostile_and_broken_files_are_refused(
    world: World, tmp_path: Path, kind: str, content: Callable[[], bytes]
) -> None:
    places = maker.Places(*(tmp_path / name for name in ("source", "target", "b.png", "a.png")))
    places.source.write_bytes(content())
    with pytest.raises(maker.Refusal):
        maker.shrink(kind, places, LIMIT)


def test_what_a_picture_loses_is_told(world: World, tmp_path: Path) -> None:
    places = maker.Places(*(tmp_path / name for name in ("source", "target", "b.png", "a.png")))
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x8825] = {1: "N", 2: (24.0, 1.0, 2.0)}
    places.source.write_bytes(photo(exif=exif))
    told = maker.shrink("jpg", places, LIMIT)
    assert (told["from"], told["place"], told["transparent"]) == ([1200, 1600], True, False)
    with Image.open(places.target) as small:
        assert small.height > small.width
        assert not small.getexif()
    noise(400, "RGBA").save(places.source, "PNG")
    assert maker.shrink("png", places, LIMIT)["transparent"] is True

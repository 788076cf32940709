"""Real files of every kind, made once; a school with a student who hands them in."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from plugin import clock as clocks
from plugin import uploads
from plugin.actor import Actor, Role
from plugin.school.models import School
from plugin.vault import operations
from plugin.vault.models import StoredFile
from tests.factories import make_school, make_student

MIB = 1024 * 1024
DOCUMENTS = frozenset({"pdf", "jpg", "png"})
MEDIA = frozenset({"mp3", "mp4"})


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def pdf_bytes(pages: int = 2, **save: object) -> bytes:
    made, out = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        made.add_blank_page()
    made.save(out, **save)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of real files; the tests name them."""
    at = tmp_path_factory.mktemp("samples")
    picture = ["-f", "lavfi", "-i", "testsrc=duration=2:size=320x240:rate=10"]
    tone = ["-f", "lavfi", "-i", "sine=duration=2"]
    ffmpeg(*picture, *tone, "-pix_fmt", "yuv420p", "-shortest", str(at / "film.mp4"))
    ffmpeg(*picture, "-pix_fmt", "yuv420p", str(at / "silent.mp4"))
    ffmpeg(*tone, "-f", "mp4", str(at / "sound.mp4"))
    ffmpeg(*picture, "-pix_fmt", "yuv420p", str(at / "phone.mov"))
    ffmpeg(*tone, str(at / "tone.mp3"))
    ffmpeg(*tone, str(at / "memo.m4a"))
    ffmpeg(*tone, str(at / "tone.wav"))
    (at / "work.pdf").write_bytes(pdf_bytes())
    (at / "locked.pdf").write_bytes(
        pdf_bytes(encryption=pikepdf.Encryption(owner="o", user="secret"))
    )
    (at / "restricted.pdf").write_bytes(
        pdf_bytes(encryption=pikepdf.Encryption(owner="o", user=""))
    )
    noise = Image.effect_noise((400, 300), 80)
    noise.convert("RGB").save(at / "photo.jpg", quality=90)
    noise.save(at / "drawing.png")
    noise.save(at / "anim.gif")
    (at / "page.pdf").write_bytes(b"<!DOCTYPE html><title>x</title>" + pdf_bytes())
    (at / "photo.heic").write_bytes(
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(4000)
    )
    with zipfile.ZipFile(at / "essay.docx", "w") as essay:
        essay.writestr("[Content_Types].xml", "<Types/>")
        essay.writestr("word/document.xml", "<w:document/>")
    (at / "empty.pdf").write_bytes(b"")
    (at / "notes.txt").write_text("只是文字", encoding="utf-8")
    (at / "setup.pdf").write_bytes(b"MZ" + bytes(1000))
    for name in ("work.pdf", "photo.jpg", "drawing.png", "tone.mp3", "film.mp4"):
        whole = (at / name).read_bytes()
        (at / f"half-{name}").write_bytes(whole[: len(whole) // 2])
        (at / f"short-{name}").write_bytes(whole[:-100])
    return at


class Whole(FlaskClient):
    """A browser that reads every answer to its end."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("buffered", True)
        return super().open(*args, **kwargs)


@pytest.fixture
def bare(app: Flask) -> FlaskClient:
    """A browser that keeps no cookies."""
    return Whole(app, app.response_class, use_cookies=False)


@pytest.fixture
def school(app: Flask) -> School:
    return make_school()


@pytest.fixture
def student(school: School) -> Actor:
    person = make_student(school)
    return Actor(
        school_id=school.id,
        person_id=person.id,
        name=person.name,
        roles=frozenset({Role.STUDENT}),
    )


HandIn = Callable[..., StoredFile]


@pytest.fixture
def hand_in(app: Flask, student: Actor, samples: Path) -> HandIn:
    """`hand_in("work.pdf")`: stage a sample (or given bytes) and accept it as the student's."""

    def accept(
        name: str = "work.pdf",
        content: bytes | None = None,
        *,
        max_bytes: int = 4 * MIB,
        kinds: frozenset[str] = DOCUMENTS | MEDIA,
        days: int | None = 30,
        slot: str = "document",
    ) -> StoredFile:
        content = (samples / name).read_bytes() if content is None else content
        staged = uploads.stage(io.BytesIO(content), name)
        try:
            return operations.accept(
                student,
                staged,
                owner_id=student.person_id or 0,
                slot=slot,
                max_bytes=max_bytes,
                kinds=kinds,
                expires_at=clocks.now() + timedelta(days=days) if days else None,
            )
        finally:
            staged.discard()

    return accept

"""What is handed in is judged by its content; each refusal says why and what to do."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pikepdf
import pytest
from flask import Flask
from PIL import ImageFile

from plugin.vault import check, errors
from tests.plugin.vault.conftest import DOCUMENTS, MEDIA, MIB, pdf_bytes

pytestmark = pytest.mark.usefixtures("app")


def look(path: Path, kinds: frozenset[str] = DOCUMENTS | MEDIA, limit: int = 4 * MIB):
    return check.inspect(path, path.stat().st_size, max_bytes=limit, kinds=kinds)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("work.pdf", "pdf"),
        ("photo.jpg", "jpg"),
        ("drawing.png", "png"),
        ("tone.mp3", "mp3"),
        ("film.mp4", "mp4"),
        ("silent.mp4", "mp4"),
        ("sound.mp4", "mp4"),
    ],
)
def test_the_five_types_are_taken(samples: Path, name: str, kind: str) -> None:
    assert look(samples / name).kind == kind


def test_facts_are_kept(samples: Path) -> None:
    assert look(samples / "work.pdf").detail == {"pages": 2}
    assert look(samples / "photo.jpg").detail == {"width": 400, "height": 300}
    assert look(samples / "film.mp4").detail["seconds"] == pytest.approx(2, abs=0.2)
    assert look(samples / "tone.mp3").detail["seconds"] == pytest.approx(2, abs=0.2)


def test_the_name_says_nothing(samples: Path, tmp_path: Path) -> None:
    named = tmp_path / "film.mp4"
    named.write_bytes((samples / "work.pdf").read_bytes())
    assert look(named).kind == "pdf"
    with pytest.raises(errors.FileTypeRefused):
        look(named, MEDIA)


@pytest.mark.parametrize(
    ("name", "kinds", "refusal", "word"),
    [
        ("page.pdf", DOCUMENTS, errors.FileNeedsConversion, "HTML"),
        ("setup.pdf", DOCUMENTS, errors.FileTypeRefused, "執行檔"),
        ("notes.txt", DOCUMENTS, errors.FileNeedsConversion, "另存為 PDF"),
        ("photo.heic", DOCUMENTS, errors.FileNeedsConversion, "最相容"),
        ("essay.docx", DOCUMENTS, errors.FileNeedsConversion, "另存新檔"),
        ("anim.gif", DOCUMENTS, errors.FileNeedsConversion, "另存成 JPG"),
        ("phone.mov", MEDIA, errors.FileNeedsConversion, "MP4"),
        ("memo.m4a", MEDIA, errors.FileNeedsConversion, "MP3"),
        ("tone.wav", MEDIA, errors.FileNeedsConversion, "MP3"),
        ("work.pdf", MEDIA, errors.FileTypeRefused, "文件"),
        ("film.mp4", DOCUMENTS, errors.FileTypeRefused, "影音"),
        ("empty.pdf", DOCUMENTS, errors.FileEmpty, "0 位元組"),
        ("locked.pdf", DOCUMENTS, errors.FileEncrypted, "密碼"),
        ("restricted.pdf", DOCUMENTS, errors.FileEncrypted, "密碼"),
    ],
)
def test_what_is_refused_says_what_to_do(
    samples: Path, name: str, kinds: frozenset[str], refusal: type, word: str
) -> None:
    with pytest.raises(refusal) as caught:
        look(samples / name, kinds)
    assert caught.value.code == refusal.code
    assert caught.value.remedy
    assert word in caught.value.message + caught.value.remedy


@pytest.mark.parametrize("cut", ["half", "short"])
@pytest.mark.parametrize("name", ["work.pdf", "photo.jpg", "drawing.png", "tone.mp3", "film.mp4"])
def test_a_file_that_was_cut_off_is_broken(samples: Path, cut: str, name: str) -> None:
    with pytest.raises(errors.FileBroken):
        look(samples / f"{cut}-{name}")


@pytest.mark.parametrize("name", ["photo.jpg", "drawing.png"])
def test_pillow_told_to_be_lenient_changes_nothing(
    samples: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Importing WeasyPrint tells Pillow to load pictures that were cut off."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(errors.FileBroken):
        look(samples / f"half-{name}")
    assert ImageFile.LOAD_TRUNCATED_IMAGES


def test_a_wrong_byte_in_a_png_is_found(samples: Path, tmp_path: Path) -> None:
    content = bytearray((samples / "drawing.png").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(errors.FileBroken):
        look(tmp_path / "x.png")


def test_the_limit_itself_is_allowed_and_one_byte_more_is_not(tmp_path: Path) -> None:
    limit = 2 * MIB
    at = tmp_path / "work.pdf"
    content = pdf_bytes()
    at.write_bytes(content[:-7] + b"%" * (limit - len(content) - 1) + b"\n" + content[-7:])
    assert at.stat().st_size <= limit
    exact = at.read_bytes()
    exact = exact[:-6] + b"%" * (limit - len(exact)) + exact[-6:]
    at.write_bytes(exact)
    with pytest.raises(errors.FileTooLarge) as caught:
        check.inspect(at, limit + 1, max_bytes=limit, kinds=DOCUMENTS)
    assert "2,097,153" in caught.value.message
    assert "2,097,152" in caught.value.message
    assert caught.value.status == 413
    try:
        check.inspect(at, limit, max_bytes=limit, kinds=DOCUMENTS)
    except errors.FileTooLarge:
        pytest.fail("the limit is inclusive")
    except errors.FileRefused:
        pass  # only the size is of interest here


def _png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * 200), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (100_000, 10), (8_000, 8_000)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(
    tmp_path: Path, width: int, height: int
) -> None:
    at = tmp_path / "bomb.png"
    at.write_bytes(_png(width, height))
    with pytest.raises(errors.FileTooComplex) as caught:
        look(at)
    assert f"{width:,}" in caught.value.message


def test_active_content_is_noted(tmp_path: Path) -> None:
    made = pikepdf.new()
    made.add_blank_page()
    made.Root.OpenAction = pikepdf.Dictionary(
        S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)")
    )
    made.attachments["x.txt"] = b"x"
    made.save(tmp_path / "active.pdf")
    assert look(tmp_path / "active.pdf").detail["active"] == ["attachments", "open_action"]


def test_a_flate_bomb_in_a_pdf_stays_packed(tmp_path: Path) -> None:
    made = pikepdf.new()
    page = made.add_blank_page()
    bomb = zlib.compress(bytes(300 * MIB), 9)
    page.Contents = pikepdf.Stream(made, bomb, Filter=pikepdf.Name.FlateDecode)
    made.save(tmp_path / "bomb.pdf")
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    look(tmp_path / "bomb.pdf")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 100 * 1024


def test_a_tag_that_unpacks_without_end_is_not_read(samples: Path, tmp_path: Path) -> None:
    """ID3v2.3 may hold zlib-packed frames; only the sound frames are looked at."""
    packed = struct.pack(">I", 300 * MIB) + zlib.compress(bytes(300 * MIB), 9)
    frame = b"APIC" + struct.pack(">I", len(packed)) + b"\x00\x80" + packed
    size = len(frame)
    syncsafe = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    music = (samples / "tone.mp3").read_bytes()
    music = music[music.index(b"\xff\xfb") :] if not music.startswith(b"\xff\xfb") else music
    at = tmp_path / "bomb.mp3"
    at.write_bytes(b"ID3\x03\x00\x00" + syncsafe + frame + music)
    assert look(at).kind == "mp3"


def test_a_film_of_a_million_boxes_is_refused(samples: Path, tmp_path: Path) -> None:
    at = tmp_path / "boxes.mp4"
    at.write_bytes((samples / "film.mp4").read_bytes() + b"\x00\x00\x00\x08free" * 300_000)
    with pytest.raises(errors.FileBroken):
        look(at)


def test_messages_are_in_the_readers_language(app: Flask, samples: Path) -> None:
    with pytest.raises(errors.FileEmpty) as caught:
        look(samples / "empty.pdf")
    assert caught.value.message.endswith("。")


def test_a_cut_off_picture_is_broken_also_beside_weasyprint(samples: Path, tmp_path: Path) -> None:
    """Importing WeasyPrint tells Pillow, for the whole process, to let such pictures pass."""
    import weasyprint.images  # noqa: F401

    cut = tmp_path / "cut.jpg"
    whole = (samples / "photo.jpg").read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(errors.FileBroken):
        look(cut)

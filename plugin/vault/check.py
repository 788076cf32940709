"""Is this file what it must be: whole, readable, of an allowed type and size?

Judged by content alone (SPEC §1, Files). Everything here works in bounded memory: pictures within
`MAX_PIXELS`, PDF streams within qpdf's limits, sound and film by their tables only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pikepdf.settings
from flask_babel import gettext as _
from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from forms.sizes import file_size
from plugin.vault import media, remedies, sniff
from plugin.vault.errors import (
    FileBroken,
    FileEmpty,
    FileEncrypted,
    FileNeedsConversion,
    FileTooComplex,
    FileTooLarge,
    FileTypeRefused,
)

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
}
"""Every kind that any form takes."""

MAX_PIXELS = 50_000_000
"""Width × height; decoded at most 200 MB. The largest common telephone camera has 50 million."""

MAX_SIDE = 20_000
MAX_PAGES = 2_000

_pillow_switch = threading.Lock()

_MIB = 1024 * 1024

# Process-wide, so set once: what a hostile PDF may unpack while it is only being looked at.
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=64 * _MIB,
    run_length_max_memory=64 * _MIB,
    png_max_memory=64 * _MIB,
    tiff_max_memory=64 * _MIB,
    dct_max_memory=64 * _MIB,
    doc_max_warnings=200,
)


@dataclass(frozen=True)
class Checked:
    """What a whole file turned out to be.

    :param kind: key of `MEDIA_TYPES`.
    :param detail: facts without personal data: `pages`, `width`, `height`, `seconds`, and
        `active` (scripts, attachments or actions a PDF carries).
    """

    kind: str
    detail: dict[str, object] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]


def inspect(path: Path, size: int, *, max_bytes: int, kinds: Collection[str]) -> Checked:
    """Look into a staged file.

    :param size: bytes that arrived, which may be more than were kept.
    :param max_bytes: the rule's limit, inclusive.
    :param kinds: allowed keys of `MEDIA_TYPES`.
    :raises FileEmpty, FileTooLarge, FileTypeRefused, FileNeedsConversion, FileBroken,
        FileEncrypted, FileTooComplex: with message and remedy for the person.
    """
    if size == 0:
        raise FileEmpty(
            _("這個檔案是空的 (0 位元組)，沒有收下。"),
            remedy=_("請在電腦或手機上打開檔案確認有內容，再上傳一次。"),
        )
    if size > max_bytes:
        raise _too_large(size, max_bytes, kinds)
    with path.open("rb") as stream:
        kind = sniff.kind(stream)
    if kind not in kinds:
        raise _wrong_type(kind, kinds)
    return Checked(kind, _LOOK[kind](path))


def _too_large(size: int, max_bytes: int, kinds: Collection[str]) -> FileTooLarge:
    if {"mp3", "mp4"} & set(kinds):
        remedy = _(
            "請剪短，或降低解析度與位元率後再上傳：用 HandBrake 選「Fast 480p30」，"
            "或用手機剪輯程式輸出 480p。"
        )
    else:
        remedy = _(
            "PDF：重新輸出時選「最小檔案大小」，或將圖片縮小後再輸出。"
            "照片：用「小畫家 → 調整大小」縮到寬 1600 像素左右，另存成 JPG。"
        )
    return FileTooLarge(
        _(
            "檔案太大，沒有收下：這個檔案有 %(size)s (%(bytes)s 位元組)，"
            "上限是 %(limit)s (%(limit_bytes)s 位元組)。",
            size=file_size(size),
            bytes=f"{size:,}",
            limit=file_size(max_bytes),
            limit_bytes=f"{max_bytes:,}",
        ),
        remedy=remedy,
    )


def _wrong_type(kind: str, kinds: Collection[str]) -> FileTypeRefused:
    name, wanted = remedies.found(kind), remedies.allowed(kinds)
    what = (
        _("這個檔案的內容是%(found)s，這裡只收 %(kinds)s。", found=name, kinds=wanted)
        if name
        else _("看不出這個檔案的內容是什麼，這裡只收 %(kinds)s。", kinds=wanted)
    )
    how = remedies.conversion(kind, kinds)
    if how:
        return FileNeedsConversion(what, remedy=how)
    if kind in {"mp3", "mp4"}:
        return FileTypeRefused(what, remedy=_("影音檔請放在「影音」欄位。"))
    if kind in {"pdf", "jpg", "png"}:
        return FileTypeRefused(what, remedy=_("文件與圖片請放在「文件」欄位。"))
    return FileTypeRefused(
        what,
        remedy=_("只改檔名沒有用：請用原來的程式另存成 %(kinds)s 後再上傳。", kinds=wanted),
    )


def _broken(what: str) -> FileBroken:
    return FileBroken(
        _("這個%(what)s檔已損壞或不完整，無法讀到結尾，沒有收下。", what=what),
        remedy=_("請在電腦上打開確認能從頭看到尾，重新輸出或重新下載後再上傳。"),
    )


def _look_pdf(path: Path) -> dict[str, object]:
    try:
        with pikepdf.open(path) as pdf:
            if pdf.is_encrypted:
                raise _encrypted()
            pages = len(pdf.pages)
            warnings = [str(warning) for warning in pdf.get_warnings()]
            active = _active_content(pdf)
    except pikepdf.PasswordError as error:
        raise _encrypted() from error
    except (pikepdf.PdfError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise _broken("PDF") from error
    # qpdf saves what it can of a file that was cut off; half a work is not the work.
    if pages == 0 or (warnings and not _has_end(path)):
        raise _broken("PDF")
    if pages > MAX_PAGES:
        raise FileTooComplex(
            _("這個 PDF 有 %(n)s 頁，超過 %(max)s 頁。", n=pages, max=MAX_PAGES),
            remedy=_("請只留下需要的頁，另存成新的 PDF。"),
        )
    return {"pages": pages, "active": active} if active else {"pages": pages}


def _encrypted() -> FileEncrypted:
    return FileEncrypted(
        _("這個 PDF 有密碼或使用限制，老師與系統無法開啟，沒有收下。"),
        remedy=_("請用原來的程式打開，選「列印 → 另存為 PDF」，或另存時不要設密碼，再上傳。"),
    )


def _has_end(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 2048))
        return b"%%EOF" in stream.read()


def _active_content(pdf: pikepdf.Pdf) -> list[str]:
    root = pdf.Root
    names = root.get("/Names", pikepdf.Dictionary())
    found = {
        "javascript": "/JavaScript" in names,
        "attachments": "/EmbeddedFiles" in names,
        "open_action": _runs_something(root.get("/OpenAction")),
        "actions": "/AA" in root,
    }
    return [name for name, present in found.items() if present]


def _runs_something(action: object) -> bool:
    """Going to a page is harmless; everything else is noted."""
    return isinstance(action, pikepdf.Dictionary) and action.get("/S") != pikepdf.Name.GoTo


def _look_jpg(path: Path) -> dict[str, object]:
    return _look_image(path, JpegImageFile, "JPG")


def _look_png(path: Path) -> dict[str, object]:
    return _look_image(path, PngImageFile, "PNG")


def _look_image(
    path: Path, opener: Callable[..., ImageFile.ImageFile], what: str
) -> dict[str, object]:
    # Opened by its own class: Image.open would warn of large pictures before we can refuse them.
    try:
        with path.open("rb") as stream, opener(stream) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                raise _too_many_pixels(width, height)
            # A JPEG is decoded to its end at an eighth of the size: the same check in 1/64 memory.
            picture.draft("RGB", (max(1, width // 8), max(1, height // 8)))
            with _strictly():
                picture.load()
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise _broken(what) from error
    return {"width": width, "height": height}


@contextmanager
def _strictly() -> Iterator[None]:
    """Pillow refuses a picture that was cut off, whoever else uses Pillow in this process.

    The switch is global, and importing WeasyPrint turns it on for good.
    """
    with _pillow_switch:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _too_many_pixels(width: int, height: int) -> FileTooComplex:
    return FileTooComplex(
        _(
            "這張圖片有 %(w)s × %(h)s 像素，超過可處理的 %(max)s 萬像素，沒有收下。",
            w=f"{width:,}",
            h=f"{height:,}",
            max=f"{MAX_PIXELS // 10_000:,}",
        ),
        remedy=_("請用「小畫家 → 調整大小」或手機的編輯功能縮小後再上傳。"),
    )


def _look_mp3(path: Path) -> dict[str, object]:
    try:
        return {"seconds": round(media.mp3_seconds(path), 1)}
    except media.Unreadable as error:
        raise _broken("MP3") from error


def _look_mp4(path: Path) -> dict[str, object]:
    try:
        return {"seconds": round(media.mp4_seconds(path), 1)}
    except media.Unreadable as error:
        raise _broken("MP4") from error


_LOOK: dict[str, Callable[[Path], dict[str, object]]] = {
    "pdf": _look_pdf,
    "jpg": _look_jpg,
    "png": _look_png,
    "mp3": _look_mp3,
    "mp4": _look_mp4,
}

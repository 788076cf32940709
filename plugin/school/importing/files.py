"""What an uploaded file is, and reading it without trusting it.

Nothing is ever unpacked to disk: members of a ZIP are streams, found by their name in a list of
names that we know. Limits stand on what is really read, not on what a header promises.
"""

from __future__ import annotations

import codecs
import csv
import enum
import io
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from flask_babel import gettext as _

from plugin.school.importing.errors import FileUnreadable

MAX_BYTES = 32 * 1024 * 1024
"""Of an uploaded file."""
MAX_UNPACKED = 256 * 1024 * 1024
"""Of everything in a ZIP or workbook together."""
MAX_MEMBERS = 2_000
MAX_ROWS = 200_000
"""Of one sheet; 3,000 students in 12 courses are 36,000."""
MAX_COLUMNS = 256
MAX_CELL = 32_767
"""Characters that a workbook's cell can hold."""

csv.field_size_limit(MAX_CELL * 4)

_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,7})([0-9]{1,9})"')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="([0-9]{1,9})"')


class Format(enum.StrEnum):
    """What a file turned out to be."""

    WORKBOOK = "xlsx"
    ONEROSTER = "oneroster"
    CSV = "csv"
    PLAN = "txt"


MEDIA_TYPES = {
    Format.WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.ONEROSTER: "application/zip",
    Format.CSV: "text/csv",
    Format.PLAN: "text/plain",
}


def format_of(path: Path, name: str) -> Format:
    """What the content is; the name only tells a list of course codes from a table.

    :raises FileUnreadable: none of those that can be read.
    """
    if path.stat().st_size > MAX_BYTES:
        raise FileUnreadable(
            _("檔案超過 %(most)s MB。", most=MAX_BYTES // 1024 // 1024),
            remedy=_("請分成幾個檔案匯入，或移除檔案內的圖片。"),
        )
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head:
        raise FileUnreadable(_("這個檔案是空的。"), remedy=_("請確認檔案內容後重新上傳。"))
    if head.startswith(b"PK"):
        with opened(path) as archive:
            names = {one.filename for one in archive.infolist()}
        if "[Content_Types].xml" in names and any(one.startswith("xl/") for one in names):
            return Format.WORKBOOK
        if any(Path(one).name.lower() == "manifest.csv" for one in names):
            return Format.ONEROSTER
        raise FileUnreadable(
            _("這個壓縮檔不是 OneRoster 資料，裡面沒有 manifest.csv。"),
            remedy=_("請上傳 OneRoster 1.2 CSV 的 ZIP 檔，或直接上傳 XLSX、CSV 檔。"),
        )
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileUnreadable(
            _("這是舊版 Excel（.xls）或有密碼保護的檔案，無法讀取。"),
            remedy=_("請用 Excel 開啟，移除密碼並另存成「Excel 活頁簿（.xlsx）」後再上傳。"),
        )
    encoding_of(path)
    return Format.PLAN if name.lower().endswith(".txt") else Format.CSV


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """A ZIP whose list of members is sane.

    :raises FileUnreadable: broken, encrypted, with paths that lead out of it, or far too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _ask(archive)
            yield archive
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as error:
        raise FileUnreadable(
            _("這個壓縮檔已損毀，無法讀取。"), remedy=_("請重新產生檔案後再上傳。")
        ) from error


def _ask(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    total = sum(one.file_size for one in members)
    if len(members) > MAX_MEMBERS or total > MAX_UNPACKED:
        raise _bomb()
    seen: set[str] = set()
    for one in members:
        if one.flag_bits & 1:
            raise FileUnreadable(
                _("這個壓縮檔有密碼，無法讀取。"), remedy=_("請移除密碼後再上傳。")
            )
        parts = one.filename.replace("\\", "/").split("/")
        outside = one.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]
        link = stat.S_ISLNK(one.external_attr >> 16)
        if outside or link or one.filename in seen:
            raise FileUnreadable(
                _("這個壓縮檔含有不允許的路徑、連結或重複的檔名。"),
                remedy=_("請重新產生檔案，檔案要放在壓縮檔的最上層。"),
            )
        seen.add(one.filename)


def _bomb() -> FileUnreadable:
    return FileUnreadable(
        _("這個檔案解開後太大，沒有讀取。"),
        remedy=_("一次最多 %(most)s MB，請分成幾個檔案匯入。", most=MAX_UNPACKED // 1024 // 1024),
    )


class Bounded(io.RawIOBase):
    """A member as it is really unpacked: a header that promised less ends the reading."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._left = stream, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise _bomb()
        buffer[: len(data)] = data
        return len(data)


def member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> io.BufferedReader:
    """A member's bytes, at most `MAX_UNPACKED` of them."""
    return io.BufferedReader(Bounded(archive.open(info), MAX_UNPACKED))


def ask_workbook(path: Path) -> None:
    """See that a workbook's sheets have sane edges before a reader makes room for them: one cell in
    the last row and column would ask for 17 thousand million.

    :raises FileUnreadable: a cell beyond the edges.
    """
    with opened(path) as archive:
        for info in archive.infolist():
            if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", info.filename):
                continue
            kept = b""
            with member(archive, info) as stream:
                while chunk := stream.read(1 << 20):
                    text = kept + chunk
                    for letters, row in _CELL.findall(text):
                        if int(row) > MAX_ROWS + 1 or _column(letters) > MAX_COLUMNS:
                            raise _too_far(f"{letters.decode()}{row.decode()}")
                    for row in _ROW.findall(text):
                        # empty rows that only carry a format are in every second school's file
                        if int(row) > 1_048_576:
                            raise _too_far(row.decode())
                    kept = text[text.rfind(b"<") :][-4096:]


def _column(letters: bytes) -> int:
    number = 0
    for one in letters:
        number = number * 26 + one - 64
    return number


def _too_far(cell: str) -> FileUnreadable:
    return FileUnreadable(
        _("工作表的資料超出範圍（儲存格 %(cell)s）。", cell=cell),
        remedy=_(
            "一個工作表最多 %(rows)s 列、%(columns)s 欄。請把資料複製到新的範本再上傳。",
            rows=f"{MAX_ROWS:,}",
            columns=MAX_COLUMNS,
        ),
    )


def encoding_of(path: Path) -> str:
    """The encoding of a text file: UTF-8 with or without mark, UTF-16 with one, else Big5.

    :raises FileUnreadable: none of these.
    """
    with path.open("rb") as stream:
        return _encoding(stream)


def encoding_of_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    """The same of a file in a ZIP."""
    with member(archive, info) as stream:
        return _encoding(stream)


def _encoding(stream: IO[bytes]) -> str:
    head = stream.read(4)
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    names = ("utf-16",) if marked else ("utf-8", "cp950")
    readers = {name: codecs.getincrementaldecoder(name)() for name in names}
    chunk = head
    while chunk and readers:
        if b"\x00" in chunk and not marked:
            readers.clear()
        for name in list(readers):
            try:
                readers[name].decode(chunk)
            except UnicodeDecodeError:
                del readers[name]
        chunk = stream.read(1 << 20)
    for name in list(readers):
        try:
            readers[name].decode(b"", final=True)
        except UnicodeDecodeError:
            del readers[name]
    if "utf-8" in readers:
        return "utf-8-sig"
    if readers:
        return next(iter(readers))
    raise FileUnreadable(
        _("看不懂這個檔案的文字編碼。"),
        remedy=_("請在 Excel 另存成「CSV UTF-8（逗號分隔）」，或改上傳 XLSX 檔。"),
    )


def clean(text: str) -> str:
    """A cell's text: trimmed, NFC, without control characters; one apostrophe that only kept a
    spreadsheet program from reading a formula or a number is taken away."""
    if not text.isprintable():
        text = "".join(one if one.isprintable() else " " for one in text)
    text = text.strip()
    if text.startswith("'"):
        text = text[1:].strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)

"""File names: kept as what people see, never used as a path."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

MAX_BYTES = 255
"""Longest stored name in UTF-8, the limit of the file systems people download to."""

FALLBACK = "未命名"

_INVISIBLE = {"Cc", "Cf", "Cs", "Cn"}
_SPACES = re.compile(r"\s+")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")


def clean(raw: str | None) -> str:
    """The name of an upload as it is stored, shown and offered for download.

    NFC; only the last part of a path; no control, bidirectional or other invisible marks (a name
    must read as it is: with U+202E inside, `exe.gpj` is shown as `jpg.exe`); at most `MAX_BYTES`
    in UTF-8, shortened before the extension. Quotes and the like stay: it is the person's name
    for the work, and never a path.

    :param raw: what the browser sent; may be empty.
    :returns: never empty.
    """
    text = unicodedata.normalize("NFC", (raw or "")[:4096])
    text = re.split(r"[/\\]", text)[-1]
    # Cc control, Cf format (bidi, zero width), Cs lone surrogates, Cn unassigned. Private use (Co)
    # stays: schools still write rare characters of names there.
    text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _INVISIBLE)
    text = _SPACES.sub(" ", text).strip()
    extension = _EXTENSION.search(text)
    suffix = extension.group() if extension else ""
    stem = text[: len(text) - len(suffix)].strip(" .")
    return _shorten(stem or FALLBACK, MAX_BYTES - len(suffix)) + suffix


def disposition(name: str, *, inline: bool = False) -> str:
    """A Content-Disposition header with the name in both forms of RFC 6266 (`filename*`)."""
    stem, dot, extension = name.rpartition(".")
    plain = unicodedata.normalize("NFKD", stem if dot else name)
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", plain.encode("ascii", "ignore").decode())
    plain = plain.strip(" ._") or "file"
    if dot and re.fullmatch(r"[A-Za-z0-9]{1,8}", extension):
        plain = f"{plain}.{extension}"
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _shorten(text: str, limit: int) -> str:
    data = text.encode()
    if len(data) <= limit:
        return text
    cut = data[: limit - len("…".encode())].decode(errors="ignore")
    return cut.rstrip(" .") + "…"

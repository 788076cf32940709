"""Names that are safe in a package on every system that may open it."""

import re
import unicodedata

from reports.errors import UnsafePath

COMPONENT_BYTES = 180
PATH_BYTES = 900
FORBIDDEN = re.compile(
    '[\x00-\x1f\x7f-\x9f"*:<>?|\\\\/\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f'
    "\ud800-\udfff\ufeff\ufffe\uffff]"
)
RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def safe_name(name: str, fallback: str = "檔案") -> str:
    """One path component from what a person called a file.

    NFC; separators, control and direction characters and what Windows refuses become ``_``;
    ``%`` becomes ``％`` (RFC 8493 §2.1.3 escapes it, common validators do not); no blank or dot at
    the ends; at most 180 bytes of UTF-8 with the extension kept.
    """
    clean = FORBIDDEN.sub("_", unicodedata.normalize("NFC", name)).replace("%", "％")
    clean = clean.strip(" ").rstrip(". ")
    if clean.strip("._") == "" and clean != "_":
        clean = fallback
    if RESERVED.match(clean):
        clean = f"_{clean}"
    return _shorten(clean, COMPONENT_BYTES)


def safe_path(path: str) -> str:
    """A relative path with every component made safe; idempotent.

    Raises UnsafePath when it is empty, absolute, climbs (``..``) or is longer than 900 bytes.
    """
    if not path or path.startswith(("/", "\\")) or re.match(r"^[A-Za-z]:", path):
        raise UnsafePath(f"不是相對路徑：{path!r}")
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise UnsafePath(f"路徑含空白段或「..」：{path!r}")
    clean = "/".join(safe_name(part) for part in parts)
    if len(clean.encode()) > PATH_BYTES:
        raise UnsafePath(f"路徑超過 {PATH_BYTES} 位元組：{path[:80]!r}…")
    return clean


class Names:
    """Hands out paths so that no two are equal, even where case does not count."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def settle(self, path: str) -> str:
        """``path`` made safe; ``a.pdf`` becomes ``a (2).pdf`` when it is taken."""
        clean = safe_path(path)
        candidate, key = clean, _key(clean)
        count = self._next.get(key, 2)
        while _key(candidate) in self._taken:
            folder, slash, name = clean.rpartition("/")
            stem, dot, extension = name.rpartition(".")
            if not stem:
                stem, dot, extension = name, "", ""
            mark = f" ({count})"
            room = COMPONENT_BYTES - len(f"{mark}{dot}{extension}".encode())
            candidate = f"{folder}{slash}{_cut(stem, room)}{mark}{dot}{extension}"
            count += 1
        self._next[key] = count
        self._taken.add(_key(candidate))
        return candidate


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore").rstrip(". ")


def _shorten(name: str, size: int) -> str:
    if len(name.encode()) <= size:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > 20:
        return _cut(name, size)
    return f"{_cut(stem, size - len(extension.encode()) - 1)}{dot}{extension}"

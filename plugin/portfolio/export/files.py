"""The files of an export: where their bytes are, whether they are whole, how they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
import structlog
from flask_babel import lazy_gettext as _l

from plugin import db
from plugin.errors import Refusal
from plugin.portfolio.export.thumbnails import DRAWN, Drawing
from plugin.portfolio.export.words import both
from plugin.vault import queries as vault_queries
from plugin.vault import store
from plugin.vault.models import FileState, StoredFile, VaultObject
from reports.dossier import DossierFile, Said
from reports.paths import Names, safe_name

log = structlog.get_logger(__name__)

GONE = _l("這份草稿檔案已逾期刪除，只留下雜湊值。")
DAMAGED = _l("這個檔案目前無法完整讀取，沒有放進匯出檔；學校已收到通知。")
UNDRAWN = _l("第一頁無法製成縮圖，請開啟檔案夾中的原檔。")
FOLDER_POINTS = 40
"""Letters of a title in a folder's name: Windows counts the whole path."""


@dataclass(frozen=True)
class Held:
    """A file whose bytes were read and are what was received."""

    file: StoredFile
    path: Path
    crc32: int
    thumbnail: bytes | None = None


@dataclass(frozen=True)
class Missing:
    """A file that cannot be packed, and why."""

    file: StoredFile
    gone: bool


def check(
    files: Mapping[int, StoredFile],
    drawing: Drawing,
    progress: Callable[[int, int], None],
    *,
    draw: bool = True,
) -> dict[int, Held | Missing]:
    """Read every file once, compare its SHA-256, draw its first page."""
    known = _objects(files)
    found: dict[int, Held | Missing] = {}
    for done, (file_id, file) in enumerate(sorted(files.items()), 1):
        found[file_id] = _checked(file, known.get(file_id), drawing, draw)
        progress(done, len(files))
    return found


def _objects(files: Iterable[int]) -> dict[int, VaultObject]:
    query = (
        sa.select(StoredFile.id, VaultObject)
        .join(VaultObject, StoredFile.object_id == VaultObject.id)
        .where(StoredFile.id.in_(list(files)))
    )
    return dict(db.reading().execute(query).all())


def _checked(
    file: StoredFile, stored: VaultObject | None, drawing: Drawing, draw: bool
) -> Held | Missing:
    if file.state is FileState.PURGED or stored is None:
        return Missing(file, gone=True)
    try:
        path = vault_queries.path(file.sha256, file.size)
        whole = store.digest(path) == file.sha256
    except (Refusal, OSError):
        whole = False
    if not whole:
        log.error("export_file_damaged", file=file.id, sha256=file.sha256)
        return Missing(file, gone=False)
    picture = None
    if draw and file.kind in DRAWN:
        picture = drawing.first_page(path, file.sha256, file.kind)
    return Held(file, path, stored.crc32, picture)


class Shelf:
    """Gives each file its place in the package, once, and remembers what lies where."""

    def __init__(self, found: Mapping[int, Held | Missing], receipts: Mapping[int, str]) -> None:
        self._found = found
        self._receipts = receipts
        self._names = Names()
        self.placed: dict[str, Held] = {}
        """Path in the package → the file."""
        self.missing = 0

    def folder(self, *parts: str) -> str:
        """A folder; the last part is a title of whatever length."""
        *above, last = parts
        return "/".join([*above, safe_name(last[:FOLDER_POINTS].replace("/", "／"))])

    def take(self, file_id: int | None, label: Said, folder: str) -> list[DossierFile]:
        """The file as the dossier tells it, in a list; empty where there is none."""
        one = self._found.get(file_id or 0)
        if one is None:
            return []
        file = one.file
        name = file.name or file.sha256[:12]
        path, problem, picture = "", None, None
        if isinstance(one, Held):
            path = self._names.settle(f"{folder}/{safe_name(name)}")
            self.placed[path] = one
            picture = one.thumbnail
            if picture is None and file.kind in DRAWN:
                problem = both(UNDRAWN)
        else:
            self.missing += 1
            problem = both(GONE if one.gone else DAMAGED)
        return [
            DossierFile(
                label, name, file.kind, file.size, file.sha256, path, problem, picture,
                self._receipts.get(file.id, ""),
            )
        ]  # fmt: skip

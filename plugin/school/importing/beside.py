"""How many rows an import has written, told beside the database.

SQLite has one writer. While an import is written that is the import itself, so its progress cannot
stand in the queue's row; and worker and pages share one machine there, so a file can say it. It
holds one number, goes with the end of the work, and what it says is never relied upon.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app

from plugin.settings import Settings


@contextmanager
def telling(import_id: int) -> Iterator[Path]:
    """A file for the number of rows; gone when the work has ended, well or not."""
    path = _path(import_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        tell(path, 0)
        yield path
    finally:
        path.unlink(missing_ok=True)


def tell(path: Path, rows: int) -> None:
    """So many rows are written; a reader sees this number or the one before."""
    part = path.with_suffix(".part")
    part.write_text(str(rows), encoding="ascii")
    part.replace(path)


def told(import_id: int) -> int:
    """What was told last; 0 where nobody tells."""
    try:
        return int(_path(import_id).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _path(import_id: int) -> Path:
    settings: Settings = current_app.extensions["licheng.settings"]
    return settings.reports / f"import-{import_id}.rows"

"""The ZIP of an export: the viewer, the PDF, the records as data, every file, and the hashes."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from plugin.portfolio.export.files import Held
from reports.atomic import atomic_file
from reports.dossier import Dossier, Entry, Part
from reports.viewer import STYLE, viewer_css, viewer_html
from reports.zipstream import Sink, StoredZip

INDEX, PDF, SUMS, DATA = "index.html", "學習歷程檔案.pdf", "sha256sum.txt", "records.json"


def write(
    target: Path,
    top: str,
    dossier: Dossier,
    pdf: Path,
    placed: Mapping[str, Held],
    progress: Callable[[int, int], None],
) -> None:
    """Write the package; bytes of files go from disk to disk.

    :param top: the one folder that everything lies in.
    :raises SourceChanged: a file is no longer as long as it was when it was checked.
    """
    made = {
        INDEX: viewer_html(dossier, pdf=PDF, sums=SUMS, data=DATA),
        STYLE: viewer_css(),
        DATA: _data(dossier),
    }
    total = sum(one.file.size for one in placed.values()) + pdf.stat().st_size
    moved = 0

    def tell(piece: int) -> None:
        nonlocal moved
        moved += piece
        progress(moved, total)

    with atomic_file(target) as out:
        package = StoredZip(Sink(out), dossier.made_at)
        sums = []
        for name, data in made.items():
            package.begin(f"{top}/{name}", len(data), zlib.crc32(data))
            package.sink.write(data)
            sums.append(_sum(hashlib.sha256(data).hexdigest(), name))
        crc, digest = _read(pdf)
        package.begin(f"{top}/{PDF}", pdf.stat().st_size, crc)
        package.sink.copy(pdf, pdf.stat().st_size, tell)
        sums.append(_sum(digest, PDF))
        for path, one in placed.items():
            package.begin(f"{top}/{path}", one.file.size, one.crc32)
            package.sink.copy(one.path, one.file.size, tell)
            sums.append(_sum(one.file.sha256, path))
        listing = "".join(sums).encode()
        package.begin(f"{top}/{SUMS}", len(listing), zlib.crc32(listing))
        package.sink.write(listing)
        package.close()


def _sum(digest: str, path: str) -> str:
    """As `sha256sum` writes it; safe names hold neither a backslash nor a line break."""
    return f"{digest}  {path}\n"


def _read(path: Path) -> tuple[int, str]:
    crc, digest = 0, hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            crc = zlib.crc32(chunk, crc)
            digest.update(chunk)
    return crc, digest.hexdigest()


def _data(dossier: Dossier) -> bytes:
    said = {
        "title": dossier.title.zh,
        "school": dossier.school_name,
        "name": dossier.person_name,
        "number": dossier.person_number,
        "made_at": dossier.made_at.isoformat(),
        "facts": {label.zh: value.zh for label, value in dossier.facts},
        "parts": [_part(one) for one in dossier.parts],
    }
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def _part(part: Part) -> dict[str, Any]:
    return {
        "key": part.key,
        "name": part.name.zh,
        "stays_in_school": part.inside,
        "records": [_entry(one) for one in part.entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "title": entry.title,
        "caption": entry.caption.zh,
        "state": entry.state.zh,
        "facts": {label.zh: value.zh for label, value in entry.facts},
        "texts": {label.zh: text.zh for label, text in entry.texts if text.zh},
        "history": [one.zh for one in entry.history],
        "files": [
            {
                "what": one.label.zh,
                "name": one.name,
                "path": one.path or None,
                "size": one.size,
                "sha256": one.sha256,
                "receipt": one.receipt or None,
                "problem": one.problem.zh if one.problem else None,
            }
            for one in entry.files
        ],
    }

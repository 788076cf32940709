"""The portfolio as one PDF: cover, contents, a section for each record, its documents' first pages.

Tagged (PDF/UA-1), A4, fonts embedded, a bookmark for each part and record. Pictures come in small
and as JPEG, so that sixty records stay within a worker's memory.
"""

from __future__ import annotations

from pathlib import Path

from reports.atomic import atomic_file
from reports.designed import set_pages
from reports.dossier import Dossier
from reports.manifest.words import file_size, roc_moment

MAX_THUMBNAIL = 400_000
"""Bytes of one picture; a larger one is left out and named."""
JPEG = b"\xff\xd8\xff"


class NotAThumbnail(ValueError):
    """A picture is no JPEG, or too large: whoever makes them keeps to that."""

    code = "report.thumbnail"


def portfolio_pdf(dossier: Dossier) -> bytes:
    """Set the whole dossier; returns the PDF.

    :raises NotAThumbnail: a picture that is none.
    :raises FontMissing, FetchRefused: as every designed page.
    """
    pictures: dict[str, bytes] = {}
    shown: dict[str, list[tuple[object, str]]] = {}
    for entry in dossier.entries:
        lines = shown.setdefault(entry.key, [])
        for number, file in enumerate(entry.files):
            name = ""
            if file.thumbnail is not None:
                if not file.thumbnail.startswith(JPEG) or len(file.thumbnail) > MAX_THUMBNAIL:
                    raise NotAThumbnail(f"{file.name}: {len(file.thumbnail)} bytes")
                name = f"{entry.key}-{number}"
                pictures[name] = file.thumbnail
            lines.append((file, name))
    context = {
        "dossier": dossier,
        "shown": shown,
        "made_at": roc_moment(dossier.made_at),
        "file_size": file_size,
        "lines_of": _paragraphs,
    }
    return set_pages("portfolio.html", context, pictures=pictures)


def write_portfolio_pdf(dossier: Dossier, target: Path) -> None:
    """The same as a file, there whole or not at all."""
    data = portfolio_pdf(dossier)
    with atomic_file(target) as out:
        out.write(data)


def _paragraphs(text: str) -> list[str]:
    """Lines as people broke them; an empty one between paragraphs counts for nothing."""
    return [line for line in text.split("\n") if line.strip()]

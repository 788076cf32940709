"""The application and its documents in one ZIP, ready to be filed on the issuing office's site."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable
from typing import IO

from plugin.certification.models import CertificationCase
from plugin.certification.queries.cases import Filed
from plugin.certification.queries.letters import Paper
from plugin.vault import names
from plugin.vault import queries as vault


def write(case: CertificationCase, files: Iterable[Filed], papers: Iterable[Paper]) -> IO[bytes]:
    """A temporary file with the ZIP, at its beginning; it goes when it is closed.

    Documents are stored, not packed: PDFs hardly shrink, and memory stays small.

    :param papers: of the case; the newest application is the first entry.
    :raises FileDamaged: no copy of a document can be read.
    """
    target = tempfile.TemporaryFile()  # noqa: SIM115  (given to the caller)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        made = next((one.file for one in papers if one.letter.kind == "application"), None)
        if made is not None:
            archive.write(vault.path(made.sha256, made.size), f"00-申請書-{case.number}.pdf")
        for place, one in enumerate(files, 1):
            name = names.clean(f"{place:02}-{one.label}.pdf")
            archive.write(vault.path(one.file.sha256, one.file.size), name)
    target.seek(0)
    return target

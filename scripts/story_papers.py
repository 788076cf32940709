"""What the story's PDFs say, read by other people's tools: pdftotext, qpdf, pikepdf, pyHanko."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from scripts.telling import StoryFailed


def has(file: Path, *words: str) -> None:
    """Its text, as pdftotext reads it, contains these words, and qpdf finds no fault.

    Raises:
        StoryFailed: with its text.
    """
    text = "".join(_run("pdftotext", str(file), "-").split())
    missing = [one for one in words if "".join(one.split()) not in text]
    if missing:
        _fail(f"{file.name} does not print {missing}: {text[:1500]}")
    _run("qpdf", "--check", str(file))


def signed(file: Path) -> None:
    """Its one signature is valid, and nothing was changed since; the key is the office's own.

    Raises:
        StoryFailed: it is not.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    with file.open("rb") as content:
        found = list(PdfFileReader(content).embedded_signatures)
        if len(found) != 1:
            _fail(f"{file.name} has {len(found)} signatures")
        own = ValidationContext(trust_roots=[found[0].signer_cert])
        status = validate_pdf_signature(found[0], own)
        if not (status.intact and status.valid and status.trusted):
            _fail(f"{file.name}: {status.summary()}")


def joined(file: Path, documents: int) -> None:
    """It has more pages than documents, and a bookmark for each.

    Raises:
        StoryFailed: it has not.
    """
    import pikepdf

    with pikepdf.open(file) as document, document.open_outline() as outline:
        marks = len(outline.root) + sum(len(one.children) for one in outline.root)
        if len(document.pages) <= documents or marks < documents:
            _fail(f"{file.name}: {len(document.pages)} pages, {marks} bookmarks")


def address_on(file: Path) -> str:
    """Where a certificate can be verified.

    Raises:
        StoryFailed: it does not say.
    """
    text = "".join(_run("pdftotext", str(file), "-").split())
    place = r"https?://[a-z0-9.:-]+/office/\w+/certification/verify/[A-Za-z0-9_-]{32}"
    found = re.search(place, text)
    if found is None:
        _fail(f"{file.name} does not say where it can be verified: {text[:1500]}")
    assert found is not None
    return found[0]


def _run(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        _fail(f"{argv[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def _fail(why: str) -> None:
    raise StoryFailed(why)

"""The reviewer's dossier: the application and every attachment in one file.

Each document has its bookmark, each page its stamp (case, document, page of document, page of
dossier). A document that cannot be joined is named on a page of its own in its place. Pages are
copied from file to file when the dossier is written, so memory does not grow with the attachments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pikepdf

from reports.atomic import atomic_file
from reports.certification.stamps import LEADING, WIDTH, stamps
from reports.certification.words import long_moment
from reports.designed import set_pages
from reports.manifest.words import file_size

MAX_PAGES = 2_000
"""Of one document; what the vault takes in."""
_FAULTS = (pikepdf.PdfError, OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Attachment:
    """A document to be joined; ``path`` is None where its bytes cannot be had."""

    label: str
    name: str
    path: Path | None
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Joined:
    """What became of it. ``faults``: label of a document → `missing`, `encrypted`, `broken`."""

    pages: int
    faults: dict[str, str]


@dataclass
class _Part:
    """A document of the dossier: its pages, or why there are none."""

    label: str
    name: str
    size: int
    sha256: str
    source: pikepdf.Pdf | None
    pages: int
    fault: str = ""
    first: int = 0
    """Page of the dossier, from 1."""


def write_dossier(
    target: Path,
    application: bytes,
    attachments: Sequence[Attachment],
    *,
    office: str,
    case_number: str,
    applicant: str,
    made_at: datetime,
    progress: Progress | None = None,
) -> Joined:
    """Write the dossier, whole or not at all.

    :param application: the 申請書 as PDF; it comes first, after the contents.
    :param progress: called with pages done and pages in all.
    :raises OSError: the disk would not. :raises FontMissing: a font is not installed.
    """
    tell = progress or _silent
    with ExitStack() as opened:
        first = opened.enter_context(pikepdf.open(BytesIO(application)))
        parts = [_Part("申請書", "", len(application), "", first, len(first.pages))]
        parts += [_opened(one, opened, target.parent) for one in attachments]
        about = {"office": office, "number": case_number, "applicant": applicant}
        about |= {"made_at": long_moment(made_at)}
        contents = _contents(parts, about)
        whole = opened.enter_context(pikepdf.open(BytesIO(contents)))
        # The contents keep their tags; what is joined behind them has none that could be told.
        total = len(whole.pages) + sum(one.pages for one in parts)
        for one in parts:
            source = one.source
            if source is None:
                source = opened.enter_context(pikepdf.open(BytesIO(_stand_in(one, about))))
            for page in source.pages:
                whole.pages.append(page)
                _tame(whole.pages[-1], whole)
        _stamp(whole, parts, case_number, total, tell)
        _outline(whole, parts)
        with whole.open_metadata() as metadata:
            metadata["dc:title"] = f"{case_number} 審查卷"
        with atomic_file(target) as out:
            whole.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    tell(total, total)
    return Joined(total, {one.label: one.fault for one in parts if one.fault})


def _opened(one: Attachment, opened: ExitStack, folder: Path) -> _Part:
    """The document, ready to be joined, or what is wrong with it."""
    part = _Part(one.label, one.name, one.size, one.sha256, None, 1)
    if one.path is None or not one.path.is_file():
        part.fault = "missing"
        return part
    try:
        source = opened.enter_context(pikepdf.open(one.path))
        if source.is_encrypted:
            part.fault = "encrypted"
            return part
        if source.check_pdf_syntax():
            source = _mended(source, opened, folder)
        pages = len(source.pages)
        if not 0 < pages <= MAX_PAGES:
            raise ValueError("pages")
        for page in source.pages:
            _ = page.mediabox, page.obj.get("/Resources")
        if "/AcroForm" in source.Root:
            source.flatten_annotations("screen")
    except pikepdf.PasswordError:
        part.fault = "encrypted"
    except _FAULTS:
        part.fault = "broken"
    else:
        part.source, part.pages = source, pages
    return part


def _mended(source: pikepdf.Pdf, opened: ExitStack, folder: Path) -> pikepdf.Pdf:
    """The same document written anew: qpdf mends what is only untidy.

    :raises ValueError: something is still wrong with it.
    """
    again = folder / f"mended-{id(source)}.pdf"
    opened.callback(again.unlink, missing_ok=True)
    source.save(again)
    mended = opened.enter_context(pikepdf.open(again))
    if mended.check_pdf_syntax():
        raise ValueError("cannot be mended")
    return mended


def _tame(page: pikepdf.Page, whole: pikepdf.Pdf) -> None:
    """Nothing of a document runs or points out of the dossier; its tags end here."""
    for name in ("/AA", "/StructParents", "/Tabs", "/B"):
        if name in page.obj:
            del page.obj[name]
    if "/Annots" in page.obj:
        kept = [one for one in page.obj.Annots if _harmless(one)]
        page.obj.Annots = whole.make_indirect(pikepdf.Array(kept))


def _harmless(one: pikepdf.Object) -> bool:
    try:
        kind = str(one.get("/Subtype", ""))
        has_more = any(name in one for name in ("/A", "/AA", "/Dest", "/Parent", "/StructParent"))
    except (ValueError, TypeError, AttributeError):
        return False
    return kind in {"/Highlight", "/Underline", "/StrikeOut", "/Stamp", "/FreeText", "/Ink",
                    "/Square", "/Circle", "/Line"} and not has_more  # fmt: skip


def _contents(parts: Sequence[_Part], about: dict[str, str]) -> bytes:
    """The page that lists what follows; set again when it takes more than one page itself."""
    pages = 1
    while True:
        at = pages + 1
        for one in parts:
            one.first = at
            at += one.pages
        context = {
            "parts": parts,
            "total": at - 1,
            "title": f"{about['number']} 審查卷目錄",
            "foot": "",
            "file_size": file_size,
            "faults": FAULTS,
            **about,
        }
        data = set_pages("certification/contents.html", context)
        with pikepdf.open(BytesIO(data)) as found:
            if len(found.pages) == pages:
                return data
            pages = len(found.pages)


FAULTS = {
    "missing": "檔案目前無法讀取",
    "encrypted": "檔案有密碼或使用限制，無法併入",
    "broken": "檔案已損壞或不完整，無法併入",
}


def _stand_in(one: _Part, about: dict[str, str]) -> bytes:
    """The page in the place of a document that could not be joined."""
    context = {
        "part": one,
        "title": one.label,
        "foot": "",
        "fault": FAULTS[one.fault],
        "file_size": file_size,
        **about,
    }
    return set_pages("certification/stand_in.html", context, variant=None)


def _stamp(
    whole: pikepdf.Pdf, parts: Sequence[_Part], number: str, total: int, tell: Progress
) -> None:
    """Every page says what it is, at its upper edge as it is read."""
    lines = [
        (f"{number}　{label}", f"{label_page}　全卷 {at} / {total}")
        for at, (label, label_page) in enumerate(_pages(parts), parts[0].first)
    ]
    with pikepdf.open(BytesIO(stamps(lines))) as made:
        for at, page in enumerate(whole.pages):
            if at + 1 < parts[0].first:
                continue
            stamp = whole.copy_foreign(made.pages[at + 1 - parts[0].first].as_form_xobject())
            _put(whole, page, stamp)
            if at % 20 == 0:
                tell(at, total)


def _pages(parts: Sequence[_Part]) -> Iterator[tuple[str, str]]:
    for order, one in enumerate(parts):
        label = one.label if order == 0 else f"附件 {order}　{one.label}"
        for page in range(1, one.pages + 1):
            yield label, f"第 {page} 頁，共 {one.pages} 頁"


def _put(whole: pikepdf.Pdf, page: pikepdf.Page, stamp: pikepdf.Object) -> None:
    """Draw a stamp along the edge that is above when the page is looked at."""
    left, low, right, high = (float(side) for side in page.cropbox)
    turned = _turned(page)
    across = (right - left) if turned in (0, 180) else (high - low)
    scale = min(1.6, max(0.4, across / WIDTH))
    deep = LEADING * scale
    area = {
        0: (left, high - deep, right, high),
        90: (left, low, left + deep, high),
        180: (left, low, right, low + deep),
        270: (right - deep, low, right, high),
    }.get(turned, (left, high - deep, right, high))
    name = page.add_resource(stamp, pikepdf.Name.XObject)
    place = page.calc_form_xobject_placement(
        stamp,
        name,
        pikepdf.Rectangle(*area),
        invert_transformations=True,
        allow_shrink=True,
        allow_expand=True,
    )
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(b"\nQ\n/Artifact BMC\n" + place + b"\nEMC\n")


def _turned(page: pikepdf.Page) -> int:
    """Degrees clockwise by which the page is turned when it is looked at."""
    one: pikepdf.Object | None = page.obj
    while one is not None:
        if "/Rotate" in one:
            return int(one["/Rotate"]) % 360
        one = one.get("/Parent")
    return 0


def _outline(whole: pikepdf.Pdf, parts: Sequence[_Part]) -> None:
    with whole.open_outline() as outline:
        outline.root.clear()
        outline.root.append(pikepdf.OutlineItem("目錄", 0))
        for order, one in enumerate(parts):
            label = one.label if order == 0 else f"附件 {order}　{one.label}"
            if one.fault:
                label += "（未併入）"
            outline.root.append(pikepdf.OutlineItem(label, one.first - 1))
    whole.Root.PageMode = pikepdf.Name.UseOutlines


def _silent(_done: int, _total: int) -> None:
    """Nobody asked how far it is."""

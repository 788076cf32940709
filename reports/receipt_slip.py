"""The slip of a student's 收訖明細: what was handed in and received, what the student said;
one student's, or those of a class in one paper."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from reports.designed import qr_svg, set_pages
from reports.manifest.words import file_size, roc_moment


@dataclass(frozen=True)
class SlipFile:
    """A file of an item: name, bytes, SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class SlipLine:
    """One handed-in item; ``received`` says what the central side has of it."""

    section: str
    group: str
    title: str
    files: tuple[SlipFile, ...] = ()
    received: str = ""


@dataclass(frozen=True)
class SlipDispute:
    """One dispute with its answer, in words."""

    item: str
    reason: str
    text: str
    at: datetime.datetime
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime.datetime | None = None


@dataclass(frozen=True)
class ReceiptSlip:
    """The sheet of one student; ``state`` is how it stands, ``central`` a sentence or nothing."""

    number: str
    school_name: str
    academic_year: int
    version: int
    class_name: str
    seat: str
    student_number: str
    student_name: str
    frozen_at: datetime.datetime
    made_at: datetime.datetime
    state: str
    verify_url: str
    lines: tuple[SlipLine, ...]
    disputes: tuple[SlipDispute, ...] = ()
    central: str = ""

    @property
    def sections(self) -> dict[str, list[SlipLine]]:
        """The lines under their headings, as they come."""
        found: dict[str, list[SlipLine]] = {}
        for line in self.lines:
            found.setdefault(line.section, []).append(line)
        return found


def receipt_slips_pdf(slips: Sequence[ReceiptSlip]) -> bytes:
    """One tagged PDF with each slip on pages of its own under a bookmark of its own.

    Raises ValueError when there is none, FontMissing, FetchRefused.
    """
    if not slips:
        raise ValueError("no slip to print")
    first = slips[0]
    about = first.number if len(slips) == 1 else first.class_name
    # the slips of a class are mostly of one submission: one picture for all that name it
    codes = {url: f"qr-{n}" for n, url in enumerate(dict.fromkeys(s.verify_url for s in slips))}
    context = {
        "codes": codes,
        "slips": slips,
        "title": f"{first.school_name} 學習歷程檔案收訖明細 {about}",
        "roc_moment": roc_moment,
        "file_size": file_size,
    }
    pictures = {name: qr_svg(url) for url, name in codes.items()}
    return set_pages("receipt_slip.html", context, pictures=pictures)

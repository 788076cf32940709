"""The slip of a student's 收訖明細: what was handed in and received, what the student said."""

import datetime
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


def receipt_slip_pdf(slip: ReceiptSlip) -> bytes:
    """A tagged PDF.  Raises FontMissing, FetchRefused."""
    sections: dict[str, list[SlipLine]] = {}
    for line in slip.lines:
        sections.setdefault(line.section, []).append(line)
    context = {
        "slip": slip,
        "sections": sections,
        "roc_moment": roc_moment,
        "file_size": file_size,
    }
    return set_pages("receipt_slip.html", context, pictures={"qr": qr_svg(slip.verify_url)})

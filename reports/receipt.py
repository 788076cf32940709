"""The receipt 收訖單 of what the vault took in, one A4 page with a QR code."""

from dataclasses import dataclass, field
from datetime import datetime

from reports.designed import qr_svg, set_pages
from reports.manifest.words import file_size, roc_moment


@dataclass(frozen=True)
class ReceiptFile:
    """One file received: name as given, kind as found by content, bytes, SHA-256 in hex."""

    name: str
    kind: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Receipt:
    """What is confirmed to whom.  ``received_at`` and ``expires_at`` (drafts) are aware.

    ``copies`` is how many copies were written when it was issued; ``facts`` are further lines;
    ``signature`` is the printable signature of the vault.
    """

    number: str
    school_name: str
    person_name: str
    received_at: datetime
    verify_url: str
    purpose: str
    copies: int
    files: tuple[ReceiptFile, ...] = ()
    person_number: str = ""
    class_name: str = ""
    seat: str = ""
    subject: str = ""
    signature: str = ""
    expires_at: datetime | None = None
    facts: tuple[tuple[str, str], ...] = field(default=())
    title: str = "學習歷程檔案收訖單"


def receipt_pdf(receipt: Receipt) -> bytes:
    """The receipt as a tagged PDF.  Raises FontMissing, FetchRefused."""
    files = [
        {
            "name": file.name,
            "kind": file.kind,
            "size": file_size(file.size),
            "sha256": file.sha256,
        }
        for file in receipt.files
    ]
    context = {
        "receipt": receipt,
        "files": files,
        "received_at": roc_moment(receipt.received_at),
        "expires_at": roc_moment(receipt.expires_at) if receipt.expires_at else "",
        "copies": "一份" if receipt.copies == 1 else f"{receipt.copies} 份（分存不同位置）",
    }
    return set_pages("receipt.html", context, pictures={"qr": qr_svg(receipt.verify_url)})

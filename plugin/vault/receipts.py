"""Receipts 收訖: what a person can show, and how anybody can check it."""

from __future__ import annotations

import json
import secrets as random
from datetime import datetime

from plugin import clock, secrets
from plugin.vault.models import Receipt, ReceiptKind, StoredFile

PURPOSE = "receipt"
CODE_LENGTH = 16
"""Hexadecimal digits of the signature that are printed: 64 bits, asked for on line only."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def make(file: StoredFile, kind: ReceiptKind, at: datetime, copies: int) -> Receipt:
    """A signed receipt for a file whose bytes are on disk; the caller stores it."""
    receipt = Receipt(
        number=_number(at),
        file=file,
        kind=kind,
        issued_at=at,
        expires_at=file.expires_at if kind == ReceiptKind.DRAFT else None,
        sha256=file.sha256,
        size=file.size,
        media_type=file.media_type,
        copies=copies,
    )
    receipt.signature = secrets.sign(PURPOSE, _said(receipt))
    return receipt


def code(receipt: Receipt) -> str:
    """The verification code as printed: `1a2b-3c4d-…`."""
    digits = receipt.signature[:CODE_LENGTH]
    return "-".join(digits[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def genuine(receipt: Receipt, given: str) -> bool:
    """Whether `given` is the code (or whole signature) and the row still says what was signed."""
    digits = "".join(c for c in given.lower() if c in "0123456789abcdef")
    if len(digits) < CODE_LENGTH:
        return False
    true = secrets.sign(PURPOSE, _said(receipt))
    return true == receipt.signature and random.compare_digest(true[: len(digits)], digits)


def _said(receipt: Receipt) -> bytes:
    def instant(value: datetime | None) -> str | None:
        return value.isoformat(timespec="microseconds") if value else None

    return json.dumps(
        [
            receipt.number,
            receipt.kind,
            instant(receipt.issued_at),
            instant(receipt.expires_at),
            receipt.sha256,
            receipt.size,
            receipt.media_type,
            receipt.copies,
        ],
        separators=(",", ":"),
    ).encode()


def _number(at: datetime) -> str:
    day = at.astimezone(clock.TAIPEI).strftime("%Y%m%d")
    return f"{day}-" + "".join(random.choice(_ALPHABET) for _ in range(10))

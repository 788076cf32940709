"""What an applicant says of a payment: when, from which account, with which proof."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from plugin.certification.models import FeeNotice

SLOT = "certification.claim"
KINDS = ("pdf", "jpg")


@dataclass(frozen=True)
class Claim:
    """As it was typed."""

    paid_on: date
    last_five: str
    words: str


def read(notice: FeeNotice) -> Claim | None:
    """What is claimed of a notice now; None: nothing."""
    if notice.claimed_at is None or not notice.claim_words:
        return None
    kept = json.loads(notice.claim_words)
    return Claim(date.fromisoformat(kept["paid_on"]), kept["last_five"], kept["words"])


def forget(notice: FeeNotice) -> None:
    """The claim is taken back, or doubted."""
    notice.claimed_at, notice.claim_file_id, notice.claim_words = None, None, ""

"""What the vault tells the other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from blinker import signal

drafts_expiring = signal("vault.drafts_expiring")
"""Sent with `files`, a tuple of `Expiring`, inside the transaction that marks them as told:
a receiver writes its mail into the outbox there."""


@dataclass(frozen=True)
class Expiring:
    """A draft that will be purged; its owner must hear of it first."""

    file_id: int
    school_id: int
    owner_id: int | None
    name: str
    expires_at: datetime

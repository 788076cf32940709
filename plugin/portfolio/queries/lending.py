"""Whether a submission's files are lent to whoever gets its workbooks."""

from __future__ import annotations

from plugin import db
from plugin.vault import queries as vault
from plugin.vault.models import FileLending


def subject(submission_id: int) -> str:
    """What the vault knows the lending by."""
    return f"submission:{submission_id}"


def lending(submission_id: int) -> FileLending | None:
    """The lending of a submission; None where the workbooks name paths in the package."""
    return vault.lending(subject(submission_id))


def of(submission_id: int) -> int | None:
    """Its id; asked once a session, however many rows are written."""
    known: dict[int, int | None] = db.reading().info.setdefault("submission_lending", {})
    if submission_id not in known:
        found = lending(submission_id)
        known[submission_id] = found.id if found else None
    return known[submission_id]

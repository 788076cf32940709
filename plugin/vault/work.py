"""What the vault does by itself: read everything in turn, warn, purge, clear the staging folder."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from plugin import retention, tenancy, uploads
from plugin.jobs import Run
from plugin.schedule import recurring
from plugin.vault import operations, previews, store


@recurring("vault.sweep", every=timedelta(hours=1))
@tenancy.across("whose a damaged object is, in whatever school")
def sweep(run: Run) -> dict[str, Any]:
    """Read to the end whatever has not been read for a day; heal what is wrong."""
    retried = operations.retry_damaged()
    read = wrong = 0
    while True:
        now_read, now_wrong = operations.sweep()
        if not now_read:
            return {"read": read, "wrong": wrong, "retried": retried}
        read, wrong = read + now_read, wrong + now_wrong
        run.progress(read, read + 1)


@recurring(
    "vault.purge",
    every=timedelta(hours=1),
    ends=("draft_file", "exchange_part", "export", "download", "import_file", "import_faults"),
)
@tenancy.across("drafts end in every school")
def purge(_run: Run) -> dict[str, Any]:
    """Warn of drafts that end soon, end those whose time is over, remove their bytes."""
    rows = retention.of_files()
    return {
        "warned": operations.warn_expiring(rows),
        "purged": operations.purge_expired(rows),
        "removed": operations.remove_purged(),
    }


@recurring("vault.tidy", every=timedelta(hours=1), ends=("staging", "preview"))
def tidy(_run: Run) -> dict[str, Any]:
    """Clear what killed processes left in the staging folder, and old preview pictures."""
    folder, staged = uploads.staging(), retention.row("staging")
    limit = time.time() - staged.period.total_seconds()
    return {
        "staged": uploads.sweep(folder, staged),
        "incoming": sum(place.tidy(limit) for place in store.copies()),
        "previews": previews.sweep(folder, retention.row("preview")),
    }

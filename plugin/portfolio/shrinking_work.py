"""The queue makes documents smaller, and forgets those that nobody took."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from plugin import jobs, retention, schedule, tenancy
from plugin.portfolio.operations import shrinking as operations


@jobs.handles(operations.SHRINK)
def shrink(run: jobs.Run) -> dict[str, Any]:
    """One document; done anew from the start after a kill."""
    run.progress(0, 1)
    operations.make(run.actor, int(run.args["offer_id"]))
    return {}


@schedule.recurring("outcome.shrink_tidy", every=timedelta(hours=1), ends=(operations.ROW,))
@tenancy.across("refused files are forgotten in every school")
def tidy(_run: jobs.Run) -> dict[str, Any]:
    """Forget refused files that nobody took."""
    return {"gone": operations.tidy(retention.row(operations.ROW))}

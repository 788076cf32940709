"""Recurring work of the entrance."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from plugin import clock, retention, schedule, tenancy
from plugin.entrance.operations import installing, launching
from plugin.jobs import Run


@schedule.recurring(
    "entrance.purge",
    every=timedelta(hours=1),
    ends=("login", "session", "launch_log", "refusal_tally"),
)
@tenancy.across("what is over is forgotten in every school")
def purge(run: Run) -> dict[str, Any]:
    """Forget logins and sessions that are over."""
    return {"gone": launching.purge(clock.now(), retention.row)}


@schedule.recurring("entrance.rotate_keys", every=timedelta(days=1), ends=("tool_key",))
def rotate_keys(run: Run) -> None:
    """Keep our key set in order."""
    installing.rotate_keys()

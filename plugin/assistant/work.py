"""Recurring work of the conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from plugin import retention, schedule, tenancy
from plugin.assistant import operations
from plugin.jobs import Run


@schedule.recurring("assistant.purge", every=timedelta(days=1), ends=("conversation",))
@tenancy.across("what is old is forgotten in every school")
def purge(run: Run) -> dict[str, Any]:
    """Forget old conversations."""
    return {"gone": operations.purge(retention.row("conversation"))}

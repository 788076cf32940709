"""What the clock does with drafts of applications."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from plugin import schedule, tenancy
from plugin.certification.operations import purging
from plugin.jobs import Run


@schedule.recurring("certification.drafts", every=timedelta(hours=1), ends=("application_draft",))
@tenancy.across("drafts of applications end in every school")
def end_drafts(_run: Run) -> dict[str, Any]:
    """Warn of drafts that go soon, end those whose time is over."""
    return {"warned": purging.warn(), "ended": purging.purge()}

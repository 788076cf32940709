"""The school's recurring work: reminding of closings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from plugin import jobs, schedule, tenancy
from plugin.school.operations import reminding


@schedule.recurring("calendar.remind", every=timedelta(hours=1))
@tenancy.across("windows close in every school at their own times")
def remind(run: jobs.Run) -> dict[str, Any]:
    """Who still must act hears of it, on the days that the school's rule names."""
    return {"told": reminding.remind()}

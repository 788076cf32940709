"""Certification's scheduled work: clocks that warn and lapse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from plugin import jobs, schedule, tenancy
from plugin.certification.operations import lapsing


@schedule.recurring("certification.clocks", every=timedelta(minutes=15))
@tenancy.across("periods of cases end in every office at their own times")
def run_clocks(_run: jobs.Run) -> dict[str, Any]:
    """Warn before a period ends, act once after (`operations.lapsing`)."""
    return {**lapsing.sweep()}

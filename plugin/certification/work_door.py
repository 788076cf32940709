"""Background work of the public door, and how a new office begins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from plugin import clock, retention, schedule, tenancy
from plugin.actor import system
from plugin.certification.operations import door_counts, pages
from plugin.jobs import Run
from plugin.school import queries as school
from plugin.school.models import SchoolKind
from plugin.trail import events


@schedule.recurring(
    "certification.door", every=timedelta(hours=1), ends=("entry_code", "door_mark")
)
@tenancy.across("what is over is forgotten in every office")
def purge(run: Run) -> dict[str, Any]:
    """Forget codes and counts that are over."""
    rows = retention.row("entry_code"), retention.row("door_mark")
    return {"gone": door_counts.purge(clock.now(), *rows)}


@events.school_created.connect
def _first_texts(_sender: object, *, school_id: int, **_more: object) -> None:
    """A new office's public area is not empty."""
    with tenancy.within(school_id):
        if school.school(school_id).kind is SchoolKind.ISSUING_OFFICE:
            pages.put_first_texts(system(school_id))

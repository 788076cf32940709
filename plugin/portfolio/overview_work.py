"""Background work of the overviews."""

from __future__ import annotations

from typing import Any

from plugin import jobs
from plugin.portfolio.export import work  # noqa: F401  (registers the export)
from plugin.portfolio.operations import reminding


@jobs.handles(reminding.SEND)
def remind(run: jobs.Run) -> dict[str, Any]:
    """Remind those of the school who still must act."""
    done = reminding.work(run)
    return {"told": done.told, "already": done.already}

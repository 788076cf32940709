"""What both pages of a student's selection show of the calendar, the batch and the registry."""

from __future__ import annotations

from typing import Any

from plugin.actor import Actor
from plugin.portfolio.models import Selection, SelectionKind
from plugin.portfolio.queries import holding
from plugin.portfolio.views._shared import banner_of
from plugin.school import batches


def standing(
    actor: Actor, year: int, kind: SelectionKind, selection: Selection | None
) -> dict[str, Any]:
    """Arguments of the template: `banner`, `open`, `locked_at`, `batch`, `hold`, `fixed`."""
    assert actor.school_id is not None
    assert actor.person_id is not None
    found = holding.standing(actor.school_id, actor.person_id, year)
    period = found.period
    return {
        "banner": banner_of(period) if period is not None else None,
        "open": found.open,
        "locked_at": selection.locked_at if selection else None,
        "batch": batches.LABELS[found.batch] if found.batch.place else "",
        "hold": found.hold if found.locked or found.opened else None,
        "held": found.locked,
        "fixed": found.fixed_of(kind),
    }

"""What the pages of the submission have in common."""

from __future__ import annotations

from flask import current_app, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from forms.deadline import Deadline
from plugin import clock
from plugin.actor import Actor
from plugin.portfolio.models import SelectionKind
from plugin.school import batches, windows
from plugin.school.batches import Batch
from plugin.school.models import WindowKind
from plugin.school.windows import Period

RECORDS = {
    SelectionKind.OUTCOME: _l("課程學習成果"),
    SelectionKind.EXPERIENCE: _l("多元表現"),
}


def window(actor: Actor, year: int, batch: Batch) -> Period | None:
    """When a batch is submitted."""
    assert actor.school_id is not None
    return batches.window(actor.school_id, WindowKind.SUBMISSION, year, batch)


def banner(found: Period | None) -> Deadline | None:
    """A window as its banner shows it."""
    if found is None:
        return None
    return Deadline(windows.title(found), found.closes_at, clock.now(), found.opens_at)


def is_open(found: Period | None) -> bool:
    """Whether it is open now."""
    return found is not None and windows.open_at(found, clock.now())


def refreshed() -> Response:
    """What the progress bar is told when there is nothing to wait for: show the page anew."""
    answer = current_app.make_response("")
    answer.headers["HX-Refresh"] = "true"
    return answer


def record_kind() -> SelectionKind | None:
    """The kind of `?record=`; None for both."""
    asked = request.args.get("record")
    return SelectionKind(asked) if asked in set(SelectionKind) else None

"""Background work of meetings: carrying out what was resolved."""

from __future__ import annotations

from typing import Any

from flask_babel import force_locale

from plugin import jobs
from plugin.certification.operations import meeting_closing


@jobs.handles(meeting_closing.CLOSE)
def close(run: jobs.Run) -> dict[str, Any]:
    """Carry the resolutions out, from where the last worker stopped."""
    with force_locale("zh_Hant_TW"):  # the minutes and the reasons are papers of the office
        return {**meeting_closing.carry_out(run.actor, int(run.args["meeting_id"]), run.progress)}

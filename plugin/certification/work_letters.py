"""Background work of the papers: letters, applications, dossiers, the table of hours joined."""

from __future__ import annotations

from typing import Any

from plugin import jobs
from plugin.certification.operations import letters


@jobs.handles(letters.BUILD)
def letter(run: jobs.Run) -> dict[str, Any]:
    """The PDF of one paper."""
    file_id = letters.build(run, int(run.args["letter_id"]))
    return {"file_id": file_id} if file_id else {}

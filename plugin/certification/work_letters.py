"""Background work of the papers: letters, applications, dossiers, the table of hours joined."""

from __future__ import annotations

from typing import Any

from plugin import jobs
from plugin.certification.operations import hours_paper, letters


@jobs.handles(letters.BUILD)
def letter(run: jobs.Run) -> dict[str, Any]:
    """The PDF of one paper."""
    file_id = letters.build(run, int(run.args["letter_id"]))
    return {"file_id": file_id} if file_id else {}


@jobs.handles(hours_paper.BUILD)
def hours_table(run: jobs.Run) -> dict[str, Any]:
    """A person's table of hours, its proofs joined."""
    args = run.args
    hours_paper.build(run, int(args["paper_id"]), str(args["key"]), str(args["at"]))
    return {}

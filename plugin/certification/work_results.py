"""Background work of the results: the certificates' PDFs, reminders of renewal."""

from __future__ import annotations

from typing import Any

from plugin import jobs
from plugin.certification.operations import certificate_paper, certifying


@jobs.handles(certifying.PRINT)
def print_certificate(run: jobs.Run) -> dict[str, Any]:
    """The PDF of one certificate."""
    assert run.school_id is not None
    file_id = certificate_paper.make(run.school_id, int(run.args["certificate_id"]))
    return {"file_id": file_id} if file_id else {}

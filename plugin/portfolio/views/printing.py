"""Slips of a class in the queue: how far the printing is, then the paper."""

from __future__ import annotations

from flask import abort, render_template, request
from werkzeug.wrappers import Response

from plugin import jobs, web
from plugin.portfolio.views.submitting import _shown
from plugin.vault import links
from plugin.vault import queries as vault_queries


def printed(job_id: int, kind: str, template: str) -> Response | str:
    """The page of a job of this kind that the actor asked for.

    :raises NotFound: somebody else's job, or none; 404 for one of another kind.
    """
    actor = web.current_actor()
    job = jobs.find(actor, job_id)
    if job.kind != kind:
        abort(404)
    over = job.state in {jobs.JobState.DONE, jobs.JobState.FAILED}
    if request.headers.get("HX-Request") and over:
        return _shown.refreshed()
    result = job.result if job.state is jobs.JobState.DONE else {}
    file = vault_queries.find(actor, result["file_id"]) if result else None
    return render_template(
        template,
        job=job,
        result=result,
        address=links.url(file, actor) if file else "",
        refresh_seconds=None if over else 5,
    )

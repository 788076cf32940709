"""Papers of a case: asked for, waited for, opened."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from plugin import jobs, web
from plugin.certification import policy
from plugin.certification.operations import letters as operations
from plugin.certification.queries import letters as queries
from plugin.vault import links
from plugin.web import Route


def letter(letter_id: int) -> Response | str:
    """One paper: its file as soon as there is one, until then how far it is.

    The progress bar asks for this same page and takes only itself out of it.
    """
    actor = web.current_actor()
    paper, case, job = queries.seen(actor, letter_id)
    failed = job is not None and job.state is jobs.JobState.FAILED
    waiting = paper.file is None and not paper.expired and not failed
    if request.headers.get("HX-Request") and not waiting:
        answer = current_app.make_response("")
        answer.headers["HX-Refresh"] = "true"
        return answer
    return render_template(
        "certification/letters_one.html",
        letter=paper.letter,
        name=operations.NAMES[paper.letter.kind],
        case=case,
        file=paper.file,
        url=links.url(paper.file, actor) if paper.file is not None else "",
        page=links.page_url(paper.file, actor, 1) if paper.file is not None else "",
        expired=paper.expired,
        failed=failed,
        job=job,
        waiting=waiting,
        again=paper.letter.kind in operations.ON_DEMAND,
        refresh_seconds=5 if waiting else None,
    )


def ask_letter(case_id: int, kind: str) -> Response:
    """Have the application or the dossier made; then wait for it."""
    made = operations.ask(web.current_actor(), case_id, kind)
    return redirect(url_for("certification.letter", letter_id=made.id))


routes = [
    Route("/certification/letters/<int:letter_id>", letter, policy.applicants),
    Route(
        "/certification/cases/<int:case_id>/papers/<any(application,dossier):kind>",
        ask_letter,
        policy.applicants,
        ("POST",),
    ),
]

"""Papers of a case: asked for, waited for, opened."""

from __future__ import annotations

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import jobs, web
from plugin.actor import Actor
from plugin.certification import application_paper, letterhead, policy
from plugin.certification.forms.letterhead import LetterheadForm
from plugin.certification.models import CertificationCase
from plugin.certification.operations import letterhead as heads
from plugin.certification.operations import letters as operations
from plugin.certification.queries import letters as queries
from plugin.errors import Refusal
from plugin.school import queries as schools
from plugin.vault import links, names
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
        back=_back(actor, case),
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


def _back(actor: Actor, case: CertificationCase) -> str:
    """The page of the case as this person has it; "" for reviewers, who come from elsewhere."""
    if policy.handles(actor, case):
        return url_for("certification.office_case", case_id=case.id)
    return url_for("certification.case", case_id=case.id) if policy.stands(actor, case) else ""


def ask_letter(case_id: int, kind: str) -> Response:
    """Have the application or the dossier made; then wait for it."""
    made = operations.ask(web.current_actor(), case_id, kind)
    return redirect(url_for("certification.letter", letter_id=made.id))


def experience_form(case_id: int) -> Response:
    """The blank proof of experience, with the person's data, to be signed by the principal.

    One page, set at once: nothing of it is kept.
    """
    actor = web.current_actor()
    case = queries.with_experience(actor, case_id)
    answer = make_response(application_paper.experience_form(actor, case))
    answer.mimetype = "application/pdf"
    name = _("環境教育推動經歷證明文件")
    answer.headers["Content-Disposition"] = names.disposition(f"{case.number}-{name}.pdf")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def letterhead_edit() -> Response:
    """What stands on every letter of the office, and how one pays."""
    actor = web.current_actor()
    form = LetterheadForm()
    if request.method == "POST" and form.validate():
        try:
            heads.set_letterhead(actor, form.head())
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": refusal.message})
        else:
            flash(_("已儲存；之後寄發的公文會使用新的內容。"))
            return redirect(url_for("certification.letterhead_edit"))
    if request.method != "POST":
        form.fill(letterhead.of(schools.school(actor.school_id or 0)))
    return page.render(
        form,
        action=url_for("certification.letterhead_edit"),
        template="certification/letters_head.html",
        submit=_("儲存"),
    )


routes = [
    Route("/certification/cases/<int:case_id>/experience.pdf", experience_form, policy.applicants),
    Route("/certification/letterhead", letterhead_edit, policy.keepers, ("GET", "POST")),
    Route("/certification/letters/<int:letter_id>", letter, policy.applicants),
    Route(
        "/certification/cases/<int:case_id>/papers/<any(application,dossier):kind>",
        ask_letter,
        policy.applicants,
        ("POST",),
    ),
]

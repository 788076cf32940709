"""The reviewer's desk: declare, look, give points, hand in."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from forms.definition import Form
from plugin import clock, web
from plugin.actor import Actor
from plugin.certification import completeness, policy
from plugin.certification.forms import review as forms
from plugin.certification.forms.words import CATEGORIES, PATHS
from plugin.certification.models import ReviewVerdict, Score
from plugin.certification.operations import reviewers as operations
from plugin.certification.operations import scoring
from plugin.certification.outlook import ORAL_FORMS, VERDICTS
from plugin.certification.queries import letters, office_case, orals, schools
from plugin.certification.queries import review as queries
from plugin.errors import InvalidInput, NotFound, Refusal
from plugin.vault import links
from plugin.web import Route

Answer = Response | str | tuple[str, int]
BOTH = ("GET", "POST")


def reviews() -> str:
    """One's own assignments."""
    actor = web.current_actor()
    return render_template(
        "certification/review_list.html",
        found=queries.mine(actor),
        to_assess=orals.to_assess(actor),
        oral_forms=ORAL_FORMS,
        today=clock.today(),
        words={**dict(CATEGORIES), **dict(PATHS)},
        profile=queries.profile(actor.school_id or 0, actor.person_id or 0),
    )


def review(review_id: int) -> str:
    """A case that one reviews; before the declaration nothing but its number."""
    actor = web.current_actor()
    found = queries.own(actor, review_id)
    if not queries.is_open(found.assignment, found.case):
        return render_template(
            "certification/review_closed.html",
            mine=found,
            may_declare=found.assignment.declared_at is None and queries.under_review(found.case),
        )
    case = found.case
    version = completeness.newest(case)
    files = office_case.attached(case, version) if version else []
    papers = [one for one in letters.of_case(actor, case.id) if one.letter.kind == "dossier"]
    return render_template(
        "certification/review_case.html",
        mine=found,
        case=case,
        sections=office_case.sections(case, version) if version else [],
        files=files,
        urls={one.name: links.url(one.file, actor) for one in files if one.file is not None},
        tally=queries.hours_of(case),
        papers=papers,
        sheets=[one for one in queries.sheets(actor, case) if one.assignment.ended_at is None],
        verdicts=VERDICTS,
        words={**dict(CATEGORIES), **dict(PATHS)},
    )


def review_declare(review_id: int) -> Answer:
    """Say whether anything stands against it."""
    actor = web.current_actor()
    found = queries.own(actor, review_id)
    form = forms.DeclareForm()
    if form.validate_on_submit():
        conflict = "" if form.conflict.data == "none" else form.conflict.data or ""
        try:
            row = operations.declare(actor, review_id, conflict, form.words.data or "")
        except Refusal as refusal:
            return _refused(form, refusal, found)
        if row.conflict:
            flash(_("已登錄迴避，這件案件不再由您審查。"))
            return redirect(url_for("certification.reviews"))
        flash(_("已完成聲明，可以開始審查。"))
        return redirect(url_for("certification.review", review_id=row.id))
    return _form(form, found, _("送出聲明"), "certification/review_form.html")


def review_score(review_id: int) -> Answer:
    """The sheet: kept while it is written, handed in by its button."""
    actor = web.current_actor()
    found = queries.opened(actor, review_id)
    if found.handed_in:
        flash(_("審查表已經交回，不能再修改。"), "warning")
        return redirect(url_for("certification.review", review_id=review_id))
    build = forms.score_form(found.case.category)
    if request.method != "POST":
        return _sheet(build(None, data=_kept(found.score)), found)
    form = build()
    valid = form.validate()
    if request.headers.get("X-Licheng-Autosave") or request.form.get("stay"):
        return _keep(actor, review_id, form, found)
    if not valid:
        return _sheet(form, found)
    try:
        scoring.hand_in(actor, review_id, *_values(form))
    except Refusal as refusal:
        return _refused(form, refusal, found, sheet=True)
    flash(_("審查表已交回。"))
    return redirect(url_for("certification.review", review_id=review_id))


def review_profile() -> Answer:
    """Where one serves, with whom one has published."""
    actor = web.current_actor()
    return profile_page(actor, actor.person_id or 0, url_for("certification.reviews"))


def profile_page(actor: Actor, person_id: int, back: str) -> Answer:
    """The page by which a reviewer's data are kept, by the office or by themselves."""
    person = queries.reviewer(actor.school_id or 0, person_id)
    kept = queries.profile(actor.school_id or 0, person_id)
    lookup = schools.SchoolLookup(actor.school_id or 0, url_for("certification.school_search"))
    data = {}
    if kept is not None:
        code = f"（{kept.organisation_code}）" if kept.organisation_code else ""
        data = {
            "organisation": kept.organisation + code, "unlisted": not code,
            "co_authors": kept.co_authors, "expertise": kept.expertise,
        }  # fmt: skip
    form = (
        forms.ProfileForm(meta={"lookup": lookup})
        if request.method == "POST"
        else forms.ProfileForm(None, data=data, meta={"lookup": lookup})
    )
    if request.method == "POST" and form.validate():
        entry = form.organisation.found
        try:
            operations.set_profile(
                actor,
                person_id,
                organisation=entry.name if entry else form.organisation.data or "",
                organisation_code=entry.code if entry else "",
                co_authors=form.co_authors.data or "",
                expertise=form.expertise.data or "",
            )
        except InvalidInput as refusal:
            form.add_errors(refusal.fields or {"": refusal.message})
        else:
            flash(_("已儲存委員資料。"))
            return redirect(back)
    return page.render(
        form, submit=_("儲存"), cancel=back, template="certification/review_profile.html",
        person=person, back=back,
    )  # fmt: skip


def _keep(actor: Actor, review_id: int, form: forms.ScoreForm, found: queries.Mine) -> Answer:
    """While it is written: what can be kept is kept, what is wrong waits for the button."""
    try:
        scoring.save(actor, review_id, *_values(form))
    except NotFound:
        raise
    except Refusal as refusal:
        if request.headers.get("X-Licheng-Autosave"):
            return f"{refusal.message}", 422
        return _refused(form, refusal, found, sheet=True)
    if request.headers.get("X-Licheng-Autosave"):
        return "", 204
    flash(_("已存下審查表，還沒有交回。"))
    return redirect(url_for("certification.review", review_id=review_id))


def _values(
    form: forms.ScoreForm,
) -> tuple[dict[str, int], ReviewVerdict | None, str, str]:
    known = {one.value for one in ReviewVerdict}
    verdict = ReviewVerdict(form.verdict.data) if form.verdict.data in known else None
    return form.marks(), verdict, form.comment.data or "", form.aside.data or ""


def _kept(score: Score | None) -> dict[str, object]:
    if score is None:
        return {}
    return {
        **{forms.MARK + key: points for key, points in score.marks.items()},
        "verdict": score.verdict.value if score.verdict else None,
        "comment": score.comment,
        "aside": score.aside,
    }


def _sheet(form: forms.ScoreForm, found: queries.Mine) -> Answer:
    return _form(
        form, found, _("交回審查表"), "certification/review_score.html",
        least=queries.pass_score(found.case.school_id),
    )  # fmt: skip


def _form(form: Form, found: queries.Mine, submit: str, template: str, **more: Any) -> Answer:
    return page.render(
        form,
        submit=submit,
        cancel=url_for("certification.review", review_id=found.assignment.id),
        template=template,
        mine=found,
        case=found.case,
        **more,
    )


def _refused(form: Form, refusal: Refusal, found: queries.Mine, *, sheet: bool = False) -> Answer:
    if isinstance(refusal, NotFound):
        raise refusal
    form.add_errors(refusal.fields or {"": f"{refusal.message}{refusal.remedy}"})
    if sheet:
        assert isinstance(form, forms.ScoreForm)
        return _sheet(form, found)
    return _form(form, found, _("送出聲明"), "certification/review_form.html")


_ONE = "/certification/reviews/<int:review_id>"

routes = [
    Route("/certification/reviews", reviews, policy.reviewers),
    Route("/certification/reviews/profile", review_profile, policy.reviewers, BOTH),
    Route(_ONE, review, policy.reviewers),
    Route(f"{_ONE}/declare", review_declare, policy.reviewers, BOTH),
    Route(f"{_ONE}/score", review_score, policy.reviewers, BOTH),
]

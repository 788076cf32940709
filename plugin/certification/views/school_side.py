"""The school side: the set to be filed, and what became of it; the school desk's list."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.certification import application_set, policy
from plugin.certification.forms.school_side import FiledForm, OutcomeNoteForm
from plugin.certification.models import CaseState
from plugin.certification.operations import school_side
from plugin.certification.queries import cases
from plugin.certification.queries import letters as letter_queries
from plugin.certification.states import LABELS
from plugin.certification.views.application_parts import tell
from plugin.errors import Refusal
from plugin.web import Route

SHOWN = (
    CaseState.PREPARED,
    CaseState.FILED,
    CaseState.CERTIFIED,
    CaseState.REFUSED,
    CaseState.WITHDRAWN,
)


def school_cases() -> str:
    """What the school's people have prepared and filed."""
    actor = web.current_actor()
    state = request.args.get("state", "")
    return render_template(
        "certification/application_school.html",
        page=cases.of_school(actor, state, cases.after_of(request.args.get("after"))),
        counts=cases.counts_of_school(actor.school_id or 0),
        state=state,
        choices=[("", _("全部")), *((one.value, LABELS[one].text) for one in SHOWN)],
    )


def case_set(case_id: int) -> Response:
    """The application and its documents as a ZIP."""
    actor = web.current_actor()
    found = cases.whole(actor, case_id)
    policy.require(found.newest is not None, _("這件申請案還沒有備妥。"))
    papers = letter_queries.of_case(actor, case_id)
    return send_file(
        application_set.write(found.case, found.files, papers),
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"{found.case.number}.zip",
    )


def case_take_back(case_id: int) -> Response:
    """What was made ready becomes a draft again."""
    try:
        school_side.take_back(web.current_actor(), case_id)
        flash(_("已取回，可以繼續修改；改好後請再確認備妥。"))
    except Refusal as refusal:
        tell(refusal)
        return redirect(url_for("certification.case", case_id=case_id))
    return redirect(url_for("certification.application_edit", case_id=case_id, step="check"))


def case_filed(case_id: int) -> Any:
    """Note that it was handed in outside."""
    actor = web.current_actor()
    found = cases.seen(actor, case_id)
    data = {"filed_on": clock.today(), "outside_number": ""}
    form = FiledForm(data=data) if request.method == "GET" else FiledForm()
    if form.validate_on_submit() and form.filed_on.data is not None:
        try:
            school_side.note_filed(
                actor, found.id, form.filed_on.data, form.outside_number.data or ""
            )
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": f"{refusal.message}{refusal.remedy}"})
        else:
            flash(_("已登錄送件。"))
            return redirect(url_for("certification.case", case_id=found.id))
    return page.render(
        form, submit=_("登錄"), cancel=url_for("certification.case", case_id=found.id)
    )


def case_outcome(case_id: int) -> Any:
    """Note what the issuing office decided."""
    actor = web.current_actor()
    found = cases.seen(actor, case_id)
    form = OutcomeNoteForm()
    if form.validate_on_submit():
        try:
            passed = form.passed.data == "yes"
            school_side.note_outcome(actor, found.id, passed, form.note.data or "")
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": f"{refusal.message}{refusal.remedy}"})
        else:
            flash(_("已登錄審查結果。"))
            return redirect(url_for("certification.case", case_id=found.id))
    return page.render(
        form, submit=_("登錄"), cancel=url_for("certification.case", case_id=found.id)
    )


GET_POST = ("GET", "POST")

routes = [
    Route("/certification/school", school_cases, policy.school_desk),
    Route("/certification/cases/<int:case_id>/set.zip", case_set, policy.applicants),
    Route(
        "/certification/cases/<int:case_id>/take-back", case_take_back, policy.applicants, ("POST",)
    ),
    Route("/certification/cases/<int:case_id>/filed", case_filed, policy.applicants, GET_POST),
    Route("/certification/cases/<int:case_id>/outcome", case_outcome, policy.applicants, GET_POST),
]

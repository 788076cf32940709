"""Reports of errors for the office whose case they are."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.errors import Refusal
from plugin.portfolio.academic_policy import areas
from plugin.portfolio.academic_states import CASE_LABELS
from plugin.portfolio.forms.academic import AREAS, AnswerForm
from plugin.portfolio.models import CaseArea, CaseState
from plugin.portfolio.operations.academic import cases as operations
from plugin.portfolio.queries.academic import people
from plugin.portfolio.views._shared import tell
from plugin.portfolio.views.academic._shared import school_id
from plugin.school import queries as school_queries


def case_list() -> str:
    """The reports of my office; those that wait, the oldest first."""
    actor = web.current_actor()
    asked = request.args.get("state", CaseState.OPEN.value)
    state = CaseState(asked) if asked in set(CaseState) else None
    found = people.cases(actor, areas(actor), state, after=request.args.get("after"))
    return render_template(
        "portfolio/academic/cases.html",
        found=found,
        state=asked if state else "all",
        states=[
            *((one.value, label.text) for one, label in CASE_LABELS.items()),
            ("all", _("全部")),
        ],
        areas=AREAS,
        waiting=people.open_cases(actor, areas(actor)),
    )


def case(case_id: int) -> Response:
    """One report, where to put it right, and the form to answer."""
    actor = web.current_actor()
    found = operations.seen_by_keeper(actor, case_id)
    student = school_queries.people(school_id(), [found.student_id])[found.student_id]
    form = AnswerForm()
    if found.state is CaseState.OPEN and form.validate_on_submit():
        try:
            operations.answer(
                actor,
                case_id,
                form.answer.data or "",
                corrected=form.result.data == CaseState.CORRECTED,
            )
        except Refusal as refusal:
            tell(refusal)
        else:
            flash(_("已答覆，學生會收到通知。"))
        return redirect(url_for("portfolio.case_list"))  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("送出答覆"),
        cancel=url_for("portfolio.case_list"),
        template="portfolio/academic/case.html",
        case=found,
        student=student,
        area=AREAS[found.area],
        Areas=CaseArea,
        States=CaseState,
    )

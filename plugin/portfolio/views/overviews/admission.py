"""The admission preview: choose, write, look at it as a PDF."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.actor import Actor
from plugin.errors import InvalidInput, LimitReached, Refusal
from plugin.ids import row_ids
from plugin.portfolio.export import preview as pdf
from plugin.portfolio.forms.overviews import AdmissionForm
from plugin.portfolio.kinds import kind
from plugin.portfolio.models import AdmissionPreview
from plugin.portfolio.operations import admission as operations
from plugin.portfolio.operations.found import missing
from plugin.portfolio.queries.overviews import admission as queries
from plugin.portfolio.queries.overviews import everything
from plugin.portfolio.queries.overviews.everything import Everything
from plugin.portfolio.views._shared import tell
from plugin.school import queries as school_queries
from plugin.school import rules
from plugin.school.terms import term_of
from plugin.vault import names


def admission() -> Response | str | tuple[str, int]:
    """The form, and where the preview is."""
    actor = web.current_actor()
    rows = _rows(actor)
    found = queries.preview(actor)
    if request.method == "GET":
        given: dict[str, Any] = {}
        if found is not None:
            given = {
                "outcomes": [str(one) for one in found.outcome_ids],
                "experiences": [str(one) for one in found.experience_ids],
                "statement": found.statement,
                "synthesis": found.synthesis,
            }
        return _show(actor, rows, found, _form(actor, rows, None, **given))
    form = _form(actor, rows)
    if not form.validate():
        return _show(actor, rows, found, form), page.INVALID
    try:
        operations.save(actor, _values(form), version=request.form.get("version", type=int))
    except (InvalidInput, LimitReached) as refusal:
        form.add_errors(refusal.fields)
        return _show(actor, rows, found, form), page.INVALID
    except Refusal as refusal:
        tell(refusal)
    else:
        flash(_("已存好備審預覽；沒有送給任何學校。"))
    return redirect(url_for("portfolio.admission"))


def admission_pdf() -> Response:
    """The preview as a PDF."""
    actor = web.current_actor()
    found = queries.preview(actor)
    if found is None:
        raise missing()
    rows = _rows(actor)
    made = pdf.make(
        school_queries.school(found.school_id),
        rows,
        found,
        queries.chosen(found.outcome_ids, queries.outcomes(rows)),
        queries.chosen(found.experience_ids, queries.experiences(rows)),
    )
    answer = current_app.response_class(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = names.disposition(f"{_('備審資料預覽')}.pdf")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _rows(actor: Actor) -> Everything:
    assert actor.school_id is not None
    student = school_queries.person(actor.school_id, actor.person_id or 0)
    if student is None:
        raise missing()
    return everything.of(student)


def _form(actor: Actor, rows: Everything, *data: Any, **given: Any) -> AdmissionForm:
    form = AdmissionForm(*data, **given)
    limit = rules.number(actor.school_id or 0, operations.TEXT, _year())
    form.statement.max_points = form.synthesis.max_points = limit
    form.outcomes.choices = [
        (str(one.id), f"{one.title}{_('（%(text)s）', text=_course(rows, one.course_id))}")
        for one in queries.outcomes(rows)
    ]
    form.experiences.choices = [
        (
            str(one.id),
            f"{one.title}{_('（%(text)s）', text=kind(one.kind, one.academic_year).name)}",
        )
        for one in queries.experiences(rows)
    ]
    return form


def _course(rows: Everything, course_id: int | None) -> str:
    course = rows.courses.get(course_id or 0)
    return course.name if course else "—"


def _values(form: AdmissionForm) -> operations.AdmissionInput:
    return operations.AdmissionInput(
        outcome_ids=row_ids(form.outcomes.data or ()),
        experience_ids=row_ids(form.experiences.data or ()),
        statement=form.statement.data or "",
        synthesis=form.synthesis.data or "",
    )


def _show(
    actor: Actor, rows: Everything, found: AdmissionPreview | None, form: AdmissionForm
) -> str:
    school_id = actor.school_id or 0
    chosen = queries.chosen(found.outcome_ids, queries.outcomes(rows)) if found else []
    more = queries.chosen(found.experience_ids, queries.experiences(rows)) if found else []
    return render_template(
        "portfolio/overviews/admission.html",
        form=form,
        found=found,
        chosen=len(chosen),
        chosen_experiences=len(more),
        outcome_limit=rules.number(school_id, operations.OUTCOMES, _year()),
        experience_limit=rules.number(school_id, operations.EXPERIENCES, _year()),
        why=rules.why(school_id, operations.OUTCOMES, _year()),
    )


def _year() -> int:
    return term_of(clock.today()).academic_year

"""Pages of the export: ask for one, see how far it is, fetch it."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from forms import page
from plugin import jobs, web
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.portfolio.forms.overviews import ExportForm
from plugin.portfolio.models import ExportState
from plugin.portfolio.operations import export as operations
from plugin.portfolio.queries.overviews import exports as queries
from plugin.portfolio.views._shared import tell
from plugin.school import queries as school_queries
from plugin.school.models import Person
from plugin.vault import links

NOTES = {
    "gather": _l("正在整理紀錄"),
    "check": _l("正在逐檔核對雜湊值"),
    "pdf": _l("正在編排 PDF"),
    "pack": _l("正在打包檔案"),
    "deposit": _l("正在存入檔案庫"),
}
"""What the steps are called."""


def export_list() -> Response | str | tuple[str, int]:
    """What was exported, and the form for the next."""
    actor = web.current_actor()
    student = operations.subject(actor, row_id(request.values.get("student")))
    if request.method == "GET":
        return _list(actor, student, ExportForm(None))
    form = ExportForm()
    if not form.validate():
        return _list(actor, student, form), page.INVALID
    try:
        made = operations.begin(actor, student.id, counselling=bool(form.counselling.data))
    except Refusal as refusal:
        tell(refusal)
        return redirect(url_for("portfolio.export_list", student=student.id))
    return redirect(url_for("portfolio.export", export_id=made.id))


def export(export_id: int) -> Response | str:
    """One export: progress while it is made, then the package.

    The progress bar asks for this same page each second and takes only itself out of it.
    """
    actor = web.current_actor()
    found = operations.seen(actor, export_id)
    job = queries.job_of(found)
    dead = job is not None and job.state is jobs.JobState.FAILED
    building = found.state is ExportState.BUILDING and not dead
    if request.headers.get("HX-Request") and not building:
        answer = current_app.make_response("")
        answer.headers["HX-Refresh"] = "true"
        return answer
    line = queries.line_of(found)
    return render_template(
        "portfolio/overviews/export.html",
        export=found,
        line=line,
        address=_address(line, actor),
        building=building,
        failed=found.state is ExportState.FAILED or dead,
        failure=found.failure or (job.error if job else ""),
        job=job,
        notes=NOTES,
        student=school_queries.person(found.school_id, found.student_id),
        own=found.student_id == actor.person_id,
        refresh_seconds=5 if building else None,
    )


def _list(actor: Actor, student: Person, form: ExportForm) -> str:
    if not operations.may_add_counselling(actor, student.id):
        del form.counselling
    lines = queries.lines(actor, student.id)
    return render_template(
        "portfolio/overviews/exports.html",
        form=form,
        student=student,
        own=student.id == actor.person_id,
        children=school_queries.people(student.school_id, actor.child_ids).values(),
        lines=[(one, _address(one, actor)) for one in lines],
        days=operations.keep_days(student.school_id).days,
        States=ExportState,
    )


def _address(line: queries.Line, actor: Actor) -> str:
    return links.url(line.file, actor) if line.file is not None else ""

"""Packages of other schools: brought, looked at, taken, undone."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from forms import page
from plugin import db, jobs, web
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.portfolio import kinds
from plugin.portfolio.exchange_work import preview_of
from plugin.portfolio.forms.exchange import ExchangeInForm
from plugin.portfolio.models import InState
from plugin.portfolio.operations.exchange import incoming as operations
from plugin.portfolio.packages import EXCHANGE_SLOT, PackageStage, masked
from plugin.portfolio.views._shared import tell, words_of

NOTES = {"check": _l("正在逐檔核對 MD5"), "files": _l("正在將檔案存入檔案庫")}
STUDENTS_SHOWN = 10
"""Of a preview, on one page."""
MOVING = (InState.CHECKING, InState.TAKING)
ACTS = {
    "take": operations.take,
    "again": operations.check_again,
    "drop": operations.drop,
    "undo": operations.undo,
}
SAID = {
    "drop": _l("已放棄匯入；檔案仍保存在檔案庫。"),
    "undo": _l("已復原這次匯入；檔案仍保存在檔案庫。"),
}


def exchange_in_new() -> Response | str:
    """Bring a package; it is looked at first."""
    actor = web.current_actor()
    form = ExchangeInForm(stage=PackageStage(actor, EXCHANGE_SLOT))
    if form.validate_on_submit():
        try:
            assert form.package.data is not None
            made = operations.begin(actor, int(form.package.data.ref), form.password.data or "")
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            return redirect(url_for("portfolio.exchange_in", exchange_in_id=made.id))  # type: ignore[return-value]
    return page.render(form, submit=_("檢查並預覽"), cancel=url_for("portfolio.exchange"))


def exchange_in(exchange_in_id: int) -> Response | str:
    """One package: progress, then what it would bring or has brought."""
    found = operations.seen(web.current_actor(), exchange_in_id)
    job = db.reading().get(jobs.Job, found.job_id) if found.job_id else None
    dead = job is not None and job.state is jobs.JobState.FAILED
    moving = found.state in MOVING and not dead
    if request.headers.get("HX-Request") and not moving:
        answer = current_app.make_response("")
        answer.headers["HX-Refresh"] = "true"
        return answer
    preview = preview_of(found)
    first = row_id(request.args.get("after")) or 0
    students = preview["students"][first : first + STUDENTS_SHOWN]
    more = len(preview["students"]) > first + STUDENTS_SHOWN
    return render_template(
        "portfolio/exchange/in.html",
        found=found,
        students=students,
        first=first,
        next=first + STUDENTS_SHOWN if more else None,
        moving=moving,
        failure=found.failure or (job.error if dead and job else ""),
        job=job,
        notes=NOTES,
        refresh_seconds=5 if moving else None,
        preview=preview,
        kind_name=lambda key: str(kinds.latest(key).name),
        masked=masked,
        States=InState,
    )


def exchange_in_act(exchange_in_id: int, act: str) -> Response:
    """Take it, look again, let go of it, or undo it."""
    try:
        ACTS[act](web.current_actor(), exchange_in_id)
        if act in SAID:
            flash(str(SAID[act]))
    except Refusal as refusal:
        tell(refusal)
    return redirect(url_for("portfolio.exchange_in", exchange_in_id=exchange_in_id))

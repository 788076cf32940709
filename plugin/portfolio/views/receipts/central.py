"""The registry brings the central side's receipt package and looks at what it says."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from forms import page
from plugin import db, jobs, web
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.portfolio.forms.receipts import MappingForm, central_form, lines, mapping_data
from plugin.portfolio.models import CentralMatch, CentralState
from plugin.portfolio.operations.receipts import central as operations
from plugin.portfolio.packages import RECEIPT_SLOT, PackageStage, masked
from plugin.portfolio.queries.receipts import central as queries
from plugin.portfolio.views._shared import asked_year, this_year, words_of

NOTES = {
    "verify": _l("正在逐檔核對雜湊值"),
    "compare": _l("正在和提交的內容比對"),
}
"""What the steps of the reading are called."""


def central_list() -> str:
    """Every package of a year."""
    actor = web.current_actor()
    year = asked_year()
    return render_template(
        "portfolio/receipts/central_list.html",
        year=year,
        years=list(range(this_year(), this_year() - 4, -1)),
        page=queries.imports(actor, year, after=request.args.get("after")),
        ready=bool(queries.frozen(actor, year)),
    )


def central_new() -> Response | str:
    """Bring a package; its page shows the progress."""
    actor = web.current_actor()
    year = asked_year()
    found = queries.frozen(actor, year)
    data = {"submission": str(found[0].id)} if found else {}
    form = central_form(PackageStage(actor, RECEIPT_SLOT, csv=True), found, data=data)
    if form.validate_on_submit():
        try:
            assert form.package.data is not None
            made = operations.begin(
                actor, row_id(form.submission.data) or 0, int(form.package.data.ref),
                form.password.data or "",
            )  # fmt: skip
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            return redirect(url_for("portfolio.central_import", central_id=made.id))  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("匯入並比對"),
        cancel=url_for("portfolio.central_list", year=year),
        template="portfolio/receipts/central_new.html",
        year=year,
        submissions=found,
    )


def central_import(central_id: int) -> Response | str:
    """One package: progress while it is read, then what is missing and what fits nothing."""
    found = operations.seen(web.current_actor(), central_id)
    job = db.reading().get(jobs.Job, found.job_id) if found.job_id else None
    dead = job is not None and job.state is jobs.JobState.FAILED
    moving = found.state is CentralState.QUEUED and not dead
    if request.headers.get("HX-Request") and not moving:
        answer = current_app.make_response("")
        answer.headers["HX-Refresh"] = "true"
        return answer
    return render_template(
        "portfolio/receipts/central.html",
        found=found,
        moving=moving,
        failure=found.failure or (job.error if dead and job else ""),
        job=job,
        notes=NOTES,
        refresh_seconds=5 if moving else None,
        short=queries.short_sheets(found, after=request.args.get("after")),
        strays=queries.strays(found.id, after=request.args.get("stray")),
        masked=masked,
        States=CentralState,
        Matches=CentralMatch,
    )


def central_mapping() -> Response | str:
    """Which column means what."""
    actor = web.current_actor()
    assert actor.school_id is not None
    held = operations.mapping(actor.school_id)
    form = MappingForm(data=mapping_data(held))
    if form.validate_on_submit():
        try:
            operations.set_mapping(actor, form.names(), lines(form.words.data))
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("已儲存欄位對照；之後匯入的收訖檔案會使用新的對照。"))
            return redirect(url_for("portfolio.central_list"))  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("儲存對照"),
        cancel=url_for("portfolio.central_list"),
        template="portfolio/receipts/mapping.html",
    )

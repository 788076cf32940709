"""How far the classes have come with selecting; locked or opened by the registry; slips."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.errors import InvalidInput, Refusal
from plugin.ids import row_id, row_ids
from plugin.portfolio.forms.submitting import HoldForm
from plugin.portfolio.models import HoldState, SelectionKind
from plugin.portfolio.operations import holds
from plugin.portfolio.operations import slips as operations
from plugin.portfolio.queries import slips as queries
from plugin.portfolio.views._shared import asked_year, banners, tell, this_year
from plugin.portfolio.views.printing import printed
from plugin.school.models import WindowKind
from plugin.vault import links


def selections() -> str:
    """Every class: how many have selected and confirmed, and what the registry said of it."""
    return _classes(HoldForm(None))


def hold() -> Response | str | tuple[str, int]:
    """Lock the ticked classes, or open them until a day."""
    form = HoldForm()
    actor, year = web.current_actor(), asked_year()
    if not form.validate():
        return _classes(form), page.INVALID
    picked = row_ids(request.form.getlist("class"))
    try:
        if form.act.data == HoldState.LOCKED:
            n = holds.lock_classes(actor, picked, form.reason.data or "")
            flash(_("已鎖定 %(n)s 個班級的勾選，並通知學生。", n=n))
        else:
            n = holds.open_classes(actor, picked, form.reason.data or "", form.moment)
            flash(_("已開放 %(n)s 個班級修改勾選，並通知學生。", n=n))
    except InvalidInput as refusal:
        form.add_errors(refusal.fields or {"": refusal.message})
        return _classes(form), page.INVALID
    except Refusal as refusal:
        tell(refusal)
    return redirect(url_for("portfolio.selections", year=year))


def slips_begin() -> Response:
    """Print the slips of a class; its page shows the progress."""
    class_id = row_id(request.form.get("class"))
    if class_id is None:
        abort(404)
    return redirect(
        url_for("portfolio.slips", job_id=operations.begin(web.current_actor(), class_id))
    )


def slips(job_id: int) -> Response | str:
    """How far the printing is, then the paper."""
    return printed(job_id, operations.PRINT, "portfolio/submitting/slips.html")


def own_slip() -> Response:
    """The student's own slip as a PDF."""
    actor, year = web.current_actor(), asked_year()
    try:
        file = operations.own(actor, year)
    except Refusal as refusal:
        tell(refusal)
        return redirect(url_for("portfolio.selection", year=year))
    return redirect(links.url(file, actor))


def verify_slip(token: str) -> str:
    """Public: whoever holds a printed slip may check it. Nothing about any person."""
    found = queries.check(token)
    if found is None:
        abort(404)
    return render_template("portfolio/submitting/verify_slip.html", found=found)


def _classes(form: HoldForm) -> str:
    actor, year = web.current_actor(), asked_year()
    return render_template(
        "portfolio/submitting/selections.html",
        year=year,
        years=list(range(this_year(), this_year() - 4, -1)),
        classes=queries.classes(actor, year),
        banners=banners(actor, WindowKind.SELECTION, year),
        form=form,
        Kinds=SelectionKind,
        Holds=HoldState,
    )

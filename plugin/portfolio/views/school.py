"""Pages of the registry and the homeroom teacher: progress, overdue."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.actor import Role
from plugin.errors import InvalidInput, Refusal
from plugin.ids import row_ids
from plugin.portfolio.forms import ExtendForm
from plugin.portfolio.models import OutcomeState
from plugin.portfolio.operations import deadlines
from plugin.portfolio.queries import progress as figures
from plugin.portfolio.views._shared import asked_year, tell, this_year


def progress() -> str:
    """How far the classes are, and what nobody decided in time."""
    return _progress(ExtendForm(None))


def extend() -> Response | str | tuple[str, int]:
    """Give the teachers more time for overdue outcomes."""
    form = ExtendForm()
    if not form.validate():
        return _progress(form), page.INVALID
    picked = row_ids(request.form.getlist("outcome"))
    try:
        n = deadlines.extend(web.current_actor(), picked, form.moment)
    except InvalidInput as refusal:
        form.add_errors(refusal.fields or {"": refusal.message})
        return _progress(form), page.INVALID
    except Refusal as refusal:
        tell(refusal)
    else:
        flash(_("已延長 %(n)s 件成果的認證期限，並通知任課教師。", n=n))
    return redirect(url_for("portfolio.progress", year=asked_year()))


def _progress(form: ExtendForm) -> str:
    actor = web.current_actor()
    year = asked_year()
    overdue = figures.overdue(actor, year, after=request.args.get("after"))
    return render_template(
        "portfolio/progress.html",
        year=year,
        years=_years(),
        classes=figures.by_class(actor, year),
        totals=figures.totals(actor, year),
        overdue=overdue.items,
        next=overdue.next,
        form=form,
        may_extend=actor.has(Role.REGISTRY),
        States=OutcomeState,
    )


def _years() -> list[int]:
    return list(range(this_year(), this_year() - 4, -1))

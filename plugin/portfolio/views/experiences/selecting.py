"""The student selects and confirms the experiences that are handed in for a year."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from plugin import web
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.ids import row_ids
from plugin.portfolio.models import ExperienceState, SelectionKind
from plugin.portfolio.operations import selection as operations
from plugin.portfolio.queries import experiences as queries
from plugin.portfolio.views import choosing
from plugin.portfolio.views._shared import asked_year, tell, this_year
from plugin.school import rules


def selected_experiences() -> Response | str:
    """Choose the experiences of a year; confirm; reopen."""
    actor = web.current_actor()
    year = asked_year()
    if request.method == "POST":
        return _select(actor, year)
    return _show(actor, year)


def _select(actor: Actor, year: int) -> Response:
    kind = SelectionKind.EXPERIENCE
    try:
        if request.form.get("act") == "reopen":
            operations.reopen(actor, year, kind)
            flash(_("勾選已重新開放修改；改好後請記得再確認。"), "warning")
        else:
            operations.choose(actor, year, row_ids(request.form.getlist("experience")), kind)
            if request.form.get("act") == "lock":
                operations.lock(actor, year, kind)
                flash(_("勾選已確認並鎖定。"))
            else:
                flash(_("勾選已儲存，尚未確認。"), "warning")
    except Refusal as refusal:
        tell(refusal)
    return redirect(url_for("portfolio.selected_experiences", year=year))


def _show(actor: Actor, year: int) -> str:
    assert actor.school_id is not None
    lines = queries.own(actor, year)
    held = queries.selection(actor, year)
    ready = [
        line for line in lines if line.experience.state is ExperienceState.SENT or line.selected
    ]
    return render_template(
        "portfolio/selected_experiences.html",
        year=year,
        years=sorted({*queries.years(actor), this_year()}, reverse=True),
        lines=ready,
        others=len(lines) - len(ready),
        returned=[
            line
            for line in ready
            if line.selected and line.experience.state is ExperienceState.RETURNED
        ],
        chosen=sum(line.selected for line in lines),
        limit=rules.number(actor.school_id, operations.EXPERIENCE_LIMIT, year),
        why=rules.why(actor.school_id, operations.EXPERIENCE_LIMIT, year),
        **choosing.standing(actor, year, SelectionKind.EXPERIENCE, held),
        States=ExperienceState,
    )

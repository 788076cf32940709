"""Pages of the table of office days 辦公日曆表."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from forms import page
from plugin import clock, web
from plugin.errors import Conflict
from plugin.ids import row_id
from plugin.school import office_calendar
from plugin.school.calendar_models import OfficeCalendar
from plugin.school.office_days import Table
from plugin.school.office_days_form import OfficeCalendarForm
from plugin.school.office_days_stage import OfficeCalendarStage
from plugin.school.operations import office_calendar as operations
from plugin.school.views._shared import school_id

YEARS_AHEAD = 1
"""The government announces the next year's table in June."""


def office_days() -> str:
    """Which years stand in a table of the government, which in the law's holidays; history."""
    this = clock.today().year
    years = range(this, this + YEARS_AHEAD + 1)
    return render_template(
        "school/office_days.html",
        years=years,
        held=office_calendar.held(school_id(), years),
        found=office_calendar.history(school_id(), before=row_id(request.args.get("before"))),
    )


def office_days_new() -> Response | AnyResponse:
    """Bring in a file."""
    form = OfficeCalendarForm(stage=OfficeCalendarStage(web.current_actor()))
    if form.validate_on_submit() and form.file.data is not None:
        return redirect(
            url_for("school.office_calendar", calendar_id=row_id(form.file.data.ref) or 0)
        )
    return page.render(
        form,
        submit=_("上傳並檢查"),
        cancel=url_for("school.office_days"),
        template="school/office_days_new.html",
    )


def office_calendar_page(calendar_id: int) -> str | AnyResponse:
    """One table: where it differs from the law's holidays and from the one that holds; take it,
    or take it back."""
    actor = web.current_actor()
    one = office_calendar.proposal(actor, calendar_id)
    if request.method == "POST":
        return _act(one)
    holds = office_calendar.held(school_id(), [one.year]).get(one.year)
    other = holds if holds is not None and holds.id != one.id else None
    return render_template(
        "school/office_calendar.html",
        one=one,
        roc_year=one.year - 1911,
        from_law=office_calendar.differences(one, Table()),
        replaces=other if one.taken_at is None else None,
        from_held=office_calendar.differences(one, office_calendar.table_of(school_id()))
        if other and one.taken_at is None
        else None,
        holds=holds is not None and holds.id == one.id,
    )


def _act(one: OfficeCalendar) -> AnyResponse:
    actor = web.current_actor()
    try:
        if request.form.get("act") == "end":
            operations.end_office_calendar(actor, one.id)
            flash(_("已停用 %(year)s 年的這份辦公日曆表。", year=one.year), "warning")
        else:
            operations.take_office_calendar(actor, one.id)
            flash(_("已採用 %(year)s 年的辦公日曆表，期限即依此計算。", year=one.year))
    except Conflict as refusal:
        flash(f"{refusal.message}{refusal.remedy}", "error")
    return redirect(url_for("school.office_days"))

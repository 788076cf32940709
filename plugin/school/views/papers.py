"""Pages of the school desk: year plan, regulations, working group."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.ids import row_id
from plugin.school import calendar_queries, regulations, windows
from plugin.school.calendar_models import GroupMeeting, GroupSeat, PlanItem, PlanPart
from plugin.school.operations import papers
from plugin.school.paper_forms import PARTS, MeetingForm, PlanItemForm, RegulationForm, SeatForm
from plugin.school.stage import RegulationStage
from plugin.school.terms import Term
from plugin.school.timeline import draw
from plugin.school.views._shared import asked_term, attempt, school_id, years
from plugin.school.views.calendar import KEEPERS
from plugin.vault import links


def plan() -> Response | str:
    """The year plan: its work besides the windows, as a picture and a list."""
    year = asked_term().academic_year
    if request.method == "POST":
        n = papers.lay_out_plan(web.current_actor(), year)
        flash(_("已由範本加入 %(n)s 項工作。", n=n) if n else _("範本的工作都已在清單中。"))
        return redirect(url_for("school.plan", year=year))
    rows = calendar_queries.plan_items(school_id(), year)
    shown = windows.of_year(school_id(), year)
    return render_template(
        "school/plan.html",
        year=Term(year, 0),
        years=years(),
        rows=rows,
        parts=PARTS,
        picture=draw(school_id(), year, shown, clock.now(), rows),
    )


def plan_new() -> Response:
    """Put a piece of work into the year plan."""
    return _plan_form(asked_term().academic_year, None)


def plan_edit(item_id: int) -> Response:
    """Change a piece of work of the year plan, or take it out."""
    item = calendar_queries.own(PlanItem, school_id(), item_id)
    if request.method == "POST" and request.form.get("act") == "remove":
        papers.remove_plan_item(web.current_actor(), item_id)
        flash(_("已由年度計畫刪除「%(title)s」。", title=item.title), "warning")
        return redirect(url_for("school.plan", year=item.academic_year))
    return _plan_form(item.academic_year, item)


def _plan_form(year: int, item: PlanItem | None) -> Response:
    form = PlanItemForm(obj=item)

    def save() -> None:
        assert form.starts_on.data is not None
        assert form.ends_on.data is not None
        papers.save_plan_item(
            web.current_actor(),
            year,
            PlanPart(str(form.part.data)),
            form.title.data or "",
            form.starts_on.data,
            form.ends_on.data,
            unit=form.unit.data or "",
            item_id=item.id if item else None,
        )

    if form.validate_on_submit() and attempt(form, save):
        flash(_("已儲存。"))
        return redirect(url_for("school.plan", year=year))
    return page.render(
        form,
        submit=_("儲存"),
        cancel=url_for("school.plan", year=year),
        template="school/paper_form.html",
        removable=item is not None,
        crumb=(_("年度計畫"), url_for("school.plan", year=year)),
    )


def regulation_list() -> str:
    """The school's own regulation, every version; everybody of the school may read it."""
    actor = web.current_actor()
    return render_template(
        "school/regulations.html",
        rows=[
            (paper, file, links.url(file, actor))
            for paper, file in regulations.versions(school_id())
        ],
        cite=regulations.cite,
        may_edit=actor.has(*KEEPERS),
    )


def regulation_new() -> Response:
    """Register a new version of the regulation."""
    form = RegulationForm(stage=RegulationStage(web.current_actor()))

    def save() -> None:
        assert form.paper.data is not None
        assert form.passed_on.data is not None
        papers.add_regulation(
            web.current_actor(),
            form.passed_on.data,
            form.passed_by.data or "",
            int(form.paper.data.ref),
            note=form.note.data or "",
        )

    if form.validate_on_submit() and attempt(form, save):
        flash(_("已登錄新版補充規定，規則頁會引用它。"))
        return redirect(url_for("school.regulations"))
    return page.render(
        form,
        submit=_("登錄"),
        cancel=url_for("school.regulations"),
        template="school/paper_form.html",
        crumb=(_("補充規定"), url_for("school.regulations")),
    )


def working_group() -> Response | str:
    """The working group: its seats of a year, its meetings."""
    year = asked_term().academic_year
    if request.method == "POST":
        n = papers.lay_out_seats(web.current_actor(), year)
        flash(_("已建立 %(n)s 個席次，請填入姓名。", n=n))
        return redirect(url_for("school.working_group", year=year))
    return render_template(
        "school/group.html",
        year=Term(year, 0),
        years=years(),
        seats=calendar_queries.seats(school_id(), year),
        meetings=calendar_queries.meetings(school_id(), after=row_id(request.args.get("after"))),
    )


def seat_new() -> Response:
    """Add a seat to the working group."""
    return _seat_form(asked_term().academic_year, None)


def seat_edit(seat_id: int) -> Response:
    """Say who sits in a seat, or take it out."""
    seat = calendar_queries.own(GroupSeat, school_id(), seat_id)
    if request.method == "POST" and request.form.get("act") == "remove":
        papers.remove_seat(web.current_actor(), seat_id)
        flash(_("已刪除席次。"), "warning")
        return redirect(url_for("school.working_group", year=seat.academic_year))
    return _seat_form(seat.academic_year, seat)


def _seat_form(year: int, seat: GroupSeat | None) -> Response:
    form = SeatForm(obj=seat)

    def save() -> None:
        papers.save_seat(
            web.current_actor(),
            year,
            form.post.data or "",
            form.data["name"] or "",
            note=form.note.data or "",
            seat_id=seat.id if seat else None,
        )

    if form.validate_on_submit() and attempt(form, save):
        flash(_("已儲存。"))
        return redirect(url_for("school.working_group", year=year))
    return page.render(
        form,
        submit=_("儲存"),
        cancel=url_for("school.working_group", year=year),
        template="school/paper_form.html",
        removable=seat is not None,
        crumb=(_("工作小組"), url_for("school.working_group", year=year)),
    )


def meeting(meeting_id: int) -> str:
    """The minutes of one meeting."""
    return render_template(
        "school/meeting.html", meeting=calendar_queries.own(GroupMeeting, school_id(), meeting_id)
    )


def meeting_new() -> Response:
    """Write the minutes of a meeting."""
    return _meeting_form(None)


def meeting_edit(meeting_id: int) -> Response:
    """Correct the minutes of a meeting."""
    return _meeting_form(calendar_queries.own(GroupMeeting, school_id(), meeting_id))


def _meeting_form(found: GroupMeeting | None) -> Response:
    form = MeetingForm(obj=found)
    saved: list[GroupMeeting] = []

    def save() -> None:
        values = {name: value for name, value in form.data.items() if name != "csrf_token"}
        meeting_id = found.id if found else None
        saved.append(papers.save_meeting(web.current_actor(), values, meeting_id=meeting_id))

    if form.validate_on_submit() and attempt(form, save):
        flash(_("已儲存會議紀錄。"))
        return redirect(url_for("school.meeting", meeting_id=saved[0].id))
    return page.render(
        form,
        submit=_("儲存"),
        cancel=url_for("school.working_group"),
        template="school/paper_form.html",
        crumb=(_("工作小組"), url_for("school.working_group")),
    )

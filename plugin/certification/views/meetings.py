"""Meetings of the committee: called, their agenda, closed, their minutes."""

from __future__ import annotations

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.actor import Actor
from plugin.certification import meeting_forms, meeting_minutes, policy, resolutions
from plugin.certification.forms import meetings as forms
from plugin.certification.models import Meeting
from plugin.certification.operations import meeting_closing
from plugin.certification.operations import meetings as operations
from plugin.certification.queries import meeting_cases
from plugin.certification.queries import meetings as queries
from plugin.certification.views.meetings_case import words
from plugin.errors import NotFound, Refusal
from plugin.ids import row_id
from plugin.jobs import JobState
from plugin.vault import links, names
from plugin.web import Route

Answer = Response | str | tuple[str, int]
BOTH, POST = ("GET", "POST"), ("POST",)


def meetings() -> str:
    """Every meeting, the newest first."""
    actor = web.current_actor()
    return render_template(
        "certification/meetings_list.html",
        found=queries.listed(actor, request.args.get("after")),
    )


def meeting(sitting_id: int) -> Answer:
    """One meeting: its agenda before, how far it is, what became of it after."""
    actor = web.current_actor()
    one = queries.seen(actor, sitting_id)
    job = queries.job_of(one)
    failed = job is not None and job.state is JobState.FAILED
    over = one.closed_at is not None and one.minutes_file_id is not None
    working = one.closing_at is not None and not over and not failed
    if request.headers.get("HX-Request") and not working:
        answer = current_app.make_response("")
        answer.headers["HX-Refresh"] = "true"
        return answer
    file = queries.minutes_of(one)
    return render_template(
        "certification/meetings_one.html",
        one=one,
        lines=queries.agenda(actor, one),
        members=queries.members(one),
        guests=queries.guests(one),
        job=job,
        failed=failed,
        working=working,
        file=file,
        url=links.url(file, actor) if file is not None else "",
        refresh_seconds=3 if working else None,
        **words(),
    )


def meeting_new() -> Answer:
    """Call a meeting."""
    return _facts(web.current_actor(), None)


def meeting_edit(sitting_id: int) -> Answer:
    """Change what is said of it: who came, who presided."""
    actor = web.current_actor()
    return _facts(actor, queries.seen(actor, sitting_id))


def meeting_add(sitting_id: int) -> Answer:
    """Put cases on the agenda."""
    actor = web.current_actor()
    one = queries.seen(actor, sitting_id)
    here = url_for("certification.meeting_add", sitting_id=sitting_id)
    if request.method == "POST":
        try:
            n = operations.add(actor, sitting_id, _ids("case"))
        except Refusal as refusal:
            _tell(refusal)
            return redirect(here)
        flash(_("已排入 %(n)s 件。", n=n))
        return redirect(url_for("certification.meeting", sitting_id=sitting_id))
    text = request.args.get("q", "").strip()
    return render_template(
        "certification/meetings_add.html",
        one=one,
        found=meeting_cases.candidates(actor, text, request.args.get("after")),
        text=text,
        **words(),
    )


def meeting_agenda(sitting_id: int) -> Response:
    """What is done with the ticked cases, or the order of one."""
    actor = web.current_actor()
    act = request.form.get("act", "")
    try:
        if act.startswith(("up:", "down:")):
            way, _colon, item = act.partition(":")
            operations.move(actor, sitting_id, row_id(item) or 0, -1 if way == "up" else 1)
        elif act == "remove":
            n = operations.remove(actor, sitting_id, _ids("item"))
            flash(_("已從議程移出 %(n)s 件。", n=n))
        else:
            n = operations.resolve_many(actor, sitting_id, _ids("item"), act)
            flash(_("已登錄 %(n)s 件的決議。", n=n))
    except Refusal as refusal:
        _tell(refusal)
    return redirect(url_for("certification.meeting", sitting_id=sitting_id) + "#agenda")


def meeting_close(sitting_id: int) -> Answer:
    """What the closing will do, before it does it; and the closing."""
    actor = web.current_actor()
    one = queries.seen(actor, sitting_id)
    back = url_for("certification.meeting", sitting_id=sitting_id)
    if request.method == "POST":
        try:
            meeting_closing.close(actor, sitting_id)
        except Refusal as refusal:
            _tell(refusal)
            lacking = isinstance(refusal, meeting_closing.NotReady)
            return redirect(request.path if lacking else back)
        return redirect(back)
    if one.closing_at is not None:
        return redirect(back)
    return render_template(
        "certification/meetings_close.html",
        one=one,
        lines=queries.agenda(actor, one),
        lacks=meeting_closing.unready(actor, one),
        consequences=resolutions.CONSEQUENCES,
        **words(),
    )


def meeting_draft(sitting_id: int) -> Response:
    """The minutes as they would be now, set at once: nothing of it is kept."""
    actor = web.current_actor()
    one = queries.seen(actor, sitting_id)
    answer = make_response(meeting_minutes.draft(actor, one))
    answer.mimetype = "application/pdf"
    name = f"{one.name}-{_('會議紀錄草稿')}.pdf"
    answer.headers["Content-Disposition"] = names.disposition(name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _facts(actor: Actor, one: Meeting | None) -> Answer:
    """The form for what is said of a meeting."""
    back = (
        url_for("certification.meeting", sitting_id=one.id)
        if one is not None
        else url_for("certification.meetings")
    )
    form = forms.MeetingForm() if request.method == "POST" else forms.MeetingForm(
        None, data=meeting_forms.said(one)
    )  # fmt: skip
    meeting_forms.offer_members(form, actor, one)
    if request.method == "POST" and form.validate():
        try:
            made = operations.save(
                actor, meeting_forms.read(form), one.id if one is not None else None
            )
        except NotFound:
            raise
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": f"{refusal.message}{refusal.remedy}"})
        else:
            flash(_("已儲存會議資料。"))
            return redirect(url_for("certification.meeting", sitting_id=made.id))
    return page.render(
        form, submit=_("儲存"), cancel=back, template="certification/meetings_form.html", one=one
    )


def _ids(name: str) -> list[int]:
    return [found for one in request.form.getlist(name) if (found := row_id(one)) is not None]


def _tell(refusal: Refusal) -> None:
    if isinstance(refusal, NotFound):
        raise refusal
    flash(f"{refusal.message}{refusal.remedy}", "error")


_ONE = "/certification/meetings/<int:sitting_id>"

routes = [
    Route("/certification/meetings", meetings, policy.office),
    Route("/certification/meetings/new", meeting_new, policy.office, BOTH),
    Route(_ONE, meeting, policy.office),
    Route(f"{_ONE}/edit", meeting_edit, policy.office, BOTH),
    Route(f"{_ONE}/add", meeting_add, policy.office, BOTH),
    Route(f"{_ONE}/agenda", meeting_agenda, policy.office, POST),
    Route(f"{_ONE}/close", meeting_close, policy.office, BOTH),
    Route(f"{_ONE}/draft.pdf", meeting_draft, policy.office),
]

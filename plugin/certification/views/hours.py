"""The ledger of hours: what counts, what does not and why; the table printed, proofs joined."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import jobs, web
from plugin.actor import Actor
from plugin.certification import hours, policy
from plugin.certification.forms.hours import HourForm, hour_form
from plugin.certification.hours import REASONS
from plugin.certification.models import HourEntry, HoursPaper, PaperState
from plugin.certification.operations import hours as operations
from plugin.certification.operations import hours_paper
from plugin.certification.queries import hours as queries
from plugin.certification.queries.hours import View
from plugin.errors import Refusal
from plugin.vault import links
from plugin.vault import queries as vault
from plugin.web import Route

GET_POST, POST = ("GET", "POST"), ("POST",)
PAGES = 12
"""Pages of the joined table that are seen in small."""


def hours_ledger() -> str:
    """Every training with what counts of it; the sums by topic against what is needed."""
    actor = web.current_actor()
    views, chosen = _views(actor)
    found = queries.tally(actor, chosen.needs)
    files = queries.files([one.training for one in found.lines])
    book = hours.book()
    return render_template(
        "certification/hours_ledger.html",
        views=[(one.key, one.label) for one in views],
        chosen=chosen,
        tally=found,
        topics=[
            (topic.label, found.of(topic.code), chosen.needs.topics.get(topic.code, 0))
            for topic in book.topics.values()
            if topic.code in chosen.needs.topics or found.of(topic.code)
        ],
        lines=[
            {
                "line": one,
                "topic": book.topics[one.training.topic].label,
                "reason": REASONS[one.reason] if one.reason is not None else "",
                "proof": links.url(files[one.training.file_id], actor)
                if one.training.file_id in files
                else "",
            }
            for one in reversed(found.lines)
        ],
        paper=queries.paper(actor),
    )


def hours_new() -> Response | str:
    """Note a training."""
    actor = web.current_actor()
    form = hour_form(actor)
    if request.method == "POST" and form.validate():
        try:
            operations.add(actor, form.values())
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": _words(refusal)})
        else:
            flash(_("已登錄這筆研習。"))
            return redirect(url_for("certification.hours_ledger"))
    return _show(form, None)


def hours_edit(entry_id: int) -> Response | str:
    """Mend an entry."""
    actor = web.current_actor()
    entry = queries.entry(actor, entry_id)
    form = hour_form(actor, entry)
    if request.method == "POST" and form.validate():
        try:
            operations.change(actor, entry_id, form.values())
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": _words(refusal)})
        else:
            flash(_("已修改這筆研習。"))
            return redirect(url_for("certification.hours_ledger"))
    return _show(form, entry)


def hours_end(entry_id: int) -> Response | str:
    """Take an entry away, once that is confirmed."""
    actor = web.current_actor()
    entry = queries.entry(actor, entry_id)
    if request.method == "POST":
        operations.take_away(actor, entry_id)
        flash(_("已刪除這筆研習；已收下的證明仍留有紀錄。"))
        return redirect(url_for("certification.hours_ledger"))
    return render_template("certification/hours_end.html", entry=entry)


def hours_print() -> Response:
    """Have the table made and the proofs joined; then wait for it."""
    try:
        hours_paper.print_table(web.current_actor(), request.form.get("view", ""))
    except Refusal as refusal:
        flash(_words(refusal), "error")
        return redirect(url_for("certification.hours_ledger"))
    return redirect(url_for("certification.hours_paper"))


def hours_paper_page() -> Response | str:
    """The joined table: how far it is, how it looks, how large it is, and where it may go.

    The progress bar asks for this same page and takes only itself out of it.
    """
    actor = web.current_actor()
    found = queries.paper(actor)
    if found is None:
        return redirect(url_for("certification.hours_ledger"))
    row, job = found
    dead = job is not None and job.state is jobs.JobState.FAILED
    making = row.state is PaperState.MAKING and not dead
    if request.headers.get("HX-Request") and not making:
        answer = current_app.make_response("")
        answer.headers["HX-Refresh"] = "true"
        return answer
    case = queries.own_case(actor)
    return render_template(
        "certification/hours_paper.html",
        row=row,
        job=job,
        making=making,
        failure=row.failure or (job.error if dead and job is not None else ""),
        case=case if case is not None and hours_paper.may_attach(case) else None,
        **_files(actor, row),
        refresh_seconds=5 if making else None,
    )


def hours_attach(case_id: int) -> Response:
    """One press puts the table into the application."""
    try:
        hours_paper.attach_hours(web.current_actor(), case_id)
    except Refusal as refusal:
        flash(_words(refusal), "error")
    else:
        flash(_("統計表與證明已放進申請案的「研習證明」，還沒有送出。"))
    return redirect(url_for("certification.hours_paper"))


def _files(actor: Actor, row: HoursPaper) -> dict[str, Any]:
    ids = (row.whole_file_id or 0, row.file_id or 0)
    some = vault.files(ids)
    whole, file = (some.get(one) for one in ids)
    if whole is None or file is None or file.purged_at is not None:
        return {"file": None}
    pages = [
        {
            "after": links.page_url(file, actor, number),
            "before": links.page_url(whole, actor, number) if whole.id != file.id else "",
        }
        for number in range(1, min(row.pages, PAGES) + 1)
    ]
    return {"file": file, "whole": whole, "url": links.url(file, actor), "pages": pages}


def _views(actor: Actor) -> tuple[list[View], View]:
    views = queries.views(actor)
    wanted = request.args.get("view", "")
    return views, next((one for one in views if one.key == wanted), views[0])


def _show(form: HourForm, entry: HourEntry | None) -> Response:
    address = (
        url_for("certification.hours_edit", entry_id=entry.id)
        if entry
        else url_for("certification.hours_new")
    )
    return page.render(
        form,
        action=address,
        template="certification/hours_form.html",
        cancel=url_for("certification.hours_ledger"),
        submit=_("儲存"),
        entry=entry,
    )


def _words(refusal: Refusal) -> str:
    return f"{refusal.message}{refusal.remedy}"


routes = [
    Route("/certification/hours", hours_ledger, policy.applicants),
    Route("/certification/hours/new", hours_new, policy.applicants, GET_POST),
    Route("/certification/hours/<int:entry_id>", hours_edit, policy.applicants, GET_POST),
    Route("/certification/hours/<int:entry_id>/end", hours_end, policy.applicants, GET_POST),
    Route("/certification/hours/print", hours_print, policy.applicants, POST),
    Route(
        "/certification/hours/paper",
        hours_paper_page,
        policy.applicants,
        endpoint="hours_paper",
    ),
    Route("/certification/hours/attach/<int:case_id>", hours_attach, policy.applicants, POST),
]

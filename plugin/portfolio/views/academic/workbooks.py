"""Official workbooks of a term: have one made, see how far it is, fetch it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from forms import page
from plugin import db, jobs, web
from plugin.actor import Actor, Role
from plugin.errors import Refusal
from plugin.portfolio.forms.academic_records import WorkbookForm
from plugin.portfolio.operations.academic import workbooks as operations
from plugin.portfolio.queries.academic import workbooks as queries
from plugin.portfolio.views.academic._shared import asked_term, common, of, show_refusal
from plugin.school.terms import Term
from plugin.vault import links
from plugin.vault.models import StoredFile

BATCHES = {
    "ordinary": _l("一、二年級"),
    "third_year_first": _l("三年級第一梯次"),
    "third_year_second": _l("三年級第二梯次"),
}


def workbook_list() -> Response:
    """The workbooks of a term, and the form for the next one."""
    actor, term = web.current_actor(), asked_term()
    form = WorkbookForm()
    numbers = queries.last_numbers(actor)
    form.book.choices = _choices(actor, numbers)
    if form.validate_on_submit():
        key, _colon, batch = str(form.book.data).partition(":")
        number = form.number.data or numbers.get((key, batch)) or _published(key, batch)
        try:
            made = operations.begin(actor, key, term, batch, number)
        except Refusal as refusal:
            show_refusal(form, refusal, term)
        else:
            return redirect(url_for("portfolio.workbook", workbook_id=made.id))  # type: ignore[return-value]
    return page.render(
        form,
        action=url_for("portfolio.workbook_list", of=of(term)),
        submit=_("開始製作"),
        template="portfolio/academic/workbooks.html",
        rows=queries.workbooks(actor, term, _keys(actor)),
        names={key: operations.book_of(key).name for key in operations.BOOKS},
        batches=BATCHES,
        registry=actor.has(Role.REGISTRY),
        **common(term),
    )


def workbook(workbook_id: int) -> str:
    """One workbook: its progress, then what is in it and the file."""
    actor = web.current_actor()
    made = operations.seen(actor, workbook_id)
    roster = operations.book_of(made.book)
    file = db.reading().get(StoredFile, made.file_id) if made.file_id else None
    job = db.reading().get(jobs.Job, made.job_id) if made.job_id else None
    term = Term(made.academic_year, made.term)
    return render_template(
        "portfolio/academic/workbook.html",
        made=made,
        roster=roster,
        file=file,
        address=links.url(file, actor) if file else "",
        job=job,
        batch=BATCHES[made.batch] if len(roster.numbers) > 1 else "",
        counts=[(one.name, made.counts.get(one.key, 0)) for one in roster.sheets],
        failed=job is not None and job.state is jobs.JobState.FAILED,
        refresh_seconds=None if file or request.headers.get("HX-Request") else 5,
        of=of(term),
        term=term,
    )


def _keys(actor: Actor) -> list[str]:
    return [
        key for key in operations.BOOKS if actor.has(*operations.KEEPERS.get(key, (Role.REGISTRY,)))
    ]


def _choices(actor: Actor, numbers: dict[tuple[str, str], str]) -> list[tuple[str, str]]:
    found = []
    for key in _keys(actor):
        roster = operations.book_of(key)
        for batch, published in roster.numbers.items():
            number = numbers.get((key, batch)) or published
            words = [str(BATCHES[batch])] if len(roster.numbers) > 1 else []
            if number:
                words.append(_("名冊別 %(number)s", number=number))
            tail = _("（%(words)s）", words=_("，").join(words)) if words else ""
            found.append((f"{key}:{batch}", f"{roster.name}{tail}"))
    return found


def _published(key: str, batch: str) -> str:
    return operations.book_of(key).numbers.get(batch, "") if key in operations.BOOKS else ""

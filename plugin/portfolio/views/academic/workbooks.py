"""Hand-ins of a term: have one made, see how far it is, fetch its files, compare versions."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from forms import page
from plugin import db, jobs, web
from plugin.actor import Actor, Role
from plugin.errors import Refusal
from plugin.paging import Page
from plugin.portfolio.forms.academic_records import WorkbookForm
from plugin.portfolio.models import SubmissionFileKind, SubmissionState, TermWorkbook
from plugin.portfolio.operations import downloads
from plugin.portfolio.operations.academic import workbooks as operations
from plugin.portfolio.queries.academic import hand_in_changes as differences
from plugin.portfolio.queries.academic import hand_ins
from plugin.portfolio.queries.academic import workbooks as queries
from plugin.portfolio.queries.changes import LABELS, What
from plugin.portfolio.views.academic._shared import asked_term, common, of, show_refusal
from plugin.portfolio.views.submitting import _shown
from plugin.school.terms import Term
from plugin.settings import Settings
from plugin.vault import links
from plugin.vault import queries as vault_queries

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
    registry = actor.has(Role.REGISTRY)
    if not registry:
        del form.override
    if form.validate_on_submit():
        key, _colon, batch = str(form.book.data).partition(":")
        number = form.number.data or numbers.get((key, batch)) or _published(key, batch)
        why = (form.override.data or "") if registry else ""
        try:
            made = operations.begin(actor, key, term, batch, number, override=why)
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
        registry=registry,
        States=SubmissionState,
        **common(term),
    )


def workbook(workbook_id: int) -> Response | str:
    """One hand-in: its progress, then what is in it and its files."""
    actor = web.current_actor()
    made = operations.seen(actor, workbook_id)
    roster = operations.book_of(made.book)
    job = db.reading().get(jobs.Job, made.job_id) if made.job_id else None
    building = made.state is SubmissionState.BUILDING
    dead = building and job is not None and job.state is jobs.JobState.FAILED
    if request.headers.get("HX-Request") and (dead or not building):
        return _shown.refreshed()
    term = Term(made.academic_year, made.term)
    settings: Settings = current_app.extensions["licheng.settings"]
    return render_template(
        "portfolio/academic/workbook.html",
        made=made,
        state=SubmissionState.FAILED if dead else made.state,
        failure=job.error if dead and job else made.failure,
        roster=roster,
        files=_files(made, actor),
        verify_url=hand_ins.verify_url(settings.public_url, made),
        job=job,
        batch=BATCHES[made.batch] if len(roster.numbers) > 1 else "",
        counts=[(one.name, made.counts.get(one.key, 0)) for one in roster.sheets],
        before=differences.before(made) if made.rows_sha256 else [],
        refresh_seconds=5 if building and not dead else None,
        States=SubmissionState,
        of=of(term),
        term=term,
    )


def verify_term(token: str) -> str:
    """Public: whoever holds the printed list may check it. Tells counts and hashes of what was
    frozen, and nothing about any person."""
    found = hand_ins.verification(token)
    if found is None:
        abort(404)
    roster = operations.book_of(found.book)
    return render_template(
        "portfolio/academic/verify.html",
        found=found,
        roster=roster,
        term=Term(found.academic_year, found.term),
        batch=BATCHES[found.batch] if len(roster.numbers) > 1 else "",
        counts=[(one.name, found.counts.get(one.key, 0)) for one in roster.sheets],
    )


def workbook_changes(workbook_id: int) -> str:
    """This version beside an earlier one: which lines were added, removed, changed."""
    made = operations.seen(web.current_actor(), workbook_id)
    roster = operations.book_of(made.book)
    others = differences.before(made)
    other = _compared(others)
    counts = differences.counts(made.id, other.id) if other else dict.fromkeys(What, 0)
    asked = request.args.get("what")
    first = next((one for one in What if counts[one]), What.CHANGED)
    what = What(asked) if asked in set(What) else first
    page: Page[differences.Change] = Page((), None)
    if other:
        after = request.args.get("after")
        page = differences.changes(roster, what, made.id, other.id, after=after)
    return render_template(
        "portfolio/academic/workbook_changes.html",
        made=made,
        roster=roster,
        other=other,
        others=others,
        counts=counts,
        what=what,
        labels=LABELS,
        page=page,
        What=What,
        term=Term(made.academic_year, made.term),
        of=of(Term(made.academic_year, made.term)),
    )


def workbook_changes_table(workbook_id: int) -> Response:
    """The same as a CSV, one line for each cell that differs."""
    actor = web.current_actor()
    made = operations.seen(actor, workbook_id)
    other = _compared(differences.before(made))
    if other is None:
        flash(_("沒有可以比較的先前版本。"), "error")
        return redirect(url_for("portfolio.workbook", workbook_id=made.id))  # type: ignore[return-value]
    roster = operations.book_of(made.book)
    header = [
        _("差異"), _("資料類別"), _("班級"), _("座號"), _("學號"), _("姓名"), _("名稱"),
        _("欄位"), _("先前"), _("本版"),
    ]  # fmt: skip
    file = downloads.table(
        actor,
        f"{roster.name}-{of(Term(made.academic_year, made.term))}-v{made.version:02}"
        f"-changes-{other.version:02}.csv",
        header,
        (
            line
            for one in differences.all_changes(roster, made.id, other.id)
            for line in _lines(one)
        ),
        slot=f"workbook.{made.book}.changes",
    )
    return redirect(links.url(file, actor))  # type: ignore[return-value]


def _lines(one: differences.Change) -> list[list[str | int | None]]:
    row = one.row
    begin: list[str | int | None] = [
        str(LABELS[one.what]), one.sheet, row.class_name, row.seat or "", row.student_number,
        row.student_name, one.title,
    ]  # fmt: skip
    if not one.fields:
        return [[*begin, "", "", ""]]
    return [[*begin, field.label, field.before, field.after] for field in one.fields]


def _compared(others: list[TermWorkbook]) -> TermWorkbook | None:
    """The version of `?against=`, or the one just before."""
    asked = request.values.get("against", type=int)
    return next((one for one in others if one.version == asked), others[0] if others else None)


def _files(made: TermWorkbook, actor: Actor) -> list[tuple[str, str, int, str, str]]:
    """Of each file: what it is, its name, size, hash and link; of old ones the workbook alone."""
    words = {
        SubmissionFileKind.WORKBOOK: _("官方名冊（XLSX）"),
        SubmissionFileKind.MANIFEST: _("提交名冊（PDF）"),
        SubmissionFileKind.CSV: _("提交名冊（CSV）"),
        SubmissionFileKind.PACKAGE: _("檔案包（BagIt ZIP）"),
    }
    produced = hand_ins.files(made.id)
    ids = {kind: produced[kind].file_id for kind in words if kind in produced}
    if not ids and made.file_id:
        ids = {SubmissionFileKind.WORKBOOK: made.file_id}
    if made.state is not SubmissionState.FROZEN:
        return []
    stored = vault_queries.files(ids.values())
    found = ((words[kind], stored[file_id]) for kind, file_id in ids.items())
    return [(word, one.name, one.size, one.sha256, links.url(one, actor)) for word, one in found]


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

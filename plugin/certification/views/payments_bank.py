"""A bank's file: uploaded, its columns chosen and looked at, taken by the queue, its results."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from forms.definition import Form
from plugin import web
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.bank import reading
from plugin.certification.bank.columns import REQUIRED, Columns
from plugin.certification.bank.reading import BadRow, BankRow
from plugin.certification.forms import payments as forms
from plugin.certification.operations import bank_files as operations
from plugin.certification.operations.bank_taking import FAULTY, KNOWN, LEFT_OUT
from plugin.certification.payment_words import ADVICE, MATCHES
from plugin.certification.queries import payments as queries
from plugin.certification.queries.payments import Taken
from plugin.certification.stage_payments import BankStage
from plugin.errors import NotFound, Refusal
from plugin.ids import row_id
from plugin.jobs import JobState
from plugin.school.importing.errors import FileUnreadable
from plugin.vault import queries as vault
from plugin.web import Route

Answer = Response | str
BOTH, POST = ("GET", "POST"), ("POST",)
PREVIEW = 10


def bank_list() -> str:
    """The files that were brought in."""
    actor = web.current_actor()
    return render_template(
        "certification/payments_bank_list.html",
        found=queries.bank_files(actor, request.args.get("after")),
        words=MATCHES,
    )


def bank_new() -> Answer:
    """Bring a file in."""
    actor = web.current_actor()
    form = forms.BankFileForm(stage=BankStage(actor))
    if form.validate_on_submit() and form.file.data is not None:
        file_id = row_id(form.file.data.ref) or 0
        try:
            row = operations.begin(actor, file_id, _path(actor, file_id))
        except Refusal as refusal:
            _show(form, refusal)
        else:
            return redirect(url_for("certification.bank", bank_id=row.id))
    return page.render(
        form,
        submit=_("上傳"),
        cancel=url_for("certification.bank_list"),
        template="certification/payments_bank_new.html",
    )


def bank(bank_id: int) -> Answer:
    """One file: its columns and first rows before, how far it is, its results after."""
    actor = web.current_actor()
    taken = queries.bank_file(actor, bank_id)
    if taken.row.job_id is None and taken.row.finished_at is None:
        return _columns(actor, taken)
    failed = taken.job is not None and taken.job.state is JobState.FAILED
    working = taken.row.finished_at is None and not failed
    if request.headers.get("HX-Request") and not working:
        answer = current_app.make_response("")
        answer.headers["HX-Refresh"] = "true"
        return answer
    counts = taken.row.counts
    return render_template(
        "certification/payments_bank_one.html",
        taken=taken,
        one=taken.row,
        job=taken.job,
        working=working,
        failed=failed,
        results=[(one, counts[one.value]) for one in MATCHES if counts.get(one.value)],
        known=counts.get(KNOWN, 0),
        faulty=counts.get(FAULTY, 0),
        left_out=counts.get(LEFT_OUT, 0),
        total=sum(counts.values()),
        words=MATCHES,
        advice=ADVICE,
        refresh_seconds=3 if working else None,
    )


def bank_start(bank_id: int) -> Response:
    """Have it taken."""
    actor = web.current_actor()
    try:
        operations.start(actor, bank_id)
    except NotFound:
        raise
    except Refusal as refusal:
        flash(f"{refusal.message}{refusal.remedy}", "error")
    return redirect(url_for("certification.bank", bank_id=bank_id))


def _columns(actor: Actor, taken: Taken) -> Answer:
    """Choose the columns; the first rows as they are understood."""
    path = _path(actor, taken.row.file_id)
    head = reading.head(path)
    columns = Columns.of(taken.row.columns)
    if request.method == "POST":
        typed = row_id(request.form.get("header", "").strip()) or 0
        headings, header = head.headings(typed), typed
    else:
        headings, header = head.headings(columns.header), columns.header
    form = forms.columns_form(headings, _examples(head, header))()
    if request.method == "GET":
        form.fill(columns, taken.bank, headings)
    elif form.validate():
        try:
            operations.choose(actor, taken.row.id, form.bank.data or "", form.columns())
        except Refusal as refusal:
            _show(form, refusal)
        else:
            flash(_("已存下欄位的選擇。請看前幾列是否正確，再開始匯入。"))
            return redirect(url_for("certification.bank", bank_id=taken.row.id) + "#preview")
    shown, fault = [], ""
    if taken.row.mapping_id is not None or set(REQUIRED) <= columns.places.keys():
        try:
            shown = list(islice(reading.rows(path, columns), PREVIEW))
        except FileUnreadable as error:
            fault = f"{error.message}{error.remedy}"
    return page.render(
        form,
        action=url_for("certification.bank", bank_id=taken.row.id),
        submit=_("存下並預覽"),
        cancel=url_for("certification.bank_list"),
        template="certification/payments_bank_columns.html",
        taken=taken,
        lines=head.lines[:8],
        width=max(len(cells) for _number, cells in head.lines[:8]),
        shown=[(row, isinstance(row, BankRow)) for row in shown],
        fault=fault,
        ready=taken.row.mapping_id is not None and any(isinstance(row, BankRow) for row in shown),
        all_bad=bool(shown) and all(isinstance(row, BadRow) for row in shown),
    )


def _examples(head: reading.Head, header: int) -> Sequence[str]:
    """The first row below the headings that fills the most columns."""
    below = [cells for number, cells in head.lines if number > header]
    return max(below, key=lambda cells: sum(bool(one.strip()) for one in cells), default=[])


def _path(actor: Actor, file_id: int) -> Path:
    file = queries.bank_of(actor, file_id)
    return vault.path(file.sha256, file.size)


def _show(form: Form, refusal: Refusal) -> None:
    if isinstance(refusal, NotFound):
        raise refusal
    form.add_errors(refusal.fields or {"": f"{refusal.message}{refusal.remedy}"})


routes = [
    Route("/certification/payments/bank", bank_list, policy.office),
    Route("/certification/payments/bank/new", bank_new, policy.office, BOTH),
    Route("/certification/payments/bank/<int:bank_id>", bank, policy.office, BOTH),
    Route("/certification/payments/bank/<int:bank_id>/start", bank_start, policy.office, POST),
]

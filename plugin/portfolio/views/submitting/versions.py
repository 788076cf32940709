"""The registry's submissions of a year: every version, one of them, what differs between two."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from plugin import db, jobs, web
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.paging import Page
from plugin.portfolio.models import (
    SelectionKind,
    Submission,
    SubmissionFileKind,
    SubmissionState,
)
from plugin.portfolio.operations import downloads
from plugin.portfolio.operations import submission as operations
from plugin.portfolio.queries import changes as differences
from plugin.portfolio.queries import checks, lending, receipts, snapshot, submissions
from plugin.portfolio.queries.changes import What
from plugin.portfolio.views._shared import asked_year, tell, this_year
from plugin.portfolio.views.submitting import _shown
from plugin.school import batches
from plugin.settings import Settings
from plugin.vault import links
from plugin.vault import queries as vault_queries

NOTES = {
    "snapshot": _l("正在凍結資料"),
    "manifest": _l("正在編排提交名冊"),
    "workbook": _l("正在製作公版名冊"),
    "package": _l("正在打包檔案並逐檔核對雜湊值"),
    "deposit": _l("正在存入檔案庫"),
}
"""What the steps of the build are called."""


def submission_list() -> str:
    """A batch of a year: what is selected, its 預檢, every version that was made."""
    actor = web.current_actor()
    assert actor.school_id is not None
    year, batch = asked_year(), batches.read(request.args.get("batch"))
    window = _shown.window(actor, year, batch)
    return render_template(
        "portfolio/submissions.html",
        year=year,
        years=list(range(this_year(), this_year() - 4, -1)),
        batch=batch,
        batches=batches.LABELS,
        selected=snapshot.count(actor.school_id, year, batch),
        check=checks.newest(actor.school_id, year, batch),
        versions=submissions.versions(actor, year, batch),
        disputes=receipts.open_disputes(actor.school_id, year, batch),
        banner=_shown.banner(window),
        open=_shown.is_open(window),
        States=SubmissionState,
        Kinds=SelectionKind,
    )


def submission_begin() -> Response:
    """Begin the next version; its page shows the progress."""
    year, batch = asked_year(), batches.read(request.form.get("batch"))
    try:
        why = request.form.get("override", "")
        made = operations.begin(web.current_actor(), year, batch, override=why)
    except Refusal as refusal:
        tell(refusal)
        return redirect(url_for("portfolio.submission_list", year=year, batch=batch.value))
    return redirect(url_for("portfolio.submission", submission_id=made.id))


def submission(submission_id: int) -> Response | str:
    """One version: progress while it is made, then its files and rows.

    The progress bar asks for this same page each second and takes only itself out of it; once the
    work is over the whole page is shown anew.
    """
    actor = web.current_actor()
    found = operations.seen_by_registry(actor, submission_id)
    job = _job(found)
    building = found.state is SubmissionState.BUILDING
    dead = building and job is not None and job.state is jobs.JobState.FAILED
    if request.headers.get("HX-Request") and (dead or not building):
        return _shown.refreshed()
    settings: Settings = current_app.extensions["licheng.settings"]
    record_kind = _shown.record_kind()
    return render_template(
        "portfolio/submission.html",
        submission=found,
        state=SubmissionState.FAILED if dead else found.state,
        failure=job.error if dead and job else found.failure,
        files=_files(found, actor),
        kinds=_kind_words(),
        batch=batches.LABELS[found.batch],
        record_kind=record_kind,
        rows=submissions.rows(found.id, record_kind=record_kind, after=request.args.get("after")),
        before=differences.before(found),
        lent=lending.lending(found.id) is not None,
        job=job,
        notes=NOTES,
        refresh_seconds=5 if building and not dead else None,
        verify_url=f"{settings.public_url}/verify/{found.token}",
        States=SubmissionState,
        Kinds=SelectionKind,
    )


def changes(submission_id: int) -> str:
    """This version beside an earlier one: what was added, removed, changed."""
    found = operations.seen_by_registry(web.current_actor(), submission_id)
    others = differences.before(found)
    other = _compared(others)
    counts = differences.counts(found.id, other.id) if other else dict.fromkeys(What, 0)
    what = _part(counts)
    page: Page[differences.Change] = (
        differences.changes(what, found.id, other.id, after=request.args.get("after"))
        if other
        else Page((), None)
    )
    return render_template(
        "portfolio/submitting/changes.html",
        submission=found,
        other=other,
        others=others,
        counts=counts,
        what=what,
        labels=differences.LABELS,
        page=page,
        What=What,
        Kinds=SelectionKind,
    )


def changes_table(submission_id: int) -> Response:
    """The same as a CSV, one line for each field that differs."""
    actor = web.current_actor()
    found = operations.seen_by_registry(actor, submission_id)
    other = _compared(differences.before(found))
    if other is None:
        flash(_("沒有可以比較的先前版本。"), "error")
        return redirect(url_for("portfolio.submission", submission_id=found.id))
    header = [
        _("差異"), _("資料類別"), _("班級"), _("座號"), _("學號"), _("姓名"), _("名稱"),
        _("欄位"), _("先前"), _("本版"),
    ]  # fmt: skip
    file = downloads.table(
        actor,
        f"{found.number}-changes-{other.version:02}.csv",
        header,
        (line for one in differences.all_changes(found.id, other.id) for line in _lines(one)),
        slot="submission.changes",
    )
    return redirect(links.url(file, actor))


def verify(token: str) -> str:
    """Public: whoever holds the printed manifest may check it. Tells counts and hashes of a
    frozen submission, and nothing about any person."""
    found = submissions.verification(token)
    if found is None:
        abort(404)
    return render_template("portfolio/verify.html", found=found, batch=batches.LABELS[found.batch])


def _job(found: Submission) -> jobs.Job | None:
    return db.reading().get(jobs.Job, found.job_id) if found.job_id else None


def _files(found: Submission, actor: Actor) -> list[tuple[object, str]]:
    produced = submissions.files(found.id)
    stored = vault_queries.files(one.file_id for one in produced.values())
    return [
        (produced[kind], links.url(stored[produced[kind].file_id], actor))
        for kind in SubmissionFileKind
        if kind in produced
    ]


def _compared(others: list[Submission]) -> Submission | None:
    """The version of `?against=`, or the one just before."""
    asked = request.values.get("against", type=int)
    return next((one for one in others if one.version == asked), others[0] if others else None)


def _part(counts: dict[What, int]) -> What:
    """The part of `?what=`, or the first that is not empty."""
    asked = request.args.get("what")
    if asked in set(What):
        return What(asked)
    return next((what for what in What if counts[what]), What.CHANGED)


def _lines(one: differences.Change) -> list[list[str | int | None]]:
    cells = one.row.cells
    begin: list[str | int | None] = [
        str(differences.LABELS[one.what]),
        str(_shown.RECORDS[one.row.record_kind]),
        cells["class_name"],
        cells["seat"],
        cells["student_number"],
        cells["student_name"],
        cells["title"],
    ]
    if not one.fields:
        return [[*begin, "", "", ""]]
    return [[*begin, field.label, field.before, field.after] for field in one.fields]


def _kind_words() -> dict[SubmissionFileKind, str]:
    return {
        SubmissionFileKind.MANIFEST: _("提交名冊（PDF）"),
        SubmissionFileKind.SHEET: _("提交名冊（XLSX）"),
        SubmissionFileKind.WORKBOOK: _("學生課程學習成果名冊（公版 XLSX）"),
        SubmissionFileKind.EXPERIENCES: _("學生自填多元表現名冊（公版 XLSX）"),
        SubmissionFileKind.CSV: _("提交名冊（CSV）"),
        SubmissionFileKind.PACKAGE: _("檔案包（BagIt ZIP）"),
    }

"""Pages of the registry and the homeroom teacher: progress, overdue, submissions."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from forms import page
from plugin import db, jobs, web
from plugin.actor import Role
from plugin.errors import InvalidInput, Refusal
from plugin.ids import row_ids
from plugin.portfolio.forms import ExtendForm
from plugin.portfolio.models import OutcomeState, Submission, SubmissionFileKind, SubmissionState
from plugin.portfolio.operations import deadlines
from plugin.portfolio.operations import submission as operations
from plugin.portfolio.queries import experiences, snapshot, submissions
from plugin.portfolio.queries import progress as figures
from plugin.portfolio.views._shared import asked_year, deadline, tell, this_year
from plugin.school import queries as school_queries
from plugin.school import windows
from plugin.school.models import WindowKind
from plugin.settings import Settings
from plugin.vault import links
from plugin.vault import queries as vault_queries

NOTES = {
    "snapshot": _l("正在凍結資料"),
    "verify": _l("正在逐檔核對雜湊值"),
    "manifest": _l("正在編排提交名冊"),
    "package": _l("正在打包檔案"),
    "deposit": _l("正在存入檔案庫"),
}
"""What the steps of the build are called."""


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


def homeroom() -> str:
    """My classes: figures of each student, read only, no works."""
    actor = web.current_actor()
    year = asked_year()
    classes = figures.of_homeroom(actor, year)
    asked = request.args.get("class", type=int)
    one = next((row for row in classes if row.class_id == asked), classes[0] if classes else None)
    students = figures.of_class(one.class_id, year) if one else []
    return render_template(
        "portfolio/homeroom.html",
        year=year,
        current=year == this_year(),
        classes=classes,
        one=one,
        students=students,
        experiences=experiences.counts_of([line.student.id for line in students], year),
        States=OutcomeState,
    )


def submission_list() -> str:
    """預檢 of a year, and every version that was made."""
    actor = web.current_actor()
    year = asked_year()
    assert actor.school_id is not None
    return render_template(
        "portfolio/submissions.html",
        year=year,
        years=_years(),
        check=snapshot.check(school_queries.school(actor.school_id), year),
        versions=submissions.versions(actor, year),
        banner=deadline(actor, WindowKind.SUBMISSION, year),
        open=windows.is_open(actor.school_id, WindowKind.SUBMISSION, year),
        States=SubmissionState,
    )


def submission_begin() -> Response:
    """Begin the next version; its page shows the progress."""
    year = asked_year()
    try:
        made = operations.begin(web.current_actor(), year)
    except Refusal as refusal:
        tell(refusal)
        return redirect(url_for("portfolio.submission_list", year=year))
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
        answer = current_app.make_response("")
        answer.headers["HX-Refresh"] = "true"
        return answer
    produced = submissions.files(found.id)
    stored = vault_queries.files(one.file_id for one in produced.values())
    settings: Settings = current_app.extensions["licheng.settings"]
    return render_template(
        "portfolio/submission.html",
        submission=found,
        state=SubmissionState.FAILED if dead else found.state,
        failure=job.error if dead and job else found.failure,
        files=[
            (produced[kind], links.url(stored[produced[kind].file_id], actor))
            for kind in SubmissionFileKind
            if kind in produced
        ],
        kinds=_kind_words(),
        rows=submissions.rows(found.id, after=request.args.get("after")),
        job=job,
        notes=NOTES,
        refresh_seconds=5 if building and not dead else None,
        verify_url=f"{settings.public_url}/verify/{found.token}",
        States=SubmissionState,
    )


def verify(token: str) -> str:
    """Public: whoever holds the printed manifest may check it. Tells counts and hashes of a
    frozen submission, and nothing about any person."""
    found = submissions.verification(token)
    if found is None:
        abort(404)
    return render_template("portfolio/verify.html", found=found)


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


def _job(found: Submission) -> jobs.Job | None:
    return db.reading().get(jobs.Job, found.job_id) if found.job_id else None


def _years() -> list[int]:
    return list(range(this_year(), this_year() - 4, -1))


def _kind_words() -> dict[SubmissionFileKind, str]:
    return {
        SubmissionFileKind.MANIFEST: _("提交名冊（PDF）"),
        SubmissionFileKind.SHEET: _("提交名冊（XLSX）"),
        SubmissionFileKind.WORKBOOK: _("學生課程學習成果名冊（公版 XLSX）"),
        SubmissionFileKind.CSV: _("提交名冊（CSV）"),
        SubmissionFileKind.PACKAGE: _("檔案包（BagIt ZIP）"),
    }

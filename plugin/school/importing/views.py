"""The page 匯入資料: the history, an upload, its preview, and what is done with it."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from forms import page
from plugin import db, jobs, web
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.school import policy
from plugin.school.importing import beside, operations, queries, rights, template
from plugin.school.importing.definition import Action, Importable, importable, importables
from plugin.school.importing.files import MEDIA_TYPES, Format
from plugin.school.importing.forms import UploadForm
from plugin.school.importing.models import WORKING, ImportState, SchoolImport
from plugin.school.importing.stage import ImportStage
from plugin.school.terms import Term
from plugin.school.views._shared import asked_term, attempt, school_id, years
from plugin.vault import links, names
from plugin.vault import queries as vault
from plugin.vault.models import FileState
from plugin.web import Route, room


def index() -> str:
    """Who brought in what, when, and what became of it."""
    actor = web.current_actor()
    return render_template(
        "school/importing/index.html",
        found=queries.page(actor, after=request.args.get("after")),
        undoable=queries.undoable(school_id()),
        kinds=_offered(),
        keeps=rights.keeps(actor),
        totals=_totals,
    )


def upload() -> AnyResponse:
    """Choose a file and say of which term it is."""
    actor = web.current_actor()
    form = UploadForm(stage=ImportStage(actor))
    form.year.choices = [(str(one), _("%(year)d 學年度", year=one)) for one in years()]
    form.kind.choices = [(one.kind, one.sheet.title) for one in rights.kinds(actor)]
    if form.validate_on_submit():
        made: list[SchoolImport] = []

        def begin() -> None:
            made.append(
                operations.start(
                    actor,
                    row_id(form.file.data.ref if form.file.data else "") or 0,
                    Term(int(form.year.data), int(form.term.data)),
                    kind=form.kind.data or "",
                    complete=bool(form.complete.data),
                )
            )

        if attempt(form, begin):
            return redirect(url_for("imports.show", import_id=made[0].id))
    elif request.method == "GET":
        now = asked_term()
        form.year.data, form.term.data = str(now.academic_year), str(now.term)
    return page.render(
        form,
        submit=_("上傳並檢查"),
        cancel=url_for("imports.index"),
        template="school/importing/upload.html",
    )


def show(import_id: int) -> str | AnyResponse:
    """One import: its progress, its bad rows, what it changes or changed."""
    one = queries.find(web.current_actor(), import_id)
    actor = web.current_actor()
    job = db.reading().get(jobs.Job, one.job_id) if one.job_id else None
    dead = job is not None and job.state is jobs.JobState.FAILED
    working = one.state in WORKING and not dead
    if request.headers.get("HX-Request") and not working:
        answer = current_app.make_response("")
        answer.headers["HX-Refresh"] = "true"
        return answer
    files = vault.files(filter(None, (one.file_id, one.faults_file_id)))
    faulty = one.state is ImportState.FAULTY
    return render_template(
        "school/importing/show.html",
        one=one,
        term=Term(one.academic_year, one.term),
        file=files[one.file_id],
        file_url=_link(files.get(one.file_id)),
        faults_url=_link(files.get(one.faults_file_id or 0)),
        job=job,
        written=max(job.done, beside.told(one.id)) if job and working else 0,
        working=working,
        dead=dead and one.state in WORKING,
        totals=_totals(one),
        faults=queries.faults(one.id, after=request.args.get("after")) if faulty else None,
        changes=None
        if faulty
        else queries.changes(
            one.id,
            kind=request.args.get("kind", ""),
            action=request.args.get("action", ""),
            after=request.args.get("after"),
        ),
        undoable=queries.undoable(actor.school_id or 0) == one.id,
        States=ImportState,
        Actions=Action,
        counts=_in_order(one),
        labels={kind: row["title"] for kind, row in _in_order(one)},
        refresh_seconds=3 if working else None,
    )


def apply(import_id: int) -> AnyResponse:
    """Write what the preview shows."""
    return _asked(import_id, operations.apply)


def check_again(import_id: int) -> AnyResponse:
    """Compare with what the school knows now."""
    return _asked(import_id, operations.check_again)


def give_up(import_id: int) -> AnyResponse:
    """The queue lost it; try again."""
    return _asked(import_id, operations.give_up)


def cancel(import_id: int) -> AnyResponse:
    """Let go of a preview."""
    operations.cancel(web.current_actor(), import_id)
    flash(_("已放棄這次匯入，沒有任何資料被變更。"))
    return redirect(url_for("imports.index"))


def undo(import_id: int) -> str | AnyResponse:
    """Ask, then take the last import back."""
    one = queries.find(web.current_actor(), import_id)
    if request.method == "POST":
        return _asked(import_id, operations.undo)
    total = _totals(one)
    return render_template(
        "layout/confirm.html",
        title=_("復原這次匯入"),
        question=_("這次匯入新增的資料會移除，修改與停用的資料會還原成匯入前的內容。"),
        facts=[
            (_("檔案"), vault.files([one.file_id])[one.file_id].name),
            (_("新增"), total["new"]),
            (_("修改"), total["changed"]),
            (_("停用"), total["gone"]),
        ],
        consequences=[_("如果已有成果、紀錄或帳號用到這些資料，系統不會復原，並會說明原因。")],
        submit=_("復原"),
        danger=True,
        action=url_for("imports.undo", import_id=import_id),
        cancel=url_for("imports.show", import_id=import_id),
    )


def blank_workbook() -> Response:
    """The template of one kind (`?kind=`) or of all, as a workbook."""
    kind = request.args.get("kind", "")
    kinds = tuple(one for one in _offered() if kind in {"", one.kind})
    if not kinds:
        abort(404)
    title = kinds[0].sheet.title if kind else _("全部")
    return _attachment(
        template.workbook(kinds),
        _("匯入範本－%(title)s.xlsx", title=title),
        MEDIA_TYPES[Format.WORKBOOK],
    )


def blank_csv(kind: str) -> Response:
    """The template of one kind as CSV."""
    if kind not in {one.kind for one in _offered()}:
        abort(404)
    of = importable(kind)
    name = _("匯入範本－%(title)s.csv", title=of.sheet.title)
    return _attachment(template.csv_file(of), name, MEDIA_TYPES[Format.CSV])


def _offered() -> tuple[Importable, ...]:
    """The kinds with a template that the reader may bring in."""
    mine = rights.kinds(web.current_actor())
    return tuple(one for one in template.offered() if one in mine)


def _asked(import_id: int, operation) -> AnyResponse:  # type: ignore[no-untyped-def]
    try:
        operation(web.current_actor(), import_id)
    except Refusal as refusal:
        if refusal.status != 409:
            raise
        flash(" ".join(filter(None, (refusal.message, refusal.remedy))), "warning")
    return redirect(url_for("imports.show", import_id=import_id))


def _attachment(content: bytes, name: str, media_type: str) -> Response:
    """A blank form: nobody's data, so it is made on the spot and not kept."""
    answer = Response(content, mimetype=media_type)
    answer.headers["Content-Disposition"] = names.disposition(name)
    return answer


def _link(file) -> str:  # type: ignore[no-untyped-def]
    if file is None or file.state is FileState.PURGED:
        return ""
    return links.url(file, web.current_actor())


def _in_order(one: SchoolImport) -> list[tuple[str, dict[str, Any]]]:
    """Counts by kind, in the order in which the kinds are taken."""
    places = {known.kind: place for place, known in enumerate(importables())}
    return sorted(one.counts.items(), key=lambda row: places.get(row[0], len(places)))


def _totals(one: SchoolImport) -> dict[str, int]:
    keys = ("rows", "new", "changed", "gone", "same", "faults")
    found = {key: sum(row[key] for row in one.counts.values()) for key in keys}
    found["left_out"] = sum(sum(row["left_out"].values()) for row in one.counts.values())
    return found


routes = [
    Route("/", index, policy.importers),
    Route("/new", upload, policy.importers, methods=("GET", "POST")),
    Route("/template.xlsx", blank_workbook, policy.importers),
    Route("/template/<kind>.csv", blank_csv, policy.importers),
    Route("/<int:import_id>", show, policy.importers),
    Route("/<int:import_id>/apply", apply, policy.importers, methods=("POST",)),
    Route("/<int:import_id>/check", check_again, policy.importers, methods=("POST",)),
    Route("/<int:import_id>/give-up", give_up, policy.importers, methods=("POST",)),
    Route("/<int:import_id>/cancel", cancel, policy.importers, methods=("POST",)),
    Route("/<int:import_id>/undo", undo, policy.importers, methods=("GET", "POST")),
]
blueprint = room("imports", routes, url_prefix="/school/imports")

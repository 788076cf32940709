"""預檢: begun, looked at by class and kind, fetched as a table; the way to mend each fault."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from plugin import db, jobs, web
from plugin.actor import Role
from plugin.errors import Refusal
from plugin.ids import row_id, row_ids
from plugin.portfolio import policy
from plugin.portfolio.checking.table import FAULTS, MENDER_WORDS, Mender
from plugin.portfolio.models import CheckState, SelectionKind, SubmissionCheck
from plugin.portfolio.operations import checks as operations
from plugin.portfolio.operations import downloads, telling
from plugin.portfolio.queries import checks as queries
from plugin.portfolio.queries.checks import Asked, Line
from plugin.portfolio.views._shared import asked_year, tell
from plugin.portfolio.views.submitting import _shown
from plugin.school import batches
from plugin.vault import links

Kinds = frozenset[SelectionKind]
SHOWN = 24
"""Characters of a fault's words by which the list of kinds names it."""


@dataclass(frozen=True)
class Mending:
    """Who mends a fault; `url` where the reader does it themselves, `tellable` where another
    must."""

    who: str
    url: str = ""
    tellable: bool = False


def check_begin() -> Response:
    """Look at everything; the page of the check shows how far it is."""
    year, batch = asked_year(), batches.read(request.form.get("batch"))
    try:
        made = operations.begin(web.current_actor(), year, batch)
    except Refusal as refusal:
        tell(refusal)
        if not web.current_actor().has(Role.REGISTRY):
            return redirect(url_for("portfolio.experience_check", year=year))
        return redirect(url_for("portfolio.submission_list", year=year, batch=batch.value))
    return redirect(url_for("portfolio.check", check_id=made.id))


def check(check_id: int) -> Response | str:
    """What a check found; while it is being done, how far it is."""
    found = operations.seen(web.current_actor(), check_id)
    job = db.reading().get(jobs.Job, found.job_id) if found.job_id else None
    running = found.state is CheckState.RUNNING
    dead = running and job is not None and job.state is jobs.JobState.FAILED
    if request.headers.get("HX-Request") and (dead or not running):
        return _shown.refreshed()
    kinds = policy.looked_at(web.current_actor(), found)
    asked = _asked(kinds)
    page = queries.faults(found.id, asked, after=request.args.get("after"))
    return render_template(
        "portfolio/submitting/check.html",
        check=found,
        batch=batches.LABELS[found.batch],
        running=running and not dead,
        failed=dead or found.state is CheckState.FAILED,
        job=job,
        refresh_seconds=5 if running and not dead else None,
        asked=asked,
        counts=_figures(found, kinds),
        part=_part(kinds),
        lines=[(line, mending(line, _part(kinds))) for line in page.items],
        next=page.next,
        classes=[("", _("全部")), *((row[0], row[1]) for row in queries.by_class(found.id, kinds))],
        codes=_codes(found, kinds),
        records=[
            ("", _("全部")),
            *((kind.value, str(text)) for kind, text in _shown.RECORDS.items()),
        ],
        kept=operations.KEPT,
    )


def tell_menders(check_id: int) -> Response:
    """Those who can mend what is ticked, or all of one kind, are told."""
    actor = web.current_actor()
    found = operations.seen(actor, check_id)
    code = request.form.get("all")
    try:
        told = telling.tell(
            actor,
            found.id,
            row_ids(request.form.getlist("fault")),
            code=code if code in FAULTS else None,
        )
    except Refusal as refusal:
        tell(refusal)
    else:
        flash(_("已通知 %(people)s 人處理 %(n)s 項。", people=told.people, n=told.faults))
    return redirect(url_for("portfolio.check", check_id=found.id, code=request.form.get("code")))


def check_table(check_id: int) -> Response:
    """All that the check found, as a CSV, narrowed as the page is."""
    actor = web.current_actor()
    found = operations.seen(actor, check_id)
    asked = _asked(policy.looked_at(actor, found))
    header = [
        _("程度"), _("資料類別"), _("班級"), _("學號"), _("姓名"), _("名稱"), _("欄位"),
        _("說明"), _("依據"), _("由誰處理"),
    ]  # fmt: skip
    file = downloads.table(
        actor,
        f"{found.academic_year}-check-{found.id}.csv",
        header,
        (_row(line) for line in queries.all_faults(found.id, asked)),
        slot="submission.check",
    )
    return redirect(links.url(file, actor))


def mending(line: Line, part: SelectionKind | None = None) -> Mending:
    """Where a fault is mended, as the registry sees it; by student affairs, if they have a part of
    it alone, who have neither the registry's pages nor anybody of it to tell."""
    mender, fault = line.kind.mender, line.fault
    who = str(MENDER_WORDS[mender])
    if part is not None and mender in telling.REGISTRY:
        return Mending(who)
    if mender is Mender.COURSE and line.course_id is not None:
        return Mending(who, url_for("school.course", course_id=line.course_id))
    if mender is Mender.PLACE and fault.class_id is not None:
        return Mending(who, url_for("school.school_class", class_id=fault.class_id))
    if mender in telling.REGISTRY:
        return Mending(who, url_for("school.person", person_id=fault.student_id))
    return Mending(who, tellable=True)


def _row(line: Line) -> list[str | int | None]:
    return [
        _("必須處理") if line.fault.blocks else _("提醒"),
        str(_shown.RECORDS[line.fault.record_kind]),
        line.class_name,
        line.student.number,
        line.student.name,
        line.title,
        line.cell,
        line.said,
        str(line.kind.source),
        str(MENDER_WORDS[line.kind.mender]),
    ]


def _part(kinds: Kinds) -> SelectionKind | None:
    """The one kind of records that the reader sees; None: everything."""
    return next(iter(kinds)) if len(kinds) == 1 else None


def _figures(found: SubmissionCheck, kinds: Kinds) -> dict[str, int]:
    """What the check says in numbers of what the reader sees."""
    part = _part(kinds)
    if part is None or found.state is not CheckState.DONE:
        return found.totals
    rows = found.totals["experiences"]
    return {"rows": rows, "experiences": rows, **queries.figures(found.id, part)}


def _asked(kinds: Kinds) -> Asked:
    values = request.values
    code, level = values.get("code"), values.get("level")
    return Asked(
        class_id=row_id(values.get("class")),
        record_kind=_part(kinds) or _record(values.get("record")),
        code=code if code in FAULTS else None,
        blocks={"errors": True, "warnings": False}.get(level or ""),
    )


def _record(text: str | None) -> SelectionKind | None:
    return SelectionKind(text) if text in set(SelectionKind) else None


def _codes(found: SubmissionCheck, kinds: Kinds) -> list[tuple[str, str]]:
    """The kinds of faults that came, with how often; what is said of one stands for all."""
    rows = []
    for code, n in queries.by_code(found.id, kinds):
        kind = FAULTS[code]
        blanks: dict[str, str] = defaultdict(lambda: "…")
        cell = kind.cell_of(blanks)
        said = kind.say(blanks)
        words = said if len(said) <= SHOWN else said[:SHOWN] + "…"
        rows.append((code, _("%(cell)s：%(said)s（%(n)s 項）", cell=cell, said=words, n=n)))
    return [("", _("全部")), *rows]

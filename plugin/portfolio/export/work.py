"""The job that makes an export: idempotent, in bounded memory, telling how far it is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from flask import current_app

from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.errors import Refusal
from plugin.portfolio.export import academic, dossier, files, package
from plugin.portfolio.export.thumbnails import Drawing
from plugin.portfolio.export.words import speaking
from plugin.portfolio.models import ExportState, PortfolioExport
from plugin.portfolio.operations import export as operations
from plugin.portfolio.queries import counselling
from plugin.portfolio.queries.counselling import Sheet
from plugin.portfolio.queries.overviews import everything as reads
from plugin.school import queries as school_queries
from plugin.settings import Settings
from plugin.vault import operations as vault
from plugin.vault.models import StoredFile
from reports.portfolio_pdf import write_portfolio_pdf

log = structlog.get_logger(__name__)

STEPS = 100
CHECKED, SET, PACKED = 55, 75, 92
"""Hundredths at which each part ends, by its usual cost."""


@jobs.handles(operations.BUILD)
def build(run: jobs.Run) -> dict[str, Any]:
    """Gather, check every byte, set the PDF, pack, deposit."""
    export_id = int(run.args["export_id"])
    try:
        return _build(run, export_id)
    except Refusal as refusal:
        operations.fail(run.actor, export_id, refusal.message)
        raise


def _build(run: jobs.Run, export_id: int) -> dict[str, Any]:
    export = db.reading().get_one(PortfolioExport, export_id)
    if export.state is ExportState.READY:
        return {"export_id": export_id}
    asker = _asker(run.actor, export)
    student = operations.subject(asker, export.student_id)  # the rule may have changed meanwhile
    settings: Settings = current_app.extensions["licheng.settings"]
    folder = settings.reports / f"export-{export_id}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        run.progress(1, STEPS, "gather")
        target, totals = _pack(run, asker, export, folder)
        run.progress(PACKED, STEPS, "deposit")
        file = vault.deposit(
            asker,
            target,
            slot=operations.SLOT,
            name=f"{student.number}-{export.made_at.astimezone(clock.TAIPEI):%Y%m%d}.zip",
            media_type="application/zip",
            kind="zip",
            expires_at=clock.now() + operations.keep_days(export.school_id),
        )
        operations.finish(asker, export_id, file, file.sha256, totals)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"export_id": export_id}


def _pack(
    run: jobs.Run, asker: Actor, export: PortfolioExport, folder: Path
) -> tuple[Path, dict[str, int]]:
    student = operations.subject(asker, export.student_id)
    school = school_queries.school(export.school_id)
    rows = reads.of(student)
    sheets = _sheets(asker, student.id) if export.counselling else None
    further: dict[int, StoredFile] = {
        one.document.id: one.document for one in sheets or () if one.document is not None
    }
    records = academic.read(student)
    receipts = {file_id: one.number for file_id, one in rows.receipts.items()}
    with speaking():
        found = files.check(
            {**rows.files, **further}, Drawing(folder), _share(run, 2, CHECKED, "check")
        )
        shelf = files.Shelf(found, receipts)
        whole = dossier.make(
            school,
            rows,
            shelf,
            made_at=export.made_at,
            extra=academic.parts(records),
            counselling=sheets,
        )
    run.progress(CHECKED, STEPS, "pdf")
    pdf = folder / "portfolio.pdf"
    # What stays in the school is in no PDF that is handed on: the folder and the viewer hold it.
    write_portfolio_pdf(
        replace(whole, parts=tuple(one for one in whole.parts if not one.inside)), pdf
    )
    target = folder / "package.zip"
    top = f"學習歷程-{student.number}-{export.made_at.astimezone(clock.TAIPEI):%Y%m%d}"
    package.write(target, top, whole, pdf, shelf.placed, _share(run, SET, PACKED, "pack"))
    totals = {
        "records": sum(len(one.entries) for one in whole.parts),
        "files": len(shelf.placed),
        "bytes": target.stat().st_size,
        "missing": shelf.missing,
    }
    return target, totals


def _asker(actor: Actor, export: PortfolioExport) -> Actor:
    """Who asked, with the role they hold today: a job's actor has none."""
    assert actor.school_id is not None
    assert actor.person_id is not None
    held = school_queries.roles_of(actor.school_id, actor.person_id, clock.today())
    children: tuple[int, ...] = ()
    if Role.PARENT in held:
        children = tuple(
            one.id for one in school_queries.children_of(actor.school_id, actor.person_id)
        )
    return replace(actor, roles=held, child_ids=children)


def _sheets(asker: Actor, student_id: int) -> list[Sheet]:
    """Every registered consultation as the asker may read it, oldest first."""
    found: list[Sheet] = []
    after: str | None = None
    while True:
        page = counselling.of_student(asker, student_id, after=after)
        found.extend(page.items)
        if page.next is None:
            return found[::-1]
        after = page.next


def _share(run: jobs.Run, begin: int, end: int, note: str) -> Any:
    """A progress callback that fills the part from `begin` to `end`; speaks once a hundredth."""
    said = begin

    def tell(done: int, total: int) -> None:
        nonlocal said
        now = begin + (end - begin) * done // max(total, 1)
        if now > said:
            said = now
            run.progress(now, STEPS, note)

    return tell

"""Background work of the academic records: a term's workbooks, basic data from the roster."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import current_app

from plugin import db, jobs
from plugin.errors import Refusal
from plugin.portfolio.academic_files import TermFiles
from plugin.portfolio.models import (
    SubmissionFileKind,
    SubmissionState,
    TermWorkbook,
    TermWorkbookFile,
)
from plugin.portfolio.operations.academic import basics, handing_in
from plugin.portfolio.operations.academic import workbooks as operations
from plugin.portfolio.queries.academic import hand_ins
from plugin.school.models import School
from plugin.school.terms import Term
from plugin.settings import Settings
from plugin.vault import operations as vault

MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
PASSES = 3
"""How often every row is written: workbook, CSV, list."""
STEP = 500
"""Rows after which progress is told."""


@jobs.handles(operations.MAKE)
def make_workbook(run: jobs.Run) -> dict[str, Any]:
    """Copy the rows, write the files from them, deposit each, freeze."""
    workbook_id = int(run.args["workbook_id"])
    settings: Settings = current_app.extensions["licheng.settings"]
    folder = settings.reports / f"workbook-{workbook_id}"
    shutil.rmtree(folder, ignore_errors=True)  # what a killed worker left there
    try:
        _make(run, workbook_id, folder)
    except Refusal as refusal:
        handing_in.fail(run.actor, workbook_id, refusal.message)
        raise
    finally:  # identities stand in clear in there
        shutil.rmtree(folder, ignore_errors=True)
    return {"workbook_id": workbook_id}


def _make(run: jobs.Run, workbook_id: int, folder: Path) -> None:
    made = db.reading().get_one(TermWorkbook, workbook_id)
    if made.state is SubmissionState.FROZEN:
        return
    roster = operations.book_of(made.book)
    counts = handing_in.snapshot(run.actor, workbook_id, roster)
    made = db.reading().get_one(TermWorkbook, workbook_id)
    school = db.reading().get_one(School, made.school_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = _Told(run, PASSES * sum(counts.values()))
    settings: Settings = current_app.extensions["licheng.settings"]
    url = hand_ins.verify_url(settings.public_url, made)
    files = TermFiles(made, school, roster, folder, told.step, url)

    def others() -> dict[SubmissionFileKind, TermWorkbookFile]:
        there = hand_ins.files(workbook_id)
        return {kind: there[kind] for kind in steps if kind in there}

    steps: dict[SubmissionFileKind, Callable[[], Path]] = {
        SubmissionFileKind.WORKBOOK: files.workbook,
        SubmissionFileKind.CSV: files.csv,
        SubmissionFileKind.MANIFEST: lambda: files.manifest(others()),
        SubmissionFileKind.PACKAGE: lambda: files.package(others()),
    }
    for kind, write in steps.items():
        if kind in hand_ins.files(workbook_id):
            continue  # an earlier worker got so far
        path = write()
        extension = path.suffix[1:]
        slot = f"workbook.{made.book}"
        file = vault.deposit(
            run.actor,
            path,
            slot=slot if kind is SubmissionFileKind.WORKBOOK else f"{slot}.{kind}",
            name=f"{files.stem}.{extension}",
            media_type=MEDIA_TYPES[extension],
            kind=extension,
        )
        handing_in.attach(workbook_id, kind, file)
    handing_in.freeze(run.actor, workbook_id, roster.name)


@jobs.handles(basics.FILL)
def fill_basics(run: jobs.Run) -> dict[str, Any]:
    """Class by class: each is a transaction of its own, and done twice changes nothing."""
    assert run.school_id is not None
    term = Term(int(run.args["year"]), int(run.args["term"]))
    ids = basics.class_ids(run.school_id, term)
    changed = 0
    for done, class_id in enumerate(ids, 1):
        changed += basics.fill_class(run.actor, run.school_id, class_id, term)
        run.progress(done, len(ids))
    return {"changed": changed}


class _Told:
    """Counts rows as they go by and tells the job's progress now and then."""

    def __init__(self, run: jobs.Run, total: int) -> None:
        self._run, self._done, self._total = run, 0, total

    def step(self) -> None:
        """One more row was written."""
        self._done += 1
        if self._done % STEP == 0:
            self._run.progress(self._done, max(self._total, self._done))

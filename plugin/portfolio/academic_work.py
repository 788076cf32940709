"""Background work of the academic records: a term's workbooks, basic data from the roster."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from typing import Any

from flask import current_app

from plugin import db, jobs
from plugin.portfolio.models import TermWorkbook
from plugin.portfolio.operations.academic import basics
from plugin.portfolio.operations.academic import workbooks as operations
from plugin.portfolio.queries.academic import workbooks as queries
from plugin.school.models import School
from plugin.school.terms import Term
from plugin.settings import Settings
from plugin.vault import operations as vault
from reports.roster import write_roster

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STEP = 500
"""Rows after which progress is told."""


@jobs.handles(operations.MAKE)
def make_workbook(run: jobs.Run) -> dict[str, Any]:
    """Write the sheets, deposit the file; a worker that takes over begins anew."""
    workbook_id = int(run.args["workbook_id"])
    made = db.reading().get_one(TermWorkbook, workbook_id)
    if made.file_id is not None:
        return {"workbook_id": workbook_id}
    school = db.reading().get_one(School, made.school_id)
    roster = operations.book_of(made.book)
    scope = queries.scope_of(made, roster)
    settings: Settings = current_app.extensions["licheng.settings"]
    folder = settings.reports / f"workbook-{workbook_id}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{roster.name}-{made.academic_year}-{made.term}-{made.number}-v{made.version:02}.xlsx"
    target = folder / f"workbook-{workbook_id}.xlsx"
    told = _Told(run)
    try:
        counts = write_roster(
            dataclasses.replace(
                roster, cover_term=str(made.term), numbers={made.batch: made.number}
            ),
            target,
            school_code=school.code,
            academic_year=made.academic_year,
            made_at=made.made_at,
            rows={one.key: told.through(queries.rows(scope, one)) for one in roster.sheets},
            batch=made.batch,
        )
        file = vault.deposit(
            run.actor, target, slot=f"workbook.{made.book}", name=name, media_type=XLSX, kind="xlsx"
        )
        operations.finish(run.actor, workbook_id, file, counts)
    finally:  # identities stand in clear in there
        shutil.rmtree(folder, ignore_errors=True)
    return {"workbook_id": workbook_id}


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

    def __init__(self, run: jobs.Run) -> None:
        self._run, self._done = run, 0

    def through(self, rows: Iterator[queries.Row]) -> Iterator[queries.Row]:
        for row in rows:
            yield row
            self._done += 1
            if self._done % STEP == 0:
                self._run.progress(self._done, 0)

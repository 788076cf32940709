"""The background work of receipts: sheets of frozen submissions, packages of the central side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from plugin import db, jobs, schedule, tenancy
from plugin.errors import Refusal
from plugin.portfolio.models import CentralImport, CentralState
from plugin.portfolio.operations.receipts import central, comparing, sheets
from plugin.portfolio.packages import MAX_BYTES, refused
from plugin.trail import events
from plugin.vault import queries as vault_queries
from plugin.vault.models import StoredFile
from reports.lockedzip import Limits, LockedZip, PackageRefused
from reports.received import Received, read_csv, read_zip

LIMITS = Limits(files=20_000, file_bytes=128 << 20, all_bytes=MAX_BYTES)
CSV_BYTES = 64 << 20


@events.submission_made.connect
def open_at_once(_sender: object, *, school_id: int, submission_id: int, **_more: object) -> None:
    """A submission was frozen: its students may look at their sheets."""
    with tenancy.within(school_id):
        sheets.open_sheets(submission_id)


@schedule.recurring("receipt.open", every=timedelta(minutes=10))
def open_missing(run: jobs.Run) -> dict[str, Any]:
    """Whatever a process that died has left out."""
    return {"opened": sheets.open_missing()}


@jobs.handles(central.READ)
def read(run: jobs.Run) -> dict[str, Any]:
    """Verify every file, find every record, compare, enter."""
    made = db.reading().get_one(CentralImport, int(run.args["central_import_id"]))
    if made.state is not CentralState.QUEUED:
        return {}
    sheets.open_sheets(made.submission_id)
    try:
        records, files, verified = _records(run, made)
    except PackageRefused as error:
        refusal = refused(error)
        central.refuse(run.actor, made.id, f"{refusal.message}{refusal.remedy}")
        raise refusal from error
    except Refusal as refusal:
        central.refuse(run.actor, made.id, refusal.message)
        raise
    run.progress(0, 0, "compare")
    by_id, by_number = comparing.owners(made.submission_id, records)
    found = comparing.recognise(records, by_id, by_number)
    central.finish(
        run.actor, made.id, found, list(by_number.values()), files=files, verified=verified
    )
    return {"records": len(records)}


def _records(run: jobs.Run, made: CentralImport) -> tuple[list[Received], int, bool]:
    file = db.reading().get_one(StoredFile, made.file_id)
    path = vault_queries.path(file.sha256, file.size)
    names = central.names_of(made.mapping)
    if file.kind == "csv":
        if file.size > CSV_BYTES:
            raise PackageRefused("too_large", file.name)
        return read_csv(file.name, path.read_bytes(), names), 1, False

    def tell(done: int, total: int) -> None:
        run.progress(done, total, "verify")

    with LockedZip(path, made.password or "", LIMITS) as package:
        return read_zip(package, names, tell), len(package.names), True

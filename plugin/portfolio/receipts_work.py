"""The background work of receipts: sheets of frozen submissions, packages of the central side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from plugin import db, jobs, schedule, tenancy
from plugin.errors import Refusal
from plugin.portfolio.models import CentralImport, CentralState
from plugin.portfolio.operations.receipts import central, entering, sheets, slips
from plugin.portfolio.packages import MAX_BYTES, refused
from plugin.trail import events
from plugin.vault import queries as vault_queries
from plugin.vault.models import StoredFile
from reports.lockedzip import Limits, LockedZip, PackageRefused
from reports.received import Received, read_csv, read_zip, verify

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
    """Verify every file, find every record, compare, enter; in bounded memory."""
    made = db.reading().get_one(CentralImport, int(run.args["central_import_id"]))
    if made.state is not CentralState.QUEUED:
        return {}
    sheets.open_sheets(made.submission_id)
    try:
        package, files, verified = _opened(run, made)
        figures = entering.enter(made, package, _tell(run, "compare"))
    except PackageRefused as error:
        refusal = refused(error)
        central.refuse(run.actor, made.id, f"{refusal.message}{refusal.remedy}")
        raise refusal from error
    except Refusal as refusal:
        central.refuse(run.actor, made.id, refusal.message)
        raise
    central.finish(run.actor, made.id, figures, files=files, verified=verified)
    return {"records": figures.records}


@jobs.handles(slips.PRINT)
def print_slips(run: jobs.Run) -> dict[str, Any]:
    """The slips of a class in one paper."""
    run.progress(0, 1, "print")
    made = slips.print_class(run.actor, int(run.args["class_id"]))
    slips.tell_printed(run.actor, run.job_id)
    return {"file_id": made.file.id, "students": made.students}


def _opened(run: jobs.Run, made: CentralImport) -> tuple[entering.Read, int, bool]:
    """What reads the package from the start, how many files it has, and whether their hashes were
    compared; every byte was looked at once by then."""
    file = db.reading().get_one(StoredFile, made.file_id)
    path = vault_queries.path(file.sha256, file.size)
    names = central.names_of(made.mapping)
    if file.kind == "csv":
        if file.size > CSV_BYTES:
            raise PackageRefused("too_large", file.name)
        return lambda: read_csv(file.name, path, names), 1, False
    password = made.password or ""
    with LockedZip(path, password, LIMITS) as package:
        encodings, files = verify(package, _tell(run, "verify")), len(package.names)

    def read() -> Iterator[Received]:
        with LockedZip(path, password, LIMITS) as package:
            yield from read_zip(package, encodings, names)

    return read, files, True


def _tell(run: jobs.Run, note: str) -> Callable[[int, int], None]:
    """A progress callback that speaks once a hundredth: a word is a write."""
    said = -1

    def tell(done: int, total: int) -> None:
        nonlocal said
        if (now := 100 * done // max(total, 1)) > said:
            said = now
            run.progress(done, total, note)

    return tell

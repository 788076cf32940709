"""The queue's part: checking, applying, taking back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from plugin import clock, db, jobs, retention
from plugin.errors import Refusal
from plugin.school.importing import beside, operations, queries
from plugin.school.importing.checking import Check
from plugin.school.importing.errors import FileUnreadable
from plugin.school.importing.models import ImportState, SchoolImport
from plugin.school.importing.sources import source_of
from plugin.school.importing.tables import Source
from plugin.vault import operations as vault
from plugin.vault import queries as vault_queries
from plugin.vault.models import StoredFile
from reports.sheets import write_csv


@jobs.handles(operations.CHECK)
def check(run: jobs.Run) -> dict[str, Any]:
    """Read the file, compare every row, keep what would change and what is wrong."""
    one = _import(run)
    if one.state is not ImportState.CHECKING:
        return {}
    with force_locale(one.locale):
        try:
            _check(run, one)
        except Refusal as refusal:
            operations.refuse(run.actor, one.id, _words(refusal))
    return {}


def _check(run: jobs.Run, one: SchoolImport) -> None:
    file = db.reading().get_one(StoredFile, one.file_id)
    path = vault_queries.path(file.sha256, file.size)
    context = operations.context_of(one)
    source = source_of(path, file.name, one.kind, context)
    _ask_kinds(run, source)
    context.number = source.number
    context.kinds = frozenset(table.kind for table in source.tables)
    if source.term is not None:
        context.academic_year = source.term.academic_year
        context.term = source.term.term or context.term
    operations.begin_check(one.id)
    looked = Check(context, source)
    done = faults = 0
    for batch in looked.run():
        operations.keep_batch(one.id, batch, faults)
        faults += len(batch.faults)
        done += batch.rows
        run.progress(done, 0, "check")
    counts = {kind: found.as_json() for kind, found in looked.counts.items()}
    if source.passed:
        reason = _("沒有認得的工作表：%(names)s", names=_("、").join(source.passed))
        first = next(iter(counts.values()))
        first["left_out"] = {**first["left_out"], reason[:200]: len(source.passed)}
    listed = _faults_file(run, one) if faults else None
    operations.end_check(run.actor, one.id, counts, listed, (context.academic_year, context.term))


def _ask_kinds(run: jobs.Run, source: Source) -> None:
    """See that every sheet is of a kind that the person may bring in.

    :raises FileUnreadable: one is not.
    """
    allowed = run.args.get(operations.KINDS)
    if allowed is None:
        return
    others = [table.title for table in source.tables if table.kind not in allowed]
    if others:
        raise FileUnreadable(
            _("「%(titles)s」不是您可以匯入的資料。", titles=_("、").join(others)),
            remedy=_("請交由註冊組匯入，或只保留您負責的工作表。"),
        )


def _faults_file(run: jobs.Run, one: SchoolImport) -> int:
    """The bad rows as CSV, kept in the vault for a month."""
    header = [_("工作表"), _("列"), _("儲存格"), _("欄"), _("內容"), _("原因"), _("怎麼改")]
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / "faults.csv"
        with path.open("wb") as out:
            write_csv(
                out,
                header,
                (
                    (row.sheet, row.row, row.cell, row.column, row.value, row.reason, row.remedy)
                    for row in queries.every_fault(one.id)
                ),
            )
        stored = vault.deposit(
            run.actor,
            path,
            slot=f"{operations.SLOT}-faults",
            name=_("匯入錯誤清單.csv"),
            media_type="text/csv",
            kind="csv",
            expires_at=clock.now() + retention.row("import_faults").period,
        )
    return stored.id


@jobs.handles(operations.APPLY)
def apply(run: jobs.Run) -> dict[str, Any]:
    """Write everything, or nothing."""
    one = _import(run)
    with force_locale(one.locale):
        try:
            with _progress(run, one) as tell:
                operations.write(run.actor, one.id, tell)
        except Refusal as refusal:
            operations.put_off(run.actor, one.id, ImportState.READY, _words(refusal))
    return {}


@jobs.handles(operations.UNDO)
def undo(run: jobs.Run) -> dict[str, Any]:
    """Take everything back, or nothing."""
    one = _import(run)
    with force_locale(one.locale):
        try:
            with _progress(run, one) as tell:
                operations.take_back(run.actor, one.id, tell)
        except Refusal as refusal:
            operations.put_off(run.actor, one.id, ImportState.APPLIED, _words(refusal))
    return {}


@contextmanager
def _progress(run: jobs.Run, one: SchoolImport) -> Iterator[Callable[[int], None]]:
    """Rows written so far: in the queue's row, or beside the database where only one may write."""
    total = sum(kind["new"] + kind["changed"] + kind["gone"] for kind in one.counts.values())
    run.progress(0, total, "write")
    done = 0
    with beside.telling(one.id) as place:

        def tell(rows: int) -> None:
            nonlocal done
            done += rows
            if db.engine().name == "sqlite":
                beside.tell(place, done)
            else:
                run.progress(done, total, "write")

        yield tell


def _import(run: jobs.Run) -> SchoolImport:
    return db.reading().get_one(SchoolImport, int(run.args[operations.ARGS]))


def _words(refusal: Refusal) -> str:
    return " ".join(filter(None, (refusal.message, refusal.remedy)))

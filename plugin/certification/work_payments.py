"""Background work of payments: taking a bank's file."""

from __future__ import annotations

from typing import Any

from plugin import db, jobs
from plugin.certification.models import BankImport
from plugin.certification.operations import bank_files, bank_taking
from plugin.vault import queries as vault
from plugin.vault.models import StoredFile


@jobs.handles(bank_files.TAKE)
def take(run: jobs.Run) -> dict[str, Any]:
    """Take the rows, from where the last worker stopped."""
    bank_id = int(run.args["bank_id"])
    one = db.reading().get_one(BankImport, bank_id)
    file = db.reading().get_one(StoredFile, one.file_id)
    path = vault.path(file.sha256, file.size)
    return {**bank_taking.take(run.actor, bank_id, path, run.progress)}

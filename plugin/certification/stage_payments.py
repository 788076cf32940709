"""Where files of payments wait: the applicant's proof as a draft, the bank's file of the office."""

from __future__ import annotations

from datetime import timedelta

from werkzeug.datastructures import FileStorage

from forms.files import FileRefused, StagedFile
from plugin import clock, db, uploads
from plugin.actor import Actor
from plugin.certification import claims
from plugin.certification.operations import bank_files
from plugin.certification.stage import staged_file
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.school import rules, terms
from plugin.uploads import Staged
from plugin.vault import operations as vault
from plugin.vault.models import FileState, StoredFile


class _Stage:
    """The stage of one person's form (see `forms.files.FileStage`)."""

    slot = ""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def put(self, upload: FileStorage, *, field: str) -> StagedFile:
        """Take an upload. :raises FileRefused: why, and what to do."""
        staged = getattr(upload, "staged", None)
        if staged is None:
            staged = uploads.stage(upload.stream, upload.filename or "")
        try:
            return staged_file(self._receive(staged))
        except Refusal as refusal:
            words = " ".join(filter(None, (refusal.message, refusal.remedy)))
            raise FileRefused(words) from refusal

    def get(self, ref: str) -> StagedFile | None:
        """This person's own file of this slot; None for anybody else's and for what has expired."""
        file = db.reading().get(StoredFile, row_id(ref) or 0)
        if file is None or file.state is FileState.PURGED or file.slot != self.slot:
            return None
        if (file.owner_id, file.school_id) != (self.actor.person_id, self.actor.school_id):
            return None
        return staged_file(file)

    def _receive(self, staged: Staged) -> StoredFile:
        raise NotImplementedError


class ClaimStage(_Stage):
    """The proof of a payment."""

    slot = claims.SLOT

    def _receive(self, staged: Staged) -> StoredFile:
        school_id, person_id = self.actor.school_id, self.actor.person_id
        assert school_id is not None
        assert person_id is not None
        year = terms.term_of(clock.today()).academic_year
        return vault.accept(
            self.actor,
            staged,
            owner_id=person_id,
            slot=self.slot,
            max_bytes=rules.number(school_id, "case.claim.max_bytes", year),
            kinds=claims.KINDS,
            expires_at=clock.now()
            + timedelta(days=rules.number(school_id, "draft.keep_days", year)),
        )


class BankStage(_Stage):
    """A bank's file."""

    slot = bank_files.SLOT

    def _receive(self, staged: Staged) -> StoredFile:
        return bank_files.receive(self.actor, staged)

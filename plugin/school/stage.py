"""Where an uploaded regulation waits until its version is saved: a draft file in the vault."""

from __future__ import annotations

from werkzeug.datastructures import FileStorage

from forms.files import FileRefused, StagedFile
from plugin import db, uploads
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.school.operations import papers
from plugin.vault.models import FileState, StoredFile


class RegulationStage:
    """The stage of one person's form (see `forms.files.FileStage`)."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def put(self, upload: FileStorage, *, field: str) -> StagedFile:
        """Take an upload. :raises FileRefused: the vault's words, with what to do."""
        staged = getattr(upload, "staged", None)
        if staged is None:
            staged = uploads.stage(upload.stream, upload.filename or "")
        try:
            return _shown(papers.receive_regulation(self.actor, staged))
        except Refusal as refusal:
            raise FileRefused(
                " ".join(filter(None, (refusal.message, refusal.remedy)))
            ) from refusal

    def get(self, ref: str) -> StagedFile | None:
        """The person's own file; None for anybody else's and for what has expired."""
        file = db.reading().get(StoredFile, row_id(ref) or 0)
        whose = (self.actor.person_id, self.actor.school_id, papers.REGULATION_SLOT)
        if file is None or file.state is FileState.PURGED:
            return None
        return _shown(file) if (file.owner_id, file.school_id, file.slot) == whose else None


def _shown(file: StoredFile) -> StagedFile:
    return StagedFile(str(file.id), file.name, file.size, file.media_type, file.sha256)

"""Where the uploads of an application wait: in the vault, as draft files of the applicant."""

from __future__ import annotations

from werkzeug.datastructures import FileStorage

from forms.files import FileRefused, StagedFile
from plugin import db, uploads
from plugin.actor import Actor
from plugin.certification.operations import receiving
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.vault.models import FileState, StoredFile


class PaperStage:
    """The stage of one applicant's form (see `forms.files.FileStage`)."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def put(self, upload: FileStorage, *, field: str) -> StagedFile:
        """Take an upload for the document named like the field.

        :raises FileRefused: the vault's words, with what to do.
        """
        staged = getattr(upload, "staged", None)
        if staged is None:
            staged = uploads.stage(upload.stream, upload.filename or "")
        try:
            return staged_file(receiving.receive(self.actor, staged, field))
        except Refusal as refusal:
            words = " ".join(filter(None, (refusal.message, refusal.remedy)))
            raise FileRefused(words) from refusal

    def get(self, ref: str) -> StagedFile | None:
        """The applicant's own file; None for anybody else's and for what has expired."""
        file = db.reading().get(StoredFile, row_id(ref) or 0)
        if (
            file is None
            or file.state is FileState.PURGED
            or (file.owner_id, file.school_id) != (self.actor.person_id, self.actor.school_id)
        ):
            return None
        return staged_file(file)


def staged_file(file: StoredFile) -> StagedFile:
    """A stored file as a form shows it."""
    return StagedFile(str(file.id), file.name, file.size, file.media_type, file.sha256)

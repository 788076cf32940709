"""Where the upload form's file waits: in the vault, of the person who brought it."""

from __future__ import annotations

from werkzeug.datastructures import FileStorage

from forms.files import FileRefused, StagedFile
from plugin import db, uploads
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.school.importing import operations
from plugin.vault.models import FileState, StoredFile


class ImportStage:
    """The stage of one person's upload form (see `forms.files.FileStage`)."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def put(self, upload: FileStorage, *, field: str) -> StagedFile:
        """Take an upload.

        :raises FileRefused: no file that rows can be read from, with what to do.
        """
        staged = getattr(upload, "staged", None)
        if staged is None:
            staged = uploads.stage(upload.stream, upload.filename or "")
        try:
            return _staged(operations.receive(self.actor, staged))
        except Refusal as refusal:
            words = " ".join(filter(None, (refusal.message, refusal.remedy)))
            raise FileRefused(words) from refusal

    def get(self, ref: str) -> StagedFile | None:
        """This person's own file; None for anybody else's and for what has expired."""
        file = db.reading().get(StoredFile, row_id(ref) or 0)
        if file is None or file.state is FileState.PURGED or file.slot != operations.SLOT:
            return None
        if (file.owner_id, file.school_id) != (self.actor.person_id, self.actor.school_id):
            return None
        return _staged(file)


def _staged(file: StoredFile) -> StagedFile:
    return StagedFile(str(file.id), file.name, file.size, file.media_type, file.sha256)

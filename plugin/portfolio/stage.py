"""Where a form's uploads wait: in the vault, as draft files of the person who brought them."""

from __future__ import annotations

from werkzeug.datastructures import FileStorage

from forms.files import FileRefused, StagedFile
from plugin import db, uploads
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.portfolio.operations import intake, shrinking
from plugin.vault.errors import FileTooLarge
from plugin.vault.models import FileState, StoredFile


class OutcomeStage:
    """The stage of one student's outcome form (see `forms.files.FileStage`)."""

    slots = intake.SLOTS

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.offered: int | None = None
        """A document that came, was too large, and can be made smaller (`operations.shrinking`)."""

    def put(self, upload: FileStorage, *, field: str) -> StagedFile:
        """Take an upload for the slot named like the field.

        :raises FileRefused: the vault's words, with what to do.
        """
        staged = getattr(upload, "staged", None)
        if staged is None:
            staged = uploads.stage(upload.stream, upload.filename or "")
        try:
            return staged_file(intake.receive(self.actor, staged, field, self.slots))
        except Refusal as refusal:
            self._offer(refusal, staged, field)
            raise FileRefused(
                " ".join(filter(None, (refusal.message, refusal.remedy)))
            ) from refusal

    def _offer(self, refusal: Refusal, staged: uploads.Staged, field: str) -> None:
        if isinstance(refusal, FileTooLarge) and self.slots is intake.SLOTS:
            slot = self.slots[field]
            if slot.stored_as == shrinking.SLOT:
                self.offered = shrinking.offer(self.actor, staged, intake.limit(self.actor, slot))

    def get(self, ref: str) -> StagedFile | None:
        """The student's own file; None for anybody else's and for what has expired."""
        file = db.reading().get(StoredFile, row_id(ref) or 0)
        if (
            file is None
            or file.state is FileState.PURGED
            or (file.owner_id, file.school_id) != (self.actor.person_id, self.actor.school_id)
        ):
            return None
        return staged_file(file)


class ExperienceStage(OutcomeStage):
    """The same for an experience, whose limits are its own."""

    slots = intake.EXPERIENCE_SLOTS


class CounsellingStage(OutcomeStage):
    """The same for a counselling record."""

    slots = intake.COUNSELLING_SLOTS


def staged_file(file: StoredFile) -> StagedFile:
    """A stored file as a form shows it."""
    return StagedFile(str(file.id), file.name, file.size, file.media_type, file.sha256)

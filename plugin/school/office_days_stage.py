"""Where an uploaded table of office days waits: read at once, as its person's proposal."""

from __future__ import annotations

from werkzeug.datastructures import FileStorage

from forms.files import FileRefused, StagedFile
from plugin import db
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.school.calendar_models import OfficeCalendar
from plugin.school.office_calendar_file import MAX_BYTES
from plugin.school.operations import office_calendar
from plugin.vault import names


class OfficeCalendarStage:
    """The stage of one person's form (see `forms.files.FileStage`)."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def put(self, upload: FileStorage, *, field: str) -> StagedFile:
        """Take an upload. :raises FileRefused: what is wrong with it, and what to do."""
        data = upload.stream.read(MAX_BYTES + 1)
        try:
            row = office_calendar.propose_office_calendar(
                self.actor, names.clean(upload.filename or ""), data
            )
        except Refusal as refusal:
            words = " ".join(filter(None, (refusal.message, refusal.remedy)))
            raise FileRefused(words) from refusal
        return StagedFile(str(row.id), row.file_name, len(data), "text/csv", row.sha256)

    def get(self, ref: str) -> StagedFile | None:
        """This person's own proposal; None for anybody else's and for what was taken."""
        row = db.reading().get(OfficeCalendar, row_id(ref) or 0)
        if row is None or row.taken_at is not None:
            return None
        if (row.made_by_id, row.school_id) != (self.actor.person_id, self.actor.school_id):
            return None
        return StagedFile(str(row.id), row.file_name, 0, "text/csv", row.sha256)

"""What may go wrong with a file before any of its rows is looked at."""

from __future__ import annotations

from plugin.errors import Conflict, Refusal


class FileUnreadable(Refusal):
    """Not a file that rows can be read from; message and remedy are shown to the registry."""

    code = "IMPORT_UNREADABLE"


class ImportStale(Conflict):
    """What the preview showed is no longer what would happen."""

    code = "IMPORT_STALE"


class UndoBlocked(Conflict):
    """Something depends on what was brought in; the message says what."""

    code = "IMPORT_UNDO_BLOCKED"

"""What a form knows of a file: a reference to something the vault already holds as staged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from werkzeug.datastructures import FileStorage


@dataclass(frozen=True)
class StagedFile:
    """A file that has arrived whole and waits for the rest of the form.

    Attributes:
        ref: opaque name by which the stage gives it back to the same person.
        name: as the person called it, already made safe to show.
        size: bytes.
        media_type: judged by content.
        sha256: hex digest, or "" while unknown.
    """

    ref: str
    name: str
    size: int
    media_type: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class RefusedFile:
    """A file that was turned away while it streamed in; the message says what to do."""

    name: str
    message: str


class FileRefused(Exception):
    """The stage does not take this file; the message is shown at the field as it is."""

    code = "file.refused"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class FileStage(Protocol):
    """Where uploads wait. Given to a form by the room that shows it, bound to one person."""

    def put(self, upload: FileStorage, *, field: str) -> StagedFile:
        """Take an upload. Raises FileRefused when it may not be taken; then nothing is kept."""

    def get(self, ref: str) -> StagedFile | None:
        """The staged file of this person by reference; None for unknown, foreign, expired."""

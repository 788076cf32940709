"""Basic data and course records of a student for the export."""

from __future__ import annotations

from collections.abc import Sequence

from plugin.school.models import Person
from reports.dossier import Part


def read(student: Person) -> None:
    """Nothing yet."""


def parts(records: None) -> Sequence[Part]:
    """Nothing yet."""
    return ()

"""Year and term of a row, as numbers."""

from __future__ import annotations

from collections.abc import Mapping

from plugin.school.importing.definition import Context, Value


def term_of(values: Mapping[str, Value]) -> tuple[int, int]:
    """(academic year, term)."""
    return int(str(values["year"])), int(str(values["term"]))


def course_of(values: Mapping[str, Value]) -> tuple[int, int, str]:
    """(academic year, term, number) of the course that a row refers to."""
    return (*term_of(values), str(values["course"]))


def coming_key(values: Mapping[str, Value]) -> tuple[Value, ...]:
    """The key under which `courses` promises it."""
    return (values["year"], values["term"], values["course"])


def defaults(context: Context) -> dict[str, Value]:
    """The term of the upload."""
    return {"year": context.academic_year, "term": str(context.term)}

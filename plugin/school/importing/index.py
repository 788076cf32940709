"""Who and what is known by its number, read once an import: rows refer to it all the time.

What is kept is numbers and ids; a school of three thousand students is a megabyte.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from plugin import db
from plugin.school.importing.definition import Context
from plugin.school.importing.models import PlanCourse
from plugin.school.models import Course, Person, PersonKind, School, SchoolClass

T = TypeVar("T")


@dataclass(frozen=True)
class Known:
    """A person by their number."""

    id: int
    kind: PersonKind
    active: bool


def people(context: Context) -> dict[str, Known]:
    """Everybody of the school, by number."""

    def read() -> dict[str, Known]:
        query = sa.select(Person.number, Person.id, Person.kind, Person.active).where(
            Person.school_id == context.school_id
        )
        return {row[0]: Known(*row[1:]) for row in db.reading().execute(query)}

    return _once(context, "people", read)


def classes(context: Context) -> dict[tuple[int, str], int]:
    """Class ids by academic year and code."""

    def read() -> dict[tuple[int, str], int]:
        query = sa.select(SchoolClass.academic_year, SchoolClass.code, SchoolClass.id).where(
            SchoolClass.school_id == context.school_id
        )
        return {(row[0], row[1]): row[2] for row in db.reading().execute(query)}

    return _once(context, "classes", read)


def courses(context: Context) -> dict[tuple[int, int, str], int]:
    """Course ids by academic year, term and number; of the years that were asked for."""

    def read() -> dict[tuple[int, int, str], int]:
        query = sa.select(Course.academic_year, Course.term, Course.number, Course.id).where(
            Course.school_id == context.school_id
        )
        return {(row[0], row[1], row[2]): row[3] for row in db.reading().execute(query)}

    return _once(context, "courses", read)


def identities(context: Context) -> dict[str, str]:
    """Numbers of people by their national ID. They are encrypted, so all are read: once."""

    def read() -> dict[str, str]:
        query = sa.select(Person.national_id, Person.number).where(
            Person.school_id == context.school_id, Person.national_id.is_not(None)
        )
        return {row[0] or "": row[1] for row in db.reading().execute(query)}

    return _once(context, "identities", read)


def students(context: Context) -> Callable[[str], int | None]:
    """Student ids by 學號 or by 身分證號, whichever a sheet has.

    The official workbooks know students by their national ID alone.
    """
    known = people(context)

    def find(text: str) -> int | None:
        one = known.get(text) or known.get(identities(context).get(text, ""))
        return one.id if one is not None and one.kind is PersonKind.STUDENT else None

    return find


def school_code(context: Context) -> str:
    """學校代碼 of the school."""

    def read() -> str:
        query = sa.select(School.code).where(School.id == context.school_id)
        return db.reading().scalar(query) or ""

    return _once(context, "school_code", read)


def plan_credits(context: Context) -> dict[str, str]:
    """Credits of the plan's courses by code: six characters, one a term."""

    def read() -> dict[str, str]:
        query = sa.select(PlanCourse.code, PlanCourse.credits).where(
            PlanCourse.school_id == context.school_id, PlanCourse.active
        )
        return {row[0]: row[1] for row in db.reading().execute(query)}

    return _once(context, "plan_credits", read)


def forget(context: Context) -> None:
    """Rows were written: read again what is asked for next."""
    context.scratch.pop("index", None)


def _once(context: Context, name: str, read: Callable[[], T]) -> T:
    kept: dict[str, T] = context.scratch.setdefault("index", {})
    if name not in kept:
        kept[name] = read()
    return kept[name]

"""Small questions that several rooms of the portfolio ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from plugin import db
from plugin.portfolio.models import OCCUPYING, Experience, Outcome
from plugin.school import queries as school_queries
from plugin.school.models import ClassSeat, SchoolClass
from plugin.vault.models import StoredFile


@dataclass(frozen=True)
class Hashes:
    """SHA-256 of an outcome's files; None where there is none."""

    document: str | None = None
    media: str | None = None


def hashes_of(outcome: Outcome) -> Hashes:
    """The hashes of one outcome's files."""
    return hashes_of_many([outcome])[outcome.id]


def hashes_of_many(outcomes: Iterable[Outcome]) -> dict[int, Hashes]:
    """The hashes of each outcome's files, by outcome id; one query."""
    outcomes = list(outcomes)
    known = files_of(outcomes)

    def sha256(file_id: int | None) -> str | None:
        return known[file_id].sha256 if file_id is not None else None

    return {
        one.id: Hashes(sha256(one.document_file_id), sha256(one.media_file_id)) for one in outcomes
    }


def files_of(records: Iterable[Outcome | Experience]) -> dict[int, StoredFile]:
    """The stored files of some records by id; one query."""
    ids = {
        file_id
        for one in records
        for file_id in (one.document_file_id, one.media_file_id)
        if file_id is not None
    }
    if not ids:
        return {}
    query = sa.select(StoredFile).where(StoredFile.id.in_(ids))
    return {file.id: file for file in db.reading().scalars(query)}


def places_taken(student_id: int, academic_year: int, term: int) -> int:
    """How many of the term's places the student's outcomes take now."""
    return (
        db.reading().scalar(
            sa.select(sa.func.count())
            .select_from(Outcome)
            .where(
                Outcome.student_id == student_id,
                Outcome.academic_year == academic_year,
                Outcome.term == term,
                Outcome.state.in_(OCCUPYING),
            )
        )
        or 0
    )


def grade_of(student_id: int, academic_year: int) -> int:
    """The student's grade in a year; 0 while no class is known."""
    placed = school_queries.class_of([student_id], academic_year).get(student_id)
    return placed.grade if placed else 0


def seated(student_id: Any, academic_year: Any) -> sa.ColumnElement[bool]:
    """How the seat of a student in a year is joined from outside; its class is joined after it.

    A nested join of both would say the same, but the guard of schools (`plugin.guard`) does not
    see into it, and its condition would throw out students without a seat.
    """
    of_year = aliased(SchoolClass)
    return sa.and_(
        ClassSeat.student_id == student_id,
        sa.exists()
        .where(of_year.id == ClassSeat.class_id, of_year.academic_year == academic_year)
        .correlate_except(of_year),
    )

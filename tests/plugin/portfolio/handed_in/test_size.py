"""The book of a school of 1,800 students: 10,800 rows, in bounded memory."""

from __future__ import annotations

import io
import tracemalloc

import sqlalchemy as sa
from flask import Flask

from plugin import clock, db
from plugin.portfolio.bundle_rows import outcome_row
from plugin.portfolio.models import (
    EarlierRecord,
    Outcome,
    OutcomeState,
    SelectionKind,
    Submission,
    SubmissionRow,
    SubmissionState,
)
from plugin.portfolio.queries import submissions
from plugin.school.importing.models import ImportState
from plugin.school.models import Person, PersonKind
from reports.roster import book, write_roster
from tests.factories import YEAR
from tests.plugin.portfolio.handed_in.world import EARLIER
from tests.plugin.school.importing.world import Registry, counts, told
from tests.reports.samples import MADE_AT

STUDENTS, EACH = 1_800, 6
MOST_MEMORY = 128 * 1024 * 1024


def handed_in(clerk: Registry) -> Submission:
    """A frozen submission of six outcomes of each student."""
    now = clock.now()
    with db.writing() as session:
        session.execute(
            sa.insert(Person),
            [
                {
                    "school_id": clerk.school.id,
                    "kind": PersonKind.STUDENT,
                    "number": f"N{n:06}",
                    "name": f"學生{n}",
                    "national_id": f"A{100000000 + n}",
                    "birthday": "2010-03-04",
                    "created_at": now,
                }
                for n in range(STUDENTS)
            ],
        )
        people = session.execute(
            sa.select(Person.id, Person.national_id, Person.number)
            .where(Person.kind == PersonKind.STUDENT)
            .order_by(Person.id)
        ).all()
        common = {
            "school_id": clerk.school.id,
            "academic_year": YEAR,
            "term": 1,
            "state": OutcomeState.CERTIFIED,
            "started_at": now,
            "version": 1,
        }
        session.execute(
            sa.insert(Outcome),
            [{"student_id": one.id, **common} for one in people for _ in range(EACH)],
        )
        ids = iter(session.scalars(sa.select(Outcome.id).order_by(Outcome.id)).all())
        made = Submission(
            school_id=clerk.school.id,
            academic_year=YEAR,
            version=1,
            number="115-1",
            state=SubmissionState.FROZEN,
            made_by_name="",
            made_at=now,
            token="t" * 43,
        )
        session.add(made)
        session.flush()
        rows = []
        for one in people:
            for place in range(EACH):
                outcome_id = next(ids)
                path = f"files/{one.number}/{outcome_id}-document.pdf"
                cells = {
                    "student_number": one.number,
                    "title": "作品",
                    "summary": f"說明 {one.number} {place} " + "字" * 60,
                    "term": 1,
                    "course_code": f"115{clerk.school.code}H111010101010{place}",
                    "course_name": f"課程{place}",
                    "course_grade": 1,
                    "credits": 4,
                    "periods": 0,
                    "document": {"path": path},
                    "media": None,
                }
                rows.append(
                    {
                        "submission_id": made.id,
                        "sequence": len(rows) + 1,
                        "record_kind": SelectionKind.OUTCOME,
                        "kind": "",
                        "outcome_id": outcome_id,
                        "student_id": one.id,
                        "cells": cells,
                        "national_id": one.national_id,
                        "birthday": "2010-03-04",
                        "digest": "0" * 64,
                    }
                )
        session.execute(sa.insert(SubmissionRow), rows)
        return made


def written(clerk: Registry, made: Submission, year: int) -> bytes:
    out = io.BytesIO()
    rows = submissions.all_rows(made.id, personal=True)
    write_roster(
        book("outcomes"),
        out,
        school_code=clerk.school.code,
        academic_year=year,
        made_at=MADE_AT,
        rows={"regular": (outcome_row(row, night=False) for row in rows)},
    )
    return out.getvalue()


def test_a_whole_school_s_book(app: Flask) -> None:
    clerk = Registry()
    made = handed_in(clerk)
    for year, state in ((YEAR, ImportState.UNCHANGED), (EARLIER, ImportState.READY)):
        content = written(clerk, made, year)
        tracemalloc.start()
        one = clerk.upload(content, "名冊.xlsx")
        if state is ImportState.READY:
            assert one.state is state, told(one)[:3]
            one = clerk.apply(one)
            state = ImportState.APPLIED
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert one.state is state, told(one)[:3]
        key = "same" if year == YEAR else "new"
        assert counts(one)[key] == STUDENTS * EACH
        assert peak < MOST_MEMORY, f"{peak / 1024 / 1024:.0f} MB"
    assert db.reading().scalar(sa.select(sa.func.count(EarlierRecord.id))) == STUDENTS * EACH

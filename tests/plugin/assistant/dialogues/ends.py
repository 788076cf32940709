"""What a dialogue must have come to: asked of the database, by the names of `end`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from plugin import db
from plugin.clock import TAIPEI
from plugin.portfolio.models import (
    Counselling,
    Experience,
    Outcome,
    PortfolioExport,
    ReceiptSheet,
    RecordCase,
    Reminder,
    Selection,
    SelectionItem,
    Submission,
)
from plugin.school.models import Person, RoleGrant, Window
from tests.plugin.assistant.dialogues.cast import Cast


def _outcomes(cast: Cast) -> list[str]:
    """Title and state of each of the pupil's outcomes."""
    query = sa.select(Outcome.title, Outcome.state).where(
        Outcome.student_id == cast.people["pupil"].id
    )
    return sorted(f"{title} {state.value}" for title, state in _rows(query))


def _drafts(cast: Cast) -> list[str]:
    """Titles of the pupil's outcomes that are drafts."""
    return [one.partition(" ")[0] for one in _outcomes(cast) if one.endswith(" draft")]


def _courses(cast: Cast) -> list[str]:
    """Title and course of each of the pupil's outcomes."""
    named = {course.id: short for short, course in cast.courses.items()}
    query = sa.select(Outcome.title, Outcome.course_id).where(
        Outcome.student_id == cast.people["pupil"].id
    )
    return sorted(f"{title} {named.get(course)}" for title, course in _rows(query))


def _summaries(cast: Cast) -> list[str]:
    query = sa.select(Outcome.summary, Outcome.ai_note).where(
        Outcome.student_id == cast.people["pupil"].id
    )
    return sorted(f"{one} {note}".strip() for one, note in _rows(query))


def _experiences(cast: Cast) -> list[str]:
    query = sa.select(Experience.kind, Experience.state).where(
        Experience.student_id == cast.people["pupil"].id
    )
    return sorted(f"{kind} {state.value}" for kind, state in _rows(query))


def _chosen(cast: Cast) -> list[str]:
    """Titles of selected outcomes; `locked` when the selection is confirmed."""
    held = sa.select(Selection).where(Selection.student_id == cast.people["pupil"].id)
    locked = [
        "locked" for one in db.reading().scalars(held) if one.locked_at and one.kind == "outcome"
    ]
    titles = (
        sa.select(Outcome.title)
        .join(SelectionItem, SelectionItem.outcome_id == Outcome.id)
        .where(Outcome.student_id == cast.people["pupil"].id)
    )
    return sorted(db.reading().scalars(titles)) + locked


def _windows(cast: Cast) -> dict[str, str]:
    """Kind → the days it opens and closes."""
    query = sa.select(Window).where(Window.school_id == cast.school.id, Window.grade == 0)
    return {
        one.kind.value: f"{one.opens_at.astimezone(TAIPEI):%m-%d}"
        f"~{one.closes_at.astimezone(TAIPEI):%m-%d}"
        for one in db.reading().scalars(query)
    }


def _grants(cast: Cast) -> list[str]:
    """Role of every grant that was made in the dialogue; `-role` of those taken back."""
    query = sa.select(RoleGrant).where(RoleGrant.school_id == cast.school.id)
    found = list(db.reading().scalars(query))
    made = [one.role for one in found if one.granted_by_id is not None]
    return sorted(made) + sorted(f"-{one.role}" for one in found if one.revoked_at)


def _receipts(cast: Cast) -> list[str]:
    """How the pupil's sheets stand."""
    query = sa.select(ReceiptSheet.state).where(ReceiptSheet.student_id == cast.people["pupil"].id)
    return sorted(one.value for one in db.reading().scalars(query))


def _advised(cast: Cast) -> list[str]:
    """Kind, topic and summary of every counselling record."""
    query = sa.select(Counselling).where(Counselling.school_id == cast.school.id)
    return sorted(
        f"{one.kind.value} {one.topic} {one.summary}" for one in db.reading().scalars(query)
    )


def _reminded(cast: Cast) -> list[str]:
    """Names of those who were reminded of something."""
    query = (
        sa.select(Person.name)
        .join(Reminder, Reminder.person_id == Person.id)
        .where(Person.school_id == cast.school.id)
    )
    return sorted(set(db.reading().scalars(query)))


def _count(model: Any) -> Callable[[Cast], int]:
    def counted(cast: Cast) -> int:
        query = sa.select(sa.func.count()).where(model.school_id == cast.school.id)
        return db.reading().scalar(query.select_from(model)) or 0

    return counted


def _rows(query: Any) -> Any:
    return db.reading().execute(query)


ENDS: dict[str, Callable[[Cast], Any]] = {
    "outcomes": _outcomes,
    "drafts": _drafts,
    "courses": _courses,
    "summaries": _summaries,
    "experiences": _experiences,
    "chosen": _chosen,
    "windows": _windows,
    "grants": _grants,
    "exports": _count(PortfolioExport),
    "reports": _count(RecordCase),
    "counselling": _count(Counselling),
    "advised": _advised,
    "reminded": _reminded,
    "receipts": _receipts,
    "submissions": _count(Submission),
}


def missed(cast: Cast, end: dict[str, Any]) -> list[str]:
    """What is not as it should be."""
    db._close_reads()
    told = []
    for name, wanted in end.items():
        found = ENDS[name](cast)
        if isinstance(wanted, dict):
            fits = all(found.get(key) == value for key, value in wanted.items())
        else:
            fits = found == wanted
        if not fits:
            told.append(f"{name}: {found!r} instead of {wanted!r}")
    return told

"""What a selection slip 勾選確認單 lists of students, and how the classes stand."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from plugin import db
from plugin.actor import Actor
from plugin.portfolio.kinds import kind
from plugin.portfolio.models import (
    Decision,
    Experience,
    Outcome,
    SelectedExperience,
    Selection,
    SelectionHold,
    SelectionItem,
    SelectionKind,
    SelectionSlip,
)
from plugin.portfolio.queries.shared import seated
from plugin.school.models import ClassSeat, Course, School, SchoolClass


@dataclass(frozen=True)
class Listed:
    """One selected record as a slip lists it."""

    kind: SelectionKind
    record_id: int
    about: str
    """Course, or kind of experience."""
    title: str
    certified_by: str = ""
    proof: tuple[str, ...] = ()
    """Which of document, media, link an experience has."""
    at: datetime | None = None


@dataclass
class Chosen:
    """What a student has selected of a year; `confirmed` when every kind with items is."""

    outcomes: list[Listed] = field(default_factory=list)
    experiences: list[Listed] = field(default_factory=list)
    locked: set[SelectionKind] = field(default_factory=set)

    @property
    def confirmed(self) -> bool:
        """Whether there is something, and all of it was confirmed."""
        need = {one.kind for one in (*self.outcomes, *self.experiences)}
        return bool(need) and need <= self.locked

    @property
    def digest(self) -> str:
        """SHA-256 over the records and their titles, in order."""
        rows = [[one.kind, one.record_id, one.title] for one in (*self.outcomes, *self.experiences)]
        return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class ClassLine:
    """How far a class has come with selecting.

    :param begun, confirmed: students by kind.
    """

    school_class: SchoolClass
    students: int
    begun: dict[SelectionKind, int]
    confirmed: dict[SelectionKind, int]
    hold: SelectionHold | None


@dataclass(frozen=True)
class SlipCheck:
    """What the public page says of a slip: nothing about the person."""

    number: str
    school_name: str
    academic_year: int
    made_at: datetime
    outcomes: int
    experiences: int
    same: bool
    """Whether the selection is still what the slip lists."""


def chosen_of(student_ids: Collection[int], academic_year: int) -> dict[int, Chosen]:
    """What students have selected, by student id; three statements."""
    found: dict[int, Chosen] = defaultdict(Chosen)
    _add_outcomes(found, student_ids, academic_year)
    _add_experiences(found, student_ids, academic_year)
    locked = sa.select(Selection.student_id, Selection.kind).where(
        Selection.student_id.in_(student_ids),
        Selection.academic_year == academic_year,
        Selection.locked_at.is_not(None),
    )
    for student_id, of_kind in db.reading().execute(locked):
        found[student_id].locked.add(of_kind)
    return found


def classes(actor: Actor, academic_year: int) -> list[ClassLine]:
    """Every class of a year with its figures, in the order of the manifest; four statements."""
    session = db.reading()
    mine = (SchoolClass.school_id == actor.school_id, SchoolClass.academic_year == academic_year)
    rows = session.scalars(
        sa.select(SchoolClass).where(*mine).order_by(SchoolClass.grade, SchoolClass.code)
    ).all()
    counted_seats = (
        sa.select(ClassSeat.class_id, sa.func.count())
        .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .where(*mine)
        .group_by(ClassSeat.class_id)
    )
    sizes = {row[0]: row[1] for row in session.execute(counted_seats)}
    counted = (
        sa.select(
            ClassSeat.class_id,
            Selection.kind,
            sa.func.count(),
            sa.func.count(Selection.locked_at),
        )
        .select_from(Selection)
        .join(ClassSeat, seated(Selection.student_id, Selection.academic_year))
        .where(
            Selection.school_id == actor.school_id,
            Selection.academic_year == academic_year,
        )
        .group_by(ClassSeat.class_id, Selection.kind)
    )
    begun: dict[int, dict[SelectionKind, int]] = defaultdict(dict)
    confirmed: dict[int, dict[SelectionKind, int]] = defaultdict(dict)
    for class_id, of_kind, n, locked in session.execute(counted):
        begun[class_id][of_kind], confirmed[class_id][of_kind] = n, locked
    holds = _holds([one.id for one in rows])
    return [
        ClassLine(one, sizes.get(one.id, 0), begun[one.id], confirmed[one.id], holds.get(one.id))
        for one in rows
    ]


def check(token: str) -> SlipCheck | None:
    """What anybody may know who holds a slip; None for an unknown token."""
    query = (
        sa.select(SelectionSlip, School.name)
        .join(School, School.id == SelectionSlip.school_id)
        .where(SelectionSlip.token == token)
    )
    row = db.reading().execute(query).one_or_none()
    if row is None:
        return None
    slip, school_name = row
    now = chosen_of([slip.student_id], slip.academic_year).get(slip.student_id, Chosen())
    return SlipCheck(
        slip.number,
        school_name,
        slip.academic_year,
        slip.made_at,
        slip.outcomes,
        slip.experiences,
        now.digest == slip.digest,
    )


def _holds(class_ids: Collection[int]) -> dict[int, SelectionHold]:
    newest = (
        sa.select(sa.func.max(SelectionHold.id))
        .where(SelectionHold.class_id.in_(class_ids))
        .group_by(SelectionHold.class_id)
    )
    query = sa.select(SelectionHold).where(SelectionHold.id.in_(newest))
    return {one.class_id: one for one in db.reading().scalars(query)}


def _add_outcomes(
    found: dict[int, Chosen], student_ids: Collection[int], academic_year: int
) -> None:
    newest = (
        sa.select(sa.func.max(Decision.id))
        .where(Decision.outcome_id == Outcome.id)
        .correlate(Outcome)
        .scalar_subquery()
    )
    query = (
        sa.select(Outcome, Course.name, Decision.by_name, Decision.at)
        .select_from(Selection)
        .join(SelectionItem, SelectionItem.selection_id == Selection.id)
        .join(Outcome, Outcome.id == SelectionItem.outcome_id)
        .outerjoin(Course, Course.id == Outcome.course_id)
        .outerjoin(Decision, Decision.id == newest)
        .where(
            Selection.student_id.in_(student_ids),
            Selection.academic_year == academic_year,
            Selection.kind == SelectionKind.OUTCOME,
        )
        .order_by(Outcome.term, Outcome.id)
    )
    for outcome, course, by_name, at in db.reading().execute(query):
        found[outcome.student_id].outcomes.append(
            Listed(
                SelectionKind.OUTCOME, outcome.id, course or "", outcome.title, by_name or "", at=at
            )
        )


def _add_experiences(
    found: dict[int, Chosen], student_ids: Collection[int], academic_year: int
) -> None:
    query = (
        sa.select(Experience)
        .select_from(Selection)
        .join(SelectedExperience, SelectedExperience.selection_id == Selection.id)
        .join(Experience, Experience.id == SelectedExperience.experience_id)
        .where(
            Selection.student_id.in_(student_ids),
            Selection.academic_year == academic_year,
            Selection.kind == SelectionKind.EXPERIENCE,
        )
        .order_by(Experience.id)
    )
    for one in db.reading().scalars(query):
        proof = (
            ("document", one.document_file_id),
            ("media", one.media_file_id),
            ("link", one.link),
        )
        found[one.student_id].experiences.append(
            Listed(
                SelectionKind.EXPERIENCE,
                one.id,
                kind(one.kind, one.academic_year).name.zh,
                one.title,
                proof=tuple(name for name, there in proof if there),
                at=one.sent_at,
            )
        )

"""Reads of experiences: the student's own, a class for student affairs, one for companions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.kinds import Kind, kind
from plugin.portfolio.models import (
    Experience,
    ExperienceReturn,
    ExperienceState,
    SelectedExperience,
    Selection,
    SelectionKind,
)
from plugin.portfolio.queries import by_student, counsellors
from plugin.portfolio.queries.by_student import Year
from plugin.portfolio.queries.shared import files_of
from plugin.school import queries as school_queries
from plugin.school.models import ClassSeat, Person, PersonKind, SchoolClass
from plugin.school.terms import term_of
from plugin.vault.models import Receipt, StoredFile


@dataclass(frozen=True)
class Line:
    """One experience in a list."""

    experience: Experience
    kind: Kind
    document: StoredFile | None
    media: StoredFile | None
    selected: bool = False


@dataclass(frozen=True)
class Card:
    """One experience with everything about it."""

    line: Line
    returns: list[ExperienceReturn]
    """Newest first."""
    receipts: dict[int, Receipt]
    """The newest receipt of each file, by file id."""


@dataclass(frozen=True)
class ClassFigures:
    """How far one class is."""

    school_class: SchoolClass
    students: int
    senders: int = 0
    """Students who have sent at least one."""
    sent: int = 0
    returned: int = 0
    confirmed: int = 0
    """Students who have confirmed their selection."""


@dataclass(frozen=True)
class Wanted:
    """What student affairs look for; empty means everything that was sent."""

    class_id: int
    state: ExperienceState | None = None
    kind: str = ""


@dataclass(frozen=True)
class Seen:
    """One line of a class."""

    line: Line
    student: Person
    seat: int

    @property
    def key(self) -> str:
        """Where the next page begins."""
        return f"{self.seat}_{self.line.experience.id}"


def years(actor: Actor) -> list[int]:
    """The academic years of which the student has experiences, newest first."""
    query = sa.select(Experience.academic_year).where(Experience.student_id == actor.person_id)
    return list(db.reading().scalars(query.distinct().order_by(Experience.academic_year.desc())))


def own(actor: Actor, academic_year: int) -> list[Line]:
    """The student's experiences of a year, newest first; a year's places bound the list."""
    return _lines(
        sa.select(Experience)
        .where(
            Experience.student_id == actor.person_id,
            Experience.school_id == actor.school_id,
            Experience.academic_year == academic_year,
        )
        .order_by(Experience.id.desc())
    )


def card(found: Experience) -> Card:
    """Everything about an experience that was found by somebody who may see it."""
    session = db.reading()
    (line,) = _lines(sa.select(Experience).where(Experience.id == found.id))
    returns = session.scalars(
        sa.select(ExperienceReturn)
        .where(ExperienceReturn.experience_id == found.id)
        .order_by(ExperienceReturn.id.desc())
    )
    ids = [file.id for file in (line.document, line.media) if file is not None]
    receipts = session.scalars(
        sa.select(Receipt).where(Receipt.file_id.in_(ids)).order_by(Receipt.id)
    )
    return Card(line, list(returns), {one.file_id: one for one in receipts})


def places_taken(student_id: int, academic_year: int) -> int:
    """How many of the year's places the student's experiences take now."""
    query = sa.select(sa.func.count()).select_from(Experience)
    taken = query.where(
        Experience.student_id == student_id,
        Experience.academic_year == academic_year,
        Experience.state == ExperienceState.SENT,
    )
    return db.reading().scalar(taken) or 0


def counts(actor: Actor, academic_year: int) -> dict[ExperienceState, int]:
    """How many of the student's experiences stand in each state."""
    query = (
        sa.select(Experience.state, sa.func.count())
        .where(Experience.student_id == actor.person_id, Experience.academic_year == academic_year)
        .group_by(Experience.state)
    )
    return dict(db.reading().execute(query).all())


def totals(actor: Actor, academic_year: int) -> dict[ExperienceState, int]:
    """How many experiences of the school stand in each state."""
    query = (
        sa.select(Experience.state, sa.func.count())
        .where(Experience.school_id == actor.school_id, Experience.academic_year == academic_year)
        .group_by(Experience.state)
    )
    return dict(db.reading().execute(query).all())


def selection(actor: Actor, academic_year: int) -> Selection | None:
    """The student's selection of experiences of a year, once one was begun."""
    return db.reading().scalar(
        sa.select(Selection).where(
            Selection.student_id == actor.person_id,
            Selection.school_id == actor.school_id,
            Selection.academic_year == academic_year,
            Selection.kind == SelectionKind.EXPERIENCE,
        )
    )


def chosen_count(actor: Actor, academic_year: int) -> int:
    """How many experiences the student has selected for a year."""
    query = (
        sa.select(sa.func.count(SelectedExperience.id))
        .join(Selection, Selection.id == SelectedExperience.selection_id)
        .where(Selection.student_id == actor.person_id, Selection.academic_year == academic_year)
    )
    return db.reading().scalar(query) or 0


def by_class(actor: Actor, academic_year: int) -> list[ClassFigures]:
    """The figures of every class of the school; four queries, however many classes."""
    assert actor.school_id is not None
    return figures_of(school_queries.classes(actor.school_id, academic_year), academic_year)


def figures_of(
    classes: Sequence[SchoolClass], academic_year: int, counted: Year | None = None
) -> list[ClassFigures]:
    """The figures of some classes of a year; three queries.

    :param counted: what students have in that year, where the caller needs it too.
    """
    ids = [one.id for one in classes]
    if not ids:
        return []
    seats = by_student.seats(ids)
    counted = counted or Year(academic_year, ids)
    each, chosen = counted.experiences, counted.selections
    sizes = Counter(class_id for class_id, _student in seats)
    counts = each.totals(seats)
    senders = each.students(seats, ExperienceState.SENT)
    confirmed = chosen.students(seats, (SelectionKind.EXPERIENCE, True))
    return [
        ClassFigures(
            one,
            sizes[one.id],
            sent=counts.get(one.id, {}).get(ExperienceState.SENT, 0),
            returned=counts.get(one.id, {}).get(ExperienceState.RETURNED, 0),
            senders=senders[one.id],
            confirmed=confirmed[one.id],
        )
        for one in classes
    ]


def in_class(
    actor: Actor,
    academic_year: int,
    wanted: Wanted,
    *,
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Seen]:
    """What a class of the actor's school has sent (also what was returned), by seat."""
    query = (
        sa.select(Experience.id, Person, ClassSeat.seat)
        .join(ClassSeat, ClassSeat.student_id == Experience.student_id)
        .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .join(Person, Person.id == Experience.student_id)
        .where(
            SchoolClass.school_id == actor.school_id,
            SchoolClass.id == wanted.class_id,
            Experience.academic_year == academic_year,
            Experience.state != ExperienceState.DRAFT,
        )
    )
    if wanted.state is not None:
        query = query.where(Experience.state == wanted.state)
    if wanted.kind:
        query = query.where(Experience.kind == wanted.kind)
    seat, _underscore, begin = (after or "").partition("_")
    if (at := row_id(seat)) is not None and (than := row_id(begin)) is not None:
        later = sa.and_(ClassSeat.seat == at, Experience.id > than)
        query = query.where(sa.or_(ClassSeat.seat > at, later))
    query = query.order_by(ClassSeat.seat, Experience.id).limit(limit + 1)
    rows = db.reading().execute(query).all()
    lines = some([experience_id for experience_id, *_more in rows])
    return Page.cut(
        [Seen(lines[experience_id], student, seat) for experience_id, student, seat in rows],
        limit,
        lambda one: one.key,
    )


def of_student(student_id: int, academic_year: int) -> list[Line]:
    """What a student has sent in a year, for somebody who was found to be a companion."""
    return _lines(
        sa.select(Experience)
        .where(
            Experience.student_id == student_id,
            Experience.academic_year == academic_year,
            Experience.state != ExperienceState.DRAFT,
        )
        .order_by(Experience.id.desc())
    )


def some(experience_ids: Sequence[int]) -> dict[int, Line]:
    """Experiences by id, with their files; the caller has asked who may see them."""
    query = sa.select(Experience).where(Experience.id.in_(experience_ids))
    return {line.experience.id: line for line in _lines(query)}


def counts_of(student_ids: Sequence[int], academic_year: int) -> dict[int, int]:
    """How many experiences each student has sent in a year."""
    query = (
        sa.select(Experience.student_id, sa.func.count())
        .where(
            Experience.student_id.in_(student_ids),
            Experience.academic_year == academic_year,
            Experience.state == ExperienceState.SENT,
        )
        .group_by(Experience.student_id)
    )
    return dict(db.reading().execute(query).all())


def companion_of(actor: Actor, student_id: int) -> Person | None:
    """The student, if the actor is a parent, this year's homeroom teacher or today's counsellor
    of theirs; None for everybody else."""
    assert actor.school_id is not None
    assert actor.person_id is not None
    student = school_queries.person(actor.school_id, student_id)
    if student is None or student.kind is not PersonKind.STUDENT or not student.active:
        return None
    if actor.has(Role.PARENT) and student_id in actor.child_ids:
        return student
    if actor.has(Role.HOMEROOM) and student_id in _homeroom(actor, student_id):
        return student
    if actor.has(Role.COUNSELLOR):
        return counsellors.own_student(actor, student_id)
    return None


def _homeroom(actor: Actor, student_id: int) -> set[int]:
    query = (
        sa.select(ClassSeat.student_id)
        .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .where(
            ClassSeat.student_id == student_id,
            SchoolClass.academic_year == term_of(clock.today()).academic_year,
            SchoolClass.homeroom_teacher_id == actor.person_id,
        )
    )
    return set(db.reading().scalars(query))


def _lines(query: Any) -> list[Line]:
    """The records of a query of experiences with kind, files, and whether they are selected."""
    session = db.reading()
    rows = session.scalars(query).all()
    files = files_of(rows)
    chosen = set(
        session.scalars(
            sa.select(SelectedExperience.experience_id).where(
                SelectedExperience.experience_id.in_([one.id for one in rows])
            )
        )
    )
    return [
        Line(
            one,
            kind(one.kind, one.academic_year),
            files.get(one.document_file_id or 0),
            files.get(one.media_file_id or 0),
            one.id in chosen,
        )
        for one in rows
    ]

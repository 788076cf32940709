"""A year's selected experiences in the order of class and seat, for what is handed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.orm import defer

from plugin import db
from plugin.portfolio.kinds import Kind, Value, kind, kinds
from plugin.portfolio.models import Experience, SelectedExperience, Selection, SelectionKind
from plugin.portfolio.queries import batches
from plugin.portfolio.queries.shared import files_of, seated
from plugin.school.batches import Batch
from plugin.school.models import ClassSeat, Person, SchoolClass
from plugin.vault.models import StoredFile

CHUNK = 500
ORDER = (
    SchoolClass.id.is_(None),
    SchoolClass.grade,
    SchoolClass.code,
    SchoolClass.id,
    ClassSeat.seat,
    Person.number,
    Person.id,
)
"""Class, seat, student: in which everything selected stands; whoever has no class comes last."""


@dataclass(frozen=True)
class ChosenExperience:
    """One selected experience with everything that a submission copies of it.

    :param identified: whether the school knows national ID and birthday.
    :param confirmed: whether the student has confirmed the selection.
    """

    experience: Experience
    kind: Kind
    student: Person
    school_class: SchoolClass | None
    seat: int | None
    identified: bool
    confirmed: bool
    document: StoredFile | None
    media: StoredFile | None

    record_kind = SelectionKind.EXPERIENCE

    @property
    def record(self) -> Experience:
        """What was selected."""
        return self.experience

    @property
    def files(self) -> list[StoredFile]:
        """The files there are."""
        return [file for file in (self.document, self.media) if file is not None]

    @property
    def cells(self) -> dict[str, Value | None]:
        """The roster's own columns of its kind, by key, as values of their type."""
        details = self.experience.details
        found: dict[str, Value | None] = {
            one.key: one.read(details.get(one.key, "")) for one in self.kind.fields if one.column
        }
        return found | {"summary": self.experience.summary}


def chosen(
    school_id: int, academic_year: int, batch: Batch = Batch.ORDINARY, *, personal: bool
) -> Iterator[ChosenExperience]:
    """Every selected experience of a batch by class, seat, student, kind as the roster has them.

    Read in chunks: memory is bounded. What was returned after it was selected is among them, with
    its state: whoever hands in must look at it.

    :param personal: also decrypt national IDs and birthdays.
    """
    session = db.reading()
    query = (
        sa.select(
            Experience,
            Person,
            SchoolClass,
            ClassSeat.seat,
            sa.and_(Person.national_id.is_not(None), Person.birthday.is_not(None)),
            Selection.locked_at,
        )
        .select_from(Selection)
        .join(SelectedExperience, SelectedExperience.selection_id == Selection.id)
        .join(Experience, Experience.id == SelectedExperience.experience_id)
        .join(Person, Person.id == Selection.student_id)
        .outerjoin(ClassSeat, seated(Selection.student_id, Selection.academic_year))
        .outerjoin(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .where(
            Selection.school_id == school_id,
            Selection.academic_year == academic_year,
            Selection.kind == SelectionKind.EXPERIENCE,
            batches.taken(SelectedExperience, school_id, academic_year, batch),
        )
        .order_by(
            *ORDER,
            _place(academic_year),
            Experience.id,
        )
        .execution_options(yield_per=CHUNK)
    )
    if not personal:
        hidden = (Person.national_id, Person.birthday)
        query = query.options(*(defer(one, raiseload=True) for one in hidden))
    rows = iter(session.execute(query))
    while chunk := list(islice(rows, CHUNK)):
        files = files_of(experience for experience, *_more in chunk)
        for experience, student, school_class, seat, identified, locked_at in chunk:
            yield ChosenExperience(
                experience,
                kind(experience.kind, experience.academic_year),
                student,
                school_class,
                seat,
                bool(identified),
                locked_at is not None,
                files.get(experience.document_file_id or 0),
                files.get(experience.media_file_id or 0),
            )


def _place(academic_year: int) -> sa.ColumnElement[int]:
    """The place of its kind among the roster's sheets."""
    places = {one.key: place for place, one in enumerate(kinds(academic_year))}
    return sa.case(places, value=Experience.kind, else_=len(places))

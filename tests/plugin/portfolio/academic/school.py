"""A small school whose records are entered: everybody who may see or change them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.portfolio import record_kinds
from plugin.portfolio.models import (
    CounsellorAssignment,
    CourseRecord,
    OfficerPost,
    PostLevel,
)
from plugin.portfolio.operations.academic import grids, posts, records
from plugin.portfolio.operations.academic.grids import GridRow
from plugin.portfolio.operations.academic.posts import PostInput
from plugin.school.models import Person, SchoolClass, WindowKind
from plugin.school.terms import Term
from tests.factories import (
    YEAR,
    actor_of,
    enrol,
    make_parent,
    make_staff,
    make_student,
    make_window,
)
from tests.plugin.portfolio.world import World, make_world

TERM = Term(YEAR, 1)
TYPED = {
    "code": "", "subject": "數學", "grade": "1", "credits": "4", "score": "72.5", "counted": "1",
    "due_year": "114", "due_term": "2", "method": "3", "identity": "1", "repeat_mark": "1",
    "again_score": "66", "periods_first": "3", "periods_second": "2", "lent_school": "990002",
    "year_score": "70",
}  # fmt: skip
"""Something for every column of every kind."""


@dataclass
class Records:
    """The world of outcomes, with two more students and the windows of records open."""

    world: World
    mate: Person
    affairs: Actor

    @property
    def pupil(self) -> Actor:
        return self.world.pupil

    @property
    def clerk(self) -> Actor:
        return self.world.clerk

    @property
    def master(self) -> Actor:
        return self.world.master

    def grade(self, *scores: str | None, actor: Actor | None = None, **more: str) -> int:
        """Enter scores for the student and the mate in the world's course."""
        people = (self.world.student, self.mate)
        rows = [
            GridRow(one.id, {"score": score, **more}, version_of(one.id))
            for one, score in zip(people, scores, strict=False)
            if score is not None
        ]
        return grids.save(actor or self.master, self.world.course.id, rows)

    def enter(
        self, kind: str = "regular", who: Person | None = None, **changes: Any
    ) -> CourseRecord:
        mark = changes.pop("pass_mark", None)
        return records.enter(
            self.clerk, (who or self.world.student).id, TERM, kind, typed(kind, **changes),
            pass_mark=mark,
        )  # fmt: skip

    def post(self, who: Person | None = None, **changes: Any) -> OfficerPost:
        return posts.add(self.affairs, self.post_input(who, **changes))

    def post_input(self, who: Person | None = None, **changes: Any) -> PostInput:
        given: dict[str, Any] = {
            "student_id": (who or self.world.student).id,
            "term": TERM,
            "level": PostLevel.CLASS,
            "unit": "一年一班",
            "duty": "班長",
            "starts_on": date(2026, 9, 1),
            "ends_on": date(2027, 1, 20),
        }
        return PostInput(**(given | changes))

    # people with a relation to the student

    def parent(self, student: Person | None = None) -> Actor:
        who = student or self.world.student
        return replace(actor_of(make_parent(self.world.school, who)), child_ids=(who.id,))

    def homeroom(self) -> Actor:
        staff = make_staff(self.world.school)
        with db.writing() as session:
            session.get_one(SchoolClass, self.world.school_class.id).homeroom_teacher_id = staff.id
        return actor_of(staff)

    def counsellor(self, student: Person | None = None) -> Actor:
        staff = make_staff(self.world.school, Role.COUNSELLOR)
        with db.writing() as session:
            session.add(
                CounsellorAssignment(
                    school_id=self.world.school.id,
                    counsellor_id=staff.id,
                    student_id=(student or self.world.student).id,
                    starts_on=clock.today(),
                    made_at=clock.now(),
                )
            )
        return actor_of(staff)


def make_records(*, windows: bool = True) -> Records:
    world = make_world()
    mate = make_student(
        world.school, world.school_class, 2, national_id="B234567890", birthday="2010-05-06"
    )
    enrol(mate, world.course)
    if windows:
        for kind in (WindowKind.BASIC_DATA, WindowKind.POSTS, WindowKind.COURSE_RECORDS):
            make_window(world.school, kind)
    return Records(world, mate, actor_of(make_staff(world.school, Role.STUDENT_AFFAIRS)))


def typed(kind: str, **changes: Any) -> dict[str, str]:
    """What a clerk types into the form of a kind."""
    given = {one.key: TYPED.get(one.key, "") for one in record_kinds.kind(kind).columns}
    return given | {key: str(value) for key, value in changes.items()}


def version_of(student_id: int) -> int:
    from sqlalchemy import select

    row = db.reading().scalar(
        select(CourseRecord.version).where(CourseRecord.student_id == student_id)
    )
    return row or 0


def bare(**fields: Any) -> CourseRecord:
    """A record that is in no database, for the rules."""
    given: dict[str, Any] = {
        "kind": "regular", "academic_year": YEAR, "term": 1, "code": "", "subject": "數學",
        "grade": 1, "credits": 4, "score": Decimal(60), "passed": None, "makeup_score": None,
        "makeup_passed": None, "counted": 1, "pass_mark": None, "note": "", "details": {},
    }  # fmt: skip
    return CourseRecord(**(given | fields))

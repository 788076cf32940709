"""Basic data, a post, grades and a receipt sheet of the world's student, as rows."""

from __future__ import annotations

from decimal import Decimal

from plugin import clock, db
from plugin.portfolio.models import (
    BasicRecord,
    CourseRecord,
    OfficerPost,
    PostLevel,
    ReceiptSheet,
    SheetState,
    Submission,
    SubmissionState,
)
from tests.plugin.portfolio.world import World


def academic(world: World) -> None:
    """What the school's offices and a teacher have entered."""
    about = {"school_id": world.school.id, "student_id": world.student.id}
    term = {"academic_year": 115, "term": 1}
    now = clock.now()
    with db.writing() as session:
        session.add_all(
            [
                BasicRecord(**about, **term, class_name="一年忠班", seat=7, set_at=now),
                OfficerPost(
                    **about, **term, level=PostLevel.CLASS, unit="一年忠班", duty="學藝股長",
                    starts_on=clock.today(), ends_on=clock.today(), made_at=now,
                ),
                CourseRecord(
                    **about, **term, kind="regular", subject_key="x", course_id=world.course.id,
                    code=world.course.code, subject="國語文（一）", grade=1, credits=4,
                    score=Decimal("87.5"), set_at=now,
                ),
            ]
        )  # fmt: skip


def receipt(world: World, state: SheetState, *, current: bool = True) -> None:
    """A sheet of the student's for the registry's submission."""
    with db.writing() as session:
        number = f"115-{session.query(Submission).count() + 1}"
        book = Submission(
            school_id=world.school.id, academic_year=115, version=int(number[4:]), number=number,
            state=SubmissionState.FROZEN, made_by_name="", made_at=clock.now(),
            frozen_at=clock.now(), token=number,
        )  # fmt: skip
        session.add(book)
        session.flush()
        session.add(
            ReceiptSheet(
                school_id=world.school.id, submission_id=book.id, academic_year=115,
                student_id=world.student.id, items=1, digest="0" * 64, state=state,
                current=current,
            )
        )  # fmt: skip

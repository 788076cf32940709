"""Submissions for tests: chosen, checked, built; a second student; the third year."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest import mock

import openpyxl

from plugin import clock, db, jobs
from plugin.portfolio.models import Submission, SubmissionFileKind, SubmissionState
from plugin.portfolio.operations import submission
from plugin.portfolio.queries import submissions
from plugin.school.batches import Batch
from plugin.school.models import Course, Person, SchoolClass, WindowKind
from plugin.vault import queries as vault_queries
from tests.factories import enrol, make_class, make_course, make_student, make_window
from tests.plugin.portfolio.world import World

YEAR = 115
OTHER_ID = "B223456782"


def build(world: World, batch: Batch = Batch.ORDINARY) -> Submission:
    made = submission.begin(world.clerk, YEAR, batch)
    found = db.reading().get(Submission, made.id, populate_existing=True)
    assert found is not None
    assert found.failure == ""
    return found


def frozen(world: World, batch: Batch = Batch.ORDINARY) -> Submission:
    """The rows alone, without the files of a build: for questions about what is handed in."""
    with mock.patch.object(jobs, "_wake"):
        made = submission.begin(world.clerk, YEAR, batch)
    submission.snapshot(made.id)
    with db.writing() as session:
        found = session.get_one(Submission, made.id, populate_existing=True)
        found.state, found.frozen_at = SubmissionState.FROZEN, clock.now()
        return found


def path_of(made: Submission, kind: SubmissionFileKind) -> Path:
    file = submissions.files(made.id)[kind]
    return vault_queries.path(file.sha256, file.size)


def opened(made: Submission, kind: SubmissionFileKind) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(path_of(made, kind).read_bytes()))


@contextmanager
def being(world: World, student: Person) -> Iterator[Person]:
    """The world's student is somebody else for a while."""
    before, world.student = world.student, student
    try:
        yield student
    finally:
        world.student = before


def another(
    world: World, school_class: SchoolClass | None = None, seat: int = 7, **more: str
) -> Person:
    """A second student of the course, whom the school knows as well as the first."""
    given = {"name": "喆峯", "national_id": OTHER_ID, "birthday": "2009-12-01"} | more
    student = make_student(world.school, school_class or world.school_class, seat, **given)
    enrol(student, world.course)
    return student


def third_year(world: World) -> Course:
    """The world's class and course are of the third year; both batches have windows: the first
    is open for a month, the second opens when it is over."""
    world.school_class = make_class(world.school, grade=3)
    world.student = make_student(
        world.school, world.school_class, 3, national_id="A123456789", birthday="2008-03-04"
    )
    world.course = make_course(
        world.school,
        teacher=world.teacher,
        students=[world.student],
        code=f"113{world.school.code}H1110101010101",
        grade=3,
    )
    now = clock.now()
    for kind in (WindowKind.SELECTION, WindowKind.SUBMISSION):
        for batch, begin in ((1, now - timedelta(days=1)), (2, now + timedelta(days=30))):
            make_window(
                world.school, kind, term=batch, grade=3,
                opens_at=begin, closes_at=begin + timedelta(days=30),
            )  # fmt: skip
    return world.course

"""A small school in which outcomes are handed in, and the files for it."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from typing import Any

import pikepdf
from PIL import Image

from plugin import clock, uploads
from plugin.actor import Actor, Role
from plugin.portfolio.models import Outcome
from plugin.portfolio.operations import certification, drafts, intake, outcomes
from plugin.portfolio.operations.drafts import OutcomeInput
from plugin.school.models import Course, Person, School, SchoolClass, WindowKind
from plugin.uploads import Staged
from tests.factories import (
    actor_of,
    make_class,
    make_course,
    make_school,
    make_staff,
    make_student,
    make_teacher,
    make_window,
)

_count = itertools.count(1)


def pdf(mark: str = "") -> bytes:
    """A one-page PDF that differs from every other unless `mark` is given."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(200, 200))
    document.docinfo["/Title"] = mark or f"test {next(_count)}"
    out = io.BytesIO()
    document.save(out, deterministic_id=True)
    return out.getvalue()


def png(colour: str = "green") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, "PNG")
    return out.getvalue()


def mp3(frames: int = 40) -> bytes:
    """MPEG-1 layer III, 128 kbit/s, 44.1 kHz: silent frames of 417 bytes."""
    return (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def staged(content: bytes, name: str = "讀書心得.pdf") -> Staged:
    return uploads.stage(io.BytesIO(content), name)


@dataclass
class World:
    """One class, one course, its people; all windows open."""

    school: School
    school_class: SchoolClass
    student: Person
    teacher: Person
    course: Course
    registry: Person

    @property
    def pupil(self) -> Actor:
        return actor_of(self.student)

    @property
    def master(self) -> Actor:
        return actor_of(self.teacher)

    @property
    def clerk(self) -> Actor:
        return actor_of(self.registry)

    def file(self, content: bytes | None = None, slot: str = "document", **more: Any) -> int:
        """A draft file of the student's; its id."""
        actor = more.pop("actor", self.pupil)
        return intake.receive(actor, staged(content or pdf(), **more), slot).id

    def values(self, **changes: Any) -> OutcomeInput:
        given = {"course_id": self.course.id, "title": "讀書心得", "summary": "讀完之後的想法。"}
        if not {"document_file_id", "media_file_id"} & changes.keys():
            given["document_file_id"] = self.file()
        return OutcomeInput(**(given | changes))

    def draft(self, **changes: Any) -> Outcome:
        return drafts.start(self.pupil, self.values(**changes), begun_at=clock.now())

    def sent(self, **changes: Any) -> Outcome:
        return outcomes.send(self.pupil, self.draft(**changes).id).outcome

    def certified(self, **changes: Any) -> Outcome:
        outcome = self.sent(**changes)
        certification.certify(self.master, outcome.id)
        return outcome


def make_world(*, windows: bool = True) -> World:
    # the code that COURSE_CODE names, so that a 預檢 finds nothing to say
    school = make_school(code=None)
    homeroom = make_class(school)
    student = make_student(school, homeroom, 1, national_id="A123456789", birthday="2010-03-04")
    teacher = make_teacher(school)
    course = make_course(
        school,
        teacher=teacher,
        students=[student],
        code=f"115{school.code}H11101010101" + "01",
    )
    if windows:
        for kind in (
            WindowKind.OUTCOME_UPLOAD,
            WindowKind.CERTIFICATION,
            WindowKind.SELECTION,
            WindowKind.SUBMISSION,
        ):
            make_window(school, kind)
    return World(school, homeroom, student, teacher, course, make_staff(school, Role.REGISTRY))

"""Makers of a school's things for tests, with believable defaults; every argument may be given.

They write rows directly, past the policies of the operations, and return detached objects.
"""

from tests.factories.school import (
    COURSE_CODE,
    YEAR,
    actor_of,
    enrol,
    make_class,
    make_course,
    make_guardian,
    make_parent,
    make_person,
    make_rule,
    make_school,
    make_staff,
    make_student,
    make_teacher,
    make_window,
    seat,
)
from tests.factories.time import FrozenClock, at

__all__ = [
    "COURSE_CODE",
    "YEAR",
    "FrozenClock",
    "actor_of",
    "at",
    "enrol",
    "make_class",
    "make_course",
    "make_guardian",
    "make_parent",
    "make_person",
    "make_rule",
    "make_school",
    "make_staff",
    "make_student",
    "make_teacher",
    "make_window",
    "seat",
]

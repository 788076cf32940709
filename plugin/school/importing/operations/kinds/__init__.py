"""The kinds that belong to the school itself, in the order in which a file's sheets are taken."""

from __future__ import annotations

from plugin.school.importing.definition import register
from plugin.school.importing.operations.kinds import (
    classes,
    course_teachers,
    courses,
    enrolments,
    parents,
    plan,
    students,
    teachers,
)

OWN = (
    teachers.IMPORTABLE,
    classes.IMPORTABLE,
    students.IMPORTABLE,
    parents.IMPORTABLE,
    courses.IMPORTABLE,
    course_teachers.IMPORTABLE,
    enrolments.IMPORTABLE,
    plan.IMPORTABLE,
)


def register_own() -> None:
    """Make them known."""
    for one in OWN:
        register(one)

"""The only code that changes a school: its people, roster, roles, calendar and rules."""

from plugin.school.concerns import Concern
from plugin.school.operations.calendar import (
    Unconfirmed,
    lay_out,
    remove_window,
    set_window,
    undo,
)
from plugin.school.operations.extending import extend_window, revoke_extension
from plugin.school.operations.people import (
    add_guardian,
    add_person,
    create_school,
    grant_role,
    revoke_role,
)
from plugin.school.operations.roster import (
    add_class,
    add_course,
    assign_teacher,
    end_teaching,
    enrol,
    seat_student,
    set_homeroom,
    set_syllabus,
)
from plugin.school.operations.ruling import set_rule

__all__ = [
    "Concern",
    "Unconfirmed",
    "add_class",
    "add_course",
    "add_guardian",
    "add_person",
    "assign_teacher",
    "create_school",
    "end_teaching",
    "enrol",
    "extend_window",
    "grant_role",
    "lay_out",
    "remove_window",
    "revoke_extension",
    "revoke_role",
    "seat_student",
    "set_homeroom",
    "set_rule",
    "set_syllabus",
    "set_window",
    "undo",
]

"""The only code that changes a school: its people, roster, roles, calendar and rules."""

from plugin.school.operations.calendar import Concern, set_rule, set_window
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
)

__all__ = [
    "Concern",
    "add_class",
    "add_course",
    "add_guardian",
    "add_person",
    "assign_teacher",
    "create_school",
    "end_teaching",
    "enrol",
    "grant_role",
    "revoke_role",
    "seat_student",
    "set_homeroom",
    "set_rule",
    "set_window",
]
